"""Downtimes, gaps, events, heartbeats, memory of states: the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from monitor_app.domain.changes import (
    Batch,
    Change,
    DowntimeClosed,
    DowntimeOpened,
    GapClosed,
    GapOpened,
    ServiceEvent,
)
from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import Breaker, Pending
from monitor_app.domain.status import Status
from monitor_app.domain.uptime import Uptime
from monitor_app.storage.database import Database
from monitor_app.storage.history import Downtime, Gap, SqlHistory
from monitor_app.storage.history.changes import downtimes, gaps
from monitor_app.storage.merge import merge
from monitor_app.storage.services import load_services, order_document, update_service
from tests.samples import NOON, Recorder, add_services, result, start_recording


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


EVER = (at(-10_000), at(10_000))


class Writer:
    """Writes changes, each batch with an id of its own."""

    def __init__(self, history: SqlHistory, recorder: Recorder) -> None:
        self.history, self.recorder = history, recorder

    async def write(self, *changes: Change, heartbeats_up_to: int = 0) -> None:
        batch = Batch([], [], changes, self.recorder.next_id, heartbeats_up_to)
        self.recorder.next_id += 1
        await self.history.record(self.recorder.epoch, batch)
        await self.history.record(self.recorder.epoch, batch)  # the answer was lost: nothing happens twice


@pytest.fixture
async def pks(database: Database) -> Sequence[int]:
    return await add_services(database, "shop", "blog")


@pytest.fixture
async def writer(history: SqlHistory, pks: Sequence[int]) -> Writer:
    return Writer(history, await start_recording(history))


async def test_downtimes_open_and_close(history: SqlHistory, writer: Writer, pks: Sequence[int]) -> None:
    shop, blog = pks
    await writer.write(DowntimeOpened(shop, at(0), "refused"), DowntimeOpened(blog, at(1), "time-out"))
    await writer.write(DowntimeOpened(shop, at(2), "never"), DowntimeClosed(shop, at(3)), DowntimeClosed(shop, at(9)))
    await writer.write(DowntimeOpened(shop, at(5), "again"))
    assert await history.downtimes(shop, *EVER) == [
        Downtime(shop, at(5), None, "again"),
        Downtime(shop, at(0), at(3), "refused"),
    ]
    assert await history.downtimes(blog, *EVER) == [Downtime(blog, at(1), None, "time-out")]
    assert await history.downtimes(shop, at(3), at(5)) == []
    assert len(await history.downtimes(shop, *EVER, limit=1)) == 1


async def test_in_one_batch_changes_take_effect_in_order(
    history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, blog = pks
    await writer.write(
        GapOpened(shop, at(0), Status.STARTING),
        GapClosed(shop, at(1)),
        GapOpened(shop, at(1), Status.UNKNOWN),
        DowntimeOpened(blog, at(0), "x"),
        DowntimeClosed(blog, at(2)),
        DowntimeOpened(blog, at(4), "y"),
    )
    assert await history.gaps(shop, *EVER) == [
        Gap(shop, at(1), None, Status.UNKNOWN),
        Gap(shop, at(0), at(1), Status.STARTING),
    ]
    assert [(one.started_at, one.ended_at) for one in await history.downtimes(blog, *EVER)] == [
        (at(4), None),
        (at(0), at(2)),
    ]


async def test_a_gap_gives_way_to_one_of_another_status(
    history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, _ = pks
    await writer.write(GapOpened(shop, at(0), Status.STARTING))
    await writer.write(GapOpened(shop, at(1), Status.STARTING))
    await writer.write(GapOpened(shop, at(2), Status.STOPPED))
    assert await history.gaps(shop, *EVER) == [
        Gap(shop, at(2), None, Status.STOPPED),
        Gap(shop, at(0), at(2), Status.STARTING),
    ]


async def test_nothing_ends_before_it_began(history: SqlHistory, writer: Writer, pks: Sequence[int]) -> None:
    """The clock was set back meanwhile."""
    shop, _ = pks
    await writer.write(DowntimeOpened(shop, at(5), ""), GapOpened(shop, at(5), Status.UNKNOWN))
    await writer.write(DowntimeClosed(shop, at(1)), GapClosed(shop, at(1)))
    assert [one.ended_at for one in await history.downtimes(shop, *EVER)] == [at(5)]
    assert [one.ended_at for one in await history.gaps(shop, *EVER)] == [at(5)]


@pytest.mark.parametrize("kind", ["downtime", "gap"])
async def test_the_database_holds_at_most_one_open(database: Database, pks: Sequence[int], kind: str) -> None:
    table, more = (downtimes, {"cause": ""}) if kind == "downtime" else (gaps, {"status": 5})
    row = {"service_pk": pks[0], "started_at": NOON, **more}
    async with database.write() as conn:
        await conn.execute(insert(table), [row])
    with pytest.raises(IntegrityError):
        async with database.write() as conn:
            await conn.execute(insert(table), [row])
    async with database.write() as conn:
        await conn.execute(insert(table), [row | {"ended_at": NOON}])


async def test_what_changes_for_a_service_that_is_gone_is_left_out(
    database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, _ = pks
    await writer.write(DowntimeOpened(4711, NOON, ""), DowntimeOpened(shop, NOON, ""), ServiceEvent(4711, NOON, "x"))  # type: ignore[arg-type]
    assert len(await history.downtimes(shop, *EVER)) == 1
    assert await history.downtimes(4711, *EVER) == []


async def test_events_are_told_newest_first(history: SqlHistory, writer: Writer, pks: Sequence[int]) -> None:
    shop, blog = pks
    events = [
        ServiceEvent(shop, at(0), "status_changed", before=Status.OK, after=Status.FAILED),
        ServiceEvent(shop, at(1), "breaker_opened", "ann", "maintenance"),
        ServiceEvent(blog, at(1), "breaker_closed"),
    ]
    await writer.write(*events)
    assert await history.events(shop) == [events[1], events[0]]
    assert await history.events(shop, limit=1) == [events[1]]


async def test_uptime_takes_gaps_for_neither(
    database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, blog = pks
    await writer.recorder.record(result(shop), result(blog))
    await writer.write(DowntimeOpened(shop, at(10), ""), GapOpened(shop, at(15), Status.UNKNOWN))
    await writer.write(DowntimeClosed(shop, at(20)), GapClosed(shop, at(40)))
    await writer.write(DowntimeOpened(blog, at(90), ""))
    found = await history.uptime(None, NOON, at(100))
    assert found[shop] == Uptime(70 * 60.0, 5 * 60.0, 25 * 60.0, 0.75, 70 / 75)
    assert found[blog] == Uptime(90 * 60.0, 10 * 60.0, 0.0, 1.0, 0.9)
    assert await history.uptime([blog], NOON, at(100)) == {blog: found[blog]}


@pytest.mark.parametrize("is_merged", [False, True])
async def test_before_it_was_added_a_service_was_neither_up_nor_down(
    database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int], is_merged: bool
) -> None:
    """The samples were added at noon; the day's summary begins at midnight."""
    await writer.recorder.record(result(pks[0]))
    if is_merged:
        await merge(database, writer.recorder.epoch, NOON, everything=True)
    found = await history.uptime([pks[0]], at(-60), at(60))
    assert found[pks[0]] == Uptime(3600.0, 0.0, 3600.0, 0.5, 1.0)


@pytest.mark.parametrize("is_merged", [False, True])
async def test_before_the_engine_began_with_it_a_service_was_neither_up_nor_down(
    database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int], is_merged: bool
) -> None:
    """Added at noon, taken up by the engine a moment later, and never up."""
    shop = pks[0]
    await writer.write(GapOpened(shop, at(0.01), Status.STARTING))
    await writer.recorder.record(*(result(shop, 60 * minute, Status.FAILED) for minute in (1, 2, 3)))
    await writer.write(GapClosed(shop, at(1)), DowntimeOpened(shop, at(1), "refused"))
    await writer.write(GapOpened(shop, at(41), Status.STARTING), GapClosed(shop, at(51)))  # paused and begun with again
    if is_merged:
        await merge(database, writer.recorder.epoch, NOON, everything=True)
    found = await history.uptime([shop], at(-60), at(61))
    assert found[shop] == Uptime(0.0, 50 * 60.0, 71 * 60.0, pytest.approx(50 / 121), 0.0)


@pytest.mark.parametrize("since", [at(-60), at(10)])
async def test_what_nobody_began_with_was_neither_up_nor_down(
    history: SqlHistory, pks: Sequence[int], since: datetime
) -> None:
    found = await history.uptime(None, since, at(60))
    assert {(one.up_seconds, one.down_seconds, one.uptime) for one in found.values()} == {(0.0, 0.0, None)}


async def test_imported_results_count_from_their_first_day_on(
    database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, blog = pks
    await writer.recorder.record(result(shop, -36 * 3600), result(blog, -6 * 3600))
    await merge(database, writer.recorder.epoch, NOON, everything=True)
    found = await history.uptime(None, at(-72 * 60), at(60))
    assert found[shop].up_seconds == 37 * 3600.0
    assert found[blog].up_seconds == 3600.0, "that day has begun before anything was known"


async def test_states_remember(database: Database, history: SqlHistory, writer: Writer, pks: Sequence[int]) -> None:
    shop, _ = pks
    recorder = writer.recorder
    await recorder.record(result(shop))
    state = replace(
        recorder.states[shop],
        result_id=recorder.next_id,
        settled=Status.OK,
        pending=Pending(Status.FAILED, 1, 3, at(1), "refused"),
        failures=2,
        breaker=Breaker("open", at(1), at(2), 5, "ann", "why\0not", 7),
        breaches=(("response_ms > 500 for 3 results", 2),),
        cause="refused",
        grace_until=at(9),
    )
    await history.record(recorder.epoch, Batch([], [state], [], recorder.next_id))
    assert await history.states() == [state]


async def test_a_steady_result_writes_no_state_but_is_in_it(
    history: SqlHistory, writer: Writer, pks: Sequence[int]
) -> None:
    shop, _ = pks
    recorder = writer.recorder
    await recorder.record(result(shop))
    number = recorder.next_id
    await history.record(recorder.epoch, Batch([(number, result(shop, 60))], [], [], number))
    [state] = await history.states()
    assert (state.result_id, state.checked_at, state.message, state.since) == (number, at(1), "ok at 60", NOON)


async def test_heartbeats_wait_until_they_are_results(history: SqlHistory, writer: Writer, pks: Sequence[int]) -> None:
    shop, blog = pks
    reported = [
        Heartbeat(0, shop, at(0), "start"),
        Heartbeat(0, shop, at(1), "success", Status.OK, "fine\0", 12.5),
        Heartbeat(0, 4711, at(1), "success"),
        Heartbeat(0, shop, at(2), "success"),
        Heartbeat(0, blog, at(3), "fail"),
    ]
    assert await history.add_heartbeats(reported) == 4
    read = await history.heartbeats(0)
    assert [(one.id, one.service_pk, one.signal) for one in read] == [
        (1, shop, "start"),
        (2, shop, "success"),
        (3, shop, "success"),
        (4, blog, "fail"),
    ]
    assert (read[1].status, read[1].ping_ms, read[1].at) == (Status.OK, 12.5, at(1))
    assert [one.id for one in await history.heartbeats(1, limit=2)] == [2, 3]
    await writer.write(heartbeats_up_to=3)
    assert [one.id for one in await history.heartbeats(0)] == [1, 3, 4]  # the newest of each signal stays
    assert await history.heartbeats_done() == 3
    assert await history.add_heartbeats([Heartbeat(0, shop, at(5), "log")]) == 5


async def test_an_order_to_a_breaker_is_loaded(database: Database, pks: Sequence[int]) -> None:
    order = BreakerOrder(3, "open", "ann", "maintenance", at(0), at(60))
    async with database.write() as conn:
        changed = await update_service(conn, pks[0], {"breaker_order": order_document(order)})
    assert changed.breaker_order == order
    async with database.read() as conn:
        assert [service.breaker_order for service in await load_services(conn)] == [order, None]
