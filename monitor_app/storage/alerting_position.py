"""How far alerting has come in the log of the services, and what else it has to remember."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.status import Status
from monitor_app.models import Counter
from monitor_app.models.alert import AlertingPositionRow
from monitor_app.models.counter import ALERTING_REVISION, ALERTING_RULES
from monitor_app.storage.history.changes import service_events

counters = Counter.__table__  # type: ignore[attr-defined]
position = AlertingPositionRow.__table__  # type: ignore[attr-defined]

# Events that are dealt with in one transaction: while it lasts nobody else writes to SQLite.
EVENTS_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AlertingPosition:
    """All events up to `event_id` are dealt with."""

    event_id: int
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A service took another status at `at`."""

    id: int
    service_pk: int
    at: datetime
    reason: str
    before: Status | None
    after: Status


async def read_alerting_position(conn: AsyncConnection) -> AlertingPosition:
    """As this transaction sees it."""
    event_id, memory = (await conn.execute(select(position.c.event_id, position.c.memory))).one()
    return AlertingPosition(event_id, memory or {})


async def write_alerting_position(conn: AsyncConnection, reached: AlertingPosition) -> None:
    """Remember it."""
    await conn.execute(update(position).values(event_id=reached.event_id, memory=dict(reached.memory)))


async def load_status_changes(conn: AsyncConnection, after_id: int, limit: int = EVENTS_LIMIT) -> list[StatusChange]:
    """At most so many after this id, in their order."""
    columns = service_events.c
    statement = (
        select(columns.id, columns.service_pk, columns.at, columns.reason, columns.before, columns.after)
        .where(columns.id > after_id, columns.kind == "status_changed", columns.after.is_not(None))
        .order_by(columns.id)
        .limit(limit)
    )
    return [
        StatusChange(number, pk, at, reason, None if before is None else Status(before), Status(after))
        for number, pk, at, reason, before, after in await conn.execute(statement)
    ]


async def follow_deleted_events(conn: AsyncConnection) -> None:
    """To be called after events went: SQLite gives the ids of the newest ones again, and none may be passed over."""
    newest = func.coalesce(select(func.max(service_events.c.id)).scalar_subquery(), 0)
    await conn.execute(update(position).where(position.c.event_id > newest).values(event_id=newest))


async def rules_revision(conn: AsyncConnection, *, is_locked: bool = False) -> int:
    """The counter `alerting_rules`; locked, nobody changes what alerting goes by until the commit."""
    statement = select(counters.c.value).where(counters.c.name == ALERTING_RULES)
    if is_locked:
        statement = statement.with_for_update()
    value: int = (await conn.execute(statement)).scalar_one()
    return value


async def alerting_revision(conn: AsyncConnection) -> int:
    """The counter `alerting`."""
    value: int = (await conn.execute(select(counters.c.value).where(counters.c.name == ALERTING_REVISION))).scalar_one()
    return value
