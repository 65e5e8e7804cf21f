"""What some results found in full: written with them, read one by one, taken away when newer ones are there."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import update

from monitor_app.domain.changes import Batch
from monitor_app.domain.report import ResultDetail, document, text
from monitor_app.domain.status import Status
from monitor_app.engine.retention import BAD_DETAILS_KEPT
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.result_details import (
    detailed_ids,
    find_detail,
    load_told,
    newest_detail,
    pks_told,
    told_at,
    told_since,
)
from monitor_app.storage.services import delete_services, services
from monitor_app.storage.sql_upkeep import SqlUpkeep
from tests.samples import NOON, add_services, result


class World:
    """Two services, and results of theirs that are kept in full."""

    def __init__(self, database: Database, history: SqlHistory, epoch: Epoch, pks: list[int]) -> None:
        self.database, self.history, self.epoch, self.pks = database, history, epoch, pks
        self.next_id = epoch.next_result_id

    async def record(self, pk: int, statuses: Iterable[Status]) -> list[int]:
        """One batch; the ids of its results."""
        results = [(number, result(pk, number, status)) for number, status in enumerate(statuses, self.next_id)]
        kept = [
            ResultDetail(pk, number, one.checked_at, one.status, document([text("Body", f"<b>ä\x00 {number}")]))
            for number, one in results
        ]
        self.next_id += len(results)
        await self.history.record(self.epoch, Batch(results, [], [], self.next_id - 1, details=kept))
        return [number for number, _ in results]

    async def ids(self, pk: int) -> list[int]:
        async with self.database.read() as conn:
            return sorted(await detailed_ids(conn, pk, 0, 1000))


@pytest.fixture
async def world(database: Database, history: SqlHistory) -> World:
    pks = await add_services(database, "shop", "blog")
    return World(database, history, await history.begin_epoch(), pks)


async def test_details_are_read_as_they_were_written(world: World) -> None:
    first, second = await world.record(world.pks[0], [Status.OK, Status.FAILED])
    async with world.database.read() as conn:
        found = await find_detail(conn, world.pks[0], first)
        newest = await newest_detail(conn, world.pks[0])
        assert await find_detail(conn, world.pks[1], first) is None
        assert await newest_detail(conn, world.pks[1]) is None
        assert await detailed_ids(conn, world.pks[0], second, 10) == {second}
    assert found is not None
    assert newest is not None
    assert (found.result_id, found.status, found.checked_at) == (first, Status.OK, result(1, first).checked_at)
    assert found.document["sections"][0]["text"] == f"<b>ä\\x00 {first}"
    assert (newest.result_id, newest.status) == (second, Status.FAILED)


async def test_newest_and_the_last_bad_ones_stay(world: World) -> None:
    shop, blog = world.pks
    bad = await world.record(shop, [Status.FAILED] * (BAD_DETAILS_KEPT + 3))
    good = await world.record(shop, [Status.OK] * 3)
    only_bad = await world.record(blog, [Status.UNKNOWN] * (BAD_DETAILS_KEPT + 1))
    upkeep = SqlUpkeep(world.database)
    assert [await upkeep.purge_details(BAD_DETAILS_KEPT, 4) for _ in range(3)] == [4, 2, 0]
    assert await world.ids(shop) == [*bad[-BAD_DETAILS_KEPT:], good[-1]]
    assert await world.ids(blog) == only_bad[-BAD_DETAILS_KEPT:]


async def test_details_go_with_their_service(world: World) -> None:
    shop, blog = world.pks
    await world.record(shop, [Status.OK])
    kept = await world.record(blog, [Status.OK])
    async with world.database.write() as conn:
        await delete_services(conn, [shop], NOON)
    upkeep = SqlUpkeep(world.database)
    while await upkeep.purge_deleted_services(NOON.replace(year=2200), 50):
        pass
    assert await world.ids(shop) == []
    # What is still on its way about a service that is gone is left out, and nothing else.
    await world.record(shop, [Status.FAILED])
    assert await world.ids(shop) == []
    assert await world.ids(blog) == kept


async def test_what_sources_told_stays_as_long_as_results_and_the_first_of_them_longer(world: World) -> None:
    shop, blog = world.pks
    async with world.database.write() as conn:
        await conn.execute(update(services).where(services.c.pk == shop).values(source="consul"))
    told = await world.record(shop, [Status.OK] * 8)
    other = await world.record(blog, [Status.OK] * 2)
    upkeep = SqlUpkeep(world.database)
    while await upkeep.purge_details(BAD_DETAILS_KEPT, 4):
        pass
    assert await world.ids(shop) == told
    assert await world.ids(blog) == other[-1:]
    # All of them are older; the newest of these is what was true when the time begins that is kept.
    moment = result(shop, told[2]).checked_at + timedelta(milliseconds=1)
    assert [await upkeep.purge_told(moment, 100, 1) for _ in range(3)] == [1, 1, 0]
    assert await world.ids(shop) == told[2:]
    assert await upkeep.purge_told(moment, 4, 100) == 2
    assert await world.ids(shop) == told[4:]
    assert await world.ids(blog) == other[-1:]
    async with world.database.read() as conn:
        assert await told_since(conn, shop) == told[4]
        assert await told_at(conn, shop, told[3]) is None
        found = await told_at(conn, shop, other[1])
        assert found is not None
        assert found.result_id == told[7]
        assert [each.result_id for each in await load_told(conn, shop, 2)] == told[6:]
        assert await pks_told(conn, [shop, blog, blog + 1]) == {shop, blog}


async def test_newer_report_takes_the_place_of_an_older(world: World) -> None:
    shop = world.pks[0]
    (first,) = await world.record(shop, [Status.OK])
    number = world.next_id
    one = result(shop, number)
    detail = ResultDetail(shop, number, one.checked_at, one.status, document([text("Body", "b")]), replaces=first)
    await world.history.record(world.epoch, Batch([(number, one)], [], [], number, details=[detail]))
    assert await world.ids(shop) == [number]
