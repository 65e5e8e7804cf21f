"""The alert table, as the engine writes it. Rows are stamped with the counter `alerting`, so that others can follow.

What people do with alerts is written elsewhere: nothing here touches those columns. All functions work in the caller's
transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.alert import Alert
from monitor_app.models.alert import AlertRow
from monitor_app.storage.columns import update_columns
from monitor_app.storage.documents import storable_text

alerts = AlertRow.__table__  # type: ignore[attr-defined]

CAUSE_LIMIT = 500
_COLUMNS = tuple(column for column in alerts.c if column.name != "revision")


async def load_open_alerts(conn: AsyncConnection) -> list[Alert]:
    """All that are not resolved, but those of deliveries: whoever delivers looks after them."""
    chosen = alerts.c.resolved_at.is_(None), alerts.c.subject != "delivery"
    rows = await conn.execute(select(*_COLUMNS).where(*chosen).order_by(alerts.c.pk))
    return [alert_of(row) for row in rows.mappings()]


async def load_changed_since(conn: AsyncConnection, since: datetime) -> list[Alert]:
    """Those about a service that began or were resolved since then, the oldest first."""
    recent = or_(alerts.c.since >= since, alerts.c.resolved_at >= since)
    rows = await conn.execute(select(*_COLUMNS).where(recent, alerts.c.service_pk.is_not(None)).order_by(alerts.c.pk))
    return [alert_of(row) for row in rows.mappings()]


async def insert_alerts(conn: AsyncConnection, new: Sequence[Alert], revision: int) -> list[int]:
    """Add some; returns their pks in the same order."""
    if not new:
        return []
    statement = insert(alerts).returning(alerts.c.pk, sort_by_parameter_order=True)
    rows = [{**_values(alert), "acknowledged_by": "", "revision": revision} for alert in new]
    return list((await conn.execute(statement, rows)).scalars())


async def update_alerts(conn: AsyncConnection, changed: Sequence[Alert], revision: int) -> None:
    """Write what the engine says of some."""
    if changed:
        rows = [(alert.pk, _values(alert)) for alert in changed]
        await update_columns(conn, alerts, rows, revision=revision)


async def purge_alerts(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete at most `limit` that were resolved before; returns how many."""
    old = select(alerts.c.pk).where(alerts.c.resolved_at < before).order_by(alerts.c.resolved_at).limit(limit)
    deleted: int = (await conn.execute(delete(alerts).where(alerts.c.pk.in_(old)))).rowcount
    return deleted


def alert_of(row: RowMapping) -> Alert:
    """From a row with all columns but `revision`."""
    return Alert(**row)


def _values(alert: Alert) -> Mapping[str, Any]:
    return {
        "rule_pk": alert.rule_pk,
        "rule_name": alert.rule_name,
        "service_pk": alert.service_pk,
        "subject": alert.subject,
        "severity": alert.severity,
        "state": alert.state,
        "held_by": alert.held_by,
        "held_why": storable_text(alert.held_why, 300),
        "cause": storable_text(alert.cause, CAUSE_LIMIT),
        "facts": dict(alert.facts),
        "since": alert.since,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "why_resolved": storable_text(alert.why_resolved, 300),
        "incident_pk": alert.incident_pk,
        "policy_pk": alert.policy_pk,
    }
