"""Logs in, asks, judges.

The driver's own time counts where a library owns the connection (PostgreSQL, MySQL): see docs/kinds/database.md.
"""

import math
from collections.abc import Awaitable, Callable, Iterator

from monitor_app.checks.database import mysql, postgresql, redis
from monitor_app.checks.database.config import ROWS_LIMIT, Config, Engine
from monitor_app.checks.database.expectation import exact, shown
from monitor_app.checks.database.session import Answer, LoginRefused, NotAllowed, Refused, Replication, Session
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless, masked

_OPEN: dict[Engine, Callable[[Network, Config, Stopwatch], Awaitable[Session]]] = {
    "postgresql": postgresql.open_session,
    "mysql": mysql.open_session,
    "redis": redis.open_session,
}


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when all is as expected, DEGRADED when replication lags, UNKNOWN when nobody tells, else FAILED and why."""
    visit = _Visit(context.network, config)
    try:
        status, message = await visit.run()
    except (NetworkFailure, OutboundRefused) as err:
        status, message = Status.UNKNOWN if err.is_ours else Status.FAILED, str(err)
    except NotAllowed as err:
        status, message = Status.UNKNOWN, str(err)
    except (Refused, _Unexpected) as err:
        status, message = Status.FAILED, str(err)
    return visit.result(status, message)


class _Unexpected(Exception):
    """There is an answer, but not the one that is expected."""


class _Visit:
    """One check: what it asks and what that showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._statistics: dict[str, float] = {}
        # Phases as they were when all was answered that counts; what is asked beside that is not the service's time.
        self._phases: dict[str, float] | None = None

    async def run(self) -> tuple[Status, str]:
        """Status and message when nothing failed; otherwise raises."""
        try:
            session = await _OPEN[self._config.engine](self._network, self._config, self._stopwatch)
        except LoginRefused as err:
            if self._config.has_credentials:
                raise
            self._phases = self._stopwatch.phases_ms()
            return Status.OK, f"answers and asks for credentials ({err})"
        try:
            return await self._ask(session)
        except LoginRefused as err:  # Redis says so at the first command
            if self._config.has_credentials:
                raise
            self._phases = self._stopwatch.phases_ms()
            return Status.OK, f"answers and asks for credentials ({err})"
        finally:
            await session.close()

    async def _ask(self, session: Session) -> tuple[Status, str]:
        self._details["address"] = session.address
        connected = sum(self._stopwatch.phases_ms().values())
        beside = await self._look_beside(session)
        before = self._stopwatch.total_seconds
        answer = None
        if self._config.query:
            answer = await session.query(self._config.query)
        else:
            await session.ping()
        query_ms = round((self._stopwatch.total_seconds - before) * 1000, 3)
        self._phases = {name: ms for name, ms in self._stopwatch.phases_ms().items() if name != "query"}
        self._phases["query"] = query_ms
        self._metrics |= {"connect_ms": round(connected, 3), "query_ms": query_ms}
        message = self._judged(answer) if answer else "answers"
        degraded = self._judged_replication(beside)
        return (Status.DEGRADED, degraded) if degraded else (Status.OK, message)

    async def _look_beside(self, session: Session) -> Replication | None:
        replication = None
        if self._config.max_lag_seconds is not None:
            replication = await session.replication()
        if self._config.statistics:
            try:
                self._statistics = await session.statistics()
                self._metrics |= self._statistics
            except NotAllowed as err:
                self._details["statistics"] = str(err)
        return replication

    def _judged(self, answer: Answer) -> str:
        config = self._config
        self._metrics["rows"] = answer.rows
        number = exact(answer.value)
        if number is not None and math.isfinite(metric := float(number)):
            self._metrics["value"] = metric
        value = shown(answer.value) if answer.rows else "none"
        self._details["value"] = value
        if answer.has_more:
            self._details["rows"] = f"more than {ROWS_LIMIT}, only so many were fetched"
        count = f"{'more than ' if answer.has_more else ''}{answer.rows} row{'' if answer.rows == 1 else 's'}"
        if config.min_rows is not None and answer.rows < config.min_rows:
            raise _Unexpected(f"{count}, expected at least {config.min_rows}")
        if config.max_rows is not None and (answer.rows > config.max_rows or answer.has_more):
            raise _Unexpected(f"{count}, expected at most {config.max_rows}")
        if config.expectation is None:
            return count
        if not answer.rows:
            raise _Unexpected(f"no row came, expected a value {config.expectation}")
        if trouble := config.expectation.trouble(answer.value):
            raise _Unexpected(trouble)
        return f"{value}, as expected ({config.expectation})"

    def _judged_replication(self, replication: Replication | None) -> str:
        """What is wrong with it, or nothing."""
        limit = self._config.max_lag_seconds
        if replication is None or limit is None:
            return ""
        self._details["replication"] = replication.role
        if replication.lag_seconds is not None:
            self._metrics["replication_lag_seconds"] = round(replication.lag_seconds, 3)
        if replication.trouble:
            return f"replication: {replication.trouble}"
        if replication.lag_seconds is not None and replication.lag_seconds > limit:
            return f"replication lags by {replication.lag_seconds:.1f} s, more than {limit:g} s"
        return ""

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of what was answered."""
        phases = self._phases or self._stopwatch.phases_ms()
        is_answered = self._phases is not None
        return ProbeResult(
            status,
            self._told(message),
            round(sum(phases.values()), 3) if is_answered else None,
            phases,
            self._metrics,
            {name: self._told(text) for name, text in self._details.items()},
            self._in_full,
        )

    def _in_full(self) -> Iterator[Section]:
        rows = [(name.replace("_", " "), f"{value:,.10g}") for name, value in self._statistics.items()]
        yield table("What the server says of itself", ("Figure", "Value"), rows)

    def _told(self, text: str) -> str:
        """Some servers repeat in an error what they were sent, the password included."""
        return harmless(masked(text, (self._config.password,)), MESSAGE_LIMIT)
