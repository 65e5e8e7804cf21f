"""Fills a database with a long history in bulk: the blocks and summaries that merging would have come to."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bench.history_data import SLOTS, MadeUp
from monitor_app.domain.measure import MEASURED, Measure, coarser, measures_of, merged_windows_of_measures
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.summary import GRANULARITIES, Summary, merged_windows, summaries_of
from monitor_app.models import ResultBlock
from monitor_app.models.counter import FOLDED, RESULT_ID
from monitor_app.models.types import from_millis
from monitor_app.storage import partitions
from monitor_app.storage.blocks.measures import encode_measures
from monitor_app.storage.blocks.results import ResultColumns, encode_results, sliced
from monitor_app.storage.blocks.summaries import encode_summaries
from monitor_app.storage.database import Database
from monitor_app.storage.history.block_table import Key
from monitor_app.storage.history.changes import write_changes
from monitor_app.storage.history.measures import MEASURES
from monitor_app.storage.history.position import set_counters
from monitor_app.storage.history.states import upsert_states
from monitor_app.storage.history.summaries import SUMMARIES
from monitor_app.storage.pack import PAGE_BYTES

AT_ONCE = 100
FIRST_GUESS = 380
_RESULT_COLUMNS = ("id", "service_pk", "checked_at", "status", "message", "response_ms", "phases", "metrics")
_INSERT_BLOCKS = insert(ResultBlock)


async def load(database: Database, made_up: MadeUp, days: int, tell: Callable[[str], None]) -> tuple[int, float]:
    """Write so many days; returns how many results these are, and how many seconds it took without making them up."""
    loader = _Loader(database, made_up)
    for day in range(days):
        for first in range(0, len(made_up.pks), AT_ONCE):
            await loader.write(range(first, min(first + AT_ONCE, len(made_up.pks))), day)
        tell(f"day {day + 1} of {days}: {loader.rows} results, {loader.rows / max(loader.seconds, 0.001):.0f}/s")
    await loader.finish(days)
    return loader.rows, loader.seconds


class _Loader:
    def __init__(self, database: Database, made_up: MadeUp) -> None:
        self.rows = 0
        self.seconds = 0.0
        self._database = database
        self._made_up = made_up
        self._last: dict[int, ResultColumns] = {}
        # Summaries of blocks that the next day adds to: a block of days holds several.
        self._open: dict[Key, dict[int, Summary]] = {}
        self._measured_days: dict[int, tuple[Key, dict[int, Measure]]] = {}

    async def write(self, numbers: range, day: int) -> None:
        """A day of some services, in one transaction."""
        results = {self._made_up.pks[number]: self._made_up.day(number, day) for number in numbers}
        changes = [change for number in numbers for change in self._made_up.changes(number, day)]
        started = time.perf_counter()
        async with self._database.write() as conn:
            if self._database.is_sqlite:
                blocks = [row for pk, columns in results.items() for row in _blocks(pk, columns)]
                await conn.execute(_INSERT_BLOCKS, blocks)
            else:
                await self._copy(conn, results, day)
            await SUMMARIES.store(conn, self._summaries(results))
            await MEASURES.store(conn, self._measures(results))
            await write_changes(conn, changes)
        self.seconds += time.perf_counter() - started
        self.rows += sum(map(len, results.values()))
        self._last |= {pk: sliced(one, len(one) - 1, len(one)) for pk, one in results.items() if len(one)}

    async def finish(self, days: int) -> None:
        """The states, and the ids up to which everything is written and merged."""
        states = [_state(pk, last) for pk, last in self._last.items()]
        last_id = self._made_up.first_id(days * SLOTS) - 1
        async with self._database.write() as conn:
            await upsert_states(conn, states)
            await set_counters(conn, **{RESULT_ID: last_id, FOLDED: last_id})

    def _summaries(self, results: Mapping[int, ResultColumns]) -> dict[Key, bytes]:
        touched: dict[Key, dict[int, Summary]] = {}
        for pk, columns in results.items():
            for granularity in GRANULARITIES:
                for start, summary in summaries_of(
                    columns.checked_at, columns.statuses, columns.response_ms, granularity
                ).items():
                    key = (granularity, SUMMARIES.start(granularity, start), pk)
                    touched.setdefault(key, {})[start] = summary
        written = {}
        for key, windows in touched.items():
            whole = merged_windows(self._open.get(key, {}), windows)
            written[key] = encode_summaries(key[0], whole)
            self._open[key] = whole
        pks = results.keys()
        self._open = {key: one for key, one in self._open.items() if key[2] not in pks or key[0] == GRANULARITIES[-1]}
        return written

    def _measures(self, results: Mapping[int, ResultColumns]) -> dict[Key, bytes]:
        hour, day = MEASURED
        written = {}
        for pk, columns in results.items():
            hours = measures_of(
                hour, columns.checked_at, columns.statuses, columns.response_ms, columns.phases, columns.metrics
            )
            for start, whole in coarser(hours, day).items():
                block = hour, MEASURES.start(hour, start), pk
                written[block] = encode_measures(hour, {at: hours[at] for at in hours if start <= at < start + day})
                block = day, MEASURES.start(day, start), pk
                begun, before = self._measured_days.get(pk, (block, {}))
                days = merged_windows_of_measures(before if begun == block else {}, {start: whole})
                self._measured_days[pk] = block, days
                written[block] = encode_measures(day, days)
        return written

    async def _copy(self, conn: AsyncConnection, results: Mapping[int, ResultColumns], day: int) -> None:
        first_day = self._made_up.start_ms // partitions.DAY_MS
        await conn.run_sync(lambda connection: partitions.make(connection, [first_day + day, first_day + day + 1]))
        driver: Any = (await conn.get_raw_connection()).driver_connection
        records = sorted(
            (result_id, pk, at, status, message, response_ms, _json(phases), _json(metrics))
            for pk, columns in results.items()
            for result_id, at, status, response_ms, message, phases, metrics in columns.rows
        )
        await driver.copy_records_to_table("check_result", records=records, columns=_RESULT_COLUMNS)


def _blocks(pk: int, columns: ResultColumns) -> list[dict[str, Any]]:
    """The day cut into equal blocks that fit a page."""
    size = FIRST_GUESS
    while True:
        parts = [sliced(columns, at, at + size) for at in range(0, len(columns), size)]
        packed = [encode_results(part) for part in parts]
        if max(map(len, packed), default=0) <= PAGE_BYTES:
            break
        size = size * 9 // 10
    return [
        {
            "service_pk": pk,
            "first_id": min(part.ids),
            "last_id": max(part.ids),
            "started_at": from_millis(min(part.checked_at)),
            "ended_at": from_millis(max(part.checked_at)),
            "results": len(part),
            "data": data,
        }
        for part, data in zip(parts, packed, strict=True)
    ]


def _state(pk: int, last: ResultColumns) -> ServiceState:
    ((result_id, at_ms, number, response_ms, message, _, _),) = last.rows
    status, at = Status(number), from_millis(at_ms)
    return ServiceState(pk, status, at, at, response_ms, message, result_id, settled=status)


def _json(numbers: Mapping[str, float] | None) -> str | None:
    return None if numbers is None else json.dumps(numbers, separators=(",", ":"))
