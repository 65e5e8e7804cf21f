"""Reading the history, the same on SQLite and PostgreSQL."""

from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import Followed, SqlHistory
from monitor_app.storage.services import delete_services
from tests.samples import NOON, add_services, result, start_recording

on_one_database = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
statuses = st.sampled_from(list(Status))
# Which of three services, how many milliseconds after noon (the clock may jump), and what was found.
histories = st.lists(st.tuples(st.integers(0, 2), st.integers(-50_000, 50_000), statuses), max_size=60)


def ids(results: list[StoredResult]) -> list[int]:
    return [one.id for one in results]


async def fresh_services(database: Database, history: SqlHistory) -> list[int]:
    """Three services without history; their ids are free again for the next example."""
    async with database.write() as conn:
        await conn.execute(text("DELETE FROM service"))
    return await add_services(database, "a", "b", "c")


def as_results(pks: list[int], drawn: list[tuple[int, int, Status]]) -> list[CheckResult]:
    return [result(pks[which], millis / 1000, status) for which, millis, status in drawn]


async def test_recent_of_nothing(database: Database, history: SqlHistory) -> None:
    await add_services(database, "shop")
    assert await history.recent() == {}


async def test_recent_has_the_last_ones_oldest_first(database: Database, history: SqlHistory) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(*(result(shop, number) for number in range(5)), result(blog))
    recent = await history.recent(limit=3)
    assert ids(recent[shop]) == [3, 4, 5]
    assert ids(recent[blog]) == [6]
    assert [one.message for one in recent[shop]] == ["ok at 2", "ok at 3", "ok at 4"]


async def test_recent_leaves_deleted_services_out(database: Database, history: SqlHistory) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    await (await start_recording(history)).record(result(shop), result(blog))
    async with database.write() as conn:
        await delete_services(conn, [shop], NOON)
    assert list(await history.recent()) == [blog]
    assert [state.service_pk for state in await history.states()] == [blog]


async def test_recent_after_the_clock_was_set_back(database: Database, history: SqlHistory) -> None:
    """The newest results have older times than those before them: ids tell the order, not times."""
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(*(result(pk, 10 * number) for number in range(10) for pk in (shop, blog)))
    await recorder.record(*(result(shop, -3600 + 10 * number) for number in range(2)))
    recent = await history.recent(limit=3)
    assert ids(recent[shop]) == [19, 21, 22]
    assert ids(recent[blog]) == [16, 18, 20]


async def test_recent_of_a_service_that_paused_after_the_clock_was_set_back(
    database: Database, history: SqlHistory
) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(result(shop, 5), result(shop, -5), *(result(blog, number) for number in range(50)))
    assert ids((await history.recent(limit=1))[shop]) == [2]


async def test_recent_of_some_services(database: Database, history: SqlHistory) -> None:
    shop, blog, wiki = await add_services(database, "shop", "blog", "wiki")
    await (await start_recording(history)).record(result(shop, 5), result(shop, -5), result(blog), result(wiki))
    recent = await history.recent(limit=1, service_pks=[shop, wiki])
    assert {pk: ids(found) for pk, found in recent.items()} == {shop: [2], wiki: [4]}


@on_one_database
@given(drawn=histories, limit=st.integers(1, 8))
async def test_recent_always_ends_with_the_newest(
    database: Database, history: SqlHistory, drawn: list[tuple[int, int, Status]], limit: int
) -> None:
    pks = await fresh_services(database, history)
    recorder = await start_recording(history)
    recorded = as_results(pks, drawn)
    first_id = recorder.next_id
    await recorder.record(*recorded)
    expected: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(recorded, first_id):
        expected[one.service_pk].append(number)
    recent = await history.recent(limit)
    assert set(recent) == set(expected)
    for pk, found in recent.items():
        assert ids(found) == sorted(ids(found))
        assert len(found) == min(limit, len(expected[pk]))
        assert found[-1].id == expected[pk][-1]


async def test_follow_when_nothing_is_new(database: Database, history: SqlHistory) -> None:
    [shop] = await add_services(database, "shop")
    assert await history.follow(0) == Followed([], [], 0)
    last_id = await (await start_recording(history)).record(result(shop))
    assert await history.follow(last_id) == Followed([], [], last_id)


async def test_follow_brings_what_came_after(database: Database, history: SqlHistory) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(result(shop), result(blog))
    await recorder.record(result(shop, 5, Status.FAILED))
    followed = await history.follow(2)
    assert ids(followed.results) == [3]
    assert followed.states == [recorder.states[shop]]
    assert followed.last_id == 3


async def test_a_state_never_runs_ahead_of_its_results(database: Database, history: SqlHistory) -> None:
    shop, blog = await add_services(database, "shop", "blog")
    recorder = await start_recording(history)
    await recorder.record(result(shop), result(blog), result(shop, 5, Status.FAILED))
    first = await history.follow(0, limit=2)
    assert ids(first.results) == [1, 2]
    assert [state.service_pk for state in first.states] == [blog]
    assert (await history.follow(first.last_id, limit=2)).states == [recorder.states[shop]]


@on_one_database
@given(batches=st.lists(histories, max_size=4), limit=st.integers(1, 25))
async def test_following_in_pieces_is_following_in_one_go(
    database: Database, history: SqlHistory, batches: list[list[tuple[int, int, Status]]], limit: int
) -> None:
    pks = await fresh_services(database, history)
    recorder = await start_recording(history)
    after_id = first_id = recorder.next_id - 1
    for drawn in batches:
        await recorder.record(*as_results(pks, drawn))
    whole = await history.follow(first_id)
    assert ids(whole.results) == list(range(first_id + 1, recorder.next_id))
    assert {state.service_pk: state for state in whole.states} == recorder.states

    results, states = [], {}
    while (piece := await history.follow(after_id, limit)).last_id > after_id:
        assert len(piece.results) <= limit
        results += piece.results
        states |= {state.service_pk: state for state in piece.states}
        after_id = piece.last_id
    assert results == whole.results
    assert states == recorder.states
    assert after_id == whole.last_id
