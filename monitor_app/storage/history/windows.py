"""Results counted in windows: from summaries, and from results that are in none yet."""

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import add

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.status import Status
from monitor_app.models import Service
from monitor_app.models.types import to_millis
from monitor_app.storage.blocks.summaries import WindowCounts
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.protocol import Windows
from monitor_app.storage.history.summaries import DAY, HOUR, WINDOW, counts

services = Service.__table__  # type: ignore[attr-defined]

# Of one service: the counts of each cell, by status; a status that never was is missing.
Cells = dict[int, list[int]]
# After so many blocks or services, other tasks have their turn: a few milliseconds.
_TURN = 200


async def read_windows(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
) -> dict[int, Windows]:
    """See History. Raises ValueError when `since` or `minutes` is no multiple of five minutes."""
    step = minutes * 60
    first, last = to_millis(since), to_millis(until)
    if minutes < 1 or step % WINDOW or first % (WINDOW * 1000):
        raise ValueError(f"windows must be of whole 5 minutes, got {minutes} minutes from {since}")
    chosen = select(services.c.pk, services.c.interval_seconds).where(services.c.pk.in_(service_pks))
    intervals: dict[int, int] = dict((await conn.execute(chosen)).all())
    # Those with rare results need to know what was before.
    quick = {pk: interval for pk, interval in intervals.items() if interval <= step}
    slow = {pk: interval for pk, interval in intervals.items() if interval > step}
    count = max(0, -(-(last - first) // (step * 1000)))
    windows: dict[int, Windows] = {}
    for group in (quick, slow):
        if not group or not count:
            continue
        lead = 0 if group is quick else math.ceil(max(group.values()) / step)
        begin = first // 1000 - lead * step
        cells = await _read_cells(conn, group, begin, count + lead, step)
        for number, (pk, interval) in enumerate(group.items(), 1):
            if not number % _TURN:
                await asyncio.sleep(0)
            windows[pk] = _windows(since, last, minutes, interval, lead, count, cells.get(pk, {}))
    return windows


async def _read_cells(
    conn: AsyncConnection, service_pks: Collection[int], begin: int, count: int, step: int
) -> dict[int, Cells]:
    """Counts of `count` windows of `step` seconds from `begin` on (seconds since 1970)."""
    granularity = next(size for size in (DAY, HOUR, WINDOW) if not step % size and not begin % size)
    total = count * step // granularity
    cells: dict[int, Cells] = {}
    found = await counts(conn, granularity, service_pks, begin, begin + count * step)
    for number, (pk, block) in enumerate(found, 1):
        if not number % _TURN:
            await asyncio.sleep(0)
        _add_block(cells.setdefault(pk, {}), block, begin, granularity, total)
    for pk, status, cell, number in await _fresh(conn, service_pks, begin, granularity, total):
        cells.setdefault(pk, {}).setdefault(status, [0] * total)[cell] += number
    size = step // granularity
    if size == 1:
        return cells
    return {pk: {status: _sums(column, size) for status, column in own.items()} for pk, own in cells.items()}


def _sums(column: list[int], size: int) -> list[int]:
    """The sums of so many numbers each."""
    parts = [iter(column)] * size
    return list(map(sum, zip(*parts, strict=True)))


def _add_block(cells: Cells, found: WindowCounts, begin: int, granularity: int, total: int) -> None:
    first = (found.starts[0] - begin) // granularity
    skip, stop = max(0, -first), min(len(found.starts), total - first)
    if skip >= stop:
        return
    for status, column in found.by_status.items():
        target = cells.get(status)
        if target is None:
            target = cells[status] = [0] * total
        target[first + skip : first + stop] = column[skip:stop]  # no two blocks have a cell in common


async def _fresh(
    conn: AsyncConnection, service_pks: Collection[int], begin: int, granularity: int, total: int
) -> list[tuple[int, int, int, int]]:
    """(service, status, cell, how many) of results that are in no summary yet."""
    position = await read_position(conn)
    millis = type_coerce(results.c.checked_at, BigInteger)
    cell = ((millis - begin * 1000) // (granularity * 1000)).label("cell")
    end = (begin + total * granularity) * 1000
    statement = (
        select(results.c.service_pk, results.c.status, cell, func.count())
        .where(position.is_fresh(), millis >= begin * 1000, millis < end)
        .group_by(results.c.service_pk, results.c.status, cell)
    )
    wanted = set(service_pks)
    return [(pk, status, at, number) for pk, status, at, number in await conn.execute(statement) if pk in wanted]


def _windows(
    since: datetime, last_ms: int, minutes: int, interval: int, lead: int, count: int, cells: Mapping[int, list[int]]
) -> Windows:
    nothing = [0] * (count + lead)
    ok, degraded, failed = (cells.get(status, nothing) for status in (Status.OK, Status.DEGRADED, Status.FAILED))
    samples = nothing
    for column in cells.values():
        samples = column if samples is nothing else list(map(add, samples, column))
    step = minutes * 60
    if lead:
        no_data = _rare(samples, math.ceil(interval / step) + 1)
    else:
        last_seconds = (last_ms - to_millis(since)) / 1000 - (count - 1) * step
        no_data = _missing(samples[:-1], step / interval) + _missing(samples[-1:], last_seconds / interval)
    return Windows(since, minutes, ok[lead:], degraded[lead:], failed[lead:], samples[lead:], no_data[lead:])


def _missing(samples: Sequence[int], expected: float) -> list[float]:
    """One result less than expected is none missing, unless there is no result at all."""
    enough = max(expected - 1, 1 if expected >= 1 else 0)
    return [0.0 if found >= enough else max(0.0, 1 - found / expected) for found in samples]


def _rare(samples: Sequence[int], reach: int) -> list[float]:
    """Whether there was a result in the window or in those before it for which it still speaks."""
    since, shares = reach, []
    for found in samples:
        since = 0 if found else since + 1
        shares.append(0.0 if since < reach else 1.0)
    return shares
