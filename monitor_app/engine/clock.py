"""The clock that is passed in, so that tests can move time."""

import time
from datetime import UTC, datetime
from typing import Protocol

OFFSET_READINGS = 3


class Clock(Protocol):
    """`monotonic` is for distances and schedules, `now` for what is written down."""

    def monotonic(self) -> float:
        """Seconds that only grow, whatever happens to the wall clock."""
        ...

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...


def wall_offset(clock: Clock) -> float:
    """What to add to the monotonic clock to get the wall clock's seconds since 1970.

    Between two readings the process may be taken off the processor, so the closest of several pairs counts.
    """
    best_width, best_offset = float("inf"), 0.0
    for _ in range(OFFSET_READINGS):
        before = clock.monotonic()
        wall = clock.now().timestamp()
        width = clock.monotonic() - before
        if width < best_width:
            best_width, best_offset = width, wall - before - width / 2
    return best_offset


class SystemClock:
    """The clocks of the machine."""

    def monotonic(self) -> float:
        """The clock that asyncio's loops use too."""
        return time.monotonic()

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)
