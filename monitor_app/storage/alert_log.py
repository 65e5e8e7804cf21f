"""Alerts and incidents as people read them, and what people write about them.

What the engine says of them is written elsewhere (storage/alerts.py, storage/incidents.py). Whoever changes something
here calls `order` first, in the same transaction: the engine looks anew, and screens follow the stamp of the rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Incident
from monitor_app.models import AccountRow, Service
from monitor_app.models.counter import ALERTING_REVISION, ALERTING_RULES
from monitor_app.storage.alerts import alert_of, alerts
from monitor_app.storage.documents import storable_text
from monitor_app.storage.incidents import entries, incident_of, incidents
from monitor_app.storage.services import counters, raise_counter

services = Service.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]

ENTRIES_LIMIT: Final = 1000
SEARCH_LIMIT: Final = 200
# "open" is what fires, held or not; "pending" what waits; "resolved" what was told or held and is over.
STATES: Final = ("open", "pending", "resolved", "all")
_ALERT = tuple(column for column in alerts.c if column.name != "revision")
_INCIDENT = tuple(column for column in incidents.c if column.name not in ("revision", "post_mortem"))


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert, with the names of what it names; "" for what is gone, or where there is none."""

    alert: Alert
    service_id: str
    label: str
    group: str
    assignee: str
    revision: int
    # The title of its incident.
    incident: str = ""


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """An incident with its names, and how many alerts it has: all of them, and those that are open."""

    incident: Incident
    service_id: str
    label: str
    assignee: str
    alerts: int
    open_alerts: int
    has_post_mortem: bool
    revision: int


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A line of a timeline."""

    pk: int
    at: datetime
    kind: str
    who: str
    text: str
    service_id: str
    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; what is empty or None does not count. `held` "none" means those that nothing holds."""

    state: str = "open"
    severity: str = ""
    held: str = ""
    acknowledged: bool | None = None
    assignee_pk: int | None = None
    rule_pk: int | None = None
    incident_pk: int | None = None
    service_pks: Collection[int] | None = None
    search: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many alerts are open: told to somebody, of these not acknowledged, held, and waiting."""

    firing: int = 0
    unacknowledged: int = 0
    held: int = 0
    pending: int = 0


async def order(conn: AsyncConnection) -> int:
    """Before people's changes: the engine looks anew. Returns the stamp for the rows that change."""
    await raise_counter(conn, ALERTING_RULES)
    return await raise_counter(conn, ALERTING_REVISION)


async def alerting_revision(conn: AsyncConnection) -> int:
    """Grows with each change of alerts and incidents."""
    value: int = (await conn.execute(select(counters.c.value).where(counters.c.name == ALERTING_REVISION))).scalar_one()
    return value


async def page_of_alerts(
    conn: AsyncConnection, wanted: AlertFilter, limit: int, before: tuple[datetime, int] | None = None
) -> list[ShownAlert]:
    """Those that began last first, from before one on: its `since` and its pk."""
    where = _where(wanted)
    if before is not None:
        at, pk = before
        where.append(or_(alerts.c.since < at, and_(alerts.c.since == at, alerts.c.pk < pk)))
    return await _alerts(conn, where, limit)


async def find_alerts(conn: AsyncConnection, pks: Collection[int]) -> list[ShownAlert]:
    """These, in the same order."""
    return await _alerts(conn, [alerts.c.pk.in_(list(pks))], len(pks))


async def count_alerts(conn: AsyncConnection) -> Counted:
    """Those that are open, by what became of them."""
    is_told = alerts.c.held_by == ""
    statement = (
        select(alerts.c.state, is_told, alerts.c.acknowledged_at.is_not(None), func.count())
        .where(alerts.c.resolved_at.is_(None))
        .group_by(alerts.c.state, is_told, alerts.c.acknowledged_at.is_not(None))
    )
    firing = unacknowledged = held = pending = 0
    for state, told, acknowledged, count in await conn.execute(statement):
        if state == "pending":
            pending += count
        elif not told:
            held += count
        else:
            firing += count
            unacknowledged += 0 if acknowledged else count
    return Counted(firing, unacknowledged, held, pending)


async def who_is_on_it(conn: AsyncConnection) -> dict[int, str]:
    """By service: who acknowledged or took on an alert of it that somebody was told of and that is open."""
    who = case((alerts.c.acknowledged_at.is_not(None), alerts.c.acknowledged_by), else_=accounts.c.username)
    statement = (
        select(alerts.c.service_pk, who)
        .join(accounts, accounts.c.pk == alerts.c.assignee_pk, isouter=True)
        .where(alerts.c.resolved_at.is_(None), alerts.c.state == "firing", alerts.c.held_by == "")
        .order_by(alerts.c.pk)
    )
    return {pk: name for pk, name in await conn.execute(statement) if pk is not None and name}


async def set_on_alerts(conn: AsyncConnection, pks: Collection[int], revision: int, **values: Any) -> None:
    """What people do with some alerts, after `order`."""
    await conn.execute(update(alerts).where(alerts.c.pk.in_(list(pks))).values(revision=revision, **values))


async def acknowledge_whole_incidents(conn: AsyncConnection, pks: Collection[int], revision: int) -> None:
    """Of these, each whose open alerts that somebody was told of are all acknowledged is so itself, until the first of
    these acknowledgements ends: whoever would be told next looks at the incident."""
    statement = (
        select(
            alerts.c.incident_pk,
            alerts.c.acknowledged_at,
            alerts.c.acknowledged_by,
            alerts.c.acknowledged_until,
        )
        .join(incidents, incidents.c.pk == alerts.c.incident_pk)
        .where(alerts.c.incident_pk.in_(list(pks)), incidents.c.resolved_at.is_(None))
        .where(alerts.c.resolved_at.is_(None), alerts.c.state == "firing", alerts.c.held_by == "")
        .order_by(alerts.c.acknowledged_at, alerts.c.pk)
    )
    members: dict[int, list[Any]] = {}
    for row in await conn.execute(statement):
        members.setdefault(row.incident_pk, []).append(row)
    for pk, rows in members.items():
        if all(row.acknowledged_at is not None for row in rows):
            ends = [row.acknowledged_until for row in rows if row.acknowledged_until is not None]
            last = max(rows, key=lambda row: row.acknowledged_at)
            values = {"acknowledged_at": last.acknowledged_at, "acknowledged_by": last.acknowledged_by}
            await set_on_incident(conn, pk, revision, **values, acknowledged_until=min(ends, default=None))


async def set_on_incidents(conn: AsyncConnection, pks: Collection[int], revision: int, **values: Any) -> None:
    """What people do with some incidents that are open, after `order`."""
    those = update(incidents).where(incidents.c.pk.in_(list(pks)), incidents.c.resolved_at.is_(None))
    await conn.execute(those.values(revision=revision, **values))


async def set_on_incident(conn: AsyncConnection, pk: int, revision: int, **values: Any) -> None:
    """What people do with an incident, after `order`."""
    await conn.execute(update(incidents).where(incidents.c.pk == pk).values(revision=revision, **values))


async def page_of_incidents(
    conn: AsyncConnection,
    limit: int,
    *,
    is_open: bool | None = None,
    search: str = "",
    before: tuple[datetime, int] | None = None,
) -> list[ShownIncident]:
    """Those that began last first; what was merged into another is left out."""
    where: list[ColumnElement[bool]] = [incidents.c.merged_into_pk.is_(None)]
    if is_open is not None:
        where.append(incidents.c.resolved_at.is_(None) if is_open else incidents.c.resolved_at.is_not(None))
    if search:
        like = f"%{_escaped(search)}%"
        where.append(or_(incidents.c.title.ilike(like, escape="\\"), incidents.c.cause.ilike(like, escape="\\")))
    if before is not None:
        at, pk = before
        where.append(or_(incidents.c.started_at < at, and_(incidents.c.started_at == at, incidents.c.pk < pk)))
    return await _incidents(conn, where, limit)


async def find_incident(conn: AsyncConnection, pk: int) -> ShownIncident | None:
    """One of them, merged ones as well."""
    found = await _incidents(conn, [incidents.c.pk == pk], 1)
    return found[0] if found else None


async def read_post_mortem(conn: AsyncConnection, pk: int) -> str:
    """What people wrote afterwards; "" while nobody did."""
    text: str | None = await conn.scalar(select(incidents.c.post_mortem).where(incidents.c.pk == pk))
    return text or ""


async def timeline_of(conn: AsyncConnection, incident_pks: Sequence[int]) -> list[ShownEntry]:
    """The lines of an incident and of those that were merged into it, the oldest first; the newest of too many."""
    statement = (
        select(entries, services.c.service_id, services.c.label)
        .join(services, services.c.pk == entries.c.service_pk, isouter=True)
        .where(entries.c.incident_pk.in_(list(incident_pks)))
        .order_by(entries.c.at.desc(), entries.c.pk.desc())
        .limit(ENTRIES_LIMIT)
    )
    rows = (await conn.execute(statement)).mappings().all()
    return [
        ShownEntry(
            row["pk"],
            row["at"],
            row["kind"],
            row["who"],
            row["text"],
            row["service_id"] or "",
            row["label"] or "",
            row["facts"],
        )
        for row in reversed(rows)
    ]


async def merged_into(conn: AsyncConnection, pk: int) -> list[int]:
    """Those that people said are one with this one, all the way."""
    found, waiting = [pk], [pk]
    while waiting:
        rows = await conn.execute(select(incidents.c.pk).where(incidents.c.merged_into_pk.in_(waiting)))
        waiting = [one for one in rows.scalars() if one not in found]
        found += waiting
    return found


def _where(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.state == "open":
        where += [alerts.c.resolved_at.is_(None), alerts.c.state == "firing"]
    elif wanted.state == "pending":
        where += [alerts.c.resolved_at.is_(None), alerts.c.state == "pending"]
    elif wanted.state == "resolved":
        # What was over before it fired was nothing.
        where += [alerts.c.resolved_at.is_not(None), or_(alerts.c.fired_at.is_not(None), alerts.c.held_by != "")]
    for name in ("severity", "rule_pk", "incident_pk", "assignee_pk"):
        if value := getattr(wanted, name):
            where.append(alerts.c[name] == value)
    if wanted.held:
        where.append(alerts.c.held_by == ("" if wanted.held == "none" else wanted.held))
    if wanted.acknowledged is not None:
        given = alerts.c.acknowledged_at
        where.append(given.is_not(None) if wanted.acknowledged else given.is_(None))
    if wanted.service_pks is not None:
        where.append(alerts.c.service_pk.in_(list(wanted.service_pks)))
    if wanted.since is not None:
        where.append(alerts.c.since >= wanted.since)
    if wanted.search:
        like = f"%{_escaped(wanted.search)}%"
        columns = (services.c.label, services.c.service_id, alerts.c.rule_name, alerts.c.cause)
        where.append(or_(*(column.ilike(like, escape="\\") for column in columns)))
    return where


async def _alerts(conn: AsyncConnection, where: Sequence[ColumnElement[bool]], limit: int) -> list[ShownAlert]:
    statement = (
        select(
            *_ALERT,
            alerts.c.revision,
            services.c.service_id,
            services.c.label,
            services.c.group,
            accounts.c.username,
            incidents.c.title,
        )
        .join(services, services.c.pk == alerts.c.service_pk, isouter=True)
        .join(incidents, incidents.c.pk == alerts.c.incident_pk, isouter=True)
        .join(accounts, accounts.c.pk == alerts.c.assignee_pk, isouter=True)
        .where(*where)
        .order_by(alerts.c.since.desc(), alerts.c.pk.desc())
        .limit(limit)
    )
    return [_shown_alert(row) for row in (await conn.execute(statement)).mappings()]


def _shown_alert(row: RowMapping) -> ShownAlert:
    values = dict(row)
    revision, service_id, label = values.pop("revision"), values.pop("service_id"), values.pop("label")
    group, username, title = values.pop("group"), values.pop("username"), values.pop("title")
    return ShownAlert(
        alert_of(values),  # type: ignore[arg-type] # a mapping of the same columns
        service_id or "",
        label or "",
        group or "",
        username or "",
        revision,
        title or "",
    )


async def _incidents(conn: AsyncConnection, where: Sequence[ColumnElement[bool]], limit: int) -> list[ShownIncident]:
    of_it = select(func.count()).where(alerts.c.incident_pk == incidents.c.pk)
    statement = (
        select(
            *_INCIDENT,
            incidents.c.revision,
            services.c.service_id,
            services.c.label,
            accounts.c.username,
            of_it.scalar_subquery().label("alerts"),
            of_it.where(alerts.c.resolved_at.is_(None)).scalar_subquery().label("open_alerts"),
            (incidents.c.post_mortem != "").label("has_post_mortem"),
        )
        .join(services, services.c.pk == incidents.c.root_service_pk, isouter=True)
        .join(accounts, accounts.c.pk == incidents.c.assignee_pk, isouter=True)
        .where(*where)
        .order_by(incidents.c.started_at.desc(), incidents.c.pk.desc())
        .limit(limit)
    )
    found = []
    for row in (await conn.execute(statement)).mappings():
        values = dict(row)
        more = {name: values.pop(name) for name in ("alerts", "open_alerts", "has_post_mortem", "revision")}
        service_id, label, username = values.pop("service_id"), values.pop("label"), values.pop("username")
        found.append(
            ShownIncident(
                incident_of(values),  # type: ignore[arg-type] # a mapping of the same columns
                service_id or "",
                label or "",
                username or "",
                more["alerts"],
                more["open_alerts"],
                bool(more["has_post_mortem"]),
                more["revision"],
            )
        )
    return found


def _escaped(text: str) -> str:
    storable = storable_text(text, SEARCH_LIMIT)  # any text may be asked for
    return storable.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
