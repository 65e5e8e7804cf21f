"""Windows: what they hold, and how much of them is known."""

from datetime import timedelta

import pytest

from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory, Windows
from monitor_app.storage.services import update_service
from tests.samples import NOON, add_services, result, start_recording


async def test_windows_of_nothing(database: Database, history: SqlHistory) -> None:
    [shop] = await add_services(database, "shop")
    assert await history.windows([], NOON, NOON + timedelta(hours=1), 5) == {}
    found = await history.windows([shop, 4711], NOON, NOON + timedelta(minutes=10), 5)
    assert found == {shop: Windows(NOON, 5, [0, 0], [0, 0], [0, 0], [0, 0], [1.0, 1.0])}


async def test_a_window_holds_its_start_but_not_its_end(database: Database, history: SqlHistory) -> None:
    [shop] = await add_services(database, "shop")
    recorder = await start_recording(history)
    moments = [-0.001, 0, 299.999, 300, 600]
    await recorder.record(*(result(shop, seconds) for seconds in moments), result(shop, 301, Status.UNKNOWN))
    found = (await history.windows([shop], NOON, NOON + timedelta(minutes=10), 5))[shop]
    assert (list(found.ok), list(found.samples)) == ([2, 1], [2, 2])


async def test_one_missing_result_is_no_lack_of_data(database: Database, history: SqlHistory) -> None:
    """The service is checked every minute."""
    [shop] = await add_services(database, "shop")
    recorder = await start_recording(history)
    for window, count in enumerate((5, 4, 2, 0, 2)):
        if count:
            await recorder.record(*(result(shop, 300 * window + 60 * number) for number in range(count)))
    found = (await history.windows([shop], NOON, NOON + timedelta(minutes=22), 5))[shop]
    assert list(found.no_data) == [0.0, 0.0, pytest.approx(0.6), 1.0, 0.0]  # the last window has two minutes


async def test_a_result_speaks_for_a_whole_interval(database: Database, history: SqlHistory) -> None:
    [shop] = await add_services(database, "shop")
    async with database.write() as conn:
        await update_service(conn, shop, {"interval_seconds": 3600})
    recorder = await start_recording(history)
    await recorder.record(result(shop, -1800), result(shop, 1800))
    found = (await history.windows([shop], NOON, NOON + timedelta(hours=3), 30))[shop]
    assert list(found.no_data) == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    assert list(found.samples) == [0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 5), (0, 7), (0, 0)])
async def test_windows_are_whole_five_minutes(history: SqlHistory, seconds: int, minutes: int) -> None:
    with pytest.raises(ValueError, match="whole 5 minutes"):
        await history.windows([1], NOON + timedelta(seconds=seconds), NOON + timedelta(hours=1), minutes)
