"""What happened to one service, in one order: changes of its status, its circuit breaker, alerts, edits, notes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.change import Change, ChangeItem
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.note import Note

Sort = Literal["status", "breaker", "alert", "edit", "note"]
SORTS: Final[tuple[Sort, ...]] = ("status", "breaker", "alert", "edit", "note")
# Of what happened in the same millisecond, alerts come first, then a service's own events, edits, and notes.
_RANKS: Final[dict[Sort, int]] = {"alert": 3, "status": 2, "breaker": 2, "edit": 1, "note": 0}
_RANKS_COUNT: Final = 4


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the service by a person, a key or a file, and what it did to it.

    Of a relation `ends` are the numbers of the services at its source and its target, None where nobody knows any more.
    """

    change: Change
    item: ChangeItem
    ends: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """`number` with `at` is a place in the order: it grows with each of the same moment."""

    at: datetime
    number: int
    sort: Sort
    what: ServiceEvent | Alert | Edit | Note


def number_of(sort: Sort, row_number: int) -> int:
    """The place within a moment of a row of a sort."""
    return row_number * _RANKS_COUNT + _RANKS[sort]


def rows_below(sort: Sort, number: int) -> int:
    """The row number of a sort from which on rows do not come behind this place within the same moment."""
    return (number - _RANKS[sort] + _RANKS_COUNT - 1) // _RANKS_COUNT
