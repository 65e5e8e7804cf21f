"""What messages tell of incidents: their alerts, and what depends on what failed. Read only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.severity import SEVERITIES
from monitor_app.domain.relation import DEPENDENCY
from monitor_app.models import AlertRow, RelationRow, Service

alerts = AlertRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]
relations = RelationRow.__table__  # type: ignore[attr-defined]

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert of an incident, of a service or of none."""

    incident_pk: int
    service_pk: int | None
    service_id: str
    label: str
    rule_name: str
    subject: str
    severity: str
    state: str
    held_by: str
    since: datetime
    cause: str
    resolved_at: datetime | None
    why_resolved: str = ""


@dataclass(frozen=True, slots=True)
class Affected:
    """How many services depend on one, all the way up, and the names of some of them."""

    count: int = 0
    labels: tuple[str, ...] = ()


async def load_alerts(conn: AsyncConnection, incident_pks: Collection[int], limit: int) -> list[AlertFacts]:
    """Those of these incidents that fired, the worst and then the oldest first, firing ones before others."""
    statement = (
        select(
            alerts.c.incident_pk,
            alerts.c.service_pk,
            func.coalesce(services.c.service_id, "").label("service_id"),
            func.coalesce(services.c.label, alerts.c.rule_name).label("label"),
            *(alerts.c[name] for name in ("rule_name", "subject", "severity", "state", "held_by", "since", "cause")),
            alerts.c.resolved_at,
            alerts.c.why_resolved,
        )
        .outerjoin(services, services.c.pk == alerts.c.service_pk)
        .where(alerts.c.incident_pk.in_(sorted(set(incident_pks))[:_CHUNK]), alerts.c.state != "pending")
        .order_by(
            alerts.c.resolved_at.is_not(None),
            alerts.c.held_by != "",
            alerts.c.severity != SEVERITIES[2],
            alerts.c.severity != SEVERITIES[1],
            alerts.c.since,
            alerts.c.pk,
        )
        .limit(limit)
    )
    return [AlertFacts(**row) for row in (await conn.execute(statement)).mappings()]


async def count_alerts(conn: AsyncConnection, incident_pks: Collection[int]) -> Mapping[str, int]:
    """How many of these incidents' alerts fire and how many have resolved, by state, those that are held left out."""
    wanted, found = sorted(set(incident_pks)), dict[str, int]()
    for start in range(0, len(wanted), _CHUNK):
        statement = (
            select(alerts.c.state, func.count())
            .where(alerts.c.incident_pk.in_(wanted[start : start + _CHUNK]), alerts.c.held_by == "")
            .group_by(alerts.c.state)
        )
        for state, number in (await conn.execute(statement)).all():
            found[state] = found.get(state, 0) + number
    return found


async def affected_by(conn: AsyncConnection, service_pk: int, limit: int) -> Affected:
    """What depends on a service, over enabled dependencies, all the way up. A circle is gone through once."""
    first = select(relations.c.source_pk.label("pk")).where(
        relations.c.target_pk == service_pk, relations.c.relation_type == DEPENDENCY, relations.c.enabled
    )
    above = first.cte("above", recursive=True)
    further = (
        select(relations.c.source_pk)
        .join(above, above.c.pk == relations.c.target_pk)
        .where(relations.c.relation_type == DEPENDENCY, relations.c.enabled)
    )
    above = above.union(further)
    is_other = services.c.deleted_at.is_(None), services.c.pk != service_pk
    everything = select(services.c.label).join(above, above.c.pk == services.c.pk).where(*is_other)
    count = (await conn.execute(select(func.count()).select_from(everything.subquery()))).scalar_one()
    if not count:
        return Affected()
    labels = (await conn.execute(everything.order_by(services.c.label).limit(limit))).scalars()
    return Affected(count, tuple(labels))


async def service_names(conn: AsyncConnection, pks: Collection[int]) -> dict[int, tuple[str, str]]:
    """(service_id, label) of these services, deleted ones included."""
    statement = select(services.c.pk, services.c.service_id, services.c.label).where(
        services.c.pk.in_(sorted(set(pks))[:_CHUNK])
    )
    return {pk: (service_id, label) for pk, service_id, label in await conn.execute(statement)}
