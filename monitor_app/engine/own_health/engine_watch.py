"""What is known of the engine here: what the child tells, added up over its restarts, and what that leaves undone."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from monitor_app.domain.availability import Availability
from monitor_app.domain.carried import Carried, Count
from monitor_app.domain.timings import Timings
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.engine.link import EngineLink

# It tells of itself every 5 s.
SILENT_SECONDS: Final = 15.0
START_SECONDS: Final = 20.0
COUNTERS: Final = (
    "due",
    "done",
    "expired",
    "cancelled",
    "interrupted",
    "broken",
    "skipped",
    "heartbeats",
    "committed",
    "dropped",
    "stalls",
    "clock_jumps",
    "by_status",
)
TIMINGS: Final = ("late", "duration", "commit")

# elsewhere: this process has none. waits: another process checks. starts, silent, dead: it should, and does not.
Standing = Literal["leads", "waits", "starts", "silent", "dead", "elsewhere"]


class EngineWatch:
    """Is told `take` with each report of the engine, and asked `look` every few seconds."""

    def __init__(self, board: Board, clock: Clock, is_fed: Callable[[], bool] = lambda: True) -> None:
        """`is_fed` tells whether results arrive, wherever they come from."""
        self.link: EngineLink | None = None
        self.availability = Availability(clock.monotonic())
        self._board = board
        self._clock = clock
        self._is_fed = is_fed
        self._carried = Carried()
        self._longest: dict[str, float] = dict.fromkeys(TIMINGS, 0.0)
        self._last_result_id = 0

    @property
    def standing(self) -> Standing:
        """What the engine of this process is doing."""
        link, now = self.link, self._clock.monotonic()
        if link is None:
            return "elsewhere"
        if link.pid is None:
            return "dead"
        if not link.is_leader:
            if now - link.started_at < START_SECONDS:
                return "starts"
            return "waits" if self._is_fed() else "silent"
        if now - link.told_at > SILENT_SECONDS:
            return "starts" if now - link.started_at < START_SECONDS else "silent"
        return "leads"

    @property
    def stats(self) -> Mapping[str, Any]:
        """What it last told; nothing when that does not hold any more."""
        return self.link.stats if self.link is not None and self.standing == "leads" else {}

    @property
    def tick_age(self) -> float | None:
        """Seconds since due checks were looked for, when it last told; None: not known."""
        age = self.stats.get("tick_age")
        return None if age is None else float(age)

    def take(self, stats: Mapping[str, Any]) -> None:
        """A report."""
        if "epoch" not in stats:
            return
        key = (stats["pid"], stats["epoch"])
        counts: dict[str, Count] = {name: stats[name] for name in COUNTERS}
        for name in TIMINGS:
            counts[f"{name}.buckets"], counts[f"{name}.total"] = stats[name]["buckets"], stats[name]["total"]
            self._longest[name] = max(self._longest[name], stats[name]["longest"])
        self._carried.take(key, counts)
        self.availability.take(key, stats["due"], stats["finished"], stats["outstanding"], self._clock.monotonic())

    def look(self) -> None:
        """Count what was not checked because the engine does not."""
        now, newest = self._clock.monotonic(), self._board.last_result_id
        is_fed, self._last_result_id = newest > self._last_result_id, newest
        match self.standing:
            case "leads" | "starts":
                return
            case "dead" | "silent" if not is_fed:
                self.availability.miss(self.expected_per_second(), now)
            case _:
                self.availability.pass_over(now)

    def expected_per_second(self) -> float:
        """How many checks a second the services' intervals ask for."""
        return sum(1 / row.definition.interval_seconds for row in self._board if row.definition.enabled)

    def counts(self) -> Mapping[str, Any]:
        """COUNTERS since this process started, over all engines that it had; nothing when it had none."""
        return {name: count for name, count in self._carried.totals().items() if "." not in name}

    def timings(self, name: str) -> Timings:
        """One of TIMINGS, the same way."""
        totals: Mapping[str, Any] = self._carried.totals()
        if f"{name}.buckets" not in totals:
            return Timings()
        return Timings.of(totals[f"{name}.buckets"], totals[f"{name}.total"], self._longest[name])
