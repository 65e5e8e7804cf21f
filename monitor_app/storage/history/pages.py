"""The results of a service in pages, the newest first. What a page costs does not depend on what lies behind it."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, Select, literal, or_, select, type_coerce, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import StoredResult
from monitor_app.models.types import to_millis
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.protocol import Place
from monitor_app.storage.history.rows import COLUMNS, fetch_results

_NEWEST_FIRST = attrgetter("checked_at", "id")


async def read_page(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime, before: Place | None, limit: int
) -> list[StoredResult]:
    """See History."""
    rows = _rows(service_pk, since, until, before, limit)
    if conn.dialect.name != "sqlite":
        return await fetch_results(conn, rows)
    found = await fetch_results(conn, rows.where((await read_position(conn)).is_fresh()))
    end = until if before is None else min(until, before.at)
    for spans in _parts((await conn.execute(spans_of(service_pk, since, end))).all(), limit):
        if len(found) == limit and spans[0].ended_at < to_millis(found[-1].checked_at):
            break  # neither these nor those behind them are newer than what is found
        merged = [one for one in await _unpacked(conn, spans) if _is_wanted(one, since, until, before)]
        found = sorted([*found, *merged], key=_NEWEST_FIRST, reverse=True)[:limit]
    return found


def _rows(service_pk: int, since: datetime, until: datetime, before: Place | None, limit: int) -> Select[Any]:
    at, number = results.c.checked_at, results.c.id
    statement = select(*COLUMNS).where(results.c.service_pk == service_pk, at >= since, at < until)
    if before is not None:
        statement = statement.where(at <= before.at, or_(at < before.at, number < before.number))
    return statement.order_by(at.desc(), number.desc()).limit(limit)


def spans_of(service_pk: int, since: datetime, end: datetime) -> CompoundSelect[Any]:
    """The pieces and blocks that may hold a result of [since, end], the latest first; the index alone tells."""
    parts = [
        select(
            literal(kind).label("kind"),
            table.c.id,
            type_coerce(table.c.ended_at, BigInteger).label("ended_at"),
            table.c.results,
        ).where(table.c.service_pk == service_pk, table.c.ended_at >= since, table.c.started_at <= end)
        for kind, table in enumerate(archive.ARCHIVE)
    ]
    found = union_all(*parts)
    return found.order_by(found.selected_columns.ended_at.desc())


def _parts(spans: Sequence[Any], limit: int) -> Iterator[Sequence[Any]]:
    """As many of them together as hold a page, if all that they hold is wanted."""
    first = held = 0
    for last, span in enumerate(spans, 1):
        held += span.results
        if held >= limit:
            yield spans[first:last]
            first, held = last, 0
    if first < len(spans):
        yield spans[first:]


async def _unpacked(conn: AsyncConnection, spans: Sequence[Any]) -> list[StoredResult]:
    found: list[StoredResult] = []
    for kind, table in enumerate(archive.ARCHIVE):
        if ids := [span.id for span in spans if span.kind == kind]:
            rows = await conn.execute(select(table.c.service_pk, table.c.data).where(table.c.id.in_(ids)))
            for row in rows.all():
                found += archive.unpacked([row])
                await asyncio.sleep(0)  # about a millisecond a block
    return found


def _is_wanted(result: StoredResult, since: datetime, until: datetime, before: Place | None) -> bool:
    if not since <= result.checked_at < until:
        return False
    return before is None or (result.checked_at, result.id) < (before.at, before.number)
