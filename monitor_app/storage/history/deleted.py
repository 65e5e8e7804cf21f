"""Services that were deleted while no engine ran: their states still say that something is open."""

from dataclasses import replace
from datetime import datetime

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


async def load_deleted(conn: AsyncConnection) -> list[tuple[ServiceState, datetime]]:
    """The states of deleted services that nobody has stopped yet, and when they were deleted."""
    columns = (
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
    statement = (
        select(*columns)
        .join(services, services.c.pk == states.c.service_pk)
        .where(services.c.deleted_at.is_not(None), states.c.status != int(Status.STOPPED))
        .order_by(states.c.service_pk)
    )
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
    for pk, status, since, checked_at, response_ms, message, number, memory, deleted_at in rows:
        state = ServiceState(pk, Status(status), since, checked_at, response_ms, message, number)
        last = newest.get(pk)
        if last is not None and last.id > number:
            state = replace(state, checked_at=last.checked_at, result_id=last.id)
        found.append((with_memory(state, memory or {}), deleted_at))
    return found
