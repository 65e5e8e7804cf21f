"""Takes fresh results over into summaries and, on SQLite, from rows into blocks: a little at a time, again and again.

A pass begins by fixing a `merge_cut`: the results up to that id. Then the services come in the order of their keys, a
few in a transaction, which also moves `merge_service` on; whoever reads takes their results up to the cut from where
they are then (see storage/history/position.py). At its end `folded` becomes the cut, and the rows are deleted. So a
pass can end at any point, by a crash or otherwise, and the next one goes on from there; nothing counts twice.

Only this changes summaries, pieces and blocks, beside what deletes them, so all packing is done outside of the
transactions that write.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.measure import MEASURED, Measure, coarser, measures_of, merged_windows_of_measures
from monitor_app.domain.summary import GRANULARITIES, Summary, summaries_of
from monitor_app.models.counter import FOLDED, MERGE_CUT, MERGE_SERVICE
from monitor_app.models.types import from_millis
from monitor_app.storage import partitions
from monitor_app.storage.blocks.measures import folded_measures
from monitor_app.storage.blocks.results import columns_of, encode_results
from monitor_app.storage.blocks.summaries import folded
from monitor_app.storage.database import Database
from monitor_app.storage.history.archive import pieces
from monitor_app.storage.history.block_table import Key
from monitor_app.storage.history.measures import MEASURES
from monitor_app.storage.history.position import Position, read_position, results, set_counters
from monitor_app.storage.history.protocol import Epoch
from monitor_app.storage.history.record import lead
from monitor_app.storage.history.rows import existing_services
from monitor_app.storage.history.states import states
from monitor_app.storage.history.summaries import SUMMARIES
from monitor_app.storage.pack import pack

# The newest results stay rows for so long: whoever follows finds them where they were written.
KEEP = timedelta(minutes=2)
# With fewer new results than this, and none older than that, a pass is not worth its writes.
FEW_RESULTS, LONG = 500, timedelta(hours=1)
# So many results at once are held in memory.
PASS_ROWS = 20_000
READ_ROWS = 250
# So many services in a transaction, or about so many rows: some milliseconds.
SERVICES = 50
CHUNK_ROWS = 1000
PIECE_ROWS = 64
MEASURED_ROWS = 200
DELETE_ROWS = 2_000

# (id, service, checked_at in ms, status, response_ms, message, phases, metrics)
_COLUMNS = (
    results.c.id,
    results.c.service_pk,
    type_coerce(results.c.checked_at, BigInteger),
    results.c.status,
    results.c.response_ms,
    results.c.message,
    results.c.phases,
    results.c.metrics,
)
_FACTS = (
    update(states)
    .where(states.c.service_pk == bindparam("service"), states.c.result_id < bindparam("number"))
    .values(
        checked_at=bindparam("at"),
        response_ms=bindparam("ms"),
        message=bindparam("text"),
        result_id=bindparam("number"),
    )
)


@dataclass(slots=True)
class _Portion:
    """What a transaction writes of some services."""

    last_service: int
    pieces: list[dict[str, Any]] = field(default_factory=list)
    summaries: dict[Key, bytes] = field(default_factory=dict)
    measures: dict[Key, bytes] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)


async def merge(database: Database, epoch: Epoch, now: datetime, *, everything: bool = False) -> int:
    """Merge what is due, or everything; returns how many results were. To be called every few minutes.

    It gives way to other tasks about every millisecond. Raises LeadershipLost and DatabaseUnavailable.
    """
    if not database.is_sqlite:
        await _make_partitions(database, epoch, now)
    total = 0
    while await _begin(database, epoch, now, everything=everything):
        total += await _pass(database, epoch)
        await _finish(database, epoch)
        await _tidy(database, epoch)  # after each pass: a long backlog shall not be in the file twice
    if not total:
        await _tidy(database, epoch)
    return total


async def _tidy(database: Database, epoch: Epoch) -> None:
    if database.is_sqlite:
        await _delete_merged(database, epoch)
        await pack(database, epoch)


async def _make_partitions(database: Database, epoch: Epoch, now: datetime) -> None:
    async with database.write() as conn:
        await lead(conn, epoch)
        await conn.run_sync(lambda sync: partitions.make(sync, partitions.ahead(now)))


async def _begin(database: Database, epoch: Epoch, now: datetime, *, everything: bool) -> bool:
    """Fix the cut of a pass, or find one that has not ended; False when there is nothing to do."""
    async with database.read() as conn:
        position = await read_position(conn)
        if position.merge_cut > position.folded:
            return True
        cut = await _cut(conn, position, now, everything=everything)
    if cut is None:
        return False
    async with database.write() as conn:
        await lead(conn, epoch)
        await set_counters(conn, **{MERGE_CUT: cut, MERGE_SERVICE: 0})
    return True


async def _cut(conn: AsyncConnection, position: Position, now: datetime, *, everything: bool) -> int | None:
    fresh = results.c.id > position.folded
    newest = select(results.c.id).where(fresh).order_by(results.c.id.desc()).limit(1)
    if not everything:
        newest = newest.where(results.c.checked_at <= now - KEEP)
    highest: int | None = (await conn.execute(newest)).scalar()
    if highest is None:
        return None
    if not everything and highest - position.folded < FEW_RESULTS:
        oldest = select(func.min(results.c.checked_at)).where(fresh, results.c.id <= highest)
        if (await conn.execute(oldest)).scalar_one() > now - LONG:
            return None
    bound = select(results.c.id).where(fresh).order_by(results.c.id).offset(PASS_ROWS - 1).limit(1)
    return min(highest, (await conn.execute(bound)).scalar() or highest)


async def _pass(database: Database, epoch: Epoch) -> int:
    by_service: dict[int, list[Any]] = {}
    async with database.read() as conn:
        start = position = await read_position(conn)
        after = position.folded
        while True:
            statement = (
                select(*_COLUMNS)
                .where(results.c.id > after, results.c.id <= position.merge_cut)
                .where(results.c.service_pk > position.merge_service)
                .order_by(results.c.id)
                .limit(READ_ROWS)
            )
            rows = (await conn.execute(statement)).all()
            for number, service_pk, *others in rows:
                by_service.setdefault(service_pk, []).append((number, *others))
            if len(rows) < READ_ROWS:
                break
            after = rows[-1].id
            await asyncio.sleep(0)
    total = sum(map(len, by_service.values()))
    waiting = sorted(by_service, reverse=True)
    while waiting:
        chunk: dict[int, list[Any]] = {}
        while waiting and len(chunk) < SERVICES and sum(map(len, chunk.values())) < CHUNK_ROWS:
            # Taken out: to forget them all at once would take long.
            pk = waiting.pop()
            chunk[pk] = by_service.pop(pk)
        portion = await _prepare(database, chunk)
        start = await _write(database, epoch, start, portion)
    return total


async def _prepare(database: Database, by_service: dict[int, list[Any]]) -> _Portion:
    portion = _Portion(max(by_service))
    fresh: dict[Key, dict[int, Summary]] = {}
    measured: dict[Key, dict[int, Measure]] = {}
    for pk, rows in by_service.items():
        for at in range(0, len(rows) if database.is_sqlite else 0, PIECE_ROWS):
            portion.pieces.append(_piece(pk, rows[at : at + PIECE_ROWS]))
            await asyncio.sleep(0)
        number, at, _, ms, message, *_ = rows[-1]
        portion.facts.append({"service": pk, "number": number, "at": from_millis(at), "ms": ms, "text": message})
        times, statuses, responses = (list(map(itemgetter(place), rows)) for place in (1, 2, 3))
        for granularity in GRANULARITIES:
            await asyncio.sleep(0)
            for start, summary in summaries_of(times, statuses, responses, granularity).items():
                fresh.setdefault((granularity, SUMMARIES.start(granularity, start), pk), {})[start] = summary
        await asyncio.sleep(0)
        for granularity, of_windows in (await _measures(rows)).items():
            for start, measure in of_windows.items():
                measured.setdefault((granularity, MEASURES.start(granularity, start), pk), {})[start] = measure
    async with database.read() as conn:
        present = await SUMMARIES.load(conn, fresh)
        measures = await MEASURES.load(conn, measured)
    for key, windows in fresh.items():
        portion.summaries[key] = folded(present.get(key), key[0], windows)
        await asyncio.sleep(0)
    for key, counted in measured.items():
        portion.measures[key] = folded_measures(measures.get(key), key[0], counted)
        await asyncio.sleep(0)
    return portion


async def _measures(rows: Sequence[Any]) -> dict[int, dict[int, Measure]]:
    """What results of a service measured, by granularity."""
    hour, day = MEASURED
    hours: dict[int, Measure] = {}
    for at in range(0, len(rows), MEASURED_ROWS):
        columns = [list(map(itemgetter(place), rows[at : at + MEASURED_ROWS])) for place in (1, 2, 3, 5, 6)]
        hours = merged_windows_of_measures(hours, measures_of(hour, *columns))
        await asyncio.sleep(0)
    return {hour: hours, day: coarser(hours, day)}


def _piece(service_pk: int, rows: Sequence[Any]) -> dict[str, Any]:
    ordered = sorted(rows, key=itemgetter(1, 0))
    return {
        "service_pk": service_pk,
        "first_id": rows[0][0],
        "last_id": rows[-1][0],
        "started_at": from_millis(ordered[0][1]),
        "ended_at": from_millis(ordered[-1][1]),
        "results": len(rows),
        "data": encode_results(columns_of(ordered)),
    }


async def _write(database: Database, epoch: Epoch, before: Position, portion: _Portion) -> Position:
    async with database.write() as conn:
        position = await lead(conn, epoch)
        if (position.merge_cut, position.merge_service) != (before.merge_cut, before.merge_service):
            raise RuntimeError("two merges at once")
        known = await existing_services(conn, {row["service"] for row in portion.facts})
        if kept := [row for row in portion.pieces if row["service_pk"] in known]:
            await conn.execute(insert(pieces), kept)
        for table, held in ((SUMMARIES, portion.summaries), (MEASURES, portion.measures)):
            await table.store(conn, {key: data for key, data in held.items() if key[2] in known})
        if facts := [row for row in portion.facts if row["service"] in known]:
            await conn.execute(_FACTS, facts)
        await set_counters(conn, **{MERGE_SERVICE: portion.last_service})
        return await read_position(conn)


async def _finish(database: Database, epoch: Epoch) -> None:
    async with database.write() as conn:
        position = await lead(conn, epoch)
        await set_counters(conn, **{FOLDED: position.merge_cut, MERGE_SERVICE: 0})


async def _delete_merged(database: Database, epoch: Epoch) -> None:
    """Delete rows that are in blocks now. Nobody reads them any more, so it does not matter when."""
    deleted = DELETE_ROWS
    while deleted == DELETE_ROWS:
        async with database.write() as conn:
            position = await lead(conn, epoch)
            oldest = select(results.c.id).where(results.c.id <= position.folded).order_by(results.c.id)
            deleted = (await conn.execute(delete(results).where(results.c.id.in_(oldest.limit(DELETE_ROWS))))).rowcount
