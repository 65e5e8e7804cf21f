"""The made-up history: the same each time, and like a real one."""

from datetime import UTC, datetime

from monitor_app.bench.history_data import INTERVAL_MS, SLOTS, MadeUp
from monitor_app.domain.changes import DowntimeClosed, DowntimeOpened, GapClosed, GapOpened
from monitor_app.domain.status import Status

START = datetime(2026, 5, 1, tzinfo=UTC)


def made_up(services: int = 40) -> MadeUp:
    return MadeUp(range(1, services + 1), START)


def test_the_same_seed_makes_the_same_results() -> None:
    assert list(made_up().day(3, 1).rows) == list(made_up().day(3, 1).rows)
    assert list(made_up().day(3, 1).rows) != list(made_up().day(4, 1).rows)


def test_ids_are_unique_and_grow_with_time() -> None:
    data = made_up()
    ids = [number for service in range(40) for number in data.day(service, 0, last_slot=50).ids]
    assert len(set(ids)) == len(ids)
    for service in range(40):
        columns = data.day(service, 0)
        assert list(columns.ids) == sorted(columns.ids)
        assert list(columns.checked_at) == sorted(columns.checked_at)


def test_half_a_percent_fails() -> None:
    data = made_up()
    statuses = [status for service in range(40) for day in range(3) for status in data.day(service, day).statuses]
    assert 0.002 < statuses.count(Status.FAILED) / len(statuses) < 0.01
    assert set(statuses) == {Status.OK, Status.FAILED}


def test_now_and_then_the_monitor_was_off() -> None:
    data = made_up()
    counts = [len(data.day(0, day)) for day in range(12)]
    assert any(count < SLOTS for count in counts)
    for day, count in enumerate(counts):
        gaps = [change for change in data.changes(0, day) if isinstance(change, GapOpened | GapClosed)]
        assert len(gaps) == (2 if count < SLOTS else 0)


def test_downtimes_are_opened_and_closed_in_order() -> None:
    data = made_up()
    found = [change for service in range(40) for change in data.changes(service, 0)]
    downs = [change for change in found if isinstance(change, DowntimeOpened | DowntimeClosed)]
    assert downs
    for opened, closed in zip(downs[::2], downs[1::2], strict=True):
        assert isinstance(opened, DowntimeOpened)
        assert isinstance(closed, DowntimeClosed)
        assert opened.service_pk == closed.service_pk
        assert opened.started_at < closed.ended_at


def test_live_results_come_in_seconds_with_growing_ids() -> None:
    data = made_up()
    batches = list(data.live(SLOTS * 2, 3))
    ids = [number for batch in batches for number, _ in batch]
    assert len(batches) == 180
    assert ids == sorted(set(ids))
    assert ids[0] == data.first_id(SLOTS * 2)
    first = batches[0][0][1]
    assert data.start_ms + SLOTS * 2 * INTERVAL_MS <= first.checked_at.timestamp() * 1000
    assert first.status in (Status.OK, Status.FAILED)
