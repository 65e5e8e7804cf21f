"""How wall clock and monotonic clock are tied together."""

from datetime import UTC, datetime, timedelta

from monitor_app.engine.clock import SystemClock, wall_offset

START = datetime(2026, 1, 1, tzinfo=UTC)


class InterruptedClock:
    """Time passes with each reading; before one of them the process is taken off the processor for a while."""

    def __init__(self, interrupted_at: int) -> None:
        self._readings = 0
        self._interrupted_at = interrupted_at
        self._seconds = 100.0

    def monotonic(self) -> float:
        self._readings += 1
        self._seconds += 5.0 if self._readings == self._interrupted_at else 0.000_001
        return self._seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - 100)


def test_interruption_between_two_readings_spoils_nothing():
    for interrupted_at in range(1, 10):
        offset = wall_offset(InterruptedClock(interrupted_at))
        assert abs(offset + 100 - START.timestamp()) < 0.001


def test_system_clock_is_aware_and_steady():
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs(wall_offset(clock) - wall_offset(clock)) < 0.01
    assert clock.monotonic() <= clock.monotonic()
