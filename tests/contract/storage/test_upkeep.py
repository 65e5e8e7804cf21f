"""Deleting what is old, in bites; telling how large everything is."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, GapOpened, ServiceEvent
from monitor_app.domain.service import NEVER
from monitor_app.domain.status import Status
from monitor_app.models import Table
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from monitor_app.storage.relations import insert_relation
from monitor_app.storage.services import delete_services
from monitor_app.storage.sql_upkeep import SqlUpkeep
from tests.samples import NOON, Recorder, add_services, result, start_recording

DAY = 86_400
LATER = NOON + timedelta(days=365)


@pytest.fixture
async def recorder(database: Database, history: SqlHistory) -> Recorder:
    """Two services with a result an hour for ten days."""
    pks, chance = await add_services(database, "shop", "blog"), random.Random(7)
    recorder = await start_recording(history)
    for hour in range(240):
        await recorder.record(*(result(pk, 3600 * hour, response_ms=chance.random() * 100) for pk in pks))
        if hour % 24 == 23:  # a piece a day
            await merge(database, recorder.epoch, NOON, everything=True)
    return recorder


async def all_of(question: object) -> int:
    """Ask until nothing is left; returns how many were deleted."""
    total = 0
    while deleted := await question():  # type: ignore[operator]
        total += deleted
    return total


async def counted(database: Database) -> dict[str, int]:
    async with database.read() as conn:
        return {
            name: (await conn.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in Table.metadata.tables.items()
        }


async def test_raw_results_go_by_whole_blocks_or_days(
    database: Database, history: SqlHistory, recorder: Recorder
) -> None:
    upkeep, before = SqlUpkeep(database), NOON + timedelta(days=4)
    size = await upkeep.size()
    assert (size.raw_rows, size.oldest_raw) == (480, NOON)
    assert 0 < size.used_bytes <= size.file_bytes
    assert await all_of(lambda: upkeep.purge_raw(before, 1)) > 0
    left = (await history.follow(0)).results
    assert {one.service_pk for one in left} == set(recorder.states)
    assert min(one.checked_at for one in left) <= before  # never more than asked
    assert len(left) in range(288, 480)
    after = await upkeep.size()
    assert (after.raw_rows, after.oldest_raw) == (len(left), min(one.checked_at for one in left))
    assert await upkeep.raw_rows_since(NOON + timedelta(days=9)) == pytest.approx(48, abs=4)
    # What is summarised is still told.
    windows = await history.windows(recorder.states, NOON, NOON + timedelta(days=10), 24 * 60)
    assert {tuple(one.samples) for one in windows.values()} == {(24,) * 10}


async def test_what_is_not_summarised_stays(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    await (await start_recording(history)).record(result(pk))
    await all_of(lambda: SqlUpkeep(database).purge_raw(LATER, 100))
    assert len((await history.follow(0)).results) == 1


async def test_summaries_go_by_granularity(database: Database, history: SqlHistory, recorder: Recorder) -> None:
    upkeep = SqlUpkeep(database)
    before = await counted(database)
    deleted = await all_of(lambda: upkeep.purge_summaries(300, LATER, 7))
    assert deleted > 0
    assert (await counted(database))["summary_block"] == before["summary_block"] - deleted
    pk, *_ = recorder.states
    hours = (await history.windows([pk], NOON, NOON + timedelta(hours=240), 60))[pk]
    assert list(hours.samples) == [1] * 240
    assert sum((await history.windows([pk], NOON, NOON + timedelta(hours=240), 5))[pk].samples) == 0
    assert await upkeep.purge_summaries(3600, NOON - timedelta(days=1), 100) == 0


async def test_measures_go_with_the_summaries_of_their_granularity(
    database: Database, history: SqlHistory, recorder: Recorder
) -> None:
    """The block of a day goes when the day has ended before."""
    upkeep, (pk, *_), start = SqlUpkeep(database), recorder.states, int(NOON.timestamp())
    span = (start - DAY, start + 20 * DAY)
    hours, days = [await history.measures(pk, size, *span) for size in (3600, DAY)]
    assert (len(hours), len(days)) == (240, 11)
    before = await counted(database)
    deleted = await all_of(lambda: upkeep.purge_summaries(3600, NOON + timedelta(days=4), 3))
    after = await counted(database)
    gone = [before[name] - after[name] for name in ("summary_block", "measure_block")]
    assert min(gone) > 0
    assert sum(gone) == deleted
    midnight = start // DAY * DAY + 4 * DAY
    left = {at: one for at, one in hours.items() if at >= midnight}
    assert await history.measures(pk, 3600, *span) == left
    assert await history.measures(pk, DAY, *span) == days


async def test_log_goes_when_it_is_over(database: Database, history: SqlHistory, recorder: Recorder) -> None:
    pk, other = recorder.states
    number = recorder.next_id
    changes = [
        DowntimeOpened(pk, NOON, "refused"),
        DowntimeClosed(pk, NOON + timedelta(minutes=5)),
        DowntimeOpened(other, NOON, "refused"),
        GapOpened(pk, NOON, Status.UNKNOWN),
        ServiceEvent(pk, NOON, "breaker_opened"),
    ]
    await history.record(recorder.epoch, Batch([], [], changes, number))
    assert await all_of(lambda: SqlUpkeep(database).purge_log(LATER, 1)) == 2
    left = await counted(database)
    assert (left["downtime_window"], left["gap"], left["service_event"]) == (1, 1, 0)


async def test_a_service_goes_with_all_that_is_its(database: Database, history: SqlHistory, recorder: Recorder) -> None:
    gone, kept = recorder.states
    upkeep, last_id = SqlUpkeep(database), recorder.next_id - 1
    async with database.write() as conn:
        await delete_services(conn, [gone], NOON)
    assert await upkeep.purge_deleted_services(NOON, 5) == 0
    bites = 0
    while (deleted := await upkeep.purge_deleted_services(LATER, 5)) > 0:
        assert deleted <= 5
        bites += 1
    assert bites > 5
    assert {one.service_pk for one in (await history.follow(0)).results} == {kept}
    left = await counted(database)
    assert left["service"] == 1
    async with database.read() as conn:
        for name in ("summary_block", "measure_block"):
            owners = select(Table.metadata.tables[name].c.service_pk).distinct()
            assert (await conn.execute(owners)).scalars().all() == [kept]
    pks = set((await history.windows([gone, kept], NOON, NOON + timedelta(days=10), 60)).keys())
    assert pks == {kept}
    assert await history.last_result_id() == last_id


async def test_a_purged_service_goes_however_new_its_deletion_is(
    database: Database, history: SqlHistory, recorder: Recorder
) -> None:
    purged, deleted = recorder.states
    ends = {"source_pk": deleted, "target_pk": purged, "relation_type": "dependency"}
    async with database.write() as conn:
        await insert_relation(conn, ends | {"created_at": NOON, "updated_at": NOON})
        await delete_services(conn, [purged], NOON, is_purged=True)
        await delete_services(conn, [deleted], NOON)
    await all_of(lambda: SqlUpkeep(database).purge_deleted_services(NEVER, 100))
    assert {one.service_pk for one in (await history.follow(0)).results} == {deleted}
    left = await counted(database)
    assert (left["service"], left["relation"]) == (1, 0)
