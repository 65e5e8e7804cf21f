"""SQLAlchemy puts a statement into SQL once for each engine: for a test with a database of its own, each time again.

All engines of this program to one kind of database are made alike, so what was made of a statement for one does for
all. Programs that tests start make their own.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

KEPT = 5000


class SharedStatements(LRUCache[Any, Any]):
    """The statements of engines by the class of their dialects, which is all in which dialects differ here."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_class(key), default)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(_of_class(key))

    def __setitem__(self, key: Any, statement: Any) -> None:
        super().__setitem__(_of_class(key), statement)


def _of_class(key: Any) -> Any:
    dialect, *statement = key
    return (type(dialect), *statement)


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """In this process each statement is put into SQL once."""
    shared = SharedStatements(KEPT)
    with pytest.MonkeyPatch.context() as patch:
        of_all = property(lambda engine: shared, lambda engine, own: None)
        patch.setattr(Engine, "_compiled_cache", of_all, raising=False)
        yield
