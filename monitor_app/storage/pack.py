"""Packs pieces of one service into a block that just fills a page of SQLite, so that little room is lost."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models.types import from_millis
from monitor_app.storage.blocks.results import columns_of, decode_results, encode_results, joined
from monitor_app.storage.database import Database
from monitor_app.storage.history.archive import blocks, pieces
from monitor_app.storage.history.protocol import Epoch
from monitor_app.storage.history.record import lead

# A row of a table with a rowid keeps 4061 bytes in its page of 4096; some are the other columns.
PAGE_BYTES = 4000
# Pieces of so many bytes make a full page: apart they need more than twice as much as together.
ENOUGH_BYTES = 9000
# Of services that are checked seldom so many pieces are packed, and the last block is filled up if it is that small.
MANY_PIECES = 64
SMALL_BYTES = 3000
# However little room they take: a step of the work shall not last longer than some milliseconds.
MANY_RESULTS = 1000
SERVICES = 10


async def pack(database: Database, epoch: Epoch) -> None:
    """Pack where there are pieces enough. Raises LeadershipLost and DatabaseUnavailable."""
    while due := await _due(database):
        for at in range(0, len(due), SERVICES):
            await _pack_some(database, epoch, due[at : at + SERVICES])


async def _due(database: Database) -> list[int]:
    size, count = func.sum(func.length(pieces.c.data)), func.count()
    statement = (
        select(pieces.c.service_pk)
        .group_by(pieces.c.service_pk)
        .having((size >= ENOUGH_BYTES) & (count > 1) | (count >= MANY_PIECES))
        .order_by(pieces.c.service_pk)
    )
    async with database.read() as conn:
        return list((await conn.execute(statement)).scalars())


async def _pack_some(database: Database, epoch: Epoch, service_pks: Sequence[int]) -> None:
    packed = []
    for pk in service_pks:
        async with database.read() as conn:
            parts = await _parts(conn, pk)
        packed.append((parts, await _fitting(pk, parts)))
    async with database.write() as conn:
        await lead(conn, epoch)
        for parts, (used, block) in packed:
            if await _take_away(conn, parts[:used]):
                await conn.execute(insert(blocks), [block])


async def _parts(conn: AsyncConnection, service_pk: int) -> list[tuple[Any, Any]]:
    """(table, row) of the pieces in the order of their ids, as many as may be needed for a page, at least two.

    Before them the last block, if it is small.
    """
    sizes = select(pieces.c.id, func.length(pieces.c.data), pieces.c.results)
    sizes = sizes.where(pieces.c.service_pk == service_pk).order_by(pieces.c.last_id).limit(4 * MANY_PIECES)
    chosen: list[int] = []
    size = count = 0
    for number, length, rows in await conn.execute(sizes):
        if (size >= ENOUGH_BYTES or count >= MANY_RESULTS) and len(chosen) > 1:
            break
        chosen.append(number)
        size += length
        count += rows
    found = select(pieces.c.id, pieces.c.data).where(pieces.c.id.in_(chosen)).order_by(pieces.c.last_id)
    last = (
        select(blocks.c.id, blocks.c.data, blocks.c.results)
        .where(blocks.c.service_pk == service_pk)
        .order_by(blocks.c.last_id.desc())
        .limit(1)
    )
    small = [row for row in await conn.execute(last) if len(row.data) < SMALL_BYTES and row.results < MANY_RESULTS]
    parts = [(blocks, row) for row in small]
    return parts + [(pieces, row) for row in await conn.execute(found)]


async def _fitting(service_pk: int, parts: Sequence[tuple[Any, Any]]) -> tuple[int, dict[str, Any]]:
    """How many of the parts fill a page, and the block that they make; at least two, however big that is."""
    columns = [decode_results(row.data) for _, row in parts]
    used, data, whole = len(parts), b"", columns_of(())
    while True:
        await asyncio.sleep(0)
        whole = joined(*columns[:used])
        await asyncio.sleep(0)
        data = encode_results(whole)
        if len(data) <= PAGE_BYTES or used <= 2:
            break
        rows, fitting = 0, int(len(whole) * PAGE_BYTES / len(data))
        smaller = 0
        for part in columns[:used]:
            rows += len(part)
            smaller += rows <= fitting
        used = max(2, min(smaller, used - 1))
    return used, {
        "service_pk": service_pk,
        "first_id": min(whole.ids),
        "last_id": max(whole.ids),
        "started_at": from_millis(whole.checked_at[0]),
        "ended_at": from_millis(whole.checked_at[-1]),
        "results": len(whole),
        "data": data,
    }


async def _take_away(conn: AsyncConnection, parts: Sequence[tuple[Any, Any]]) -> bool:
    """Delete what was packed; False, and nothing done, when some of it was deleted meanwhile for its age."""
    found = 0
    for table in (pieces, blocks):
        ids = [row.id for one, row in parts if one is table]
        found += (await conn.execute(select(func.count()).select_from(table).where(table.c.id.in_(ids)))).scalar_one()
    if found < len(parts):
        return False
    for table in (pieces, blocks):
        ids = [row.id for one, row in parts if one is table]
        await conn.execute(delete(table).where(table.c.id.in_(ids)))
    return True
