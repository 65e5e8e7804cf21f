"""A wall clock that is set back and forth by an hour, and both changes of daylight saving time.

Nothing pauses, bursts or is doubled; no time is negative; each result counts once.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.due import RETRY_APART_SECONDS, Due, DueQueue
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.scheduler import Scheduler
from monitor_app.engine.steward import Steward
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from tests.drills import rounds
from tests.engine_process import add_services
from tests.integration.drills.conftest import AtPace, Launch
from tests.invariants import (
    must_be_stored_once,
    must_be_summed_once,
    must_follow_from_results,
    must_have_sound_spans,
    must_hold_acknowledged,
    must_not_be_unknown,
    read_past,
)
from tests.paces import at_any_pace
from tests.pauses import own_pauses
from tests.servers.http import Exchange, HttpServer, reply
from tests.shifted_clock import ShiftedClock
from tests.tuned_engine import Tuning
from tests.virtual_time import START, VirtualClock, run_virtual

SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
INTERVAL_SECONDS = 60
# Seconds of the test and how far the clock is set then.
JUMPS = {
    "back and forth": [(900.003, -HOUR), (2700.003, HOUR), (4000.003, HOUR), (4100.003, -HOUR)],
    "back": [(1800.003, -HOUR)],
    "forth": [(1800.003, HOUR)],
}
CHANGES = {"spring": SPRING, "autumn": AUTUMN}
SOME_JUMPS = [name for _, name in zip(rounds(1, 3), JUMPS, strict=False)]
WAIT_SECONDS = 300  # for two rounds at the slowest pace
SOME_CHANGES = [name for _, name in zip(rounds(1, 2), CHANGES, strict=False)]


@pytest.fixture(autouse=True)
def local_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where clocks change twice a year."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


class House:
    """Scheduler, evaluation and outbox of an engine; a check takes a moment, and each service falters in its turn."""

    def __init__(self, clock: VirtualClock, services: list[ServiceDefinition], next_id: int) -> None:
        self.clock = clock
        self.starts: dict[int, list[float]] = defaultdict(list)
        self.batches: list[Batch] = []
        self.queue = DueQueue(clock)
        self._outbox = Outbox()
        self.steward = Steward(
            clock=clock,
            queue=self.queue,
            rulebook=RuleBook(KindRegistry()),
            outbox=self._outbox,
            states=[],
            next_id=next_id,
        )
        self.scheduler = Scheduler(self.queue, self._dispatch, clock, lambda: None)
        self.steward.wake = self.scheduler.wake
        self.steward.take_over(services)

    async def run(self, seconds: float) -> None:
        """Check, look for silence, and hand over what is to be written."""
        self.scheduler.start()
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            await asyncio.sleep(1)
            self.steward.look_for_silence()
            if (batch := self._outbox.batch()) is not None:
                self.batches.append(batch)
                self._outbox.ack()
        self.scheduler.stop()

    def _dispatch(self, batch: list[Due]) -> None:
        for due in self.steward.let_through(batch):
            pk = due.service.pk
            self.starts[pk].append(self.clock.monotonic())
            # Up for twelve, down for six.
            status = Status.FAILED if (len(self.starts[pk]) + pk) % 18 > 11 else Status.OK
            result = CheckResult(pk, self.clock.now(), status, status.name, 50.0)
            asyncio.get_running_loop().call_later(0.05, self._found, due, result)

    def _found(self, due: Due, result: CheckResult) -> None:
        self.steward.evaluator.take(result)
        self.queue.finished(due)
        self.steward.silence.hear(due.service.pk)


@pytest.mark.drill
@pytest.mark.parametrize("way", SOME_JUMPS)
@pytest.mark.parametrize("season", SOME_CHANGES)
async def test_hours_over_a_change_of_the_clock(sqlite, monkeypatch, way, season):
    clock, jumps, change = VirtualClock(), JUMPS[way], CHANGES[season]
    clock.set_wall_clock(change - timedelta(minutes=50) - START)

    class WallClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return clock.now().astimezone(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", WallClock)
    services = await add_services(
        sqlite, {f"s{number}": "http://host.example" for number in range(12)}, interval_seconds=INTERVAL_SECONDS,
        breaker_failures=0,
    )  # fmt: skip
    history = SqlHistory(sqlite)
    epoch = await history.begin_epoch()
    house = House(clock, services, epoch.next_result_id)
    seconds = 4800

    async def hours() -> None:
        for at, by in jumps:
            asyncio.get_running_loop().call_later(at, clock.set_wall_clock, by)
        await house.run(seconds)

    await asyncio.to_thread(run_virtual, clock, hours())
    assert (house.scheduler.clock_jumps, house.scheduler.stalls, house.queue.skipped) == (len(jumps), 0, 0)
    must_be_regular(house, seconds)
    for number, batch in enumerate(house.batches, 1):
        await history.record(epoch, batch)
        if number % 150 == 0:
            await merge(sqlite, epoch, batch.results[-1][1].checked_at if batch.results else clock.now())
    past = await read_past(sqlite, services)
    assert len(past.ids) == sum(map(len, house.starts.values()))
    await must_be_stored_once(past)
    await must_be_summed_once(past)
    must_have_sound_spans(past, is_clock_steady=False)
    must_follow_from_results(past)
    must_not_be_unknown(past)
    assert all(past.downtimes[service.pk] for service in services)
    since, until = change - 3 * HOUR, change + 5 * HOUR
    for uptime in (await history.uptime(None, since, until)).values():
        parts = (uptime.up_seconds, uptime.down_seconds, uptime.gap_seconds)
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx((until - since).total_seconds())


def must_be_regular(house: House, seconds: float) -> None:
    """By the clock that nobody sets: no pause, no burst, no double."""
    for pk, moments in house.starts.items():
        apart = [later - sooner for sooner, later in pairwise(moments)]
        assert max(apart) <= INTERVAL_SECONDS * 1.5 + 0.2, f"service {pk} was left out: {max(apart)}"
        assert min(apart) >= RETRY_APART_SECONDS - 0.2, f"service {pk} was doubled: {min(apart)}"
    begun = min(moment for moments in house.starts.values() for moment in moments)
    together = Counter(int(moment) for moments in house.starts.values() for moment in moments if moment > begun + 5)
    assert max(together.values()) <= 4


class Arrivals:
    """When each path was asked, by this process's clock, which nobody sets."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        self.times.setdefault(exchange.request.path, []).append(asyncio.get_running_loop().time())
        await reply(200)(exchange)


@pytest.mark.drill
@at_any_pace
async def test_process_whose_clock_is_set_while_it_checks(
    server: HttpServer, sqlite_at: AtPace, launch: Launch, tmp_path: Path, pace: int
) -> None:
    sqlite, sqlite_url = sqlite_at(pace)
    arrivals: Any = Arrivals()
    paths = [f"/{number}" for number in range(40)]
    for path in paths:
        server.on(path, arrivals)
    services = await add_services(
        sqlite, {f"s{path[1:]}": server.url(path) for path in paths}, interval_seconds=2 * pace
    )
    last_id = jumps = 0
    for change in map(CHANGES.__getitem__, SOME_CHANGES):
        clock = ShiftedClock(tmp_path)
        shift = int(change.timestamp() - time.time()) - 4
        clock.set_by(shift)
        tuning, berlin = Tuning(merge_seconds=0.5), {"TZ": "Europe/Berlin"} | clock.environment
        async with own_pauses() as pauses, launch(sqlite_url, tuning, **berlin) as engine:
            await engine.until_committed(90, WAIT_SECONDS)
            for seconds in (-3600, 3600, 0):
                clock.set_by(shift + seconds)
                await engine.until_committed(engine.committed + 30, WAIT_SECONDS)
            assert await engine.stop() == 0
        jumps += engine.stats["clock_jumps"]
        past = await read_past(sqlite, services)
        must_hold_acknowledged(past, engine, last_id)
        last_id = past.last_id
        assert past.statuses(services) == {Status.OK}
        blur = pauses.longest
        for path, moments in arrivals.times.items():
            # The very first check waits for imports; each may be up to a second late, and noted later.
            apart = [later - sooner for sooner, later in pairwise(moments[1:])]
            assert min(apart) > 0.9 * pace - blur, f"{path} was checked twice: {apart}"
            late = blur + 2 * pace * engine.stats["skipped"]
            assert max(apart) < 3.1 * pace + late, f"{path} was left out: {apart}"
        arrivals.times.clear()
        await must_be_stored_once(past)
        must_have_sound_spans(past, is_clock_steady=False)
        if change is SPRING:
            await must_be_summed_once(past)
            must_not_be_unknown(past)
    assert jumps == 3 * len(SOME_CHANGES)
