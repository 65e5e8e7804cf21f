"""States of services that are, or were, deleted; those deleted while no engine ran still say that something is open."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.state import ServiceState
from monitor_app.domain.state_memory import with_memory
from monitor_app.domain.status import Status
from monitor_app.models import Service, ServiceStateRow
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.rows import COLUMNS, fetch_results

services = Service.__table__  # type: ignore[attr-defined]
states = ServiceStateRow.__table__  # type: ignore[attr-defined]

_STATES = (
    select(
        states.c.service_pk,
        states.c.status,
        states.c.since,
        states.c.checked_at,
        states.c.response_ms,
        states.c.message,
        states.c.result_id,
        states.c.memory,
        services.c.deleted_at,
    )
    .join(services, services.c.pk == states.c.service_pk)
    .order_by(states.c.service_pk)
)


async def load_deleted(conn: AsyncConnection) -> list[tuple[ServiceState, datetime]]:
    """The states of deleted services that nobody has stopped yet, and when they were deleted."""
    statement = _STATES.where(services.c.deleted_at.is_not(None), states.c.status != int(Status.STOPPED))
    rows = (await conn.execute(statement)).all()
    if not rows:
        return []
    # What is merged already is in the states, too.
    position = await read_position(conn)
    is_theirs = results.c.service_pk.in_([row.service_pk for row in rows])
    ids = select(func.max(results.c.id)).where(position.is_fresh(), is_theirs).group_by(results.c.service_pk)
    newest = {
        result.service_pk: result for result in await fetch_results(conn, select(*COLUMNS).where(results.c.id.in_(ids)))
    }
    found = []
    for *columns, deleted_at in rows:
        state = _state(*columns)
        last = newest.get(state.service_pk)
        if last is not None and last.id > state.result_id:
            state = replace(state, checked_at=last.checked_at, result_id=last.id)
        found.append((state, deleted_at))
    return found


async def load_states(conn: AsyncConnection, service_pks: Collection[int]) -> list[ServiceState]:
    """The states of these services as they were written: complete for those that have not been checked since."""
    if not service_pks:
        return []
    rows = (await conn.execute(_STATES.where(states.c.service_pk.in_(service_pks)))).all()
    return [_state(*columns) for *columns, _ in rows]


def _state(
    pk: int,
    status: int,
    since: datetime,
    checked_at: datetime,
    response_ms: float | None,
    message: str,
    number: int,
    memory: Mapping[str, Any] | None,
) -> ServiceState:
    return with_memory(ServiceState(pk, Status(status), since, checked_at, response_ms, message, number), memory or {})
