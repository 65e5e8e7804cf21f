"""The due-queue in virtual time."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.domain.schedule import CATCH_UP_SECONDS, SOON_SECONDS, phase_seconds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.due import LATE_LIMIT_SECONDS, LAUNCH_GAP_SECONDS, SKIPS_IN_A_ROW, Due, DueQueue
from tests.virtual_time import START, VirtualClock


def run_until(
    queue: DueQueue, clock: VirtualClock, seconds: float, check_seconds: float = 0.0
) -> list[tuple[float, Due]]:
    """Take what is due whenever it is due, end each check after `check_seconds`; all starts with their times."""
    end = clock.monotonic() + seconds
    starts: list[tuple[float, Due]] = []
    running: list[tuple[float, Due]] = []
    while True:
        moments = [moment for moment in (queue.next_due(), *(ends for ends, _ in running)) if moment is not None]
        moment = min(moments, default=end)
        if moment >= end:
            clock.advance(end - clock.monotonic())
            return starts
        clock.advance(max(0.0, moment - clock.monotonic()))
        for ended in [entry for entry in running if entry[0] <= clock.monotonic()]:
            running.remove(ended)
            queue.finished(ended[1])
        for due in queue.take_due():
            starts.append((clock.monotonic(), due))
            running.append((clock.monotonic() + check_seconds, due))


def started_queue(clock: VirtualClock, services: list[ServiceDefinition]) -> DueQueue:
    queue = DueQueue(clock)
    queue.start(
        services, {entry.pk: clock.now() - timedelta(seconds=entry.interval_seconds * 0.9) for entry in services}
    )
    return queue


def wall_time(clock: VirtualClock, moment: float) -> float:
    return clock.now().timestamp() + moment - clock.monotonic()


def test_each_slot_is_run_exactly_once(clock, service):
    services = [service(pk, interval_seconds=7 + pk) for pk in range(1, 30)]
    queue = started_queue(clock, services)
    starts = run_until(queue, clock, 3600, check_seconds=0.5)
    runs = Counter(due.service.pk for _, due in starts)
    for entry in services:
        assert abs(runs[entry.pk] - 3600 / entry.interval_seconds) <= 1
    assert queue.skipped == 0
    assert max(moment - due.slot for moment, due in starts) < 0.001


def test_slots_lie_on_the_phase_of_the_wall_clock(clock, service):
    """So that a restart, at whatever time, goes on as if nothing had been."""
    clock.advance(123.456)
    queue = started_queue(clock, [service(3, interval_seconds=60)])
    for moment, due in run_until(queue, clock, 600):
        offset = (wall_time(clock, moment) - phase_seconds(due.service.service_id, 60)) % 60
        assert min(offset, 60 - offset) < 0.002


def test_a_wall_clock_set_later_moves_no_slot(clock, service):
    queue = started_queue(clock, [service(1)])
    before = [moment for moment, _ in run_until(queue, clock, 100)]
    clock.set_wall_clock(timedelta(hours=-1))
    middle = [moment for moment, _ in run_until(queue, clock, 100)]
    clock.set_wall_clock(timedelta(hours=2))
    after = [moment for moment, _ in run_until(queue, clock, 100)]
    moments = before + middle + after
    assert len(moments) == 30
    assert all(abs(later - sooner - 10) < 0.01 for sooner, later in pairwise(moments))
    assert queue.skipped == 0


class StillClock:
    """Shows exactly what it is set to."""

    def __init__(self, monotonic: float) -> None:
        self.seconds = monotonic

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START


def test_rounding_never_runs_a_slot_twice(service):
    """Seconds since 1970 are a quarter of a microsecond apart as floats, those of the monotonic clock much less."""
    clock = StillClock(12.3456789)
    queue = DueQueue(clock)
    queue.start(
        [service(pk, interval_seconds=60) for pk in range(1, 501)],
        dict.fromkeys(range(1, 501), START - timedelta(seconds=50)),
    )
    runs = 0
    while (due := queue.next_due()) < 12.3456789 + 60:
        clock.seconds = due  # not a moment later
        batch = queue.take_due()
        runs += len(batch)
        for entry in batch:
            queue.finished(entry)
    assert runs == 500


def test_services_that_are_up_to_date_wait_for_their_slot_at_start(clock, service):
    services = [service(pk, interval_seconds=3600) for pk in range(1, 101)]
    starts = run_until(started_queue(clock, services), clock, 3600)
    assert len(starts) == 100
    assert sum(1 for moment, _ in starts if moment < 1000 + 360) < 25


def test_slot_that_another_engine_has_just_checked_is_not_checked_again(clock, service):
    """Its clocks may have been tied together a little differently."""
    checked = started_queue(clock, [service(1, interval_seconds=60)])
    run_until(checked, clock, 60)
    clock.advance(checked.next_due() - clock.monotonic() - 0.02)
    other = DueQueue(clock)
    other.start([service(1, interval_seconds=60)], {1: clock.now() - timedelta(milliseconds=30)})
    assert other.next_due() - clock.monotonic() == pytest.approx(60.02, abs=0.001)


def test_result_from_the_future_says_nothing(clock, service):
    """The wall clock was set back while no engine ran."""
    queue = DueQueue(clock)
    queue.start([service(1, interval_seconds=60)], {1: clock.now() + timedelta(hours=1)})
    assert queue.next_due() - clock.monotonic() <= 60


def test_slot_right_after_a_check_at_once_is_left_out(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=3600)])
    clock.advance(queue.next_due() - clock.monotonic() - 10)
    queue.apply([service(1, interval_seconds=3600, status_config={"url": "http://new"}, revision=2)])
    moments = [moment - clock.monotonic() for moment, _ in run_until(queue, clock, 3700)]
    assert len(moments) == 2
    assert moments[1] - moments[0] == pytest.approx(3610)
    assert queue.skipped == 0


def test_services_that_were_never_checked_are_due_at_the_start(clock, service):
    services = [service(pk, interval_seconds=3600) for pk in range(1, 101)]
    queue = DueQueue(clock)
    queue.start(services, {})
    starts = run_until(queue, clock, 100 * LAUNCH_GAP_SECONDS + 1)
    assert [due.service.pk for _, due in starts] == list(range(1, 101))
    assert max(Counter(int(moment) for moment, _ in starts).values()) <= 1 / LAUNCH_GAP_SECONDS + 1


def test_overdue_services_are_checked_within_a_minute_of_the_start_but_not_at_once(clock, service):
    services = [service(pk, interval_seconds=3600) for pk in range(1, 101)]
    queue = DueQueue(clock)
    queue.start(services, {entry.pk: clock.now() - timedelta(hours=2) for entry in services})
    starts = run_until(queue, clock, CATCH_UP_SECONDS)
    assert {due.service.pk for _, due in starts} == set(range(1, 101))
    busiest = max(Counter(int(moment) for moment, _ in starts).values())
    assert busiest <= 8


def test_added_service_is_checked_at_once_then_at_its_phase(clock, service):
    queue = started_queue(clock, [])
    clock.advance(5)
    queue.apply([service(1, interval_seconds=60)])
    starts = run_until(queue, clock, 200)
    assert starts[0][0] == pytest.approx(1005)
    offsets = [(wall_time(clock, moment) - phase_seconds("service-1", 60)) % 60 for moment, _ in starts[1:]]
    assert all(min(offset, 60 - offset) < 0.002 for offset in offsets)
    assert len(offsets) == 3


def test_mass_additions_are_spread(clock, service):
    queue = started_queue(clock, [])
    queue.apply([service(pk, interval_seconds=3600) for pk in range(1, 501)])
    firsts: dict[int, float] = {}
    for moment, due in run_until(queue, clock, 60):
        firsts.setdefault(due.service.pk, moment - 1000)
    assert sorted(firsts) == list(range(1, 501))
    assert max(firsts.values()) == pytest.approx(499 * LAUNCH_GAP_SECONDS, abs=0.5)
    assert max(Counter(int(moment) for moment in firsts.values()).values()) <= 1 / LAUNCH_GAP_SECONDS + 2


def test_added_service_does_not_wait_longer_than_for_its_own_slot(clock, service):
    queue = started_queue(clock, [])
    queue.apply([service(pk, interval_seconds=5) for pk in range(1, 2001)])
    starts = run_until(queue, clock, 5.01)
    assert {due.service.pk for _, due in starts} == set(range(1, 2001))


@pytest.mark.parametrize("change", [{"enabled": False}, {"is_deleted": True}])
def test_disabled_or_deleted_service_stops_at_once(clock, service, change):
    queue = started_queue(clock, [service(1), service(2)])
    run_until(queue, clock, 30)
    queue.apply([service(1, **change)])
    assert {due.service.pk for _, due in run_until(queue, clock, 60)} == {2}
    assert len(queue) == 1


def test_reenabled_service_is_checked_at_once(clock, service):
    queue = started_queue(clock, [service(1, enabled=False)])
    assert run_until(queue, clock, 100) == []
    queue.apply([service(1)])
    assert [due.service.pk for due in queue.take_due()] == [1]


def test_changed_interval_counts_from_now(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=86_400)])
    queue.apply([service(1, interval_seconds=5, revision=2)])
    assert len(run_until(queue, clock, 50)) == pytest.approx(11, abs=1)
    queue.apply([service(1, interval_seconds=86_400, revision=3)])
    run_until(queue, clock, 1)
    assert len(run_until(queue, clock, 3600)) <= 1


def test_changed_config_is_checked_at_once_and_replaces_the_running_check(clock, service):
    queue = started_queue(clock, [service(1)])
    clock.advance(queue.next_due() - clock.monotonic())
    (old,) = queue.take_due()
    changed = service(1, status_config={"url": "http://new"}, revision=2)
    assert queue.apply([changed]) == [1]
    (new,) = queue.take_due()
    assert new.service is changed
    queue.finished(old)  # winds down late: must not end the new one
    assert len(run_until(queue, clock, 10.5)) == 0
    assert queue.skipped == 1
    queue.finished(new)
    assert len(run_until(queue, clock, 10)) == 1


def test_changed_label_disturbs_nothing(clock, service):
    queue = started_queue(clock, [service(1)])
    due_before = queue.next_due()
    assert queue.apply([service(1, label="Other", tags=("new",), revision=2)]) == []
    assert queue.next_due() == due_before
    clock.advance(due_before - clock.monotonic())
    assert queue.take_due()[0].service.label == "Other"


def test_a_run_never_overlaps_itself_and_skipped_slots_are_counted(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=10)])
    starts = run_until(queue, clock, 1000, check_seconds=25)
    gaps = [later[0] - sooner[0] for sooner, later in pairwise(starts)]
    assert gaps == pytest.approx([30] * len(gaps))
    assert len(starts) + queue.skipped == pytest.approx(100, abs=1)


def test_after_a_pause_nothing_bursts_and_what_was_missed_is_counted(clock, service):
    services = [service(pk, interval_seconds=10) for pk in range(1, 101)]
    queue = started_queue(clock, services)
    before = run_until(queue, clock, 100)
    clock.advance(35)
    at_once = queue.take_due()
    assert len(at_once) < 100 * (LATE_LIMIT_SECONDS / 10) * 2
    for due in at_once:
        queue.finished(due)
    after = run_until(queue, clock, 100)
    busiest = max(Counter(int(moment) for moment, _ in after).values())
    assert busiest <= 2.5 * 100 / 10
    total_slots = 100 * 235 / 10
    assert len(before) + len(at_once) + len(after) + queue.skipped == pytest.approx(total_slots, abs=100)
    assert queue.skipped >= 300


def test_a_short_stall_runs_everything_late_and_skips_nothing(clock, service):
    queue = started_queue(clock, [service(pk) for pk in range(1, 101)])
    run_until(queue, clock, 20)
    clock.advance(0.8)
    assert len(queue.take_due()) == pytest.approx(8, abs=6)
    assert queue.skipped == 0


def test_seldom_checked_service_is_not_forgotten_for_a_day_after_a_pause(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=86_400)])
    clock.advance(queue.next_due() - clock.monotonic() + 30)
    assert queue.take_due() == []
    assert queue.skipped == 1
    assert len(run_until(queue, clock, CATCH_UP_SECONDS)) == 1


def test_void_check_of_a_seldom_checked_service_is_repeated_soon(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=86_400)])
    clock.advance(queue.next_due() - clock.monotonic())
    (due,) = queue.take_due()
    queue.finished(due, is_void=True)
    assert len(run_until(queue, clock, CATCH_UP_SECONDS)) == 1


def test_due_expires_when_the_next_slot_comes(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=10)])
    clock.advance(queue.next_due() - clock.monotonic())
    (due,) = queue.take_due()
    assert due.expires == pytest.approx(due.slot + 10)
    assert queue.next_due() == pytest.approx(due.expires, abs=0.001)


def run_with_stalls(queue: DueQueue, clock: VirtualClock, free_seconds: float, stall_seconds: float) -> Counter[int]:
    """Two minutes in which the process stands still again and again; how often each service was run."""
    runs: Counter[int] = Counter()
    end = clock.monotonic() + 120
    while clock.monotonic() < end:
        runs.update(due.service.pk for _, due in run_until(queue, clock, free_seconds))
        clock.advance(stall_seconds)
        for due in queue.take_due():
            runs[due.service.pk] += 1
            queue.finished(due)
    return runs


@pytest.mark.parametrize(
    ("free_seconds", "stall_seconds"), [(7, 3), (3, 2), (1, 9), (0.02, 4)], ids=lambda seconds: f"{seconds} s"
)
def test_service_whose_slots_always_fall_into_a_stall_is_checked_all_the_same(
    clock, service, free_seconds, stall_seconds
):
    """Stalls may come in step with the slots, for ever."""
    services = [service(pk, interval_seconds=10) for pk in range(1, 101)]
    runs = run_with_stalls(started_queue(clock, services), clock, free_seconds, stall_seconds)
    assert len(runs) == 100
    assert min(runs.values()) >= 2


def test_skipped_slot_is_made_up_for_soon(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    clock.advance(queue.next_due() - clock.monotonic() + 2)
    assert queue.take_due() == []
    assert queue.next_due() - clock.monotonic() <= SOON_SECONDS


def test_after_some_skips_in_a_row_it_is_run_however_late(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    for _ in range(SKIPS_IN_A_ROW):
        clock.advance(queue.next_due() - clock.monotonic() + 100)
        assert queue.take_due() == []
    clock.advance(queue.next_due() - clock.monotonic() + 100)
    (due,) = queue.take_due()
    assert due.expires == pytest.approx(clock.monotonic() + 60)


def test_many_skipped_slots_are_made_up_for_no_faster_than_they_were_missed(clock, service):
    services = [service(pk, interval_seconds=60) for pk in range(1, 1201)]
    queue = started_queue(clock, services)
    run_until(queue, clock, 60)
    clock.advance(30)
    for due in queue.take_due():
        queue.finished(due)
    starts = [moment - clock.monotonic() for moment, _ in run_until(queue, clock, 30)]
    usual = 1200 / 60
    assert max(Counter(int(moment) for moment in starts).values()) <= 2 * usual * 1.5


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(0.001, 40), st.booleans()), min_size=5, max_size=60),
    intervals=st.lists(st.integers(5, 60), min_size=1, max_size=8),
)
def test_every_slot_is_either_run_or_counted_as_skipped(steps, intervals):
    """However time jumps and whenever checks end. What makes up for skipped slots may be run beside them."""
    clock = VirtualClock()
    services = [
        ServiceDefinition(pk, f"s{pk}", "", "", "fake", "", (), {}, {}, interval, True, False, 1)
        for pk, interval in enumerate(intervals, 1)
    ]
    queue = started_queue(clock, services)
    runs = 0
    running: list[Due] = []
    for seconds, is_ending in steps:
        clock.advance(seconds)
        batch = queue.take_due()
        assert len({due.service.pk for due in batch}) == len(batch)
        assert not {due.service.pk for due in batch} & {due.service.pk for due in running}
        runs += len(batch)
        running += batch
        if is_ending:
            for due in running:
                queue.finished(due)
            running = []
    elapsed = clock.elapsed
    begin = clock.now().timestamp() - elapsed
    slots = 0
    for entry in services:
        phase, interval = phase_seconds(entry.service_id, entry.interval_seconds), entry.interval_seconds
        slots += int((begin + elapsed - phase) // interval) - int((begin - phase) // interval)
    assert runs + queue.skipped >= slots - (len(services) * 0.01 + 1)


def test_retries_come_between_the_slots_and_take_none_of_them_away(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    slot = queue.next_due()
    clock.advance(slot - clock.monotonic())
    moments = []
    for retry_in in (12, 12, None, 12, None):
        (due,) = queue.take_due()
        moments.append(round(clock.monotonic() - slot, 3))
        queue.finished(due)
        if retry_in:
            queue.retry(1, retry_in)
        clock.advance(queue.next_due() - clock.monotonic())
    assert moments == pytest.approx([0, 12, 24, 60, 72])


@pytest.mark.parametrize(
    ("seconds_after_slot", "next_seconds"), [(40, 52), (42.9, 54.9), (43.1, 60), (50, 60), (59, 60)]
)
def test_retry_that_would_come_close_to_a_slot_is_left_to_the_slot(clock, service, seconds_after_slot, next_seconds):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    slot = queue.next_due()
    clock.advance(slot - clock.monotonic())
    (due,) = queue.take_due()
    clock.advance(seconds_after_slot)
    queue.finished(due)
    queue.retry(1, 12)
    assert queue.next_due() - slot == pytest.approx(next_seconds)
    clock.advance(queue.next_due() - clock.monotonic())
    assert len(queue.take_due()) == 1


def test_slot_soon_after_a_retry_is_kept(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    slot = queue.next_due()
    clock.advance(slot - clock.monotonic())
    queue.take_due()
    clock.advance(41)
    queue.retry(1, 12)
    clock.advance(12)
    assert queue.take_due() == []  # the first one still runs
    assert queue.next_due() - slot == pytest.approx(60)


def test_retry_never_runs_beside_the_check_it_repeats(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    clock.advance(queue.next_due() - clock.monotonic())
    (due,) = queue.take_due()
    queue.retry(1, 12)
    clock.advance(12)
    assert queue.take_due() == []
    queue.finished(due)
    clock.advance(queue.next_due() - clock.monotonic())
    assert len(queue.take_due()) == 1


def test_late_retry_is_made_up_and_the_slot_stays(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    slot = queue.next_due()
    clock.advance(slot - clock.monotonic())
    queue.finished(queue.take_due()[0])
    queue.retry(1, 12)
    clock.advance(15)
    assert queue.take_due() == []
    clock.advance(queue.next_due() - clock.monotonic())
    assert clock.monotonic() - slot < 25
    queue.finished(queue.take_due()[0])
    assert queue.next_due() - slot == pytest.approx(60)


def test_paused_service_is_due_when_the_pause_ends(clock, service):
    queue = started_queue(clock, [service(1), service(2)])
    queue.pause(1, clock.monotonic() + 300)
    assert queue.is_paused(1)
    starts = run_until(queue, clock, 305)
    assert [round(moment - 1000) for moment, due in starts if due.service.pk == 1] == [300]
    assert not queue.is_paused(1)
    assert sum(1 for _, due in starts if due.service.pk == 2) >= 29


def test_service_paused_for_ever_waits_for_its_end(clock, service):
    queue = started_queue(clock, [service(1)])
    queue.pause(1, None)
    assert run_until(queue, clock, 10_000) == []
    queue.retry(1, 5)
    assert queue.next_due() is None
    queue.resume(1, at_once=True)
    assert [round(moment - 11_000) for moment, _ in run_until(queue, clock, 1)] == [0]


def test_resumed_service_goes_to_its_next_slot(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=60)])
    slot = queue.next_due()
    queue.pause(1, None)
    queue.resume(1, at_once=False)
    assert (queue.next_due() - slot) % 60 == pytest.approx(0, abs=1e-6)


def test_pause_that_ended_in_the_past_is_over_at_once(clock, service):
    queue = started_queue(clock, [service(1)])
    queue.pause(1, clock.monotonic() - 100)
    assert len(queue.take_due()) == 1
    assert queue.skipped == 0


def test_check_that_found_nothing_out_does_not_end_a_pause(clock, service):
    queue = started_queue(clock, [service(1, interval_seconds=600)])
    clock.advance(queue.next_due() - clock.monotonic())
    (due,) = queue.take_due()
    queue.pause(1, None)
    queue.finished(due, is_void=True)
    assert queue.next_due() is None


def test_nothing_is_planned_for_services_that_are_not_there(clock):
    queue = DueQueue(clock)
    queue.retry(1, 5)
    queue.pause(1, None)
    queue.resume(1, at_once=True)
    assert queue.next_due() is None
    assert not queue.is_paused(1)
