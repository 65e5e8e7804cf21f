"""Recording, the same on SQLite and PostgreSQL."""

import asyncio
import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from monitor_app.domain.changes import Batch
from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult
from monitor_app.domain.status import Status
from monitor_app.errors import LeadershipLost
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.history.position import lock_position, remember_last_id, set_counters
from monitor_app.storage.history.rows import insert_results
from monitor_app.storage.services import delete_services
from tests.samples import NOON, add_services, result, start_recording


async def written(history: SqlHistory) -> list[int]:
    return [one.id for one in (await history.follow(0)).results]


async def remove(database: Database, pk: int) -> None:
    """Not marked as deleted but gone, as when an expired service is purged."""
    async with database.write() as conn:
        await remember_last_id(conn)
        await conn.execute(text("DELETE FROM service WHERE pk = :pk"), {"pk": pk})


async def test_a_new_database_starts_with_epoch_and_id_one(history: SqlHistory) -> None:
    assert await history.last_result_id() == 0
    assert await history.begin_epoch() == Epoch(number=1, next_result_id=1)


async def test_a_result_comes_back_as_it_was_recorded(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    recorded = CheckResult(
        service_pk=pk,
        checked_at=NOON + timedelta(milliseconds=123),
        status=Status.DEGRADED,
        message="200 OK äöü 🛒",
        response_ms=1234.5678,
        phases={"dns": 0.25, "connect": 1 / 3, "first_byte": 100.0},
        metrics={"certificate_days": 88, "bytes": 5_000_000_000},
    )
    await recorder.record(recorded)
    [stored] = (await history.follow(0)).results
    assert (stored.id, stored.service_pk, stored.checked_at) == (1, pk, recorded.checked_at)
    assert (stored.status, stored.message, stored.response_ms) == (Status.DEGRADED, recorded.message, 1234.568)
    assert stored.status is Status.DEGRADED
    assert stored.phases == {"dns": 0.25, "connect": 0.333, "first_byte": 100.0}
    assert list(stored.phases) == ["dns", "connect", "first_byte"]
    assert stored.metrics == recorded.metrics
    assert await history.states() == [replace(recorder.states[pk], response_ms=1234.568)]


async def test_a_result_without_numbers_has_none(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    await (await start_recording(history)).record(result(pk, response_ms=None))
    [stored] = (await history.follow(0)).results
    assert (stored.response_ms, stored.phases, stored.metrics) == (None, {}, {})


async def test_the_state_is_replaced_by_later_ones(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    await recorder.record(result(pk, 0), result(pk, 5))
    await recorder.record(result(pk, 10, Status.FAILED))
    [state] = await history.states()
    assert state == recorder.states[pk]
    assert (state.status, state.since, state.result_id) == (Status.FAILED, NOON + timedelta(seconds=10), 3)


async def test_states_can_change_without_results(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    await recorder.record(result(pk))
    paused = replace(recorder.states[pk], status=Status.STOPPED, result_id=recorder.next_id)
    await history.record(recorder.epoch, Batch([], [paused], [], recorder.next_id))
    assert await history.last_result_id() == 2
    assert await history.states() == [paused]
    assert (await history.begin_epoch()).next_result_id == 3


async def test_a_new_epoch_goes_on_with_the_ids(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    await (await start_recording(history)).record(result(pk), result(pk))
    assert await history.begin_epoch() == Epoch(number=2, next_result_id=3)
    assert await history.last_result_id() == 2


async def test_ids_are_not_used_again_when_their_results_are_gone(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    await (await start_recording(history)).record(result(pk), result(pk))
    await remove(database, pk)
    assert await written(history) == []
    assert (await history.begin_epoch()).next_result_id == 3
    assert await history.last_result_id() == 2


async def test_an_older_epoch_cannot_write_any_more(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    old = await start_recording(history)
    await old.record(result(pk))
    new = await start_recording(history)
    with pytest.raises(LeadershipLost, match="epoch 2 has begun"):
        await old.record(result(pk, 5, Status.FAILED))
    await new.record(result(pk, 10))
    assert await written(history) == [1, 2]
    [state] = await history.states()
    assert state.status is Status.OK


async def test_a_new_epoch_waits_for_the_batch_that_is_being_written(
    database: Database, database_url: str, history: SqlHistory
) -> None:
    """Otherwise both engines would give the same ids."""
    [pk] = await add_services(database, "shop")
    await history.begin_epoch()
    other = Database(database_url)
    async with database.write() as conn:
        await lock_position(conn)
        taking_over = asyncio.create_task(SqlHistory(other).begin_epoch())
        for _ in range(50):  # gives it every chance to go ahead
            await conn.execute(text("SELECT 1"))
        assert not taking_over.done()
        await insert_results(conn, [(1, result(pk))])
        await set_counters(conn, result=1)
    assert await taking_over == Epoch(number=2, next_result_id=2)
    await other.close()


async def test_a_batch_that_is_given_twice_is_written_once(database: Database, history: SqlHistory) -> None:
    """The answer to a commit can get lost; the writer then tries again."""
    [pk] = await add_services(database, "shop")
    epoch = await history.begin_epoch()
    batch = Batch([(1, result(pk, 0)), (2, result(pk, 5))], [], [], last_id=2)
    await history.record(epoch, batch)
    await history.record(epoch, batch)
    await history.record(epoch, Batch([(3, result(pk, 10))], [], [], last_id=3))
    assert [one.message for one in (await history.follow(0)).results] == ["ok at 0", "ok at 5", "ok at 10"]
    assert (await history.begin_epoch()).next_result_id == 4


async def test_what_belongs_to_a_purged_service_is_left_out(database: Database, history: SqlHistory) -> None:
    gone, here = await add_services(database, "gone", "here")
    recorder = await start_recording(history)
    await recorder.record(result(gone), result(here))
    await remove(database, gone)
    await recorder.record(result(here, 5), result(gone, 5), result(here, 10), result(gone, 10))
    assert await written(history) == [2, 3, 5]
    assert [state.service_pk for state in await history.states()] == [here]
    await recorder.record(result(gone, 15))
    await recorder.record(result(here, 20))
    assert await written(history) == [2, 3, 5, 8]


async def test_the_results_of_a_deleted_service_are_kept(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    async with database.write() as conn:
        await delete_services(conn, [pk], NOON)
    await recorder.record(result(pk))
    assert await written(history) == [1]
    assert await history.states() == []
    assert await history.recent() == {}


async def test_a_batch_is_written_whole_or_not_at_all(database: Database, history: SqlHistory) -> None:
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(history)
    broken = result(pk, checked_at=NOON.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive"):
        await recorder.record(result(pk), broken)
    assert await written(history) == []
    assert await history.last_result_id() == 0


async def test_a_big_batch(database: Database, history: SqlHistory) -> None:
    pks = await add_services(database, *(f"s-{number}" for number in range(50)))
    recorder = await start_recording(history)
    await recorder.record(*(result(pks[number % 50], number) for number in range(5000)))
    assert await history.last_result_id() == 5000
    assert [state.result_id for state in await history.states()] == list(range(4951, 5001))


odd_text = st.text(st.characters(), max_size=400)
odd_numbers = st.dictionaries(odd_text, st.floats() | st.integers(-(2**53), 2**53), max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(message="\0\ud83d", response_ms=math.inf, phases={"\0\ud83d": 1.5}, metrics={"days": math.nan})
@given(message=odd_text, response_ms=st.none() | st.floats(), phases=odd_numbers, metrics=odd_numbers)
async def test_nothing_that_a_service_answers_can_break_a_batch(
    database: Database,
    history: SqlHistory,
    message: str,
    response_ms: float | None,
    phases: dict[str, float],
    metrics: dict[str, float],
) -> None:
    """NUL, halves of surrogate pairs, infinite and undefined numbers: PostgreSQL or JSON refuse each of them."""
    known = (await history.states()) or [None]
    pk = known[0].service_pk if known[0] else (await add_services(database, "shop"))[0]
    recorder = await start_recording(history)
    first_id = recorder.next_id
    odd = result(pk, message=message, response_ms=response_ms, phases=phases, metrics=metrics)
    await recorder.record(odd, result(pk))
    stored, plain = (await history.follow(first_id - 1)).results
    assert plain.message == "ok at 0"
    assert len(stored.message) <= MESSAGE_LIMIT
    is_number = response_ms is not None and math.isfinite(response_ms)
    assert stored.response_ms == (round(response_ms, 3) if is_number else None)
    assert all(math.isfinite(number) for number in [*stored.phases.values(), *stored.metrics.values()])
    if message.isprintable() and len(message) <= MESSAGE_LIMIT:
        assert stored.message == message
