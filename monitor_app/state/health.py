"""Whether what the board shows is still being checked: a screen that stands still must not look fine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor_app.domain.check_queue import CheckQueue
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.engine.link import EngineLink

UNREAD_SECONDS = 10.0
# With no result for this many of the shortest intervals, and some grace, nothing is checked any more.
INTERVALS = 2
GRACE_SECONDS = 30.0

UNREAD = "The database has not been read"
STOPPED = "All checks have been stopped"
UNCHECKED = "Nothing has been checked"
OFFLINE = "The monitor has had no network"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and since when (epoch ms): a screen says `what`, for how long, and `why`."""

    what: str
    since: int
    why: str
    # A person wants it so: it is told in large letters.
    is_ordered: bool = False

    def wire(self) -> dict[str, Any]:
        """As the browser gets it."""
        told = {"what": self.what, "since": self.since, "why": self.why}
        return told | {"ordered": True} if self.is_ordered else told


class Health:
    """Judges by what arrives, so that it does not matter which process checks.

    `staleness` tells how many seconds ago the database was read, `why` what is known of the engine, `offline_since`
    since when that has no network of its own, `check_queue` whether a person has stopped all checks.
    """

    def __init__(
        self,
        board: Board,
        staleness: Callable[[], float],
        why: Callable[[], str],
        clock: Clock | None = None,
        offline_since: Callable[[], datetime | None] = lambda: None,
        check_queue: Callable[[], CheckQueue] = CheckQueue,
    ) -> None:
        self._check_queue = check_queue
        self._offline_since = offline_since
        self._board = board
        self._staleness = staleness
        self._why = why
        self._clock = clock or SystemClock()
        self._trouble: Trouble | None = None
        self._news = (-1, -1)
        self._limit: float | None = None
        self._quiet_since = self._clock.monotonic()

    def judge(self) -> Trouble | None:
        """What is wrong now; None while all is well. To be asked often, for it remembers when there was news."""
        self._note_news()
        now = self._clock.monotonic()
        unread, quiet = self._staleness(), now - self._quiet_since
        if unread > UNREAD_SECONDS:
            self._trouble = self._trouble_of(UNREAD, unread, "What you see may be old. The log tells why.")
        elif (queue := self._check_queue()).is_open:
            text = f"By {queue.words}. What is known grows old, and nobody is told of anything."
            opened_at = queue.opened_at or self._clock.now()
            self._trouble = Trouble(STOPPED, round(opened_at.timestamp() * 1000), text, is_ordered=True)
        elif self._limit is not None and quiet > self._limit and quiet > self._patience():
            self._trouble = self._trouble_of(UNCHECKED, quiet, self._why())
        elif (since := self._offline_since()) is not None:
            text = "Failures are held as unknown until it is back."
            self._trouble = Trouble(OFFLINE, round(since.timestamp() * 1000), text)
        else:
            self._trouble = None
        return self._trouble

    def ordered(self) -> dict[str, Any] | None:
        """Who has stopped all checks, as the browser gets it; None while nobody has."""
        trouble = self.judge()
        return trouble.wire() if trouble is not None and trouble.is_ordered else None

    def _note_news(self) -> None:
        board = self._board
        news = board.last_result_id, board.definition_version
        if news == self._news:
            return
        is_result = news[0] != self._news[0]
        if news[1] != self._news[1]:
            intervals = [row.definition.interval_seconds for row in board if row.definition.enabled]
            self._limit = _patience_for(min(intervals)) if intervals else None
        # A service that was added or resumed gets its time, but only a result ends a trouble.
        if is_result or self._trouble is None or self._trouble.what != UNCHECKED:
            self._quiet_since = self._clock.monotonic()
        self._news = news

    def _patience(self) -> float:
        """Seconds without any result that are fine: whose circuit breaker is open brings none until it tries again."""
        found, now = float("inf"), self._clock.now()
        for row in self._board:
            if not row.definition.enabled:
                continue
            seconds, breaker = _patience_for(row.definition.interval_seconds), row.breaker
            if breaker.phase != "open" or (breaker.until and breaker.until + timedelta(seconds=seconds) < now):
                found = min(found, seconds)
        return found

    def _trouble_of(self, what: str, seconds: float, why: str) -> Trouble:
        """The same trouble keeps its beginning, so that it is sent once."""
        if self._trouble is not None and self._trouble.what == what:
            return Trouble(what, self._trouble.since, why)
        since = self._clock.now() - timedelta(seconds=seconds)
        newest = self._board.newest_at if what == UNCHECKED else None
        return Trouble(what, round(min(since, newest or since).timestamp() * 1000), why)


def _patience_for(interval_seconds: float) -> float:
    return INTERVALS * interval_seconds + GRACE_SECONDS


def engine_words(role: str, *, is_scheduling: bool, engine: EngineLink | None) -> str:
    """Why nothing may be checked, as far as this process can know, and where to look."""
    if role != "all":
        return f"No engine runs here (ROLE={role}); the log of the one that should tells why."
    if not is_scheduling:
        return "The scheduler is switched off here (SCHEDULER_ENABLED=false), and no other process checks."
    if engine is None or engine.pid is None:
        return "The engine does not run and is started again and again. The log tells why."
    if not engine.is_leader:
        return "The engine waits for another process that should check. The log of that engine tells why."
    return "The engine runs, but brings no results. The log of the engine tells why."
