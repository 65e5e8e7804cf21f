"""A change of services, relations and groups as the change log keeps it: what it takes to undo it and to redo it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

SERVICE: Final = "service"
RELATION: Final = "relation"
GROUP: Final = "group"
# Done; undone, so that it can be done again; or neither can be any more.
ChangeState = Literal["done", "undone", "final"]

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One object of a change: its columns before and after, secrets sealed.

    Of an object that stayed only those that differ; None where it was not there.
    """

    subject: str
    subject_pk: int
    before: Columns | None
    after: Columns | None

    @property
    def turned(self) -> "ChangeItem":
        """What takes it back."""
        return ChangeItem(self.subject, self.subject_pk, self.after, self.before)

    def strayed(self, present: Columns) -> list[str]:
        """The names of the columns that are not as this item expects them before it is done."""
        return [name for name, value in (self.before or {}).items() if present.get(name) != value]


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did at once; `items` is how many objects it changed."""

    pk: int
    at: datetime
    account_pk: int | None
    who: str
    action: str
    state: ChangeState
    items: int


def changed_item(subject: str, pk: int, before: Columns | None, after: Columns | None) -> ChangeItem | None:
    """What a change did to an object, by all its columns; None when it did nothing."""
    if before is None or after is None:
        return ChangeItem(subject, pk, before, after)
    names = [name for name in after if before.get(name) != after[name]]
    if not names:
        return None
    if "status_config" in names and "kind" not in names:
        names.append("kind")  # a config means nothing without it
    return ChangeItem(subject, pk, {name: before.get(name) for name in names}, {name: after[name] for name in names})
