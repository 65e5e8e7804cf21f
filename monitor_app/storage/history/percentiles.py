"""Percentiles of any span: from the sketches of whole days and hours, and from the results at the edges."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.summary import Summary, merged, summary_of
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import Position, read_position, results
from monitor_app.storage.history.summaries import DAY, HOUR, fresh_timelines, summaries


async def read_percentiles(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime, shares: Sequence[float]
) -> list[float] | None:
    """See History."""
    position = await read_position(conn)
    first, last = to_millis(since), to_millis(until)
    hours = _inner(first, last, HOUR)
    parts: list[Summary] = []
    if hours:
        days = _inner(first, last, DAY)
        if days:
            parts += (await summaries(conn, DAY, service_pk, days.start, days.stop)).values()
        for begin, end in _around(hours, days):
            parts += (await summaries(conn, HOUR, service_pk, begin, end)).values()
    for begin, end in _edges(first, last, hours):
        parts.append(await _merged_results(conn, position, service_pk, begin, end))
    fresh = await fresh_timelines(conn, position, service_pk, since, until)
    parts.append(_summary(fresh))
    return merged(parts).percentiles(shares)


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


async def _merged_results(conn: AsyncConnection, position: Position, service_pk: int, begin: int, end: int) -> Summary:
    """Of the results in [begin, end) (ms since 1970), those that are merged."""
    since, until = from_millis(begin), from_millis(end)
    if conn.dialect.name == "sqlite":
        rows: list[Any] = []
        for line in await archive.timelines(conn, service_pk, since, until):
            every = zip(line.checked_at, line.statuses, line.response_ms, strict=True)
            rows += [row for row in every if begin <= row[0] < end]
        return _summary(rows)
    millis = type_coerce(results.c.checked_at, BigInteger)
    statement = select(millis, results.c.status, results.c.response_ms).where(
        ~position.is_fresh(),
        results.c.service_pk == service_pk,
        results.c.checked_at >= since,
        results.c.checked_at < until,
    )
    return _summary((await conn.execute(statement)).all())


def _summary(rows: Sequence[Any]) -> Summary:
    return summary_of((status for _, status, _ in rows), (ms for _, _, ms in rows))
