"""What a person sees of the results of one service."""

import pytest

from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.security.permissions import NOBODY, SYSTEM
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.results import ResultUseCases
from tests.samples import add_services, result, start_recording


@pytest.fixture
def results(database: Database) -> ResultUseCases:
    return ResultUseCases(database)


async def latest(results: ResultUseCases, pk: int, limit: int) -> list[int]:
    return [one.id for one in await results.latest(SYSTEM, pk, limit)]


async def test_the_latest_come_first(database: Database, results: ResultUseCases) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(SqlHistory(database))
    await recorder.record(*(result(pk, number) for number in range(5) for pk in (shop, blog)))
    assert await latest(results, shop, 3) == [9, 7, 5]
    assert await latest(results, 99, 3) == []


async def test_the_latest_come_first_after_the_clock_was_set_back(database: Database, results: ResultUseCases) -> None:
    (shop,) = await add_services(database, "shop")
    recorder = await start_recording(SqlHistory(database))
    await recorder.record(*(result(shop, number) for number in range(5)))
    await recorder.record(result(shop, -3600), result(shop, -3590))
    assert await latest(results, shop, 3) == [7, 6, 5]


@pytest.mark.parametrize("limit", [0, 201])
async def test_limit_is_limited(results: ResultUseCases, limit: int) -> None:
    with pytest.raises(InvalidInput, match=f"must be 1 to 200, got {limit}"):
        await results.latest(SYSTEM, 1, limit)


async def test_nobody_reads_results(results: ResultUseCases) -> None:
    with pytest.raises(PermissionDenied):
        await results.latest(NOBODY, 1)
