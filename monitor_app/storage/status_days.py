"""What status pages tell of the past: of many services at once, as few questions as there can be."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.uptime import Span
from monitor_app.models.types import to_millis
from monitor_app.storage.history.changes import downtimes, gaps


async def load_spans(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime
) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """Downtimes and gaps that touch the span, by service, in ms since 1970; one that lasts ends at `until`."""
    return (
        await _spans(conn, downtimes, service_pks, since, until),
        await _spans(conn, gaps, service_pks, since, until),
    )


async def _spans(
    conn: AsyncConnection, table: Any, service_pks: Collection[int], since: datetime, until: datetime
) -> dict[int, list[Span]]:
    columns = (table.c.service_pk, table.c.started_at, table.c.ended_at)
    of_them = table.c.service_pk.in_(service_pks)
    # Two searches of an index each; an OR would read the whole table.
    over = select(*columns).where(table.c.ended_at > since, of_them)
    lasting = select(*columns).where(table.c.ended_at.is_(None), of_them)
    found: dict[int, list[Span]] = defaultdict(list)
    last = to_millis(until)
    for pk, started_at, ended_at in await conn.execute(union_all(over, lasting)):
        found[pk].append((to_millis(started_at), last if ended_at is None else to_millis(ended_at)))
    return found
