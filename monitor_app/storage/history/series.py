"""What the charts of one service are made of: summaries of any granularity, and results column by column."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, select, type_coerce, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.summary import Summary, merged_windows, summaries_of
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.blocks.results import ResultColumns, columns_of, decode_results
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.summaries import fresh_timelines, summaries

# Rows of PostgreSQL at a time.
_PAGE = 500
# (id, checked_at in ms, status, response_ms, message, phases, metrics), as ResultColumns has them.
RESULT_COLUMNS = (
    results.c.id,
    type_coerce(results.c.checked_at, BigInteger),
    results.c.status,
    results.c.response_ms,
    results.c.message,
    results.c.phases,
    results.c.metrics,
)


async def read_summaries(
    conn: AsyncConnection, service_pk: int, granularity: int, since: int, until: int
) -> dict[int, Summary]:
    """See History."""
    position = await read_position(conn)
    kept = await summaries(conn, granularity, service_pk, since, until)
    begin, end = from_millis(since * 1000), from_millis(until * 1000)
    fresh = await fresh_timelines(conn, position, service_pk, begin, end)
    columns = list(zip(*fresh, strict=True)) or [(), (), ()]
    return merged_windows(kept, summaries_of(columns[0], columns[1], columns[2], granularity))


async def read_columns(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime
) -> AsyncIterator[ResultColumns]:
    """See History."""
    fresh = _rows(service_pk, since, until)
    if conn.dialect.name == "sqlite":
        fresh = fresh.where((await read_position(conn)).is_fresh())
        touching = (archive.touching(table, service_pk, since, until) for table in archive.ARCHIVE)
        for row in (await conn.execute(union_all(*touching))).all():
            yield _cut(decode_results(row.data), to_millis(since), to_millis(until))
            await asyncio.sleep(0)  # about a millisecond a block
    async with conn.stream(fresh) as found:
        async for page in found.partitions(_PAGE):
            yield columns_of(tuple(row) for row in page)
            await asyncio.sleep(0)


def _rows(service_pk: int, since: datetime, until: datetime) -> Select[Any]:
    at = results.c.checked_at
    return select(*RESULT_COLUMNS).where(results.c.service_pk == service_pk, at >= since, at < until)


def _cut(columns: ResultColumns, since: int, until: int) -> ResultColumns:
    """Those of [since, until), ms since 1970; a block holds what lies beside them, too."""
    if since <= min(columns.checked_at) and max(columns.checked_at) < until:
        return columns
    return columns_of(row for row in columns.rows if since <= row[1] < until)
