"""Writes results at the pace of an engine, in simulated time, and reads how much the disk gets to do for that."""

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from monitor_app.bench.history_data import MadeUp
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.merging import ROUND_SECONDS
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.merge import merge

MERGE_SECONDS = int(ROUND_SECONDS)
TICK_SECONDS = 0.001


@dataclass
class Written:
    """What came of it.

    `held_ms`: how long the event loop stood still at the longest while a merge was under way; `held_cpu_ms`: how long
    its thread computed at the longest without letting others have their turn, however busy the machine is.
    """

    rows: int = 0
    disk_bytes: int = 0
    merge_disk_bytes: int = 0
    record_ms: list[float] = field(default_factory=list)
    merge_ms: list[float] = field(default_factory=list)
    held_ms: float = 0.0
    held_cpu_ms: float = 0.0


async def write_live(database: Database, made_up: MadeUp, first_slot: int, minutes: int) -> Written:
    """A batch a simulated second, a merge as often as the engine has one."""
    history, written = SqlHistory(database), Written()
    gc.collect()
    gc.freeze()  # as the engine does: what was loaded before is not gone through again and again
    epoch = await history.begin_epoch()
    await _checkpoint(database)
    before = await _disk_bytes(database)
    now = datetime.fromtimestamp(made_up.start_ms / 1000, UTC) + timedelta(minutes=first_slot)
    for second, results in enumerate(made_up.live(first_slot, minutes), 1):
        if results:
            started = time.perf_counter()
            await history.record(epoch, Batch(results, _changed(results), [], results[-1][0]))
            written.record_ms.append((time.perf_counter() - started) * 1000)
            written.rows += len(results)
        if second % MERGE_SECONDS == 0:
            await _merge(database, epoch, now + timedelta(seconds=second), written)
    await _checkpoint(database)
    written.disk_bytes = await _disk_bytes(database) - before
    return written


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median and the longest."""
    return {"p50": round(statistics.median(values), 2), "max": round(max(values), 2)} if values else {}


async def _merge(database: Database, epoch: Epoch, now: datetime, written: Written) -> None:
    before = await _disk_bytes(database)
    async with _watched(written):
        started = time.perf_counter()
        await merge(database, epoch, now)
        written.merge_ms.append((time.perf_counter() - started) * 1000)
    written.merge_disk_bytes += await _disk_bytes(database) - before


def _changed(results: Sequence[tuple[int, CheckResult]]) -> list[ServiceState]:
    """A state is written when more than the last result's facts changed: here, with each failure."""
    return [
        ServiceState(
            result.service_pk,
            Status.OK,
            result.checked_at,
            result.checked_at,
            result.response_ms,
            result.message,
            result_id,
            settled=Status.OK,
            failures=1,
        )
        for result_id, result in results
        if result.status is Status.FAILED
    ]


@asynccontextmanager
async def _watched(written: Written) -> AsyncIterator[None]:
    async def tick() -> None:
        while True:
            before, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            # A step that lasts longer than a tick has used up most of the time since the last one.
            late, computed = time.perf_counter() - before - TICK_SECONDS, time.thread_time() - cpu
            written.held_ms = max(written.held_ms, late * 1000)
            written.held_cpu_ms = max(written.held_cpu_ms, computed * 1000)

    ticking = asyncio.create_task(tick())
    yield
    await asyncio.sleep(TICK_SECONDS * 2)
    ticking.cancel()


async def _checkpoint(database: Database) -> None:
    """What is in the log only goes where it belongs, so that this is counted too."""
    statement = "PRAGMA wal_checkpoint(TRUNCATE)" if database.is_sqlite else "CHECKPOINT"
    async with database.engine.connect() as conn:
        driver: Any = (await conn.get_raw_connection()).driver_connection
        await driver.execute(statement)


async def _disk_bytes(database: Database) -> int:
    """SQLite: all that this process handed to write(2). PostgreSQL: its log, and the pages its processes wrote."""
    if database.is_sqlite:
        return _handed_to_write()
    async with database.engine.connect() as conn:
        log = (await conn.execute(text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))).scalar_one()
        pages = (await conn.execute(text("SELECT coalesce(sum(writes), 0) FROM pg_stat_io"))).scalar_one()
    return int(log) + int(pages) * 8192


def _handed_to_write() -> int:
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["wchar"])
