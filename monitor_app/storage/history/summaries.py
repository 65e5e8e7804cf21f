"""Where summaries are kept: the blocks of `summary_block`, and how they are read."""

import asyncio
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.summary import Summary
from monitor_app.models import SummaryBlock
from monitor_app.models.types import to_millis
from monitor_app.storage.blocks.summaries import WindowCounts, decode_counts, decode_summaries
from monitor_app.storage.history.block_table import BlockTable
from monitor_app.storage.history.position import Position, results

summary_blocks = SummaryBlock.__table__  # type: ignore[attr-defined]

WINDOW, HOUR, DAY = 300, 3600, 86_400
# About a kilobyte a block at most: so much of a row SQLite keeps in its place.
SUMMARIES = BlockTable(summary_blocks, {WINDOW: 6 * HOUR, HOUR: 8 * HOUR, DAY: 8 * DAY})
# After so many blocks other tasks have their turn: a few milliseconds.
_TURN = 10


async def counts(
    conn: AsyncConnection, granularity: int, service_pks: Collection[int], since: int, until: int
) -> Iterator[tuple[int, WindowCounts]]:
    """The counts of all blocks that touch the span, each with its service; unpacked when their turn comes."""
    rows = await SUMMARIES.read(conn, granularity, service_pks, since, until)
    return ((pk, decode_counts(data)) for pk, data in rows)


async def summaries(
    conn: AsyncConnection, granularity: int, service_pk: int, since: int, until: int
) -> dict[int, Summary]:
    """The summaries of windows that lie wholly in the span, by their start."""
    found: dict[int, Summary] = {}
    for number, (_, data) in enumerate(await SUMMARIES.read(conn, granularity, [service_pk], since, until), 1):
        if not number % _TURN:
            await asyncio.sleep(0)
        held = decode_summaries(data)
        found |= {start: one for start, one in held.items() if since <= start and start + granularity <= until}
    return found


async def first_days(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime
) -> dict[int, int]:
    """The first day (seconds since 1970) with a result in a span, of the services that have one."""
    found: dict[int, int] = {}
    first, last = to_millis(since) // 1000, to_millis(until) // 1000
    for pk, data in await SUMMARIES.read(conn, DAY, service_pks, first, last):
        held = decode_counts(data)
        start = held.starts[0]  # the first window and the last one always hold something
        if start + DAY <= first:
            counted = zip(held.starts, zip(*held.by_status.values(), strict=True), strict=True)
            start = next((day for day, numbers in counted if any(numbers) and day + DAY > first), last)
        if start < last:
            found[pk] = min(found.get(pk, start), start)
    return found


async def fresh_timelines(
    conn: AsyncConnection, position: Position, service_pk: int, since: datetime, until: datetime
) -> list[tuple[int, int, float | None]]:
    """(checked_at in ms since 1970, status, response_ms) of results of the span that are in no summary yet."""
    millis = type_coerce(results.c.checked_at, BigInteger)
    statement = select(millis, results.c.status, results.c.response_ms).where(
        position.is_fresh(),
        results.c.service_pk == service_pk,
        results.c.checked_at >= since,
        results.c.checked_at < until,
    )
    return [(at, status, ms) for at, status, ms in await conn.execute(statement)]
