"""The clock that is passed in, so that tests can move time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """`monotonic` is for distances and schedules, `now` for what is written down."""

    def monotonic(self) -> float:
        """Seconds that only grow, whatever happens to the wall clock."""
        ...

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...


class SystemClock:
    """The clocks of the machine."""

    def monotonic(self) -> float:
        """The clock that asyncio's loops use too."""
        return time.monotonic()

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)
