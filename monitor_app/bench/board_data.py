"""Fills a fresh database with services and their last results, so that a board has something to show."""

import random
from datetime import UTC, datetime, timedelta

from monitor_app.bench.open_board import open_board
from monitor_app.bench.plain_states import state_after
from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.use_cases.services import ServiceUseCases

HISTORY = 60
AT_ONCE = 500
GROUPS = ("shop", "identity", "back office", "platform")
TAGS = ("critical", "public", "internal", "legacy")
# How every twelfth service is now, what it says and how long it takes: nine are up, one degraded, two down.
NOW: tuple[tuple[Status, str, float | None], ...] = (
    (Status.FAILED, "connection refused by pay.example.org:443: nothing listens there", None),
    (Status.FAILED, "503 Service Unavailable, expected 200-299", 310.0),
    (Status.DEGRADED, "slow: 1.84 s", 1840.0),
    *[(Status.OK, "200 OK", 20.0 + 17 * number) for number in range(9)],
)


class BoardData:
    """A database with a board in it; writes further results in the place of an engine."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._random = random.Random(7)
        self._states: dict[int, ServiceState] = {}
        self._next_id = 0
        self._epoch: Epoch | None = None
        self._database: Database | None = None
        self.services: list[ServiceDefinition] = []

    async def fill(self, count: int, group_size: int = 0) -> None:
        """Make the tables, `count` services and 60 results of each, one every 10 s until now.

        They are in four groups, or in groups of `group_size` that follow one another.
        """
        await migrations.upgrade(self._url)
        self._database = Database(self._url)
        await open_board(self._database)
        use_cases = ServiceUseCases(self._database, KindRegistry(), SystemClock(), Bus())
        rows = [_service(number, group_size) for number in range(count)]
        for start in range(0, count, AT_ONCE):
            self.services += await use_cases.create_many(SYSTEM, rows[start : start + AT_ONCE])
        self._epoch = await self._history.begin_epoch()
        self._next_id = self._epoch.next_result_id
        now = datetime.now(UTC)
        for step in range(HISTORY):
            at = now - timedelta(seconds=10 * (HISTORY - step))
            await self.record([self._result(number, at, step) for number in range(count)])

    async def change(self, numbers: range) -> None:
        """One more result of each of these services."""
        now = datetime.now(UTC)
        await self.record([self._result(number, now, HISTORY) for number in numbers])

    async def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            await self._database.close()

    @property
    def database(self) -> Database:
        """The open one."""
        assert self._database is not None
        return self._database

    def status_of(self, pk: int) -> Status:
        """What was recorded last of a service."""
        return self._states[pk].status

    @property
    def _history(self) -> SqlHistory:
        return SqlHistory(self.database)

    async def record(self, results: list[CheckResult]) -> None:
        """Write results, as an engine would."""
        assert self._epoch is not None
        for result_id, result in enumerate(results, self._next_id):
            before = self._states.get(result.service_pk)
            self._states[result.service_pk] = state_after(before, result, result_id)
        states = [self._states[result.service_pk] for result in results]
        last_id = self._next_id + len(results) - 1
        await self._history.record(self._epoch, Batch(list(enumerate(results, self._next_id)), states, [], last_id))
        self._next_id += len(results)

    def _result(self, number: int, at: datetime, step: int) -> CheckResult:
        status, message, ms = NOW[number % len(NOW)]
        if status is not Status.OK and step < HISTORY - 12:
            status, message, ms = Status.OK, "200 OK", 60.0
        measured = None if ms is None else round(ms * self._random.uniform(0.8, 1.2), 2)
        phases = (
            {} if measured is None else {"connect": measured * 0.2, "tls": measured * 0.3, "first_byte": measured * 0.5}
        )
        return CheckResult(self.services[number].pk, at, status, message, measured, phases)


def _service(number: int, group_size: int) -> dict[str, object]:
    return {
        "label": f"Service {number:04d}",
        "group": f"Group {number // group_size:02d}" if group_size else GROUPS[number % len(GROUPS)],
        "tags": [TAGS[number % len(TAGS)]],
        "status_config": {"url": f"https://service-{number:04d}.example.org/health"},
        "interval_seconds": 86_400,  # nobody checks them; they must not look out of date
    }
