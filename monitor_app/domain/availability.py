"""How much of its own work a monitor does: the share of the due checks that finished, and how often it breaks."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

# What is asked of it: 99.9 % of the due checks, and no unhandled exception.
CHECKS_TARGET: Final = 0.999
EXCEPTIONS_TARGET: Final = 0.0
HOUR: Final = 3600
DAY: Final = 24 * HOUR
_SLICE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Work:
    """So many checks were due and so many of them finished; `outstanding` ones are on their way, which is fine."""

    due: float = 0.0
    finished: float = 0.0
    outstanding: float = 0.0

    @property
    def share(self) -> float | None:
        """The share that finished, 0 to 1; None when none was due."""
        settled = self.due - self.outstanding
        return min(1.0, max(0.0, self.finished / settled)) if settled > 0 else None


class Availability:
    """Adds up what engines tell of themselves, one after the other, each counting from 0.

    Moments are seconds on a clock that only grows. While no engine tells anything, what would have been due counts.
    """

    def __init__(self, now: float) -> None:
        self._began = now
        self._key: Hashable = None
        self._told = (0.0, 0.0)
        self._outstanding = 0.0
        self._heard_at = now
        self._due = self._finished = 0.0
        # (number of the minute, due, finished), the oldest first.
        self._slices: deque[tuple[int, float, float]] = deque()

    def take(self, key: Hashable, due: float, finished: float, outstanding: float, now: float) -> None:
        """What the engine `key` has counted since it began; another key is another engine."""
        known_due, known_finished = self._told if key == self._key else (0.0, 0.0)
        self._key, self._told, self._outstanding = key, (due, finished), outstanding
        self._heard_at = now
        self._add(due - known_due, finished - known_finished, now)

    def miss(self, per_second: float, now: float) -> None:
        """Nobody has told anything since the last call: so many checks a second were due and not done."""
        seconds, self._heard_at = max(0.0, now - self._heard_at), now
        self._outstanding = 0.0  # what that engine had begun it does not finish
        self._add(per_second * seconds, 0.0, now)

    def pass_over(self, now: float) -> None:
        """The time until now counts neither way: somebody else does the work."""
        self._heard_at = now

    def work(self, seconds: float | None, now: float) -> Work:
        """Of the last so many seconds, to the minute; None: since the beginning."""
        if seconds is None or now - self._began <= seconds:
            return Work(self._due, self._finished, self._outstanding)
        first = int((now - seconds) // _SLICE_SECONDS) + 1
        recent = [part for part in self._slices if part[0] >= first]
        return Work(sum(part[1] for part in recent), sum(part[2] for part in recent), self._outstanding)

    def _add(self, due: float, finished: float, now: float) -> None:
        self._due += due
        self._finished += finished
        minute = int(now // _SLICE_SECONDS)
        if self._slices and self._slices[-1][0] == minute:
            _, known_due, known_finished = self._slices.pop()
            due, finished = due + known_due, finished + known_finished
        self._slices.append((minute, due, finished))
        while self._slices[0][0] <= minute - DAY // _SLICE_SECONDS:
            self._slices.popleft()


def per_thousand(exceptions: int, requests: int) -> float:
    """Unhandled exceptions per 1000 requests."""
    return 1000 * exceptions / requests if requests else 1000.0 * bool(exceptions)
