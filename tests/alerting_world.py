"""Alerting on a real database, with the engine's own evaluation, and a clock that tests move."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Entry, Incident
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.domain.hold import Hold
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.canaries import Canaries
from monitor_app.engine.companion import EngineDesk
from monitor_app.engine.dead_mans_switch import Work
from monitor_app.engine.due import DueQueue
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.steward import Steward
from monitor_app.models import RelationRow
from monitor_app.models.alert_rule import AlertRuleRow
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage import alerts as alert_table
from monitor_app.storage import incidents as incident_table
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.services import hold_document, insert_services, load_services, raise_counter, update_service
from tests.virtual_time import VirtualClock

rules = AlertRuleRow.__table__  # type: ignore[attr-defined]
relations = RelationRow.__table__  # type: ignore[attr-defined]


class Ear:
    """Hears what is told, and keeps it when it was committed."""

    next_due: datetime | None = None

    def __init__(self) -> None:
        self.told: list[IncidentNews] = []
        self._open: list[IncidentNews] = []

    async def tell(
        self, conn: AsyncConnection, now: datetime, news: Sequence[IncidentNews], *, is_part: bool = False
    ) -> None:
        self._open = list(news)

    async def due(self, conn: AsyncConnection, now: datetime) -> None:
        pass

    async def merged(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        pass

    async def split(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        pass

    def wake(self) -> None:
        """The transaction is over."""
        self.told += self._open
        self._open = []

    async def run(self) -> None:
        pass

    def move(self, by: timedelta) -> None:
        pass


class Desk(EngineDesk):
    """Notes whom alerting wants to be checked."""

    asked: list[int]
    offline: datetime | None = None
    late = ""

    def check_now(self, pk: int) -> None:
        self.asked.append(pk)

    @property
    def offline_since(self) -> datetime | None:
        return self.offline

    def trouble(self) -> str:
        return self.late


class World:
    """One engine's memory and database, without its loop. Make one with `begin`; `restart` makes the next term."""

    def __init__(self, database: Database, clock: VirtualClock) -> None:
        self.database, self.clock = database, clock
        self.history = SqlHistory(database)
        self.registry = KindRegistry()
        self.ear = Ear()
        self.services: list[ServiceDefinition] = []
        self.rung: list[int] = []

    @classmethod
    async def begin(cls, database: Database) -> "World":
        world = cls(database, VirtualClock())
        await world.restart()
        return world

    async def restart(self) -> None:
        """The engine ends, and another one begins."""
        self.epoch: Epoch = await self.history.begin_epoch()
        states = await self.history.states()
        async with self.database.read() as conn:
            services = await load_services(conn)
        self.outbox = Outbox(monotonic=self.clock.monotonic)
        self.rulebook = RuleBook(self.registry)
        self.steward = Steward(
            clock=self.clock,
            queue=DueQueue(self.clock),
            rulebook=self.rulebook,
            outbox=self.outbox,
            states=states,
            next_id=self.epoch.next_result_id,
        )
        self.desk = Desk(
            epoch=self.epoch,
            database=self.database,
            network=None,  # type: ignore[arg-type] # nothing goes out
            clock=self.clock,
            canaries=Canaries([], self.clock),
            rulebook=self.rulebook,
            steward=self.steward,
            work=lambda: Work(0, 0, 0, 0),
            ring=lambda event, **fields: self.rung.append(fields["revision"]),
        )
        self.desk.asked = []
        self.companion = AlertingCompanion(self.desk, telling=self.ear, dispatcher=self.ear)
        self.steward.take_over(services)
        await self._relate()
        await self.flush()

    async def add(self, *service_ids: str, **values: Any) -> list[ServiceDefinition]:
        """Services that are well."""
        now = self.clock.now()
        config = {"url": "https://example.org/", "breaker_failures": 0}
        row = {"service_type": "website", "kind": "http", "status_config": config, "created_at": now, "updated_at": now}
        row |= values
        async with self.database.write() as conn:
            added = await insert_services(conn, [{"service_id": i, "label": i.title(), **row} for i in service_ids])
        await self.apply(added)
        await self.report(added, Status.OK)
        return added

    async def apply(self, services: Sequence[ServiceDefinition]) -> None:
        """The engine takes over definitions."""
        self.steward.apply(services)
        self.companion.changed([service.pk for service in services])
        await self.flush()

    async def change(self, service: ServiceDefinition, **values: Any) -> ServiceDefinition:
        """Somebody changes a service."""
        async with self.database.write() as conn:
            changed = await update_service(conn, service.pk, values | {"updated_at": self.clock.now()})
        await self.apply([changed])
        return changed

    async def maintain(self, service: ServiceDefinition, seconds: float) -> ServiceDefinition:
        """It is in maintenance from now on."""
        now = self.clock.now()
        hold = Hold("ada", "a disk", now, now + timedelta(seconds=seconds))
        return await self.change(service, maintenance=hold_document(hold))

    async def depend(self, pairs: Iterable[tuple[ServiceDefinition, ServiceDefinition]]) -> None:
        """The first of each depends on the second; circles are taken as well."""
        now = self.clock.now()
        rows = [
            {
                "source_pk": source.pk,
                "target_pk": target.pk,
                "relation_type": "dependency",
                "enabled": True,
                "note": "",
                "managed_by": "",
                "applied": None,
                "created_at": now,
                "updated_at": now,
            }
            for source, target in pairs
        ]
        async with self.database.write() as conn:
            await conn.execute(insert(relations), rows)
        await self._relate()
        self.companion.changed([])

    async def _relate(self) -> None:
        async with self.database.read() as conn:
            found = await conn.execute(select(relations.c.source_pk, relations.c.target_pk).order_by(relations.c.pk))
            self.rulebook.relate([(source, target) for source, target in found])

    async def report(
        self, services: Iterable[ServiceDefinition], status: Status, times: int = 1, message: str = ""
    ) -> None:
        """Results of services, and the commit."""
        for _ in range(times):
            for service in services:
                words = message or f"{service.service_id} is {status.name}"
                result = CheckResult(service.pk, self.clock.now(), status, words, 10.0)
                self.steward.evaluator.take(result)
            self.clock.advance(0.01)
        await self.flush()

    async def fail(self, *services: ServiceDefinition, message: str = "") -> None:
        """They are confirmed to be down."""
        await self.report(services, Status.FAILED, 3, message)

    async def recover(self, *services: ServiceDefinition) -> None:
        """They are confirmed to be up."""
        await self.report(services, Status.OK, 2)

    async def flush(self) -> None:
        """What the writer does."""
        while (batch := self.outbox.batch()) is not None:
            await self.history.record(self.epoch, batch)
            self.outbox.ack()
            self.companion.committed(batch)

    async def look(self, seconds: float = 0.0) -> list[IncidentNews]:
        """Time passes, and alerting looks; returns what is told."""
        self.clock.advance(seconds)
        before = len(self.ear.told)
        await self.companion.look()
        return self.ear.told[before:]

    async def wait(self, seconds: float, step: float = 1.0) -> list[IncidentNews]:
        """The same, with a look each second."""
        before = len(self.ear.told)
        for _ in range(int(seconds / step)):
            await self.look(step)
        return self.ear.told[before:]

    async def alerts(self) -> list[Alert]:
        """All that there ever were."""
        async with self.database.read() as conn:
            rows = await conn.execute(select(*alert_table._COLUMNS).order_by(alert_table.alerts.c.pk))
            return [alert_table.alert_of(row) for row in rows.mappings()]

    async def incidents(self) -> list[Incident]:
        """All that there ever were."""
        async with self.database.read() as conn:
            rows = await conn.execute(select(*incident_table._COLUMNS).order_by(incident_table.incidents.c.pk))
            return [incident_table.incident_of(row) for row in rows.mappings()]

    async def entries(self, incident_pk: int) -> list[Entry]:
        """The timeline of an incident."""
        table = incident_table.entries
        async with self.database.read() as conn:
            rows = await conn.execute(select(table).where(table.c.incident_pk == incident_pk).order_by(table.c.pk))
            return [Entry(**{name: row[name] for name in row if name != "pk"}) for row in rows.mappings()]

    async def rule(self, name: str, **values: Any) -> int:
        """Somebody adds a rule."""
        now = self.clock.now()
        row: Mapping[str, Any] = {
            "name": name,
            "enabled": True,
            "is_default": False,
            "severity": "warning",
            "condition": {"type": "status", "statuses": ["failed"]},
            "scope": {},
            "for_seconds": 0,
            "policy_pk": None,
            "created_at": now,
            "updated_at": now,
        } | values
        async with self.database.write() as conn:
            pk: int = (await conn.execute(insert(rules).values(row).returning(rules.c.pk))).scalar_one()
            await raise_counter(conn, ALERTING_RULES)
        return pk

    async def execute(self, statement: Any) -> None:
        """Somebody changes what alerting goes by."""
        async with self.database.write() as conn:
            await raise_counter(conn, ALERTING_RULES)
            await conn.execute(statement)


def kinds(news: Iterable[IncidentNews]) -> list[str]:
    """What was told, in order."""
    return [one.kind for one in news]
