"""Merging: at whatever moment it happens or breaks off, every question has the same answer."""

import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.status import Status
from monitor_app.domain.summary import summary_of
from monitor_app.errors import LeadershipLost
from monitor_app.storage import merge as module
from monitor_app.storage import pack
from monitor_app.storage.database import Database
from monitor_app.storage.history import Place, SqlHistory, archive, summaries
from monitor_app.storage.history.position import results
from monitor_app.storage.merge import merge
from tests.samples import NOON, Recorder, add_services, start_recording

SPAN = (NOON - timedelta(days=2), NOON + timedelta(days=2))


class Broken(Exception):
    """What a test throws into a merge."""


@dataclass
class Model:
    """The same history in memory."""

    database: Database
    history: SqlHistory
    recorder: Recorder
    pks: list[int]
    chance: random.Random
    rows: list[StoredResult] = field(default_factory=list)
    seconds: float = 0.0

    async def record(self, count: int) -> None:
        first = self.recorder.next_id
        batch = [self._result() for _ in range(count)]
        await self.recorder.record(*batch)
        self.rows += [
            StoredResult(
                number,
                one.service_pk,
                one.checked_at,
                one.status,
                one.message,
                one.response_ms,
                one.phases,
                one.metrics,
            )
            for number, one in enumerate(batch, first)
        ]

    def _result(self) -> CheckResult:
        self.seconds += self.chance.uniform(0, 120)
        late = self.chance.choice([0] * 9 + [self.chance.uniform(0, 86_400)])  # some come long after their time
        at = NOON + timedelta(milliseconds=round((self.seconds - late) * 1000))
        ms = self.chance.choice([None, round(self.chance.uniform(0.5, 900), 3)])
        phases = {"dns": 0.25, "connect": 1.5} if ms else {}
        status = self.chance.choice(list(Status))
        return CheckResult(self.chance.choice(self.pks), at, status, f"said {status.name}", ms, phases, {"size": 17})

    async def merge(self, **options: Any) -> int:
        now = NOON + timedelta(seconds=self.seconds)
        return await merge(self.database, self.recorder.epoch, now, **options)

    def of(self, pk: int) -> list[StoredResult]:
        return [row for row in self.rows if row.service_pk == pk]

    async def check(self) -> None:
        """Ask everything and compare."""
        history = self.history
        after = self.chance.randrange(len(self.rows) + 1)
        page = await history.follow(after, 17)
        assert page.results == self.rows[after : after + 17]
        assert (await history.follow(0, 100_000)).results == self.rows
        assert await history.last_result_id() == len(self.rows)
        assert {state.service_pk: state for state in await history.states()} == self.recorder.states
        limit = self.chance.choice([1, 5, 60, 1000])
        recent = await history.recent(limit)
        expected_recent = {pk: self.of(pk)[-limit:] for pk in self.pks if self.of(pk)}
        if self.database.is_sqlite:
            assert recent == expected_recent
        else:  # found by time, so one that came late may be missing before the newest
            assert {pk: (len(rows), rows[-1]) for pk, rows in recent.items()} == {
                pk: (len(rows), rows[-1]) for pk, rows in expected_recent.items()
            }
        pk = self.chance.choice(self.pks)
        assert [row async for row in history.export(pk, *SPAN)] == self.between(pk, *SPAN)
        begin = NOON + timedelta(seconds=self.chance.uniform(-90_000, self.seconds))
        if self.chance.random() < 0.5:  # at the very moment of a result
            begin = self.chance.choice(self.of(pk) or self.rows).checked_at
        end = begin + timedelta(seconds=self.chance.uniform(1, 90_000))
        assert [row async for row in history.export(pk, begin, end)] == self.between(pk, begin, end)
        shares = [0.0, 0.5, 0.95, 1.0]
        inside = self.between(pk, begin, end)
        expected = summary_of([row.status for row in inside], [row.response_ms for row in inside]).percentiles(shares)
        assert await history.percentiles(pk, begin, end, shares) == expected
        await self.check_pages(pk, begin, end)
        await self.check_windows()

    async def check_pages(self, pk: int, begin: datetime, end: datetime) -> None:
        """Each page goes on where the one before ended, until nothing is left."""
        limit, place, found = self.chance.choice([1, 7, 200]), None, list[StoredResult]()
        for _ in range(4):
            page = await self.history.page(pk, begin, end, limit, place)
            found += page
            if len(page) < limit:
                break
            place = Place(page[-1].checked_at, page[-1].id)
        assert found == self.between(pk, begin, end)[::-1][: 4 * limit]

    def between(self, pk: int, begin: Any, end: Any) -> list[StoredResult]:
        inside = [row for row in self.of(pk) if begin <= row.checked_at < end]
        return sorted(inside, key=lambda row: (row.checked_at, row.id))

    async def check_windows(self) -> None:
        minutes = self.chance.choice([5, 15, 60, 1440])
        since = NOON - timedelta(hours=12, minutes=5 * self.chance.randrange(100))
        until = since + timedelta(seconds=self.chance.uniform(1, 2 * 86_400))
        windows = await self.history.windows(self.pks, since, until, minutes)
        count = -(-(until - since) // timedelta(minutes=minutes))
        for pk in self.pks:
            counted: dict[Status | None, list[int]] = defaultdict(lambda: [0] * count)
            for row in self.of(pk):
                number = (row.checked_at - since) // timedelta(minutes=minutes)
                if 0 <= number < count:
                    counted[row.status][number] += 1
                    counted[None][number] += 1
            found = windows[pk]
            told = {Status.OK: found.ok, Status.DEGRADED: found.degraded, Status.FAILED: found.failed}
            for status, column in told.items():
                assert list(column) == counted[status]
            assert list(found.samples) == counted[None]
            assert len(found.no_data) == count


@pytest.fixture
async def model(database: Database, history: SqlHistory, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(module, "FEW_RESULTS", 1)
    monkeypatch.setattr(module, "SERVICES", 2)
    monkeypatch.setattr(module, "PIECE_ROWS", 4)
    monkeypatch.setattr(module, "READ_ROWS", 7)
    monkeypatch.setattr(module, "PASS_ROWS", 40)
    monkeypatch.setattr(module, "DELETE_ROWS", 11)
    monkeypatch.setattr(pack, "MANY_PIECES", 4)
    pks = await add_services(database, *"abcde")
    return Model(database, history, await start_recording(history), pks, random.Random(7))


@pytest.mark.parametrize("seed", range(4))
async def test_every_answer_is_the_same_before_and_after_merges(model: Model, seed: int) -> None:
    model.chance.seed(seed)
    for _ in range(8):
        await model.record(model.chance.randrange(1, 40))
        await model.check()
        if model.chance.random() < 0.7:
            await model.merge(everything=model.chance.random() < 0.5)
            await model.check()


@pytest.mark.parametrize("seed", range(2))
async def test_a_merge_can_break_off_anywhere(model: Model, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Each transaction in turn fails at its end, and is rolled back; the next merge goes on from there."""
    model.chance.seed(seed)
    await model.record(100)
    for survived in range(30):
        with monkeypatch.context() as patched:
            patched.setattr(Database, "write", _breaking(Database.write, survived))
            with contextlib.suppress(Broken):
                await model.merge(everything=True)
        await model.check()
        await model.record(5)
    await model.merge(everything=True)
    await model.check()


def _breaking(write: Any, survived: int) -> Any:
    """Transactions of which so many are committed, the next ones are not."""
    left = survived

    @contextlib.asynccontextmanager
    async def breaking(database: Database) -> AsyncIterator[Any]:
        nonlocal left
        left -= 1
        async with write(database) as conn:
            yield conn
            if left < 0:
                raise Broken

    return breaking


async def test_rows_become_blocks_on_sqlite_and_stay_rows_on_postgresql(model: Model) -> None:
    await model.record(300)
    assert await model.merge(everything=True) == 300
    assert await model.merge(everything=True) == 0
    async with model.database.read() as conn:
        rows = (await conn.execute(select(func.count()).select_from(results))).scalar_one()
        packed = [
            (await conn.execute(select(func.coalesce(func.sum(table.c.results), 0)))).scalar_one()
            for table in archive.ARCHIVE
        ]
    if model.database.is_sqlite:
        assert (rows, sum(packed)) == (0, 300)
        assert packed[1] > 0
    else:
        assert (rows, packed) == (300, [0, 0])


async def test_a_block_is_bounded_however_little_room_its_results_take(
    database: Database, history: SqlHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "MANY_RESULTS", 100)
    monkeypatch.setattr(module, "PIECE_ROWS", 8)
    recorder = await start_recording(history)
    [pk] = await add_services(database, "push")
    found = [CheckResult(pk, NOON + timedelta(minutes=number), Status.OK, "fine") for number in range(900)]
    await recorder.record(*found)
    assert await merge(database, recorder.epoch, NOON, everything=True) == 900
    async with database.read() as conn:
        sizes = list((await conn.execute(select(archive.blocks.c.results))).scalars())
    if database.is_sqlite:
        assert sum(sizes) > 300
        assert max(sizes) <= 2 * 100 + 8
    exported = [row.checked_at async for row in history.export(pk, NOON, NOON + timedelta(days=1))]
    assert exported == [one.checked_at for one in found]


async def test_the_newest_results_stay_where_they_are(model: Model) -> None:
    pk = model.pks[0]
    for minute in range(50):
        await model.recorder.record(CheckResult(pk, NOON + timedelta(minutes=minute), Status.OK, ""))
    assert timedelta(minutes=2) == module.KEEP
    assert await merge(model.database, model.recorder.epoch, NOON + timedelta(minutes=49)) == 48


async def test_few_new_results_wait_for_more(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_RESULTS", 500)
    pk = model.pks[0]
    await model.recorder.record(CheckResult(pk, NOON, Status.OK, ""))
    for later, merged in ((timedelta(minutes=10), 0), (timedelta(minutes=61), 1)):
        assert await merge(model.database, model.recorder.epoch, NOON + later) == merged


async def test_a_state_is_completed_from_a_merged_result(model: Model) -> None:
    """Steady results write no state; once they are merged, the merge has."""
    pk, number = model.pks[0], 2
    await model.recorder.record(CheckResult(pk, NOON, Status.OK, "first", 1.5))
    steady = CheckResult(pk, NOON + timedelta(minutes=1), Status.OK, "second", 2.5)
    await model.history.record(model.recorder.epoch, Batch([(number, steady)], [], [], number))
    before = await model.history.states()
    assert (before[0].result_id, before[0].message, before[0].response_ms) == (number, "second", 2.5)
    await merge(model.database, model.recorder.epoch, NOON, everything=True)
    assert await model.history.states() == before


async def test_an_older_epoch_merges_nothing(model: Model) -> None:
    await model.record(50)
    old = model.recorder.epoch
    await model.history.begin_epoch()
    with pytest.raises(LeadershipLost):
        await merge(model.database, old, NOON + timedelta(days=1), everything=True)
    assert (await model.history.follow(0)).results == model.rows


async def test_a_service_that_goes_in_the_middle_is_left_out(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    await model.record(60)
    gone = model.pks.pop()
    prepare = module._prepare

    async def purging(database: Database, rows: Any) -> Any:
        portion = await prepare(database, rows)
        async with database.write() as conn:
            await conn.exec_driver_sql(f"DELETE FROM service WHERE pk = {gone}")
        return portion

    monkeypatch.setattr(module, "_prepare", purging)
    await model.merge(everything=True)
    kept = [row for row in model.rows if row.service_pk != gone]
    assert (await model.history.follow(0)).results == kept


async def test_ids_go_on_when_all_rows_are_in_blocks(model: Model) -> None:
    await model.record(10)
    await model.merge(everything=True)
    assert (await model.history.begin_epoch()).next_result_id == 11
    repeated = Batch([(10, CheckResult(model.pks[0], NOON, Status.OK, "again"))], [], [], 10)
    epoch = await model.history.begin_epoch()
    await model.history.record(epoch, repeated)
    assert (await model.history.follow(0)).results == model.rows


async def test_the_first_day_of_a_span_is_one_with_a_result(database: Database, history: SqlHistory) -> None:
    first = summaries.SUMMARIES.start(summaries.DAY, int(NOON.timestamp()))
    begin = datetime.fromtimestamp(first, UTC)
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    for day in (0, 3):
        await recorder.record(CheckResult(pk, begin + timedelta(days=day, hours=1), Status.OK, ""))
    await merge(database, recorder.epoch, NOON, everything=True)
    async with database.read() as conn:
        found = [
            await summaries.first_days(conn, [pk], begin + timedelta(days=since), begin + timedelta(days=until))
            for since, until in ((0, 8), (1, 8), (1, 3), (4, 8))
        ]
    assert found == [{pk: first}, {pk: first + 3 * summaries.DAY}, {}, {}]
