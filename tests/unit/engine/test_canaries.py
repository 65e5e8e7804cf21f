"""The monitor's distrust of itself, in virtual time."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.canaries import BELT_SECONDS, BLIND_SECONDS, LATELY_SECONDS, ROUND_SECONDS, Canaries
from monitor_app.engine.doubts import OFFLINE_MESSAGE, TOGETHER_SECONDS, UNCERTAIN_MESSAGE, Doubts
from tests.virtual_time import VirtualClock, run_virtual


@dataclass(eq=False)
class Bird:
    """A canary that answers, or is silent for two seconds."""

    name: str = "bird"
    sings: bool = True
    asked: list[float] = field(default_factory=list)

    async def is_alive(self) -> bool:
        self.asked.append(asyncio.get_running_loop().time() - 1000)
        await asyncio.sleep(0.01 if self.sings else 2.0)
        return self.sings


class Rig:
    def __init__(self, clock: VirtualClock, *birds: Bird, services: int = 100) -> None:
        self.clock = clock
        self.recorded: list[CheckResult] = []
        self.changes: list[bool] = []
        self.canaries = Canaries(birds, clock, on_change=lambda since: self.changes.append(since is not None))
        self.doubts = Doubts(self.canaries, clock, self.recorded.append, lambda: services)

    def take(self, *statuses: Status, pk: int = 1) -> None:
        for status in statuses:
            self.doubts.take(CheckResult(pk, self.clock.now(), status, "words", 1.0))

    @property
    def statuses(self) -> list[Status]:
        return [result.status for result in self.recorded]


@pytest.fixture
def run(clock: VirtualClock) -> Callable[..., None]:
    def run(rig: Rig, scene: Callable[[], Any]) -> None:
        async def main() -> None:
            rounds = asyncio.create_task(rig.canaries.run())
            await asyncio.sleep(5)
            await scene()
            assert not rounds.done()
            rounds.cancel()

        run_virtual(clock, main())

    return run


def test_rounds_come_every_ten_seconds_and_soon_when_asked_but_not_more_than_one_a_second(clock, run):
    bird = Bird()
    rig = Rig(clock, bird)

    async def scene() -> None:
        await asyncio.sleep(16)
        assert bird.asked == pytest.approx([0, 10, 20], abs=0.1)
        for _ in range(20):
            rig.canaries.ask()
            await asyncio.sleep(0.1)
        assert len(bird.asked) == 6

    run(rig, scene)
    assert ROUND_SECONDS == 10


def test_first_failure_waits_for_a_round_that_began_after_it(clock, run):
    rig = Rig(clock, Bird())

    async def scene() -> None:
        rig.take(Status.FAILED)
        assert (rig.statuses, rig.doubts.held) == ([], 1)
        await asyncio.sleep(0.1)
        assert rig.statuses == [Status.FAILED]
        rig.take(Status.FAILED, Status.FAILED)
        assert rig.statuses == [Status.FAILED] * 3

    run(rig, scene)


def test_failures_while_the_network_is_away_are_unknown_and_say_why(clock, run, caplog):
    caplog.set_level(logging.INFO)
    bird = Bird("the gateway")
    rig = Rig(clock, bird)

    async def scene() -> None:
        bird.sings = False
        rig.take(Status.FAILED)
        rig.take(Status.OK, pk=2)
        await asyncio.sleep(2.5)
        assert rig.statuses == [Status.OK, Status.UNKNOWN]
        assert rig.recorded[-1].message == OFFLINE_MESSAGE + "words"
        assert rig.recorded[-1].response_ms is None
        assert rig.canaries.is_offline
        rig.take(Status.FAILED, Status.DEGRADED, pk=3)
        assert rig.statuses[2:] == [Status.UNKNOWN, Status.DEGRADED]
        bird.sings = True
        await asyncio.sleep(4)
        assert not rig.canaries.is_offline
        rig.take(Status.FAILED)
        await asyncio.sleep(1.1)
        assert rig.statuses[4:] == [Status.FAILED]

    run(rig, scene)
    assert rig.changes == [True, False]
    told = [record.message for record in caplog.records]
    assert told == [
        "the monitor has lost its network; failures are held as unknown",
        "the monitor has its network again; failures count again",
    ]
    assert caplog.records[0].fields == {"silent": ["the gateway"]}


def test_one_canary_that_answers_is_enough(clock, run):
    rig = Rig(clock, silent := Bird(), Bird())

    async def scene() -> None:
        silent.sings = False
        rig.take(Status.FAILED)
        await asyncio.sleep(0.1)
        assert rig.statuses == [Status.FAILED]
        await asyncio.sleep(60)
        assert not rig.canaries.is_offline

    run(rig, scene)


def test_canary_that_never_answered_does_not_count(clock, run):
    rig = Rig(clock, Bird(sings=False))

    async def scene() -> None:
        rig.take(Status.FAILED)
        assert rig.statuses == [Status.FAILED]
        await asyncio.sleep(60)
        assert (rig.canaries.is_counting, rig.canaries.is_offline) == (False, False)

    run(rig, scene)


def test_without_canaries_the_rule_is_off(clock, run):
    rig = Rig(clock)

    async def scene() -> None:
        rig.take(Status.FAILED)
        assert rig.statuses == [Status.FAILED]

    run(rig, scene)


def test_most_services_failing_while_one_canary_is_silent_is_the_network_too(clock, run):
    uplink = Bird("uplink")
    rig = Rig(clock, Bird(), uplink, services=10)

    async def scene() -> None:
        uplink.sings = False
        await asyncio.sleep(10)
        for pk in range(1, 7):
            rig.take(Status.FAILED, pk=pk)
            await asyncio.sleep(1.5)
        assert rig.statuses[:4] == [Status.FAILED] * 4
        assert rig.statuses[-1] is Status.UNKNOWN
        assert rig.canaries.is_offline
        await asyncio.sleep(600)
        rig.take(Status.FAILED, pk=8)
        assert rig.statuses[-1] is Status.UNKNOWN
        rig.take(Status.OK, pk=9)
        assert rig.canaries.is_offline
        for pk in range(1, 7):
            rig.take(Status.OK, pk=pk)
        assert not rig.canaries.is_offline

    run(rig, scene)


def test_most_services_failing_are_believed_when_all_canaries_answer(clock, run):
    rig = Rig(clock, Bird(), Bird(), services=10)

    async def scene() -> None:
        for pk in range(1, 11):
            rig.take(Status.FAILED, pk=pk)
        await asyncio.sleep(0.1)
        assert rig.statuses == [Status.FAILED] * 10

    run(rig, scene)


def test_failures_that_come_one_after_the_other_are_believed(clock, run):
    uplink = Bird("uplink")
    rig = Rig(clock, Bird(), uplink, services=10)

    async def scene() -> None:
        uplink.sings = False
        for pk in range(1, 11):
            rig.take(Status.FAILED, pk=pk)
            await asyncio.sleep(TOGETHER_SECONDS / 5 + 0.1)
        assert rig.statuses == [Status.FAILED] * 10

    run(rig, scene)


def test_canary_that_has_long_been_silent_proves_nothing(clock, run):
    old = Bird("old")
    rig = Rig(clock, Bird(), old, services=4)

    async def scene() -> None:
        old.sings = False
        await asyncio.sleep(LATELY_SECONDS + 20)
        for pk in range(1, 5):
            rig.take(Status.FAILED, pk=pk)
        await asyncio.sleep(1.1)
        assert rig.statuses == [Status.FAILED] * 4

    run(rig, scene)


def test_order_of_a_service_is_kept_while_its_failure_waits(clock, run):
    rig = Rig(clock, Bird())

    async def scene() -> None:
        rig.take(Status.FAILED, Status.OK, Status.FAILED)
        rig.take(Status.OK, pk=2)
        assert rig.statuses == [Status.OK]
        await asyncio.sleep(1.2)
        assert rig.statuses == [Status.OK, Status.FAILED, Status.OK, Status.FAILED]

    run(rig, scene)


def test_what_is_held_of_a_service_that_is_gone_is_dropped(clock, run):
    rig = Rig(clock, Bird())

    async def scene() -> None:
        rig.take(Status.FAILED)
        rig.doubts.forget([1])
        await asyncio.sleep(2)
        assert rig.recorded == []

    run(rig, scene)


def test_broken_canary_is_logged_and_stops_nothing(clock, run, caplog):
    class Broken(Bird):
        async def is_alive(self) -> bool:
            raise ZeroDivisionError("a bug")

    rig = Rig(clock, Broken(), Bird())

    async def scene() -> None:
        rig.take(Status.FAILED)
        await asyncio.sleep(0.1)
        assert rig.statuses == [Status.FAILED]

    run(rig, scene)
    assert "a canary is broken" in caplog.text


def test_end_waits_for_the_canaries_a_moment_and_keeps_what_stays_uncertain(clock, run):
    bird = Bird()
    rig = Rig(clock, bird)

    async def scene() -> None:
        rig.take(Status.FAILED)
        await rig.doubts.settle(1.5)
        assert rig.statuses == [Status.FAILED]
        bird.sings = False
        rig.take(Status.OK)
        rig.take(Status.FAILED, Status.OK)
        await rig.doubts.settle(0.5)
        assert rig.statuses[2:] == [Status.UNKNOWN, Status.OK]
        assert rig.recorded[2].message == UNCERTAIN_MESSAGE + "words"
        assert rig.doubts.held == 0
        await rig.doubts.settle(100)

    run(rig, scene)


def test_what_is_held_of_a_service_is_recorded_before_what_it_reports_itself(clock, run):
    rig = Rig(clock, Bird())

    async def scene() -> None:
        rig.take(Status.FAILED)
        rig.take(Status.FAILED, pk=2)
        rig.doubts.release(1)
        assert [result.service_pk for result in rig.recorded] == [1]
        rig.doubts.release(7)
        assert rig.doubts.held == 1

    run(rig, scene)


def test_most_failing_at_the_start_is_no_network_while_no_canary_ever_answered(clock, run):
    rig = Rig(clock, Bird("the gateway", sings=False), services=100)

    async def scene() -> None:
        rig.take(Status.FAILED, pk=1)
        rig.take(Status.FAILED, pk=2)
        assert not rig.canaries.is_offline
        rig.take(Status.FAILED, pk=3)
        rig.take(Status.FAILED, pk=4)
        assert rig.statuses[-1] is Status.UNKNOWN
        assert rig.canaries.is_offline
        for pk in range(11, 15):
            rig.take(Status.OK, pk=pk)
        assert not rig.canaries.is_offline
        rig.take(Status.FAILED, pk=3)
        assert rig.statuses[-1] is Status.FAILED

    run(rig, scene)
    assert rig.changes == [True, False]


@pytest.mark.parametrize("comes_back", [False, True], ids=["never answers", "answers"])
def test_network_that_was_never_seen_is_waited_for_only_so_long(clock, run, comes_back):
    bird = Bird(sings=False)
    rig = Rig(clock, bird, services=3)

    async def scene() -> None:
        for pk in (1, 2, 3):
            rig.take(Status.FAILED, pk=pk)
        await asyncio.sleep(BLIND_SECONDS - 20)
        assert rig.canaries.is_offline
        bird.sings = comes_back
        await asyncio.sleep(4 if comes_back else 30)
        assert not rig.canaries.is_offline
        bird.sings = True
        for pk in (1, 2, 3):
            rig.take(Status.FAILED, pk=pk)
        await asyncio.sleep(1.1)
        assert rig.statuses[-3:] == [Status.FAILED] * 3

    run(rig, scene)


def test_many_failures_at_once_cost_each_the_same(clock):
    rig = Rig(clock, services=20_000)
    began = time.process_time()
    for pk in range(20_000):
        rig.take(Status.FAILED, pk=pk)
    assert time.process_time() - began < 5
    assert len(rig.recorded) == 20_000


def test_canary_that_never_ends_is_cut_off(clock, run):
    class Stuck(Bird):
        async def is_alive(self) -> bool:
            await asyncio.Event().wait()
            return True

    rig = Rig(clock, Bird(), Stuck())

    async def scene() -> None:
        await asyncio.sleep(20)
        rig.take(Status.FAILED)
        await asyncio.sleep(BELT_SECONDS + 1.1)
        assert rig.statuses == [Status.FAILED]

    run(rig, scene)


def test_round_in_which_this_process_stood_still_says_nothing(clock, run):
    class Slow(Bird):
        async def is_alive(self) -> bool:
            is_heard = self.sings
            await asyncio.sleep(0.01 if is_heard else 2.0)
            return is_heard

    bird = Slow()
    rig = Rig(clock, bird)

    async def scene() -> None:
        bird.sings = False
        rig.take(Status.FAILED)
        await asyncio.sleep(0.5)
        bird.sings = True
        clock.advance(60)
        await asyncio.sleep(1.5)
        assert rig.statuses == [Status.FAILED]
        assert rig.changes == []

    run(rig, scene)


def test_next_term_does_not_inherit_who_failed_together(clock, run):
    uplink = Bird("uplink")
    rig = Rig(clock, Bird(), uplink, services=4)

    async def scene() -> None:
        uplink.sings = False
        await asyncio.sleep(10)
        for pk in range(1, 5):
            rig.take(Status.FAILED, pk=pk)
        assert rig.canaries.is_offline
        rig.canaries.release()
        await asyncio.sleep(3)
        assert not rig.canaries.is_offline

    run(rig, scene)


def test_services_that_are_well_again_are_not_among_those_that_fail_together(clock, run):
    uplink = Bird("uplink")
    rig = Rig(clock, Bird(), uplink, services=10)

    async def scene() -> None:
        uplink.sings = False
        await asyncio.sleep(10)
        for pk in range(1, 11):
            rig.take(Status.FAILED, Status.OK, pk=pk)
        await asyncio.sleep(1.1)
        assert not rig.canaries.is_offline

    run(rig, scene)
    assert rig.changes == []
