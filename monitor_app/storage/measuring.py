"""Counts what older results measured: those that were merged before there were measures, a day at a time, newest first.

Everything checked since the counter `measured_since` is in the measures. A day is counted anew from its results, and
what its measures may hold already is replaced, so it does not matter where the last round broke off. The caller sees to
it that nothing is merged meanwhile.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import column, func, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.measure import (
    MEASURED,
    Measure,
    measures_of,
    merged_measures,
    merged_windows_of_measures,
)
from monitor_app.models import Service
from monitor_app.models.counter import MEASURED_SINCE
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage import partitions
from monitor_app.storage.blocks.measures import decode_measures, encode_measures
from monitor_app.storage.blocks.results import ResultColumns, columns_of, decode_results
from monitor_app.storage.database import Database
from monitor_app.storage.history import archive
from monitor_app.storage.history.block_table import Key
from monitor_app.storage.history.measures import MEASURES, read_measured_since
from monitor_app.storage.history.position import read_position, results, set_counters
from monitor_app.storage.history.protocol import Epoch
from monitor_app.storage.history.record import lead
from monitor_app.storage.history.rows import existing_services
from monitor_app.storage.history.series import RESULT_COLUMNS

# A round goes on to an earlier day as long as it has counted fewer results than this.
ROUND_RESULTS = 200_000
# Services in a transaction.
SERVICES = 20
# Rows of PostgreSQL at a time.
_PAGE = 500
_HOUR, _DAY = MEASURED
_services = Service.__table__  # type: ignore[attr-defined]


class OlderResults:
    """Counts what results of days before the measures measured. A term of an engine has one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_done = False

    async def round(self, epoch: Epoch) -> int:
        """Count the newest of these days, or a few; returns how many results that were.

        It gives way to other tasks about every millisecond. Raises LeadershipLost and DatabaseUnavailable.
        """
        counted = 0
        while not self._is_done and counted < ROUND_RESULTS:
            async with self._database.read() as conn:
                end = await read_measured_since(conn)
                oldest = await _oldest(conn) if end else None
                pks = list((await conn.execute(select(_services.c.pk).order_by(_services.c.pk))).scalars())
            if oldest is None or to_millis(oldest) >= end * 1000:
                self._is_done = True
                break
            day = end - _DAY
            for at in range(0, len(pks), SERVICES):
                counted += await self._count(epoch, day, pks[at : at + SERVICES])
            async with self._database.write() as conn:
                await lead(conn, epoch)
                await set_counters(conn, **{MEASURED_SINCE: day})
        return counted

    async def _count(self, epoch: Epoch, day: int, pks: Sequence[int]) -> int:
        hours: dict[int, dict[int, Measure]] = {}
        number = 0
        parts = _packed if self._database.is_sqlite else _rows
        async with self._database.read() as conn:
            present = await MEASURES.load(conn, [_key(_DAY, day, pk) for pk in pks])
            async with aclosing(parts(conn, pks, from_millis(day * 1000), from_millis((day + _DAY) * 1000))) as found:
                async for pk, columns in found:
                    number += len(columns)
                    hours[pk] = merged_windows_of_measures(hours.get(pk, {}), _hours_of(columns))
                    await asyncio.sleep(0)
        blocks: dict[Key, bytes] = {}
        for pk, held in hours.items():
            if held:
                before = present.get(_key(_DAY, day, pk))
                days = (decode_measures(before) if before else {}) | {day: merged_measures(list(held.values()))}
                blocks[_key(_HOUR, day, pk)] = encode_measures(_HOUR, held)
                blocks[_key(_DAY, day, pk)] = encode_measures(_DAY, days)
                await asyncio.sleep(0)
        async with self._database.write() as conn:
            await lead(conn, epoch)
            known = await existing_services(conn, hours.keys())
            await MEASURES.store(conn, {key: data for key, data in blocks.items() if key[2] in known})
        return number


def _key(granularity: int, at: int, pk: int) -> Key:
    return granularity, MEASURES.start(granularity, at), pk


def _hours_of(columns: ResultColumns) -> dict[int, Measure]:
    return measures_of(
        _HOUR, columns.checked_at, columns.statuses, columns.response_ms, columns.phases, columns.metrics
    )


async def _oldest(conn: AsyncConnection) -> datetime | None:
    """A moment that is not after the oldest result that is merged and still kept; None without any."""
    if conn.dialect.name == "sqlite":
        moments = [(await conn.execute(select(func.min(table.c.started_at)))).scalar() for table in archive.ARCHIVE]
    else:
        strays = table(partitions.STRAYS, column("checked_at"))
        stray = (await conn.execute(select(func.min(strays.c.checked_at)))).scalar()
        names = await conn.run_sync(partitions.existing)
        moments = [partitions.day_of(names[0]) if names else None, None if stray is None else from_millis(stray)]
    return min((moment for moment in moments if moment is not None), default=None)


async def _packed(
    conn: AsyncConnection, pks: Sequence[int], since: datetime, until: datetime
) -> AsyncGenerator[tuple[int, ResultColumns], None]:
    """Merged results of SQLite in [since, until), by service, in parts."""
    first, last = to_millis(since), to_millis(until)
    for pk, data in await archive.packed(conn, pks, since, until):
        yield pk, columns_of(row for row in decode_results(data).rows if first <= row[1] < last)


async def _rows(
    conn: AsyncConnection, pks: Sequence[int], since: datetime, until: datetime
) -> AsyncGenerator[tuple[int, ResultColumns], None]:
    """The same of PostgreSQL."""
    position = await read_position(conn)
    at = results.c.checked_at
    statement = (
        select(results.c.service_pk, *RESULT_COLUMNS)
        .where(~position.is_fresh(), results.c.service_pk.in_(pks), at >= since, at < until)
        .order_by(results.c.service_pk)
    )
    async with conn.stream(statement) as found:
        async for page in found.partitions(_PAGE):
            for pk, rows in groupby(page, key=itemgetter(0)):
                yield pk, columns_of(tuple(row)[1:] for row in rows)
