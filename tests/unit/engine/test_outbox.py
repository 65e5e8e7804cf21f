"""What waits for the database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.changes import DowntimeOpened
from monitor_app.domain.report import ResultDetail
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine import outbox as outbox_module
from monitor_app.engine.outbox import Item, Outbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def state(pk: int, result_id: int) -> ServiceState:
    return ServiceState(pk, Status.OK, NOW, NOW, None, "", result_id)


def fill(outbox: Outbox, *ids: int, **fields: Any) -> None:
    for number in ids:
        outbox.put(Item(number, CheckResult(number, NOW, Status.OK, ""), **fields))


def ids(outbox: Outbox) -> list[int]:
    batch = outbox.batch()
    return [] if batch is None else [number for number, _ in batch.results]


async def test_same_batch_again_until_it_is_acknowledged():
    outbox = Outbox(batch_limit=3)
    fill(outbox, 1, 2)
    before = outbox.batch()
    assert ids(outbox) == [1, 2]
    fill(outbox, 3, 4)
    assert outbox.batch() is before
    outbox.ack()
    assert ids(outbox) == [3, 4]
    outbox.ack()
    assert (outbox.batch(), len(outbox), outbox.is_empty) == (None, 0, True)


async def test_batch_holds_the_last_state_of_each_service_and_all_changes_in_order():
    outbox = Outbox()
    opened = [DowntimeOpened(1, NOW, str(number)) for number in range(3)]
    outbox.put(Item(5, None, state(1, 5), (opened[0],)))
    outbox.put(Item(6, CheckResult(1, NOW, Status.OK, ""), state(1, 6), (opened[1], opened[2])))
    outbox.put(Item(7, CheckResult(2, NOW, Status.OK, ""), heartbeat_id=41))
    outbox.put(Item(8, None, state(3, 8), heartbeat_id=40))
    batch = outbox.batch()
    assert batch is not None
    assert [number for number, _ in batch.results] == [6, 7]
    assert (batch.states, batch.changes) == ([state(1, 6), state(3, 8)], opened)
    assert (batch.last_id, batch.heartbeats_up_to) == (8, 41)


async def test_oldest_rows_give_way_but_not_what_is_being_written():
    outbox = Outbox(limit=5, batch_limit=2)
    fill(outbox, 1, 2, 3, 4, 5)
    assert ids(outbox) == [1, 2]
    fill(outbox, 6, 7)
    assert outbox.dropped == 2
    assert ids(outbox) == [1, 2]
    outbox.ack()
    assert ids(outbox) == [5, 6]
    fill(outbox, 8, 9)
    assert (len(outbox), outbox.dropped) == (5, 2)


async def test_states_and_changes_of_rows_that_gave_way_stay():
    outbox = Outbox(limit=2)
    opened = [DowntimeOpened(1, NOW, str(number)) for number in range(2)]
    fill(outbox, 1, state=state(1, 1), changes=(opened[0],), heartbeat_id=9)
    outbox.put(Item(2, None, state(2, 2)))
    fill(outbox, 3, state=state(1, 3), changes=(opened[1],))
    fill(outbox, 4, 5)
    batch = outbox.batch()
    assert batch is not None
    assert (outbox.dropped, [number for number, _ in batch.results]) == (2, [4, 5])
    assert (batch.states, batch.changes) == ([state(1, 3), state(2, 2)], opened)
    assert (batch.last_id, batch.heartbeats_up_to) == (5, 9)


async def test_nothing_but_states_that_are_left_is_written_too():
    outbox = Outbox(limit=1)
    fill(outbox, 1, state=state(1, 1))
    fill(outbox, 2)
    assert ids(outbox) == [2]
    outbox.ack()
    assert outbox.is_empty


async def test_memory_is_bounded_however_much_gives_way():
    outbox = Outbox(limit=10)
    for number in range(1, 5001):
        fill(outbox, number)
        outbox.put(Item(number, None, state(number % 3, number)))
    assert (len(outbox), outbox.dropped) == (10, 4990)
    batch = outbox.batch()
    assert batch is not None
    assert (len(batch.results), len(batch.states)) == (10, 3)


async def test_events_tell_what_waits():
    outbox = Outbox(batch_limit=4, full_rows=2)
    assert not outbox.arrived.is_set()
    fill(outbox, 1)
    assert (outbox.arrived.is_set(), outbox.ready.is_set()) == (True, False)
    fill(outbox, 2)
    assert outbox.ready.is_set()
    outbox.batch()
    outbox.ack()
    assert (outbox.arrived.is_set(), outbox.ready.is_set()) == (False, False)


async def test_urgent_one_hurries_until_it_is_written():
    outbox = Outbox(batch_limit=2)
    fill(outbox, 1, 2, 3)
    fill(outbox, 4, is_urgent=True)
    assert outbox.ready.is_set()
    outbox.batch()
    outbox.ack()
    assert outbox.ready.is_set()
    outbox.batch()
    fill(outbox, 5)
    outbox.ack()
    assert (outbox.arrived.is_set(), outbox.ready.is_set()) == (True, False)


async def test_what_was_found_in_full_goes_with_its_result_and_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox_module, "DETAILS_LIMIT", 2)
    outbox = Outbox(limit=4, batch_limit=2)
    for number in range(1, 5):
        fill(outbox, number, detail=ResultDetail(number, number, NOW, Status.OK, {}))
    # The oldest result gives way, and so does what it found; then there is room for another.
    fill(outbox, 5)
    fill(outbox, 6, detail=ResultDetail(6, 6, NOW, Status.OK, {}))
    kept = []
    while (batch := outbox.batch()) is not None:
        kept += [(detail.result_id, [number for number, _ in batch.results]) for detail in batch.details]
        outbox.ack()
    assert kept == [(6, [5, 6])]
