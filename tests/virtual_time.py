"""Hours in milliseconds: a clock that tests move, and an event loop that jumps to its next timer instead of waiting."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
Value = TypeVar("Value")


class VirtualClock:
    """A monotonic and a wall clock that move together, until somebody sets the wall clock."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._wall_shift = timedelta()

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    def now(self) -> datetime:
        return START + self._wall_shift + timedelta(seconds=self.elapsed)

    def advance(self, seconds: float) -> None:
        self.elapsed += seconds

    def set_wall_clock(self, by: timedelta) -> None:
        self._wall_shift += by


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time is the virtual clock's; where it would wait for a timer, it moves the clock there."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_JumpingSelector(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.monotonic()


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits and no timer is set: this test would never end")
            # A little more than asked for, as real clocks give; the loop's resolution is a nanosecond.
            self._clock.advance(timeout + 1e-9 if timeout else 0)
        return ready


def run_virtual(clock: VirtualClock, main: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(main)
