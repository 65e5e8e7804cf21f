"""What charts are made of is the same whether results are merged yet or not."""

from datetime import timedelta

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, GapOpened
from monitor_app.domain.status import Status
from monitor_app.domain.summary import summary_of
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from tests.samples import NOON, add_services, result, start_recording

HOUR = timedelta(hours=1)
START = int(NOON.timestamp())


async def test_summaries_and_results_before_and_after_merging(database: Database, history: SqlHistory) -> None:
    shop, other = await add_services(database, "shop", "other")
    recorder = await start_recording(history)
    checks = [result(shop, 60 * minute, response_ms=float(minute), metrics={"load": minute}) for minute in range(70)]
    await recorder.record(*checks, result(other, 30))
    expected = {
        START + 300 * window: summary_of([0] * 5, [float(minute) for minute in range(5 * window, 5 * window + 5)])
        for window in range(12)
    }
    for _ in range(2):
        assert await history.summaries(shop, 300, START, START + 3600) == expected
        assert await history.summaries(shop, 3600, START, START + 3600) == {
            START: summary_of([0] * 60, [float(minute) for minute in range(60)])
        }
        found = [row for part in [one async for one in history.columns(shop, NOON, NOON + HOUR)] for row in part.rows]
        assert sorted((at // 1000 - START, ms, metrics) for _, at, _, ms, _, _, metrics in found) == [
            (60 * minute, float(minute), {"load": minute}) for minute in range(60)
        ]
        assert await history.first_result(shop, NOON - HOUR) == NOON
        assert await history.first_result(shop, NOON + 2 * HOUR) is None
        await merge(database, recorder.epoch, NOON + timedelta(days=1), everything=True)


async def test_what_is_not_known_begins_with_the_service(database: Database, history: SqlHistory) -> None:
    """It was added at noon."""
    [shop] = await add_services(database, "shop")
    recorder = await start_recording(history)
    last = await recorder.record(result(shop, 0), result(shop, 600, Status.FAILED))
    changes = [
        DowntimeOpened(shop, NOON + timedelta(minutes=10), "503"),
        DowntimeClosed(shop, NOON + timedelta(minutes=20)),
        GapOpened(shop, NOON + timedelta(minutes=40), Status.STOPPED),
    ]
    await history.record(recorder.epoch, Batch([], [], changes, last + 1))
    at = [START * 1000 + minutes * 60_000 for minutes in (-60, 0, 10, 20, 40, 60)]
    down, unknown = await history.unknown(shop, NOON - HOUR, NOON + HOUR)
    assert down == [(at[2], at[3])]
    assert sorted(unknown) == [(at[0], at[1]), (at[4], at[5])]
    assert await history.unknown(4711, NOON - HOUR, NOON) == ([], [(at[0], at[1])])
    (gap,) = await history.gaps(shop, NOON, NOON + HOUR)
    assert gap.is_rest
