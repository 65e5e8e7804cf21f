"""A web process with an engine that tells of itself, for tests of what is told of both."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.domain.timings import Timings
from monitor_app.engine.board import Board
from monitor_app.engine.own_health import EngineWatch, OwnHealth, Written
from monitor_app.engine.own_health.database_watch import Size
from monitor_app.engine.own_health.engine_watch import COUNTERS, TIMINGS
from tests.board_rows import service

NOW = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


class Link:
    """What an EngineLink knows of its child."""

    def __init__(self) -> None:
        self.pid: int | None = 7
        self.is_leader = True
        self.restarts = 0
        self.started_at = 900.0
        self.told_at = 1000.0
        self.stats: dict[str, Any] = {}


class OwnScene:
    """A web process with an engine that tells of itself."""

    def __init__(self) -> None:
        self.clock, self.board = HandClock(), Board()
        self.board.apply_services([service(1), service(2, interval_seconds=10), service(3, enabled=False)])
        self.link, self.is_fed, self.staleness, self.written = Link(), True, 0.0, Written(0.002)
        self.offline_since: datetime | None = None
        self.engine = EngineWatch(self.board, self.clock, lambda: self.is_fed)
        self.engine.link = self.link  # type: ignore[assignment]
        self.own = OwnHealth(
            board=self.board,
            clock=self.clock,
            database=self,  # type: ignore[arg-type]
            engine=self.engine,
            staleness=lambda: self.staleness,
            offline_since=lambda: self.offline_since,
            judge=lambda: None,
        )
        self.is_sqlite = True
        self.tell()

    async def write(self) -> Written:
        """As a DatabaseWatch does."""
        return self.written

    async def size(self) -> Size:
        """As a DatabaseWatch does."""
        return Size(1_000_000, 2_000_000_000)

    def tell(self, **changes: Any) -> None:
        """The engine's report."""
        counts: dict[str, Any] = dict.fromkeys(COUNTERS, 0) | {"by_status": [0] * 6}
        now = {"tick_age": 0.2, "oldest_waiting": 0.0, "results_waiting": 0, "outstanding": 0, "finished": 0}
        now |= {"services": 2, "in_flight": 0, "backlog": 0, "late_ms": {}, "memory_bytes": 1, "cpu": 1.0}
        histograms = {name: Timings().wire() for name in TIMINGS}
        self.link.stats = {"pid": 7, "epoch": 1, **counts, **now, **histograms, **changes}
        self.link.told_at = self.clock.seconds
        self.engine.take(self.link.stats)

    async def states(self) -> dict[str, str]:
        """How each part is."""
        return {part.name: part.state for part in await self.own.components()}

    async def words(self, name: str) -> str:
        """What is said of a part."""
        return next(part.words for part in await self.own.components() if part.name == name)
