"""All that is known of the monitor's own state, judged part by part."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from monitor_app.domain.availability import CHECKS_TARGET, DAY, EXCEPTIONS_TARGET, HOUR, Work, per_thousand
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.engine.own_health.component import Component, State
from monitor_app.engine.own_health.database_watch import DatabaseWatch, Written
from monitor_app.engine.own_health.engine_watch import EngineWatch
from monitor_app.engine.own_health.loop_lag import LoopLag
from monitor_app.engine.own_health.requests import RequestTimes
from monitor_app.log import get_logger

LOOK_SECONDS: Final = 5.0
UNREAD_SECONDS: Final = 10.0
# The scheduler looks twice a second.
TICK_SECONDS: Final = 10.0
# Results wait a second for each other; what waits longer than this is in trouble.
WAITING_SECONDS, STUCK_SECONDS = 10.0, 60.0
LAG_SECONDS: Final = 1.0
# Of fewer checks than this a share says nothing.
CHECKS_LEAST: Final = 100
SPANS: Final[Mapping[str, int | None]] = {"hour": HOUR, "day": DAY, "since_start": None}

logger = get_logger(__name__)


class _Trouble(Protocol):
    """As state/health.py has it."""

    @property
    def what(self) -> str: ...

    @property
    def why(self) -> str: ...


class OwnHealth:
    """Belongs to one web process. `judge` tells what is wrong with what the board shows, None: nothing."""

    def __init__(
        self,
        *,
        board: Board,
        clock: Clock,
        database: DatabaseWatch,
        engine: EngineWatch,
        staleness: Callable[[], float],
        offline_since: Callable[[], datetime | None],
        judge: Callable[[], _Trouble | None],
    ) -> None:
        self.database = database
        self.engine = engine
        self.requests = RequestTimes(clock.monotonic)
        self.loop_lag = LoopLag()
        self.started_at = clock.now()
        self._board = board
        self._clock = clock
        self._staleness = staleness
        self._offline_since = offline_since
        self._judge = judge
        # What is wrong with the files in CONFIG_DIR: "" nothing, None that there are none.
        self.config_error: Callable[[], str | None] = lambda: None
        # How each part was judged last, and since when it is so.
        self._since: dict[str, tuple[State, datetime]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, on the running loop."""
        self.loop_lag.start()
        self._task = asyncio.create_task(self._look_forever(), name="own health")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.loop_lag.close()
        await self.database.close()

    def now(self) -> datetime:
        """By the clock that all of it goes by."""
        return self._clock.now()

    async def ready(self) -> dict[str, bool]:
        """What this process must be able to do to be of use, by name; what applies to its role."""
        parts = {component.name: component.state != "failing" for component in self._judged(await self._written())}
        if self.engine.link is None:
            return {"database": parts["database"], "board": parts["board"]}
        return {name: parts[name] for name in ("database", "scheduler", "writer", "leader")}

    async def components(self) -> list[Component]:
        """Each part, judged now."""
        components = list(self._judged(await self._written()))
        self._note(components)
        return components

    def since(self, component: Component) -> datetime:
        """Since when it is as it is, as far as this process has seen."""
        return self._since.get(component.name, ("ok", self.started_at))[1]

    def availability(self) -> dict[str, Work]:
        """Of the last hour, the last day, and since the start."""
        now = self._clock.monotonic()
        return {name: self.engine.availability.work(seconds, now) for name, seconds in SPANS.items()}

    def exceptions_per_thousand(self) -> float:
        """Unhandled exceptions per 1000 requests and events."""
        return per_thousand(self.requests.exceptions.total(), self.requests.count)

    def has_network(self) -> bool:
        """Whether the monitor itself has one, as far as its engine can tell."""
        return self._offline_since() is None

    def staleness(self) -> float:
        """Seconds since the board was last read from the database."""
        return self._staleness()

    def open_breakers(self) -> int:
        """How many circuit breakers are not closed."""
        return sum(1 for row in self._board if row.breaker.phase != "closed")

    async def _written(self) -> Written:
        return await self.database.write()

    async def _look_forever(self) -> None:
        while True:
            try:
                self.engine.look()
                self._note(list(self._judged(None)))
            except Exception:
                logger.exception("the monitor's own health cannot be looked at")
            await asyncio.sleep(LOOK_SECONDS)

    def _note(self, components: list[Component]) -> None:
        for component in components:
            known = self._since.get(component.name)
            if known is None or known[0] != component.state:
                self._since[component.name] = (component.state, self._clock.now())

    def _judged(self, written: Written | None) -> Iterator[Component]:
        if written is not None:
            yield self._database(written)
        yield self._board_itself()
        yield from self._engine_parts()
        yield self._network()
        if (error := self.config_error()) is not None:
            # The error itself may show what is in a file, which is not for everybody.
            words = "CONFIG_DIR cannot be applied; the log tells why" if error else "CONFIG_DIR is applied"
            yield Component("configuration", "degraded" if error else "ok", words)
        yield self._checks()
        yield self._api()
        yield self._loop()

    def _database(self, written: Written) -> Component:
        if written.trouble:
            return Component("database", "failing", written.trouble, {"is_writable": False})
        ms = round(written.seconds * 1000, 2)
        return Component("database", "ok", f"takes a write in {ms:g} ms", {"is_writable": True, "write_ms": ms})

    def _board_itself(self) -> Component:
        seconds, trouble = self._staleness(), self._judge()
        figures = {"read_seconds_ago": round(seconds, 1), "services": len(self._board)}
        if seconds > UNREAD_SECONDS:
            return Component("board", "failing", f"the database has not been read for {seconds:.0f} s", figures)
        if trouble is not None:
            return Component("board", "degraded", f"{trouble.what}. {trouble.why}", figures)
        return Component("board", "ok", "shows what is in the database", figures)

    def _engine_parts(self) -> Iterator[Component]:
        link, standing, stats = self.engine.link, self.engine.standing, self.engine.stats
        if link is None:
            words = (
                "no engine belongs to this process: its figures are unknown here; whether results arrive, `board` tells"
            )
            for name in ("engine", "leader", "scheduler", "writer"):
                yield Component(name, "unknown", words)
            return
        figures = {"pid": link.pid, "restarts": link.restarts}
        yield Component("engine", *_engine_words(standing, link.restarts), figures)
        yield Component("leader", *_leader_words(standing), {"epoch": stats.get("epoch")})
        if standing == "waits":
            words = "another process does this: its figures are unknown here"
            yield Component("scheduler", "unknown", words)
            yield Component("writer", "unknown", words)
            return
        yield self._scheduler(stats)
        yield self._writer(stats)

    def _scheduler(self, stats: Mapping[str, Any]) -> Component:
        age = self.engine.tick_age
        if age is None:
            return Component("scheduler", "failing", "nothing is known of it, because the engine says nothing")
        names = ("services", "in_flight", "backlog", "skipped", "stalls", "late_ms")
        figures = {"tick_seconds_ago": age, **{name: stats[name] for name in names}}
        if age > TICK_SECONDS:
            return Component("scheduler", "failing", f"has not looked for due checks for {age:.0f} s", figures)
        return Component("scheduler", "ok", "looks for due checks", figures)

    def _writer(self, stats: Mapping[str, Any]) -> Component:
        if not stats:
            return Component("writer", "failing", "nothing is known of it, because the engine says nothing")
        oldest, waiting, dropped = stats["oldest_waiting"], stats["results_waiting"], stats["dropped"]
        commit = self.engine.timings("commit").in_ms(0.5, 0.99)
        figures = {"results_waiting": waiting, "oldest_seconds": oldest, "dropped": dropped, "commit_ms": commit}
        if oldest > STUCK_SECONDS:
            return Component(
                "writer", "failing", f"has stored nothing for {oldest:.0f} s; {waiting} results wait", figures
            )
        if oldest > WAITING_SECONDS:
            return Component("writer", "degraded", f"{waiting} results wait, the oldest for {oldest:.0f} s", figures)
        if dropped:
            return Component("writer", "degraded", f"{dropped} results were dropped because too many waited", figures)
        return Component("writer", "ok", "stores results as they come", figures)

    def _network(self) -> Component:
        since = self._offline_since()
        if since is not None:
            words = "the monitor has no network: failures are held as unknown until it is back"
            return Component("network", "degraded", words, {"offline_since": since.isoformat()})
        return Component("network", "ok", "is there, or nothing tells otherwise")

    def _checks(self) -> Component:
        work = self.availability()["hour"]
        share = work.share
        figures = {"due": round(work.due), "finished": round(work.finished), "share": share, "target": CHECKS_TARGET}
        if share is None:
            return Component("checks", "unknown", "no check was due here yet", figures)
        words = f"{share:.2%} of the checks that were due in the last hour have finished"
        is_bad = share < CHECKS_TARGET and work.due >= CHECKS_LEAST
        return Component("checks", "degraded" if is_bad else "ok", words, figures)

    def _api(self) -> Component:
        exceptions, last = self.requests.exceptions.total(), self.requests.last_exception_at
        rate = self.exceptions_per_thousand()
        figures = {"requests": self.requests.count, "exceptions": exceptions, "per_thousand": round(rate, 3)}
        if last is not None and self._clock.monotonic() - last < HOUR and rate > EXCEPTIONS_TARGET:
            words = f"{exceptions} unhandled exceptions since the start; the log has each of them"
            return Component("requests", "degraded", words, figures)
        return Component("requests", "ok", "no unhandled exception in the last hour", figures)

    def _loop(self) -> Component:
        figures = self.loop_lag.recent.in_ms(0.5, 0.95, 0.99)
        if figures["p99"] > LAG_SECONDS * 1000:
            words = f"this process comes {figures['p99']:.0f} ms late to one in a hundred things"
            return Component("event_loop", "degraded", words, figures)
        return Component("event_loop", "ok", "turns in time", figures)


def _engine_words(standing: str, restarts: int) -> tuple[State, str]:
    match standing:
        case "dead":
            so_far = f", as {restarts} times before" if restarts else ""
            return "failing", f"does not run; it is started again{so_far}. The log tells why"
        case "silent":
            return "failing", "runs, but tells nothing and brings no results. Its log tells why"
        case "starts":
            return "degraded", "is starting"
        case _:
            return "ok", "runs"


def _leader_words(standing: str) -> tuple[State, str]:
    match standing:
        case "leads":
            return "ok", "the engine of this process schedules"
        case "waits":
            return "ok", "the engine of another process schedules; this one waits to take over"
        case "starts":
            return "failing", "nobody schedules yet: the engine is starting"
        case _:
            return "failing", "nobody schedules"
