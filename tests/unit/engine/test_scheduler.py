"""APScheduler on the due-queue, in virtual time; its wall clock is the tests' too."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

import pytest
from apscheduler.job import Job

from monitor_app.domain.schedule import count_slots, phase_seconds
from monitor_app.engine.due import Due, DueQueue
from monitor_app.engine.scheduler import DRAIN_GAP_SECONDS, TICK_SECONDS, WATCH_SECONDS, Scheduler
from tests.virtual_time import VirtualClock, run_virtual


class Bench:
    """A scheduler whose dispatched checks end at once."""

    def __init__(self, clock: VirtualClock, services: list) -> None:
        self.clock = clock
        self.starts: list[tuple[float, Due]] = []
        self.stalls: list[float] = []  # when they were noticed
        self.queue = DueQueue(clock)
        self.queue.start(services, {entry.pk: clock.now() - timedelta(seconds=9) for entry in services})
        self.scheduler = Scheduler(self.queue, self.dispatch, clock, self.on_stall)

    def dispatch(self, batch: list[Due]) -> None:
        for due in batch:
            self.starts.append((self.clock.monotonic(), due))
            self.queue.finished(due)

    def on_stall(self) -> None:
        self.stalls.append(self.clock.monotonic())

    def gaps(self, pk: int) -> list[float]:
        moments = [moment for moment, due in self.starts if due.service.pk == pk]
        return [later - sooner for sooner, later in pairwise(moments)]


@pytest.fixture(autouse=True)
def wall_clock_of_apscheduler(monkeypatch: pytest.MonkeyPatch, clock: VirtualClock) -> None:
    class FakeDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return clock.now().astimezone(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", FakeDatetime)


def test_checks_start_on_time_and_ticks_are_limited(clock, service):
    bench = Bench(clock, [service(pk) for pk in range(1, 201)])

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(600)
        bench.scheduler.stop()

    run_virtual(clock, main())
    runs = Counter(due.service.pk for _, due in bench.starts)
    assert set(runs.values()) <= {60, 61}
    assert max(moment - due.slot for moment, due in bench.starts) <= DRAIN_GAP_SECONDS + 0.001
    assert bench.queue.skipped == 0
    assert bench.scheduler.job_events["executed"] <= 600 / TICK_SECONDS + 1
    assert set(bench.scheduler.job_events) == {"executed"}


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)], ids=["back", "forward"])
def test_wall_clock_set_by_an_hour_neither_stops_nor_doubles_checks(clock, service, jump):
    services = [service(pk) for pk in range(1, 501)]
    bench = Bench(clock, services)

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(60.003)
        clock.set_wall_clock(jump)
        await asyncio.sleep(60)
        bench.scheduler.stop()

    run_virtual(clock, main())
    for entry in services:
        assert bench.gaps(entry.pk) == pytest.approx([10] * len(bench.gaps(entry.pk)), abs=WATCH_SECONDS + 0.03)
    assert len(bench.starts) == pytest.approx(500 * 12, abs=5)
    assert max(moment - due.slot for moment, due in bench.starts) < WATCH_SECONDS + 0.03
    assert bench.queue.skipped == 0
    assert bench.scheduler.clock_jumps == 1


def test_many_small_steps_of_the_wall_clock_stop_nothing(clock, service):
    """Each too small to be told from drift."""
    bench = Bench(clock, [service(pk) for pk in range(1, 51)])

    async def main() -> None:
        bench.scheduler.start()
        for _ in range(1000):
            await asyncio.sleep(0.1)
            clock.set_wall_clock(timedelta(milliseconds=-45))
        bench.scheduler.stop()

    run_virtual(clock, main())
    assert len(bench.starts) == pytest.approx(50 * 10, abs=1)
    assert max(moment - due.slot for moment, due in bench.starts) < 2.2 * WATCH_SECONDS


def test_added_service_starts_at_once_though_nothing_else_is_due(clock, service):
    bench = Bench(clock, [])

    async def main() -> float:
        bench.scheduler.start()
        await asyncio.sleep(7.01)
        bench.queue.apply([service(1, interval_seconds=3600)])
        bench.scheduler.wake()
        added_at = clock.monotonic()
        await asyncio.sleep(1)
        bench.scheduler.stop()
        return added_at

    added_at = run_virtual(clock, main())
    assert [moment for moment, _ in bench.starts] == pytest.approx([added_at], abs=0.001)


def test_process_that_stood_still_bursts_nothing(clock, service):
    services = [service(pk) for pk in range(1, 101)]
    bench = Bench(clock, services)
    begin = clock.now().timestamp()

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(20)
        clock.advance(33)  # nothing runs meanwhile, as after SIGSTOP
        await asyncio.sleep(30)
        bench.scheduler.stop()

    run_virtual(clock, main())
    assert bench.stalls == pytest.approx([1053], abs=0.2)
    per_second = Counter(int(moment) for moment, due in bench.starts)
    assert max(per_second.values()) <= 25
    assert bench.queue.skipped == pytest.approx(330, abs=15)
    slots = sum(count_slots(begin, begin + 83, phase_seconds(entry.service_id, 10), 10) for entry in services)
    # Each service may be checked once more, to make up for what was skipped.
    assert slots - 1 <= len(bench.starts) + bench.queue.skipped <= slots + len(services)


def test_failing_dispatch_is_counted_and_the_next_tick_runs(clock, service):
    bench = Bench(clock, [service(1)])
    dispatch, calls = bench.dispatch, []

    def fail_once(batch: list[Due]) -> None:
        calls.append(batch)
        if len(calls) == 1:
            bench.queue.finished(batch[0])
            raise RuntimeError("dispatch is broken")
        dispatch(batch)

    bench.scheduler = Scheduler(bench.queue, fail_once, clock, bench.on_stall)

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(35)
        bench.scheduler.stop()

    run_virtual(clock, main())
    assert bench.scheduler.job_events["error"] == 1
    assert len(bench.starts) >= 2


def test_stopped_scheduler_dispatches_nothing(clock, service):
    bench = Bench(clock, [service(pk) for pk in range(1, 101)])

    async def main() -> int:
        bench.scheduler.start()
        await asyncio.sleep(5)
        clock.advance(0.5)
        bench.scheduler.wake()
        bench.scheduler.stop()
        started = len(bench.starts)
        bench.scheduler.wake()
        await asyncio.sleep(60)
        return started

    assert run_virtual(clock, main()) == len(bench.starts) > 0


def test_a_thousand_changes_at_once_wake_it_once(clock, service, monkeypatch):
    bench = Bench(clock, [])
    modified: list[float] = []

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(7.01)
        modify = Job.modify
        monkeypatch.setattr(Job, "modify", lambda job, **how: (modified.append(clock.elapsed), modify(job, **how)))
        bench.queue.apply([service(1)])
        for _ in range(1000):
            bench.scheduler.wake()
        await asyncio.sleep(0.1)
        assert [due.service.pk for _, due in bench.starts] == [1]
        assert len(modified) == 1
        bench.scheduler.wake()
        assert len(modified) == 2
        bench.scheduler.stop()

    run_virtual(clock, main())


def test_wall_clock_that_is_set_between_a_change_and_its_check_stops_nothing(clock, service):
    told: list[float] = []
    bench = Bench(clock, [])
    bench.scheduler = Scheduler(bench.queue, bench.dispatch, clock, bench.on_stall, lambda: told.append(clock.elapsed))

    async def main() -> None:
        bench.scheduler.start()
        await asyncio.sleep(7.01)
        bench.queue.apply([service(1)])
        bench.scheduler.wake()
        clock.set_wall_clock(timedelta(hours=-1))
        await asyncio.sleep(1)
        bench.scheduler.stop()

    run_virtual(clock, main())
    assert [due.service.pk for _, due in bench.starts] == [1]
    assert len(told) == 1
