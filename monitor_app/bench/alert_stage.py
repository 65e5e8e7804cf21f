"""Alerting without an engine's loop: a real database, the whole of alerting, a clock that is moved, an open channel."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.alerting.dispatcher import Dispatcher, Parcel
from monitor_app.alerting.telling import Telling
from monitor_app.bench.noise_month import EPOCH
from monitor_app.domain.alerting.message import Message
from monitor_app.domain.changes import Batch, Change
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.models import ChannelRow, RelationRow
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.services import insert_services

DEADLINE_SECONDS = 10.0
# As a companion of the engine looks by itself.
LOOK_SECONDS = 1.0

channels = ChannelRow.__table__  # type: ignore[attr-defined]
relations = RelationRow.__table__  # type: ignore[attr-defined]


class HandClock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.at = EPOCH

    def now(self) -> datetime:
        """The present moment."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return (self.at - EPOCH).total_seconds()


@dataclass(frozen=True, slots=True)
class Told:
    """A message that arrived."""

    at: datetime
    message: Message


class Stage:
    """The engine as alerting sees it (alerting/desk.py), and a receiver of all that it tells."""

    network: Any = None
    offline_since: datetime | None = None
    stopped: str = ""

    def __init__(self, database: Database, epoch: Epoch, services: Sequence[ServiceDefinition]) -> None:
        self.database, self.epoch, self.clock = database, epoch, HandClock()
        self.told: list[Told] = []
        self.states: dict[int, ServiceState] = {}
        self.dependencies: Mapping[int, Sequence[int]] = {}
        self.on_check_now: Callable[[int], None] = lambda _: None
        self._services = {service.pk: service for service in services}
        self._history = SqlHistory(database)
        self._last_id = epoch.next_result_id
        self._dispatcher = Dispatcher(database, self.clock, self._receive)
        self._telling = Telling()
        self._companion = AlertingCompanion(self, telling=self._telling, dispatcher=self._dispatcher)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, labels: Sequence[str], depends: Mapping[int, Sequence[int]] | None = None
    ) -> AsyncIterator["Stage"]:
        """Services of these labels, numbered from 1 on; the first of each pair depends on the others. One channel."""
        with TemporaryDirectory(prefix="lightbulb-alerts-") as folder:
            url = f"sqlite+aiosqlite:///{Path(folder) / 'alerts.db'}"
            await migrations.upgrade(url)
            database = Database(url)
            try:
                async with database.write() as conn:
                    rows = [_service(f"service-{number}", label) for number, label in enumerate(labels, 1)]
                    services = await insert_services(conn, rows)
                    await conn.execute(insert(channels).values(**_CHANNEL))
                    pairs = [(source, target) for source, targets in (depends or {}).items() for target in targets]
                    if pairs:
                        await conn.execute(insert(relations), [_relation(*pair) for pair in pairs])
                stage = cls(database, await SqlHistory(database).begin_epoch(), services)
                stage.dependencies = depends or {}
                yield stage
            finally:
                await database.close()

    async def write(self, steps: Sequence[tuple[ServiceState, Sequence[Change]]]) -> None:
        """What an engine writes of some steps of services."""
        states: dict[int, ServiceState] = {}
        changes: list[Change] = []
        for state, more in steps:
            self._last_id += 1
            states[state.service_pk] = replace(state, result_id=self._last_id)
            changes += more
        self.states |= states
        batch = Batch([], list(states.values()), changes, self._last_id)
        await self._history.record(self.epoch, batch)
        self._companion.committed(batch)

    async def heard(self, results: Sequence[CheckResult]) -> None:
        """Results that changed nothing are no news but to who waits for them."""
        numbered = []
        for result in results:
            self._last_id += 1
            numbered.append((self._last_id, result))
        batch = Batch(numbered, [], [], self._last_id)
        await self._history.record(self.epoch, batch)
        self._companion.committed(batch)

    async def look(self, at: datetime) -> None:
        """It is this time now: see what there is to do, and deliver it."""
        self.clock.at = max(self.clock.at, at)
        await self._companion.look()
        await self._dispatcher.look()
        await self._dispatcher.idle()

    async def pass_time(self, until: datetime) -> None:
        """Let all come that is due before a moment; in between nothing happens."""
        for seconds in _LOOKS:
            moment = self.clock.at + timedelta(seconds=seconds)
            if moment >= until:
                return
            await self.look(moment)
        while (due := self._telling.next_due) is not None and due < until:
            await self.look(max(due, self.clock.at + timedelta(seconds=LOOK_SECONDS)))

    # What alerting asks of an engine.

    def services(self) -> Iterator[ServiceDefinition]:
        """All of them."""
        return iter(self._services.values())

    def service(self, pk: int) -> ServiceDefinition | None:
        """One of them."""
        return self._services.get(pk)

    def state(self, pk: int) -> ServiceState | None:
        """What is true of a service now."""
        return self.states.get(pk)

    def deadline_seconds(self, pk: int) -> float:
        """How long a check of it may take."""
        return DEADLINE_SECONDS

    def patience_seconds(self, pk: int) -> float:
        """After so long without a result nothing is known of it."""
        return 2 * self._services[pk].interval_seconds + DEADLINE_SECONDS

    def kin(self, pk: int) -> Sequence[int]:
        """None of them is made of others."""
        return ()

    def check_now(self, pk: int) -> None:
        """Alerting wants to know."""
        self.on_check_now(pk)

    def trouble(self) -> str:
        """This monitor is never late."""
        return ""

    def ring(self, event: str, **fields: Any) -> None:
        """Nobody waits for the database to change."""

    async def _receive(self, parcel: Parcel) -> str:
        self.told.append(Told(self.clock.at, Message.parse(parcel.message)))
        return "received"


# After something happened: at once, when a group of messages is sent, when updates are, and when flapping is over.
_LOOKS = (1.0, 1.0, 9.0, 60.0, 300.0, 600.0, 900.0)
_CHANNEL: Mapping[str, Any] = {
    "name": "Receiver",
    "kind": "webhook",
    "config": {},
    "templates": {},
    "enabled": True,
    "is_default": True,
    "last_error": "",
    "created_at": EPOCH,
    "updated_at": EPOCH,
}


def _service(service_id: str, label: str) -> dict[str, Any]:
    return {
        "service_id": service_id,
        "label": label,
        "service_type": "website",
        "kind": "http",
        "status_config": {"url": "https://example.org/"},
        "interval_seconds": 60,
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }


def _relation(source_pk: int, target_pk: int) -> dict[str, Any]:
    return {
        "source_pk": source_pk,
        "target_pk": target_pk,
        "relation_type": "dependency",
        "enabled": True,
        "note": "",
        "managed_by": "",
        "applied": None,
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }
