"""Incidents, channels and people for tests of who is told what, on one database, with a clock that stands still."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting.telling import Telling
from monitor_app.domain.alerting.news import IncidentNews, NewsKind
from monitor_app.domain.alerting.severity import Severity
from monitor_app.models import (
    AccountRow,
    AlertRow,
    ChannelRow,
    EscalationPolicyRow,
    EscalationRow,
    IncidentEntryRow,
    IncidentRow,
    NotificationRow,
    OnCallScheduleRow,
    QuietHoursRow,
    Table,
)
from monitor_app.storage.database import Database
from tests.accounts import HandClock
from tests.samples import NOON, add_services


def table(model: type[Table]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


async def put(database: Database, model: type[Table], **values: Any) -> int:
    """A row; returns its pk."""
    async with database.write() as conn:
        pk: int = (await conn.execute(insert(table(model)).values(**values).returning(table(model).c.pk))).scalar_one()
    return pk


@dataclass
class Stage:
    """One database with channels and incidents; `seconds` go by with `later`."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    telling: Telling = field(default_factory=Telling)
    severities: dict[int, Severity] = field(default_factory=dict)

    async def channel(self, name: str = "Mail", *, is_default: bool = True, **values: Any) -> int:
        row = {"kind": "webhook", "config": {}, "templates": {}, "enabled": True, "last_error": ""}
        dates = {"created_at": NOON, "updated_at": NOON}
        return await put(self.database, ChannelRow, name=name, is_default=is_default, **(row | dates | values))

    async def person(self, name: str) -> int:
        row = {"role": "editor", "password_hash": "x", "is_disabled": False, "totp_step": 0, "preferences": {}}
        return await put(self.database, AccountRow, username=name, created_at=NOON, updated_at=NOON, **row)

    async def policy(self, *steps: tuple[int, str, int], name: str = "Night", **values: Any) -> int:
        """Steps as (after minutes, type, pk)."""
        document = [{"after_minutes": after, "targets": [{"type": target, "pk": pk}]} for after, target, pk in steps]
        row: dict[str, Any] = {"is_default": False, "rounds": 1, "created_at": NOON, "updated_at": NOON}
        return await put(self.database, EscalationPolicyRow, name=name, steps=document, **(row | values))

    async def schedule(self, *members: int, name: str = "Ops") -> int:
        row = {"time_zone": "UTC", "starts_on": "2026-05-11", "hand_over_day": 0, "hand_over_at": "09:00"}
        dates = {"created_at": NOON, "updated_at": NOON}
        return await put(
            self.database, OnCallScheduleRow, name=name, rotation_days=7, members=list(members), **row, **dates
        )

    async def quiet(self, account_pk: int, since: str, until: str, passes: str = "critical") -> None:
        span = {"days": list(range(7)), "from": since, "to": until}
        values = {"time_zone": "UTC", "spans": [span], "passes": passes, "updated_at": NOON}
        async with self.database.write() as conn:
            await conn.execute(insert(table(QuietHoursRow)).values(account_pk=account_pk, **values))

    async def incident(self, service_id: str = "shop", severity: Severity = "critical") -> int:
        """One with a firing alert of a service of its own."""
        (service_pk,) = await add_services(self.database, service_id)
        return await self.incident_of(service_pk, f"{service_id.title()} is down", severity)

    async def incidents_of(self, titles: dict[int, str], worst: int) -> list[int]:
        """One for each service; only the worst is critical, the others are warnings."""
        severities: dict[int, Severity] = {pk: "critical" if pk == worst else "warning" for pk in titles}
        rows = [self._incident(pk, title, severities[pk]) for pk, title in titles.items()]
        async with self.database.write() as conn:
            statement = insert(table(IncidentRow)).returning(
                table(IncidentRow).c.pk, table(IncidentRow).c.root_service_pk, sort_by_parameter_order=True
            )
            made = [(pk, service_pk) for pk, service_pk in await conn.execute(statement, rows)]
            alerts = [self._alert(pk, service_pk, severities[service_pk]) for pk, service_pk in made]
            await conn.execute(insert(table(AlertRow)), alerts)
        self.severities |= {pk: severities[service_pk] for pk, service_pk in made}
        return [pk for pk, _ in made]

    async def incident_of(self, service_pk: int | None, title: str, severity: Severity = "critical") -> int:
        pk = await put(self.database, IncidentRow, **self._incident(service_pk, title, severity))
        await put(self.database, AlertRow, **self._alert(pk, service_pk, severity))
        self.severities[pk] = severity
        return pk

    def _incident(self, service_pk: int | None, title: str, severity: Severity) -> dict[str, Any]:
        return {
            "title": title,
            "severity": severity,
            "root_service_pk": service_pk,
            "cause": "connection refused",
            "started_at": self.clock.now(),
            "acknowledged_by": "",
            "post_mortem": "",
            "revision": 0,
        }

    def _alert(self, incident_pk: int, service_pk: int | None, severity: Severity) -> dict[str, Any]:
        said = {"rule_name": "A service is down", "cause": "refused", "facts": {}, "why_resolved": "", "held_why": ""}
        return said | {
            "service_pk": service_pk,
            "subject": "service",
            "severity": severity,
            "state": "firing",
            "held_by": "",
            "since": self.clock.now(),
            "fired_at": self.clock.now(),
            "acknowledged_by": "",
            "incident_pk": incident_pk,
            "revision": 0,
        }

    async def change(self, *incident_pks: int, **values: Any) -> None:
        """What people and the engine do with incidents."""
        async with self.database.write() as conn:
            incidents = table(IncidentRow)
            await conn.execute(update(incidents).where(incidents.c.pk.in_(incident_pks)).values(**values))

    async def hold(self, incident_pk: int, held_by: str) -> None:
        """All of its alerts are held by something, or by nothing any more."""
        alerts = table(AlertRow)
        async with self.database.write() as conn:
            await conn.execute(update(alerts).where(alerts.c.incident_pk == incident_pk).values(held_by=held_by))

    async def tell(self, kind: NewsKind, *incident_pks: int, policy_pk: int | None = None) -> None:
        """News of incidents, in one transaction."""
        if kind == "resolved":
            await self.change(*incident_pks, resolved_at=self.clock.now())
        news = [
            IncidentNews(pk, kind, severity=self.severities.get(pk, "critical"), policy_pk=policy_pk)
            for pk in incident_pks
        ]
        async with self.database.write() as conn:
            await self.telling.tell(conn, self.clock.now(), news)

    async def later(self, seconds: float, step: float | None = None) -> None:
        """Time goes by; alerting looks at each step, or once at the end."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < until:
            self.clock.at = min(until, self.clock.now() + timedelta(seconds=step or seconds))
            async with self.database.write() as conn:
                await self.telling.due(conn, self.clock.now())

    async def rows(self, model: type[Table] = NotificationRow) -> list[dict[str, Any]]:
        async with self.database.read() as conn:
            order = table(model).primary_key.columns.values()
            return [dict(row) for row in (await conn.execute(select(table(model)).order_by(*order))).mappings()]

    async def incidents(self) -> list[dict[str, Any]]:
        return await self.rows(IncidentRow)

    def unwritten(self, title: str) -> dict[str, Any]:
        """An incident that is still to be written."""
        return self._incident(None, title, "critical")

    async def write(self, conn: AsyncConnection, row: dict[str, Any]) -> int:
        """Write it, with an alert; returns its pk."""
        statement = insert(table(IncidentRow)).values(**row).returning(table(IncidentRow).c.pk)
        pk: int = (await conn.execute(statement)).scalar_one()
        await conn.execute(insert(table(AlertRow)).values(**self._alert(pk, None, "critical")))
        return pk

    async def end_oldest(self, conn: AsyncConnection, now: datetime, but: int) -> list[int]:
        """All that are open but so many of the newest are over; returns their pks."""
        incidents = table(IncidentRow)
        statement = select(incidents.c.pk).where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.pk.desc())
        pks = sorted((await conn.execute(statement.offset(but))).scalars())
        await conn.execute(update(incidents).where(incidents.c.pk.in_(pks)).values(resolved_at=now))
        return pks

    async def log(self) -> list[tuple[float, str, str, str]]:
        """(seconds after noon, channel, kind, title; or "held: why") of all that was written, the oldest first."""
        return [
            (
                (row["created_at"] - NOON).total_seconds(),
                row["channel_name"],
                row["kind"],
                f"held: {row['why']}" if row["state"] == "held" else row["message"]["title"],
            )
            for row in await self.rows()
        ]

    async def kinds(self) -> list[str]:
        """What was put into the outbox, in order."""
        return [row["kind"] for row in await self.rows() if row["state"] != "held"]

    async def runs(self) -> list[dict[str, Any]]:
        return await self.rows(EscalationRow)

    async def story(self) -> list[tuple[str, str]]:
        return [(row["kind"], row["text"]) for row in await self.rows(IncidentEntryRow)]
