"""Lists that go from the newest back, page by page: where their pages begin."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor_app.use_cases.results import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# The time (milliseconds since 1970) and the number of the last entry of the page before.
Start = tuple[int, int]


def start_of(at: datetime, number: int) -> Start:
    """The beginning of the page behind an entry."""
    return round((at - _EPOCH) / _MILLISECOND), number


def place_of(starts: Sequence[Start]) -> Place | None:
    """Where the last of these pages begins; None for the first page of all."""
    if not starts:
        return None
    millis, number = starts[-1]
    return Place(_EPOCH + millis * _MILLISECOND, number)
