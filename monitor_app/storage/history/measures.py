"""Where it is kept what results measured: the blocks of `measure_block`, and what is in none of them yet."""

import asyncio

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.measure import Measure, measures_of, merged_windows_of_measures
from monitor_app.models import MeasureBlock
from monitor_app.models.counter import MEASURED_SINCE
from monitor_app.models.types import from_millis
from monitor_app.storage.blocks.measures import decode_measures
from monitor_app.storage.history.block_table import BlockTable
from monitor_app.storage.history.position import counters, read_position, results
from monitor_app.storage.history.summaries import DAY, HOUR

# A day and a month: names of phases and metrics take most of a short block.
MEASURES = BlockTable(MeasureBlock.__table__, {HOUR: DAY, DAY: 32 * DAY})  # type: ignore[attr-defined]
# After so many blocks other tasks have their turn: a few milliseconds.
_TURN = 5


async def read_measures(
    conn: AsyncConnection, service_pk: int, granularity: int, since: int, until: int
) -> dict[int, Measure]:
    """See History."""
    position = await read_position(conn)
    kept: dict[int, Measure] = {}
    for number, (_, data) in enumerate(await MEASURES.read(conn, granularity, [service_pk], since, until), 1):
        if not number % _TURN:
            await asyncio.sleep(0)
        held = decode_measures(data)
        kept |= {start: one for start, one in held.items() if since <= start and start + granularity <= until}
    fresh = select(
        type_coerce(results.c.checked_at, BigInteger),
        results.c.status,
        results.c.response_ms,
        results.c.phases,
        results.c.metrics,
    ).where(
        position.is_fresh(),
        results.c.service_pk == service_pk,
        results.c.checked_at >= from_millis(since * 1000),
        results.c.checked_at < from_millis(until * 1000),
    )
    columns = list(zip(*(await conn.execute(fresh)).all(), strict=True)) or [()] * 5
    return merged_windows_of_measures(kept, measures_of(granularity, *columns))


async def read_measured_since(conn: AsyncConnection) -> int:
    """See History."""
    since = select(counters.c.value).where(counters.c.name == MEASURED_SINCE)
    found: int = (await conn.execute(since)).scalar_one()
    return found
