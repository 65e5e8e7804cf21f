"""An engine's hand: adds services and records results in a real database, as the engine's writer does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage import services
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory


@dataclass
class Recorder:
    """Writes to a database as the engine that schedules."""

    database: Database
    epoch: Epoch | None = None
    next_id: int = 1
    states: dict[int, ServiceState] = field(default_factory=dict)

    @property
    def history(self) -> SqlHistory:
        return SqlHistory(self.database)

    async def add_services(self, count: int, **values: Any) -> list[ServiceDefinition]:
        """Services "Service 1", "Service 2", ..."""
        now = datetime.now(UTC)
        async with self.database.write() as conn:
            taken = len(await services.load_services(conn))
            return await services.insert_services(
                conn,
                [
                    {
                        "service_id": f"service-{number}",
                        "label": f"Service {number}",
                        "service_type": "website",
                        "kind": "http",
                        "status_config": {"url": f"https://host{number}.example.org/health"},
                        "created_at": now,
                        "updated_at": now,
                    }
                    | values
                    for number in range(taken + 1, taken + count + 1)
                ],
            )

    async def change_service(self, pk: int, **values: Any) -> None:
        async with self.database.write() as conn:
            await services.update_service(conn, pk, {"updated_at": datetime.now(UTC)} | values)

    async def delete_service(self, pk: int) -> None:
        async with self.database.write() as conn:
            await services.delete_services(conn, [pk], datetime.now(UTC))

    async def restore_service(self, pk: int) -> None:
        async with self.database.write() as conn:
            await services.restore_services(conn, [pk], datetime.now(UTC))

    async def record(self, *found: CheckResult) -> int:
        """Write results in one transaction; returns the last id."""
        if self.epoch is None:
            self.epoch = await self.history.begin_epoch()
            self.next_id = self.epoch.next_result_id
        for result_id, result in enumerate(found, self.next_id):
            self.states[result.service_pk] = state_after(self.states.get(result.service_pk), result, result_id)
        states: Sequence[ServiceState] = [self.states[pk] for pk in {result.service_pk for result in found}]
        last_id = self.next_id + len(found) - 1
        await self.history.record(self.epoch, Batch(list(enumerate(found, self.next_id)), states, [], last_id))
        self.next_id += len(found)
        return self.next_id - 1

    async def find(
        self, pk: int, status: Status = Status.OK, *, ms: float | None = 12.5, message: str = "", at: datetime
    ) -> int:
        """One result of one service; returns its id."""
        return await self.record(CheckResult(pk, at, status, message, ms))
