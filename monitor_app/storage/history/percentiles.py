"""Percentiles of any span: from the sketches of whole days and hours, and from the results at the edges."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.summary import Summary, merged, summary_of
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.blocks.results import decode_timeline
from monitor_app.storage.blocks.summaries import decode_summaries
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import Position, read_position, results
from monitor_app.storage.history.summaries import DAY, HOUR, SUMMARIES

_Parts = dict[int, Summary]


async def read_percentiles(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime, shares: Sequence[float]
) -> list[float] | None:
    """See History."""
    return (await read_percentiles_of(conn, [service_pk], since, until, shares)).get(service_pk)


async def read_percentiles_of(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime, shares: Sequence[float]
) -> dict[int, list[float]]:
    """Of some dozens of services at once, in a handful of statements; of those that have a response time."""
    position = await read_position(conn)
    first, last = to_millis(since), to_millis(until)
    hours = _inner(first, last, HOUR)
    parts: _Parts = {}
    if hours:
        days = _inner(first, last, DAY)
        windows = [(DAY, days.start, days.stop)] if days else []
        windows += [(HOUR, begin, end) for begin, end in _around(hours, days)]
        for granularity, begin, end in windows:
            blocks = await SUMMARIES.read(conn, granularity, service_pks, begin, end)
            await asyncio.to_thread(_add_blocks, parts, blocks, granularity, begin, end)
    for begin, end in _edges(first, last, hours):
        await _add_merged_results(parts, conn, position, service_pks, begin, end)
    fresh = _rows(service_pks, since, until).where(position.is_fresh())
    _add_rows(parts, (await conn.execute(fresh)).all())
    found = {pk: summary.percentiles(shares) for pk, summary in parts.items()}
    return {pk: times for pk, times in found.items() if times is not None}


def _add_blocks(parts: _Parts, blocks: Sequence[tuple[int, bytes]], granularity: int, since: int, until: int) -> None:
    """The windows that lie wholly in [since, until), in seconds since 1970."""
    for pk, data in blocks:
        held = decode_summaries(data).items()
        inside = [one for start, one in held if since <= start and start + granularity <= until]
        parts[pk] = merged((*inside, parts[pk])) if pk in parts else merged(inside)


def _inner(first: int, last: int, size: int) -> range | None:
    """The whole windows of `size` seconds in a span of ms since 1970, as seconds since 1970."""
    start, stop = -(-first // (size * 1000)) * size, last // (size * 1000) * size
    return range(start, stop) if start < stop else None


def _around(hours: range, days: range | None) -> list[tuple[int, int]]:
    if days is None:
        return [(hours.start, hours.stop)]
    return [(begin, end) for begin, end in ((hours.start, days.start), (days.stop, hours.stop)) if begin < end]


def _edges(first: int, last: int, hours: range | None) -> list[tuple[int, int]]:
    if hours is None:
        return [(first, last)]
    edges = ((first, hours.start * 1000), (hours.stop * 1000, last))
    return [(begin, end) for begin, end in edges if begin < end]


async def _add_merged_results(
    parts: _Parts, conn: AsyncConnection, position: Position, service_pks: Collection[int], begin: int, end: int
) -> None:
    """Results in [begin, end) (ms since 1970), those that are merged."""
    since, until = from_millis(begin), from_millis(end)
    if conn.dialect.name == "sqlite":
        packed = await archive.packed(conn, service_pks, since, until)
        await asyncio.to_thread(_add_packed, parts, packed, begin, end)
        return
    _add_rows(parts, (await conn.execute(_rows(service_pks, since, until).where(~position.is_fresh()))).all())


def _add_packed(parts: _Parts, packed: Sequence[tuple[int, bytes]], begin: int, end: int) -> None:
    rows: list[Any] = []
    for pk, data in packed:
        line = decode_timeline(data)
        every = zip(line.checked_at, line.statuses, line.response_ms, strict=True)
        rows += [(pk, *row) for row in every if begin <= row[0] < end]
    _add_rows(parts, rows)


def _rows(service_pks: Collection[int], since: datetime, until: datetime) -> Any:
    millis = type_coerce(results.c.checked_at, BigInteger)
    return select(results.c.service_pk, millis, results.c.status, results.c.response_ms).where(
        results.c.service_pk.in_(service_pks), results.c.checked_at >= since, results.c.checked_at < until
    )


def _add_rows(parts: _Parts, rows: Iterable[Any]) -> None:
    """Rows of (service, checked_at, status, response_ms)."""
    by_service: dict[int, list[tuple[int, float | None]]] = {}
    for pk, _, status, ms in rows:
        by_service.setdefault(pk, []).append((status, ms))
    for pk, own in by_service.items():
        summary = summary_of((status for status, _ in own), (ms for _, ms in own))
        parts[pk] = merged((parts[pk], summary)) if pk in parts else summary
