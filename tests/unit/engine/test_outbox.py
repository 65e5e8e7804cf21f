"""Results that wait for the database."""

from datetime import UTC, datetime

from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.outbox import Outbox


def fill(outbox: Outbox, *pks: int) -> None:
    for pk in pks:
        outbox.put(CheckResult(pk, datetime(2026, 1, 1, tzinfo=UTC), Status.OK, ""))


def pks(outbox: Outbox) -> list[int]:
    return [result.service_pk for result in outbox.results()]


async def test_same_batch_again_until_it_is_acknowledged():
    outbox = Outbox(batch_limit=3)
    fill(outbox, 1, 2)
    assert pks(outbox) == [1, 2]
    fill(outbox, 3, 4)
    assert pks(outbox) == [1, 2]
    outbox.ack()
    assert pks(outbox) == [3, 4]
    outbox.ack()
    assert (pks(outbox), len(outbox)) == ([], 0)


async def test_oldest_gives_way_but_not_what_is_being_written():
    outbox = Outbox(limit=5, batch_limit=2)
    fill(outbox, 1, 2, 3, 4, 5)
    assert pks(outbox) == [1, 2]
    fill(outbox, 6, 7)
    assert outbox.dropped == 2
    assert pks(outbox) == [1, 2]
    outbox.ack()
    assert pks(outbox) == [5, 6]
    fill(outbox, 8, 9)
    assert (len(outbox), outbox.dropped) == (5, 2)


async def test_events_tell_what_waits():
    outbox = Outbox(batch_limit=2)
    assert not outbox.arrived.is_set()
    fill(outbox, 1)
    assert (outbox.arrived.is_set(), outbox.full.is_set()) == (True, False)
    fill(outbox, 2)
    assert outbox.full.is_set()
    outbox.results()
    outbox.ack()
    assert (outbox.arrived.is_set(), outbox.full.is_set()) == (False, False)
