"""Where summaries are kept: the blocks of `summary_block`, and how they are read and folded."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from monitor_app.domain.summary import Summary
from monitor_app.models import SummaryBlock
from monitor_app.models.types import to_millis
from monitor_app.storage.blocks.summaries import WindowCounts, decode_counts, decode_summaries
from monitor_app.storage.history.position import Position, results

summary_blocks = SummaryBlock.__table__  # type: ignore[attr-defined]

WINDOW, HOUR, DAY = 300, 3600, 86_400
# Seconds that a block of each granularity spans. About a kilobyte at most: so much of a row SQLite keeps in its place.
BLOCK_SECONDS = {WINDOW: 6 * HOUR, HOUR: 8 * HOUR, DAY: 8 * DAY}
# As the driver gives it: a type would make another copy of each.
_DATA = type_coerce(summary_blocks.c.data, NullType())
# More services than this are not listed in a statement: all are read, and the others passed over.
_LISTED = 500
# After so many blocks other tasks have their turn: a few milliseconds.
_TURN = 10


def block_start(granularity: int, seconds: int) -> int:
    """Where the block begins that holds this moment (seconds since 1970)."""
    return seconds // BLOCK_SECONDS[granularity] * BLOCK_SECONDS[granularity]


def block_starts(granularity: int, since: int, until: int) -> range:
    """Where the blocks begin that hold something of [since, until), in seconds since 1970."""
    return range(block_start(granularity, since), until, BLOCK_SECONDS[granularity])


async def counts(
    conn: AsyncConnection, granularity: int, service_pks: Collection[int], since: int, until: int
) -> Iterator[tuple[int, WindowCounts]]:
    """The counts of all blocks that touch the span, each with its service; unpacked when their turn comes."""
    rows = await read_blocks(conn, granularity, service_pks, since, until)
    return ((pk, decode_counts(data)) for pk, data in rows)


async def summaries(
    conn: AsyncConnection, granularity: int, service_pk: int, since: int, until: int
) -> dict[int, Summary]:
    """The summaries of windows that lie wholly in the span, by their start."""
    found: dict[int, Summary] = {}
    for number, (_, data) in enumerate(await read_blocks(conn, granularity, [service_pk], since, until), 1):
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
    for pk, data in await read_blocks(conn, DAY, service_pks, first, last):
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


async def load_blocks(conn: AsyncConnection, keys: Sequence[tuple[int, int, int]]) -> dict[tuple[int, int, int], bytes]:
    """Blocks by (granularity, start, service)."""
    wanted = set(keys)
    found = {}
    places = {(granularity, start) for granularity, start, _ in keys}
    pks = {pk for _, _, pk in keys}
    for granularity, start in places:
        statement = select(summary_blocks.c.service_pk, summary_blocks.c.data).where(
            summary_blocks.c.granularity == granularity,
            summary_blocks.c.started_at == start,
            summary_blocks.c.service_pk.in_(pks),
        )
        for pk, data in await conn.execute(statement):
            if (granularity, start, pk) in wanted:
                found[granularity, start, pk] = data
    return found


async def store_blocks(conn: AsyncConnection, blocks: Mapping[tuple[int, int, int], bytes]) -> None:
    """Insert blocks, or replace them."""
    rows = [
        {"granularity": granularity, "started_at": start, "service_pk": pk, "data": data}
        for (granularity, start, pk), data in sorted(blocks.items())
    ]
    if rows:
        await conn.execute(_UPSERT[conn.dialect.name], rows)


async def read_blocks(
    conn: AsyncConnection, granularity: int, service_pks: Collection[int], since: int, until: int
) -> list[Any]:
    """Blocks of these services that may hold windows of a span, as (service, data)."""
    statement = select(summary_blocks.c.service_pk, _DATA).where(
        summary_blocks.c.granularity == granularity,
        summary_blocks.c.started_at.in_(block_starts(granularity, since, until)),
    )
    if len(service_pks) <= _LISTED:
        return list((await conn.execute(statement.where(summary_blocks.c.service_pk.in_(service_pks)))).all())
    wanted = set(service_pks)
    return [row for row in await conn.execute(statement) if row[0] in wanted]


def _upsert(dialect: Any) -> Any:
    statement = dialect.insert(summary_blocks)
    return statement.on_conflict_do_update(
        index_elements=["granularity", "started_at", "service_pk"], set_={"data": statement.excluded.data}
    )


_UPSERT = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}
