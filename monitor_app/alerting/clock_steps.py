"""A wall clock that somebody sets: whatever waits for a moment, or is compared with one, is moved along.

Otherwise what was put off before would be late by as much as the clock was set back, or early when it was set forward,
and what people do afterwards would seem older than what it is about. Silences, maintenance, quiet hours and on-call
schedules are meant by the wall clock and stay.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting.desk import Clock
from monitor_app.storage import clock_steps as table

# Less is no matter: a clock that is slowed down, or a process that was off the processor between two readings.
STEP: Final = timedelta(seconds=10)
# A clock that is wrong when the machine starts is set soon: what was written before was written by the right one.
SETTLED_SECONDS: Final = 600.0


class ClockSteps:
    """Holds the wall clock against the one that nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zero = _zero(clock)
        self._began_at = clock.monotonic()
        self._is_first = True
        # By how much it was set back, which may have been the mistake.
        self._back = timedelta()

    def look(self) -> timedelta:
        """By how much what waits has to move, since the wall clock was set; nothing at all nearly always."""
        zero = _zero(self._clock)
        by, self._zero = zero - self._zero, zero
        if abs(by) < STEP:
            return timedelta()
        if by > timedelta() and self._clock.monotonic() - self._began_at < SETTLED_SECONDS:
            by = min(by, self._back)
        self._back = max(self._back - by, timedelta())
        return by

    def begin(self, newest: datetime | None, now: datetime) -> timedelta:
        """By how much, at least, the clock was set back while nobody looked: since the newest result was written.

        What goes by since then is not counted: what waits is late by as long as that. Only the first call counts.
        """
        is_first, self._is_first = self._is_first, False
        if not is_first or newest is None or newest - now < STEP:
            return timedelta()
        self._back += newest - now
        return now - newest


async def move(conn: AsyncConnection, now: datetime, by: timedelta) -> None:
    """Move what is stored of all that is open; `now` is the time as it was set."""
    await table.move_open(conn, by)
    await table.move_runs(conn, by)
    await table.move_standings(conn, by)
    await table.move_outbox(conn, now, by)


def _zero(clock: Clock) -> datetime:
    """What the wall clock showed, or would have, when the other one was at 0."""
    return clock.now() - timedelta(seconds=clock.monotonic())
