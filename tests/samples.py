"""Services and results for tests that need some and do not care which."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.services import insert_services

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


def service_row(service_id: str, **changes: Any) -> dict[str, Any]:
    """What `insert_services` needs of one service."""
    row = {
        "service_id": service_id,
        "label": service_id.title(),
        "service_type": "website",
        "kind": "http",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return row | changes


async def add_services(database: Database, *service_ids: str) -> list[int]:
    """Add services; returns their keys."""
    async with database.write() as conn:
        added = await insert_services(conn, [service_row(service_id) for service_id in service_ids])
    return [service.pk for service in added]


def result(pk: int, seconds: float = 0, status: Status = Status.OK, **changes: Any) -> CheckResult:
    """A result of a service, so many seconds after noon."""
    fields: dict[str, Any] = {
        "service_pk": pk,
        "checked_at": NOON + timedelta(seconds=seconds),
        "status": status,
        "message": f"{status.name.lower()} at {seconds:g}",
        "response_ms": 12.5,
    }
    return CheckResult(**(fields | changes))


class Recorder:
    """Records results as the engine does: with growing ids, and each with the state that it leads to."""

    def __init__(self, history: SqlHistory, epoch: Epoch) -> None:
        self._history = history
        self.epoch = epoch
        self.next_id = epoch.next_result_id
        self.states: dict[int, ServiceState] = {}

    async def record(self, *results: CheckResult) -> int:
        """Record one batch; returns the id of its last result."""
        first_id = self.next_id
        for number, one in enumerate(results, first_id):
            self.states[one.service_pk] = state_after(self.states.get(one.service_pk), one, number)
        touched = {one.service_pk for one in results}
        self.next_id += len(results)
        states = [self.states[pk] for pk in touched]
        numbered = list(enumerate(results, first_id))
        await self._history.record(self.epoch, Batch(numbered, states, [], self.next_id - 1))
        return self.next_id - 1


async def start_recording(history: SqlHistory) -> Recorder:
    """Begin an epoch and record in it."""
    return Recorder(history, await history.begin_epoch())
