"""JSONPath (RFC 9535) as far as it is safe to run on what somebody else wrote.

No match() and search(), whose patterns go back and forth, no look-up of many values inside of a filter, and an end to
the values that are looked at.
"""

import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import FilterQuery, walk
from jsonpath.match import JSONPathMatch
from jsonpath.selectors import Filter

VALUES_LIMIT = 20_000
_TOKEN = re.compile(r"'?TOKEN_([A-Z_]+)'?")

_left: ContextVar[int] = ContextVar("values left to look at")


class TooManyValues(Exception):
    """The path leads to more values than are looked at."""


class BadPath(Exception):
    """The text is no JSONPath, or not a safe one; `position` counts characters from 0, None when it is not known."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


def _count() -> None:
    left = _left.get()
    if left <= 0:
        raise TooManyValues
    _left.set(left - 1)


class _Found(JSONPathMatch):
    """A value that is counted; its children are of this class, too."""

    __slots__ = ()

    def __init__(self, **values: Any) -> None:
        _count()
        super().__init__(**values)


class _Environment(JSONPathEnvironment):
    """Counts each test of a filter as a value that is looked at."""

    def __init__(self) -> None:
        super().__init__(strict=True)

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        del self.function_extensions["match"], self.function_extensions["search"]

    def is_truthy(self, obj: object) -> bool:
        _count()
        return super().is_truthy(obj)


_ENVIRONMENT = _Environment()


def compiled(text: str) -> JSONPath:
    """Raises BadPath."""
    try:
        path = _ENVIRONMENT.compile(text)
    except JSONPathError as err:
        raise _bad(err, text) from err
    except (RecursionError, OverflowError, ValueError) as err:
        raise BadPath("numbers or brackets in it are out of range") from err
    if not isinstance(path, JSONPath):
        raise BadPath("must be a single path")
    _check_filters(path)
    return path


def begin() -> None:
    """From here on VALUES_LIMIT values may be looked at, by all paths together."""
    _left.set(VALUES_LIMIT)


def find(path: JSONPath, data: Any) -> list[JSONPathMatch]:
    """The values (`obj`) in the order of the document. Raises TooManyValues. Call `begin` before.

    Where one is (`path`) may be a long text: to be asked for of one of them only.
    """
    found: Iterable[JSONPathMatch] = [
        _Found(filter_context={}, obj=data, parent=None, path="$", parts=(), root=data),
    ]
    for segment in path.segments:
        found = segment.resolve(found)
    try:
        return list(found)
    except RecursionError as err:
        raise TooManyValues from err


def compare(left: Any, operator: str, right: Any) -> bool:
    """As RFC 9535 compares (2.3.5.2.2): numbers with numbers and texts with texts; nothing else is more or less."""
    return bool(_ENVIRONMENT.compare(left, operator, right))


def _check_filters(path: JSONPath) -> None:
    for query in _queries(path):
        if not query.path.singular_query():
            raise BadPath(f"must not look for many values inside of a filter: {query} has .., *, a slice or a filter")


def _queries(path: JSONPath) -> Iterator[FilterQuery]:
    for segment in path.segments:
        for selector in segment.selectors:
            if isinstance(selector, Filter):
                yield from (node for node in walk(selector.expression) if isinstance(node, FilterQuery))


def _bad(err: JSONPathError, text: str) -> BadPath:
    reason = _TOKEN.sub(lambda token: token[1].replace("_", " ").lower(), str(err.args[0] if err.args else "invalid"))
    if "'match' is not defined" in reason or "'search' is not defined" in reason:
        reason = "match() and search() are not allowed, their patterns can take for ever: use body_pattern"
    token = err.token
    if token is None:
        return BadPath(reason)
    return BadPath(reason, token.index if token.index >= 0 else len(text))
