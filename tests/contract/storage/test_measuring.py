"""What older results measured is counted later, from the results, exactly as merging would have counted it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from monitor_app.domain.measure import Measure, measures_of
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.errors import LeadershipLost
from monitor_app.models import Counter, MeasureBlock
from monitor_app.models.counter import MEASURED_SINCE
from monitor_app.storage import measuring, migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.measuring import OlderResults
from monitor_app.storage.merge import merge
from tests.samples import NOON, Recorder, add_services, start_recording

HOUR, DAY = 3600, 86_400
MIDNIGHT = int(NOON.timestamp()) // DAY * DAY
SPAN = (MIDNIGHT - 40 * DAY, MIDNIGHT + 40 * DAY)
Windows = dict[int, Measure]


def found(pk: int, hours: float, **other: Any) -> CheckResult:
    values: dict[str, Any] = {"phases": {"dns": 1.5, "body": 8.5}, "metrics": {"status_code": 200, "load": hours}}
    return CheckResult(pk, NOON + timedelta(hours=hours), Status.OK, "", 10.0, **values | other)


async def measures(history: SqlHistory, pks: list[int]) -> list[Windows]:
    return [await history.measures(pk, size, *SPAN) for pk in pks for size in (HOUR, DAY)]


async def forget(database: Database, since: int) -> None:
    """As if merging had not counted what results measured that were merged until now."""
    async with database.write() as conn:
        await conn.execute(delete(MeasureBlock))
        await conn.execute(update(Counter).where(Counter.name == MEASURED_SINCE).values(value=since))  # type: ignore[arg-type]


@pytest.fixture
async def pks(database: Database) -> list[int]:
    return await add_services(database, "shop", "blog", "idle")


@pytest.fixture
async def recorder(history: SqlHistory, pks: list[int]) -> Recorder:
    """Results of five days."""
    recorder = await start_recording(history)
    shop, blog, _ = pks
    for hour in (*range(-30, -20), *range(20, 70, 3)):
        await recorder.record(found(shop, hour), found(shop, hour + 0.5, phases={}, metrics={}), found(blog, hour / 2))
    return recorder


async def test_measures_are_the_same_before_and_after_merging(
    database: Database, history: SqlHistory, pks: list[int], recorder: Recorder
) -> None:
    before = await measures(history, pks)
    rows = [row async for row in history.export(pks[0], NOON - timedelta(days=9), NOON + timedelta(days=9))]
    columns = [[int(row.checked_at.timestamp() * 1000) for row in rows], [int(row.status) for row in rows]]
    told = [[getattr(row, name) for row in rows] for name in ("response_ms", "phases", "metrics")]
    assert before[0] == measures_of(HOUR, *columns, *told)
    assert sum(one.metrics["load"].count for one in before[1].values()) == len(rows) / 2
    await merge(database, recorder.epoch, NOON + timedelta(days=9), everything=True)
    assert await measures(history, pks) == before
    await recorder.record(found(pks[0], -29.9, metrics={"load": 7}))
    late = await measures(history, pks)
    assert late != before
    await merge(database, recorder.epoch, NOON + timedelta(days=9), everything=True)
    assert await measures(history, pks) == late
    assert await history.measured_since() == 0


async def test_a_span_holds_whole_windows(
    database: Database, history: SqlHistory, pks: list[int], recorder: Recorder
) -> None:
    await merge(database, recorder.epoch, NOON + timedelta(days=9), everything=True)
    first = int((NOON - timedelta(hours=30)).timestamp())
    inside = await history.measures(pks[0], HOUR, first + 1, first + 3 * HOUR)
    assert list(inside) == [first + HOUR, first + 2 * HOUR]


async def test_older_results_are_counted_a_day_at_a_time(
    database: Database, history: SqlHistory, pks: list[int], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "ROUND_RESULTS", 1)
    monkeypatch.setattr(measuring, "SERVICES", 2)
    await merge(database, recorder.epoch, NOON + timedelta(days=9), everything=True)
    expected = await measures(history, pks)
    await forget(database, MIDNIGHT + 4 * DAY)
    older = OlderResults(database)
    counted, days = [], []
    while number := await older.round(recorder.epoch):
        counted.append(number)
        days.append((await history.measured_since() - MIDNIGHT) // DAY)
        (hours, whole, *_) = await measures(history, pks)
        assert min(whole) >= MIDNIGHT + days[-1] * DAY
        assert hours == {start: one for start, one in expected[0].items() if start >= MIDNIGHT + days[-1] * DAY}
    assert sum(counted) == 81
    assert days == [3, 2, 1, 0, -1]
    assert await measures(history, pks) == expected
    assert await history.measured_since() == MIDNIGHT - DAY
    assert await OlderResults(database).round(recorder.epoch) == 0
    assert await history.measured_since() == MIDNIGHT - DAY


async def test_counting_can_break_off_anywhere_while_results_come(
    database: Database, history: SqlHistory, pks: list[int], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late results of days that are counted, and that are not, are merged between the rounds."""
    monkeypatch.setattr(measuring, "SERVICES", 1)
    everything = {"everything": True}
    await merge(database, recorder.epoch, NOON, **everything)
    await forget(database, MIDNIGHT + 4 * DAY)
    write = Database.write
    for survived in range(30):
        monkeypatch.setattr(Database, "write", breaking(write, survived % 5))
        with contextlib.suppress(Broken):
            await OlderResults(database).round(recorder.epoch)
        monkeypatch.setattr(Database, "write", write)
        await recorder.record(*(found(pk, survived * 3 - 30) for pk in pks))
        await merge(database, recorder.epoch, NOON, **everything)
    while await OlderResults(database).round(recorder.epoch):
        pass
    told = await measures(history, pks)
    await forget(database, 0)
    assert await measures(history, pks) == [{}] * 6
    await forget(database, MIDNIGHT + 9 * DAY)
    while await OlderResults(database).round(recorder.epoch):
        pass
    assert await measures(history, pks) == told
    assert sum(one.results for one in told[1].values()) == 54 + 30


class Broken(Exception):
    """What the test throws into a transaction."""


def breaking(write: Any, survived: int) -> Any:
    left = survived

    @contextlib.asynccontextmanager
    async def broken(database: Database) -> AsyncIterator[Any]:
        nonlocal left
        left -= 1
        async with write(database) as conn:
            yield conn
            if left < 0:
                raise Broken

    return broken


async def test_the_upgrade_of_a_database_with_results_is_made_up_for(
    database: Database, database_url: str, history: SqlHistory, pks: list[int], recorder: Recorder
) -> None:
    await merge(database, recorder.epoch, NOON, everything=True)
    expected = await measures(history, pks)
    await database.close()
    await migrations.downgrade(database_url, "0008")
    await migrations.upgrade(database_url)
    after = Database(database_url)
    history = SqlHistory(after)
    since = await history.measured_since()
    assert since > MIDNIGHT
    assert not since % DAY
    assert await measures(history, pks) == [{}] * 6
    await forget(after, MIDNIGHT + 5 * DAY)  # the samples are of another day than today
    assert await OlderResults(after).round(await history.begin_epoch()) == 81
    assert await measures(history, pks) == expected
    await after.close()


async def test_an_older_epoch_counts_nothing(
    database: Database, history: SqlHistory, pks: list[int], recorder: Recorder
) -> None:
    await merge(database, recorder.epoch, NOON, everything=True)
    await forget(database, MIDNIGHT + 4 * DAY)
    await history.begin_epoch()
    with pytest.raises(LeadershipLost):
        await OlderResults(database).round(recorder.epoch)
    async with database.read() as conn:
        assert (await conn.execute(select(MeasureBlock))).all() == []
