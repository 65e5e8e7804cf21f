"""The inbox of heartbeats: written by web processes, read by the engine."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.status import Status
from monitor_app.models.counter import HEARTBEATS_DONE, HEARTBEATS_GIVEN
from monitor_app.storage.documents import storable_number, storable_text
from monitor_app.storage.history.changes import TEXT_LIMIT, heartbeats
from monitor_app.storage.history.position import counters
from monitor_app.storage.history.rows import existing_services

_STATUSES = tuple(Status)


async def add_heartbeats(conn: AsyncConnection, reported: Sequence[Heartbeat]) -> int:
    """See History. The counter's row is locked until the commit, so a lower id is never seen after a higher one."""
    known = await existing_services(conn, {one.service_pk for one in reported})
    kept = [one for one in reported if one.service_pk in known]
    raised = (
        update(counters)
        .where(counters.c.name == HEARTBEATS_GIVEN)
        .values(value=counters.c.value + len(kept))
        .returning(counters.c.value)
    )
    last: int = (await conn.execute(raised)).scalar_one()
    if kept:
        first = last - len(kept) + 1
        await conn.execute(insert(heartbeats), [_row(number, one) for number, one in enumerate(kept, first)])
    return last


async def read_heartbeats(conn: AsyncConnection, after_id: int, limit: int) -> list[Heartbeat]:
    """See History."""
    columns = heartbeats.c
    statement = (
        select(
            columns.id,
            columns.service_pk,
            columns.at,
            columns.signal,
            columns.status,
            columns.message,
            columns.ping_ms,
        )
        .where(columns.id > after_id)
        .order_by(columns.id)
        .limit(limit)
    )
    return [
        Heartbeat(number, pk, at, signal, None if status is None else _STATUSES[status], message, ping_ms)
        for number, pk, at, signal, status, message, ping_ms in await conn.execute(statement)
    ]


async def heartbeats_done(conn: AsyncConnection) -> int:
    """See History."""
    statement = select(counters.c.value).where(counters.c.name == HEARTBEATS_DONE)
    done: int = (await conn.execute(statement)).scalar_one()
    return done


def _row(number: int, one: Heartbeat) -> dict[str, object]:
    return {
        "id": number,
        "service_pk": one.service_pk,
        "at": one.at,
        "signal": one.signal,
        "status": None if one.status is None else int(one.status),
        "message": storable_text(one.message, TEXT_LIMIT),
        "ping_ms": storable_number(one.ping_ms),
    }
