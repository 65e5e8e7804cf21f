"""The tables of incidents, as the engine writes them. Rows are stamped with the counter `alerting`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.incident import TITLE_LIMIT, Entry, Incident
from monitor_app.models.incident import IncidentEntryRow, IncidentRow
from monitor_app.storage.alerts import CAUSE_LIMIT, alerts
from monitor_app.storage.columns import update_columns
from monitor_app.storage.documents import storable_text

incidents = IncidentRow.__table__  # type: ignore[attr-defined]
entries = IncidentEntryRow.__table__  # type: ignore[attr-defined]

TEXT_LIMIT = 1000
# What somebody wants to be an incident of its own: `facts` name the alerts. The engine takes it over.
SPLIT_ORDER = "split_order"
_COLUMNS = tuple(column for column in incidents.c if column.name not in ("revision", "post_mortem"))


async def load_open_incidents(conn: AsyncConnection) -> list[Incident]:
    """All that are not resolved."""
    rows = await conn.execute(select(*_COLUMNS).where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.pk))
    return [incident_of(row) for row in rows.mappings()]


async def load_incidents(conn: AsyncConnection, pks: Collection[int]) -> list[Incident]:
    """Some by their pks, resolved ones as well."""
    rows = await conn.execute(select(*_COLUMNS).where(incidents.c.pk.in_(list(pks))).order_by(incidents.c.pk))
    return [incident_of(row) for row in rows.mappings()]


async def insert_incidents(conn: AsyncConnection, new: Sequence[Incident], revision: int) -> list[int]:
    """Add some; returns their pks in the same order."""
    if not new:
        return []
    statement = insert(incidents).returning(incidents.c.pk, sort_by_parameter_order=True)
    rows = [{**_values(one), "acknowledged_by": "", "post_mortem": "", "revision": revision} for one in new]
    return list((await conn.execute(statement, rows)).scalars())


async def update_incidents(conn: AsyncConnection, changed: Sequence[Incident], revision: int) -> None:
    """Write what the engine says of some."""
    if changed:
        await update_columns(conn, incidents, [(one.pk, _values(one)) for one in changed], revision=revision)


async def insert_entries(conn: AsyncConnection, new: Sequence[Entry]) -> None:
    """Add lines to timelines."""
    rows = [
        {
            "incident_pk": entry.incident_pk,
            "at": entry.at,
            "kind": entry.kind,
            "who": storable_text(entry.who, 80),
            "text": storable_text(entry.text, TEXT_LIMIT),
            "service_pk": entry.service_pk,
            "facts": dict(entry.facts),
        }
        for entry in new
    ]
    if rows:
        await conn.execute(insert(entries), rows)


async def order_split(
    conn: AsyncConnection, incident_pk: int, alert_pks: Sequence[int], who: str, at: datetime
) -> None:
    """Somebody wants some alerts to be an incident of their own.

    The engine does it within a second: raise the counter `alerting_rules` in the same transaction, so that it looks.
    """
    await insert_entries(conn, [Entry(incident_pk, at, SPLIT_ORDER, who=who, facts={"alert_pks": list(alert_pks)})])


async def load_split_orders(conn: AsyncConnection) -> list[tuple[int, Entry]]:
    """Those that were not carried out yet, with their pks, the oldest first; only of incidents that are open."""
    statement = (
        select(entries)
        .join(incidents, incidents.c.pk == entries.c.incident_pk)
        .where(incidents.c.resolved_at.is_(None), entries.c.kind == SPLIT_ORDER)
        .order_by(entries.c.pk)
    )
    rows = (await conn.execute(statement)).mappings()
    return [(row["pk"], Entry(**{name: row[name] for name in row if name != "pk"})) for row in rows]


async def finish_split(conn: AsyncConnection, entry_pk: int, text: str) -> None:
    """An order was carried out."""
    await conn.execute(update(entries).where(entries.c.pk == entry_pk).values(kind="split", text=text))


async def move_alerts(conn: AsyncConnection, from_pk: int, into_pk: int, revision: int) -> None:
    """All alerts of one incident become those of another; its timeline stays where it is."""
    moved = update(alerts).where(alerts.c.incident_pk == from_pk)
    await conn.execute(moved.values(incident_pk=into_pk, revision=revision))


async def purge_incidents(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete at most `limit` that were resolved before and have no alert any more; returns how many."""
    has_alerts = exists().where(and_(alerts.c.incident_pk == incidents.c.pk))
    old = select(incidents.c.pk).where(incidents.c.resolved_at < before, ~has_alerts).limit(limit)
    deleted: int = (await conn.execute(delete(incidents).where(incidents.c.pk.in_(old)))).rowcount
    return deleted


def incident_of(row: RowMapping) -> Incident:
    """From a row with all columns but `revision` and `post_mortem`."""
    return Incident(**row)


def _values(incident: Incident) -> Mapping[str, Any]:
    return {
        "title": storable_text(incident.title, TITLE_LIMIT),
        "severity": incident.severity,
        "root_service_pk": incident.root_service_pk,
        "cause": storable_text(incident.cause, CAUSE_LIMIT),
        "started_at": incident.started_at,
        "resolved_at": incident.resolved_at,
    }
