"""Merged results of SQLite: finds the pieces and blocks that hold some, and unpacks them."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import StoredResult
from monitor_app.models import ResultBlock, ResultPiece, Service
from monitor_app.storage.blocks.results import decode_results, stored_results

pieces = ResultPiece.__table__  # type: ignore[attr-defined]
blocks = ResultBlock.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]
ARCHIVE = (pieces, blocks)


async def by_ids(conn: AsyncConnection, above: int, up_to: int) -> list[StoredResult]:
    """Results with an id in (above, up_to], by id."""
    rows = (await conn.execute(union_all(*(with_ids(table, above, up_to) for table in ARCHIVE)))).all()
    return sorted((one for one in unpacked(rows) if above < one.id <= up_to), key=lambda one: one.id)


async def by_time(conn: AsyncConnection, service_pk: int, since: datetime, until: datetime) -> list[StoredResult]:
    """Results of a service that were checked in [since, until)."""
    found = union_all(*(touching(table, service_pk, since, until) for table in ARCHIVE))
    rows = [(service_pk, row.data) for row in await conn.execute(found)]
    return [one for one in unpacked(rows) if since <= one.checked_at < until]


async def packed(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime
) -> list[tuple[int, bytes]]:
    """What may hold results of some services in [since, until), each with its service."""
    found = []
    for table in ARCHIVE:
        inner = table.alias("inner")
        ids = select(inner.c.id).where(
            inner.c.service_pk.in_(service_pks), inner.c.ended_at >= since, inner.c.started_at < until
        )
        rows = await conn.execute(select(table.c.service_pk, table.c.data).where(table.c.id.in_(ids)))
        found += [(pk, data) for pk, data in rows]
    return found


async def newest(conn: AsyncConnection, wanted: Mapping[int, int]) -> dict[int, list[StoredResult]]:
    """At least so many of the last results of each of these services, if there are so many."""
    found: dict[int, list[StoredResult]] = {pk: [] for pk in wanted}
    for table in ARCHIVE:  # all pieces are newer than all blocks of their service
        lacking = [pk for pk, count in wanted.items() if len(found[pk]) < count]
        count = 8 if table is pieces else 1
        skipped = 0
        while lacking:
            rows = (await conn.execute(newest_of(table, lacking, skipped, count))).all()
            for row in rows:
                for result in unpacked([row]):
                    found[result.service_pk].append(result)
                await asyncio.sleep(0)  # about a millisecond a block
            skipped, count = skipped + count, count * 2
            lacking = [pk for pk in {row.service_pk for row in rows} if len(found[pk]) < wanted[pk]]
    return found


def with_ids(table: Any, above: int, up_to: int) -> Select[Any]:
    """What may hold an id of (above, up_to]. The inner select reads the index from end to end, and no data."""
    inner = table.alias("inner")
    ids = select(inner.c.id).where(inner.c.last_id > above, inner.c.first_id <= up_to)
    return select(table.c.service_pk, table.c.data).where(table.c.id.in_(ids))


def touching(table: Any, service_pk: int, since: datetime, until: datetime) -> Select[Any]:
    """What may hold a result of the span; found in the index alone."""
    inner = table.alias("inner")
    ids = select(inner.c.id).where(
        inner.c.service_pk == service_pk, inner.c.ended_at >= since, inner.c.started_at < until
    )
    return select(table.c.data).where(table.c.id.in_(ids))


def newest_of(table: Any, service_pks: Collection[int], skipped: int, count: int) -> Select[Any]:
    """`count` of each service by their ids, newest first, after `skipped` ones: a short walk of the index a service."""
    candidate = table.alias("candidate")
    ids = (
        select(candidate.c.id)
        .where(candidate.c.service_pk == services.c.pk)
        .order_by(candidate.c.last_id.desc())
        .limit(count)
        .offset(skipped)
        .correlate(services)
    )
    joined = services.join(table, table.c.id.in_(ids))
    return select(table.c.service_pk, table.c.data).select_from(joined).where(services.c.pk.in_(service_pks))


def unpacked(rows: Iterable[Any]) -> Iterator[StoredResult]:
    for service_pk, data in rows:
        yield from stored_results(service_pk, decode_results(data))
