"""Lists that go from the newest back, page by page: where their pages begin."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import reflex as rx

from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.use_cases.results import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# The time (milliseconds since 1970) and the number of the last entry of the page before.
Start = tuple[int, int]
Entry = TypeVar("Entry")


def start_of(at: datetime, number: int) -> Start:
    """The beginning of the page behind an entry."""
    return round((at - _EPOCH) / _MILLISECOND), number


def place_of(starts: Sequence[Start]) -> Place | None:
    """Where the last of these pages begins; None for the first page of all."""
    if not starts:
        return None
    millis, number = starts[-1]
    return Place(_EPOCH + millis * _MILLISECOND, number)


class BackwardPages(rx.State, mixin=True):
    """One page of such a list, and the way to those around it. Who has it says in `_read` what a page holds."""

    is_loaded: bool = False
    has_older: bool = False
    has_newer: bool = False
    problem: str = ""
    # Where this page and those before it begin, and where the next one does.
    _starts: list[Start] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    _next: Start | None = None

    @rx.event
    @requires(BOARD_READ)
    async def older(self) -> None:
        """The page behind this one."""
        if self._next is not None:
            self._starts = [*self._starts, self._next]
            await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def newer(self) -> None:
        """The page before this one."""
        self._starts = self._starts[:-1]
        await self._read()

    async def _read(self) -> None:
        """The page that begins where `_starts` ends."""

    def _turned(self, found: Sequence[Entry], size: int, start: Callable[[Entry], Start]) -> Sequence[Entry]:
        """Those to show of what was found, which is one more than a page has where there is a page behind it."""
        shown = found[:size]
        self.problem, self.is_loaded = "", True
        self.has_older, self.has_newer = len(found) > size, bool(self._starts)
        self._next = start(shown[-1]) if self.has_older else None
        return shown
