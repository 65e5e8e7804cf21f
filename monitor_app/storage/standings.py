"""What channels were told of incidents, and where incidents stand in policies: `incident_channel` and `escalation`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.escalation import Acknowledgement, Run
from monitor_app.domain.alerting.grouping import Standing
from monitor_app.models import (
    AlertRow,
    ChannelRow,
    EscalationPolicyRow,
    EscalationRow,
    IncidentChannelRow,
    IncidentEntryRow,
    IncidentRow,
)

incidents = IncidentRow.__table__  # type: ignore[attr-defined]
told = IncidentChannelRow.__table__  # type: ignore[attr-defined]
runs = EscalationRow.__table__  # type: ignore[attr-defined]
entries = IncidentEntryRow.__table__  # type: ignore[attr-defined]
alerts = AlertRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]
policies = EscalationPolicyRow.__table__  # type: ignore[attr-defined]

_CHUNK = 5000
_firing = select(alerts.c.pk).where(alerts.c.incident_pk == incidents.c.pk, alerts.c.state == "firing")
_RUN = tuple(runs.c[name] for name in Run.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """An incident as those need it who decide whom to tell."""

    pk: int
    title: str
    severity: str
    root_service_pk: int | None
    cause: str
    started_at: datetime
    resolved_at: datetime | None
    merged_into_pk: int | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    acknowledged_until: datetime | None
    # All of its alerts that are open are held: nobody is to be troubled further.
    is_held: bool = False

    @property
    def acknowledgement(self) -> Acknowledgement | None:
        """None: nobody has, whether or not it has run out."""
        return None if self.acknowledged_at is None else Acknowledgement(self.acknowledged_at, self.acknowledged_until)

    def is_acknowledged(self, now: datetime) -> bool:
        """Whether somebody takes care of it at a moment."""
        return self.acknowledged_at is not None and (self.acknowledged_until is None or self.acknowledged_until > now)


async def load_facts(conn: AsyncConnection, pks: Collection[int]) -> dict[int, IncidentFacts]:
    """Of these incidents; what is gone is left out."""
    wanted, found = sorted(set(pks)), dict[int, IncidentFacts]()
    columns = tuple(incidents.c[name] for name in IncidentFacts.__dataclass_fields__ if name != "is_held")
    is_held = and_(exists(_firing), ~exists(_firing.where(alerts.c.held_by == ""))).label("is_held")
    for start in range(0, len(wanted), _CHUNK):
        statement = select(*columns, is_held).where(incidents.c.pk.in_(wanted[start : start + _CHUNK]))
        found |= {row["pk"]: IncidentFacts(**row) for row in (await conn.execute(statement)).mappings()}
    return found


async def load_untold(conn: AsyncConnection, limit: int) -> list[tuple[int, int, str, int | None]]:
    """Incidents that nobody was told of because there was no way to, now that there is one.

    Each with an alert of it that fires and is not held, its severity, and the policy of that alert's rule. Nothing
    while there is no default channel that is on, and no default policy; nor what somebody has acknowledged.
    """
    has_way = or_(
        exists().where(channels.c.enabled, channels.c.is_default, channels.c.account_pk.is_(None)),
        exists().where(policies.c.is_default),
    )
    statement = (
        select(incidents.c.pk, func.min(alerts.c.pk), incidents.c.severity, func.min(alerts.c.policy_pk))
        .join(alerts, alerts.c.incident_pk == incidents.c.pk)
        .where(incidents.c.resolved_at.is_(None), incidents.c.merged_into_pk.is_(None))
        .where(incidents.c.acknowledged_at.is_(None), alerts.c.resolved_at.is_(None))
        .where(alerts.c.state == "firing", alerts.c.held_by == "", alerts.c.fired_at.is_not(None))
        .where(~exists().where(told.c.incident_pk == incidents.c.pk))
        .where(~exists().where(runs.c.incident_pk == incidents.c.pk), has_way)
        .group_by(incidents.c.pk, incidents.c.severity)
        .order_by(incidents.c.pk)
        .limit(limit)
    )
    return [tuple(row) for row in await conn.execute(statement)]


async def next_due(conn: AsyncConnection) -> datetime | None:
    """When the next thing is due: a message that waits, or a step."""
    soonest = [
        (await conn.execute(select(func.min(table.c.due_at)).where(table.c.due_at.is_not(None)))).scalar()
        for table in (told, runs)
    ]
    return min((at for at in soonest if at is not None), default=None)


async def load_due(
    conn: AsyncConnection, now: datetime, limit: int, but: Collection[int] = (), of_each: int = 0
) -> list[Standing]:
    """What is to be told by now; of each of the channels `but` no more than `of_each`, those that wait longest."""
    order = (told.c.due_at, told.c.incident_pk)
    is_due = told.c.due_at <= now
    statement = select(told).where(is_due, told.c.channel_pk.not_in(but)).order_by(*order).limit(limit)
    rows = list((await conn.execute(statement)).mappings())
    if but:
        place = func.row_number().over(partition_by=told.c.channel_pk, order_by=order).label("place")
        first = select(told, place).where(is_due, told.c.channel_pk.in_(but)).subquery()
        rows += (await conn.execute(select(first).where(first.c.place <= of_each))).mappings()
    return [_standing(row) for row in rows]


async def load_told_of_open(conn: AsyncConnection) -> list[Standing]:
    """What channels were told of incidents that are not over, and what is still to be told of any."""
    is_open = incidents.c.resolved_at.is_(None) | told.c.due_at.is_not(None)
    statement = select(told).join(incidents, incidents.c.pk == told.c.incident_pk).where(is_open)
    return [_standing(row) for row in (await conn.execute(statement)).mappings()]


async def load_standings(conn: AsyncConnection, incident_pks: Collection[int]) -> list[Standing]:
    """What every channel was told of these."""
    wanted, found = sorted(set(incident_pks)), list[Standing]()
    for start in range(0, len(wanted), _CHUNK):
        statement = select(told).where(told.c.incident_pk.in_(wanted[start : start + _CHUNK]))
        found += [_standing(row) for row in (await conn.execute(statement)).mappings()]
    return found


async def save_standings(conn: AsyncConnection, before: Iterable[Standing], after: Sequence[Standing]) -> None:
    """Write those that differ from what they were."""
    known = {(one.incident_pk, one.channel_pk): one for one in before}
    new = [one for one in after if (one.incident_pk, one.channel_pk) not in known]
    changed = [one for one in after if known.get((one.incident_pk, one.channel_pk), one) != one]
    if new:
        await conn.execute(insert(told), [_row(one) for one in new])
    if changed:
        statement = update(told).where(
            told.c.incident_pk == bindparam("b_incident"), told.c.channel_pk == bindparam("b_channel")
        )
        names = ("first_told_at", "last_told_at", "due_at", "number", "told")
        await conn.execute(
            statement.values({name: bindparam(f"v_{name}") for name in names}),
            [
                {"b_incident": one.incident_pk, "b_channel": one.channel_pk}
                | {f"v_{name}": value for name, value in _row(one).items() if name in names}
                for one in changed
            ],
        )


async def drop_standings(conn: AsyncConnection, incident_pk: int) -> None:
    """An incident has become part of another one."""
    await conn.execute(delete(told).where(told.c.incident_pk == incident_pk))


async def load_runs(conn: AsyncConnection, incident_pks: Collection[int]) -> list[Run]:
    """Of these incidents, with those that have ended."""
    wanted, found = sorted(set(incident_pks)), list[Run]()
    for start in range(0, len(wanted), _CHUNK):
        statement = select(*_RUN).where(runs.c.incident_pk.in_(wanted[start : start + _CHUNK]))
        found += [Run(**row) for row in (await conn.execute(statement)).mappings()]
    return found


async def load_due_runs(conn: AsyncConnection, now: datetime, limit: int) -> list[Run]:
    """Whose next step, or whose acknowledgement's end, has come."""
    statement = select(*_RUN).where(runs.c.due_at <= now).order_by(runs.c.due_at).limit(limit)
    return [Run(**row) for row in (await conn.execute(statement)).mappings()]


async def save_runs(conn: AsyncConnection, before: Iterable[Run], after: Sequence[Run]) -> None:
    """Write those that differ from what they were."""
    known = {(one.incident_pk, one.policy_pk): one for one in before}
    new = [one for one in after if (one.incident_pk, one.policy_pk) not in known]
    if new:
        await conn.execute(insert(runs), [asdict(one) for one in new])
    for one in after:
        if known.get((one.incident_pk, one.policy_pk), one) != one:
            await conn.execute(update(runs).where(_is(one)).values(**asdict(one)))


async def add_entries(conn: AsyncConnection, rows: Sequence[dict[str, Any]], revision: int) -> None:
    """Lines of the stories of incidents: incident_pk, at, kind, text, facts."""
    if not rows:
        return
    full = [{"who": "", "service_pk": None, "facts": {}, **row} for row in rows]
    await conn.execute(insert(entries), full)
    pks = sorted({row["incident_pk"] for row in rows})
    for start in range(0, len(pks), _CHUNK):
        chunk = incidents.c.pk.in_(pks[start : start + _CHUNK])
        await conn.execute(update(incidents).where(chunk).values(revision=revision))


def _is(run: Run) -> ColumnElement[bool]:
    return and_(runs.c.incident_pk == run.incident_pk, runs.c.policy_pk == run.policy_pk)


def _standing(row: RowMapping) -> Standing:
    names = ("incident_pk", "channel_pk", "first_told_at", "last_told_at", "due_at", "number")
    return Standing(**{name: row[name] for name in names}).remembering(row["told"])


def _row(standing: Standing) -> dict[str, Any]:
    return {
        "incident_pk": standing.incident_pk,
        "channel_pk": standing.channel_pk,
        "first_told_at": standing.first_told_at,
        "last_told_at": standing.last_told_at,
        "due_at": standing.due_at,
        "number": standing.number,
        "told": standing.memory(),
    }
