"""States and due queue together, in virtual time: retries, pauses, orders, restarts, silence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

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
from monitor_app.domain.hold import Hold
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import BreakerOrder, ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.due import DueQueue
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.steward import Steward
from monitor_app.plugins.registry import KindRegistry
from tests.virtual_time import VirtualClock

KINDS = Path(__file__).parents[2] / "beating_kinds"


class House:
    """A steward whose checks end as `found` says."""

    def __init__(self, clock: VirtualClock, states: list[ServiceState] | None = None, next_id: int = 1) -> None:
        self.clock = clock
        self.queue = DueQueue(clock)
        self.rulebook = RuleBook(KindRegistry(KINDS))
        self.outbox = Outbox()
        self.checks: list[tuple[float, int]] = []
        self.found: dict[int, Status] = {}
        self.steward = Steward(
            clock=clock,
            queue=self.queue,
            rulebook=self.rulebook,
            outbox=self.outbox,
            states=states or [],
            next_id=next_id,
        )

    def state(self, pk: int = 1) -> ServiceState:
        state = self.steward.evaluator.state(pk)
        assert state is not None
        return state

    def run(self, seconds: float) -> list[float]:
        """Check what is due; returns how many seconds from now each check of the first service was."""
        begun = self.clock.monotonic()
        before = len(self.checks)
        while (due := self.queue.next_due()) is not None and due < begun + seconds:
            self.clock.advance(max(0.0, due - self.clock.monotonic()))
            for run in self.steward.let_through(self.queue.take_due()):
                pk = run.service.pk
                self.checks.append((self.clock.monotonic(), pk))
                self.result(self.found.get(pk, Status.OK), pk)
                self.queue.finished(run)
                self.steward.silence.hear(pk)
        self.clock.advance(begun + seconds - self.clock.monotonic())
        return [round(at - begun, 1) for at, pk in self.checks[before:] if pk == 1]

    def result(self, status: Status, pk: int = 1) -> None:
        self.steward.evaluator.take(CheckResult(pk, self.clock.now(), status, f"{status.name} words"))

    def written(self) -> Batch:
        batch = self.outbox.batch()
        self.outbox.ack()
        return batch or Batch([], [], [], 0)

    def changes(self) -> list[Change]:
        return [change for change in self.written().changes if not isinstance(change, ServiceEvent)]

    def restarted(self) -> "House":
        """A new engine on the same states."""
        evaluator = self.steward.evaluator
        return House(self.clock, list(evaluator._states.values()), evaluator._next_id)


@pytest.fixture
def definition(service: Callable[..., ServiceDefinition]) -> Callable[..., ServiceDefinition]:
    def make(pk: int = 1, **changes: Any) -> ServiceDefinition:
        config = {"url": f"http://host{pk}.example"} | changes.pop("config", {})
        return service(pk, kind="http", status_config=config, interval_seconds=60, **changes)

    return make


def at(clock: VirtualClock, seconds: float = 0) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


def settled(clock: VirtualClock, *services: ServiceDefinition) -> House:
    """All of them checked and well."""
    house = House(clock)
    house.steward.take_over(services)
    house.run(120)
    house.written()
    return house


def test_added_service_starts_and_its_gap_ends_with_its_first_result(clock, definition):
    house = House(clock)
    begun = clock.now()
    house.steward.take_over([definition()])
    assert house.state().status is Status.STARTING
    assert house.run(1) == [0]
    assert house.changes() == [GapOpened(1, begun, Status.STARTING), GapClosed(1, clock.now() - timedelta(seconds=1))]
    assert house.state().status is Status.OK


def test_failure_is_repeated_soon_until_it_is_confirmed_and_slots_stay(clock, definition):
    house = settled(clock, definition())
    slot = house.run(60)[0]
    house.found[1] = Status.FAILED
    first, second, third, *slots = house.run(180)
    assert first == pytest.approx(slot, abs=0.1)
    assert 10 <= second - first <= 15
    assert 10 <= third - second <= 15
    assert slots == pytest.approx([first + 60, first + 120], abs=0.1)
    (opened,) = house.changes()
    assert isinstance(opened, DowntimeOpened)
    assert opened.cause == "FAILED words"
    assert (clock.now() - opened.started_at).total_seconds() == pytest.approx(180 - first, abs=0.1)


def test_open_breaker_pauses_until_its_time_then_one_check_decides(clock, definition):
    house = settled(clock, definition(config={"breaker_failures": 3, "breaker_seconds": 200}))
    house.found[1] = Status.FAILED
    moments = house.run(1000)
    assert moments[3] - moments[2] == pytest.approx(200, abs=0.1)
    assert moments[4] - moments[3] == pytest.approx(200, abs=0.1)
    house.found[1] = Status.OK
    moments = house.run(400)
    assert house.state().status is Status.OK
    assert house.state().breaker.phase == "closed"
    assert 10 <= moments[1] - moments[0] <= 61


def order(number: int, action: Any, clock: VirtualClock, until: datetime | None = None) -> BreakerOrder:
    return BreakerOrder(number, action, "ann", "new disk", clock.now(), until)


def test_orders_of_a_person_are_followed_once(clock, definition):
    one = definition()
    house = settled(clock, one)
    opened = replace(one, breaker_order=order(1, "open", clock))
    house.steward.apply([opened])
    assert house.run(10_000) == []
    assert house.state().status is Status.STOPPED
    house.steward.apply([opened])
    closed = replace(one, breaker_order=order(2, "close", clock))
    house.steward.apply([closed])
    assert house.run(30)[0] == 0
    assert (house.state().status, house.state().breaker.phase) == (Status.OK, "closed")
    house.steward.apply([closed])
    assert house.state().breaker.order == 2


def test_breaker_that_a_person_opened_for_a_time_closes_by_itself(clock, definition):
    one = definition()
    house = settled(clock, one)
    house.steward.apply([replace(one, breaker_order=order(1, "open", clock, at(clock, 500)))])
    moments = house.run(700)
    assert moments[0] == pytest.approx(500, abs=0.1)
    assert house.state().status is Status.OK


def test_held_breaker_stays_open_when_the_service_is_changed(clock, definition):
    one = definition()
    house = settled(clock, one)
    held = replace(one, breaker_order=order(1, "open", clock))
    house.steward.apply([held])
    house.steward.apply([replace(held, status_config={"url": "http://other.example"}, revision=3)])
    assert house.run(1000) == []


def test_changed_service_is_checked_although_its_breaker_had_opened(clock, definition):
    one = definition(config={"breaker_failures": 3, "breaker_seconds": 5000})
    house = settled(clock, one)
    house.found[1] = Status.FAILED
    house.run(300)
    assert house.state().breaker.phase == "open"
    house.found[1] = Status.OK
    house.steward.apply([replace(one, status_config=one.status_config | {"url": "http://other.example"}, revision=3)])
    assert house.run(60)[0] == 0
    assert house.state().status is Status.OK


def test_recovery_lets_those_that_depend_on_it_through_at_once(clock, definition):
    config = {"breaker_failures": 3, "breaker_seconds": 5000}
    house = settled(clock, definition(1, config=config), definition(2))
    house.rulebook.relate([(1, 2)])
    house.found = {1: Status.FAILED, 2: Status.FAILED}
    house.run(400)
    assert house.state(1).breaker.phase == "open"
    house.found = {}
    begun = len(house.checks)
    house.run(200)
    recovered = [moment for moment, pk in house.checks[begun:] if pk == 2][1]
    checked = next(moment for moment, pk in house.checks[begun:] if pk == 1)
    assert checked == pytest.approx(recovered, abs=0.01)
    assert house.state(1).status is Status.OK


@pytest.mark.parametrize(("away_seconds", "is_gap"), [(100, False), (140, True), (10_000, True)])
def test_time_in_which_no_engine_ran_is_a_gap_unless_it_was_short(clock, definition, away_seconds, is_gap):
    house = settled(clock, definition())
    last = house.state().checked_at
    clock.advance(last.timestamp() + away_seconds - clock.now().timestamp())
    again = house.restarted()
    again.steward.take_over([definition()])
    changes = again.changes()
    # Two intervals and the deadline after its last check.
    assert changes == ([GapOpened(1, last + timedelta(seconds=130), Status.UNKNOWN)] if is_gap else [])
    again.run(61)
    assert [type(change) for change in again.changes()] == ([GapClosed] if is_gap else [])
    assert again.state().status is Status.OK


def test_downtime_is_never_made_of_the_time_without_an_engine(clock, definition):
    house = settled(clock, definition())
    house.result(Status.FAILED)
    clock.advance(5000)
    again = house.restarted()
    again.found[1] = Status.FAILED
    again.steward.take_over([definition()])
    begun = clock.now()
    again.run(300)
    (opened,) = [change for change in again.changes() if isinstance(change, DowntimeOpened)]
    assert opened.started_at > begun


def test_restart_goes_on_with_what_was_pending_and_with_open_breakers(clock, definition):
    pair = [definition(1), definition(2, config={"breaker_failures": 3, "breaker_seconds": 500})]
    house = settled(clock, *pair)
    house.found[2] = Status.FAILED
    house.run(100)
    opened = house.state(2).breaker
    assert opened.until is not None
    house.result(Status.FAILED)
    again = house.restarted()
    again.steward.take_over(pair)
    assert again.state(1).pending is not None
    assert again.state(1).pending.count == 1
    again.run(600)
    second = [moment for moment, pk in again.checks if pk == 2]
    assert second[0] - 1000 == pytest.approx((opened.until - at(clock)).total_seconds() + clock.elapsed, abs=0.1)


def test_pausing_and_resuming_while_no_engine_ran_is_noticed(clock, definition):
    one, two = definition(1), definition(2)
    house = settled(clock, one, two)
    house.steward.apply([replace(two, enabled=False)])
    again = house.restarted()
    again.steward.take_over([replace(one, enabled=False), two])
    assert (again.state(1).status, again.state(2).status) == (Status.STOPPED, Status.STARTING)
    assert again.run(60) == []
    assert again.state(2).status is Status.OK


def test_pausing_a_service_that_is_down_ends_its_downtime(clock, definition):
    house = settled(clock, definition())
    house.found[1] = Status.FAILED
    house.run(100)
    house.written()
    house.steward.apply([definition(is_deleted=True)])
    assert house.changes() == [DowntimeClosed(1, clock.now()), GapOpened(1, clock.now(), Status.STOPPED)]
    house.steward.apply([definition(revision=5)])
    assert house.state().status is Status.STARTING


def test_silent_service_is_unknown_from_when_it_was_silent_for_too_long(clock, definition):
    house = settled(clock, definition())
    house.steward.look_for_silence()
    for _ in range(27):
        clock.advance(5)
        house.steward.look_for_silence()
    (opened,) = house.changes()
    assert isinstance(opened, GapOpened)
    assert house.state().status is Status.UNKNOWN
    house.steward.look_for_silence()
    assert house.changes() == []


def test_service_with_an_open_breaker_is_not_called_silent(clock, definition):
    house = settled(clock, definition(config={"breaker_failures": 3, "breaker_seconds": 5000}))
    house.found[1] = Status.FAILED
    house.run(100)
    house.written()
    for _ in range(20):
        clock.advance(100)
        house.steward.look_for_silence()
    assert house.state().status is Status.FAILED
    assert house.changes() == []


def test_what_was_not_confirmed_when_the_network_was_lost_is_not_believed(clock, definition):
    house = settled(clock, definition(1), definition(2))
    house.result(Status.FAILED)
    failed_at = clock.now()
    clock.advance(5)
    house.steward.lose_network()
    assert house.changes() == [GapOpened(1, failed_at, Status.UNKNOWN)]
    assert (house.state(1).pending, house.state(2).status) == (None, Status.OK)


def test_late_result_of_a_paused_service_is_not_written(clock, definition):
    house = settled(clock, definition())
    house.steward.apply([definition(enabled=False)])
    house.written()
    house.result(Status.FAILED)
    assert house.written().results == []


def test_ids_grow_by_one_with_each_step_and_steps_that_say_nothing_have_none(clock, definition):
    house = settled(clock, definition())
    first = house.steward.evaluator._next_id
    house.steward.evaluator.stop(99, clock.now())
    house.steward.evaluator.half_open(1, clock.now(), "no reason")
    house.result(Status.OK)
    house.steward.evaluator.pass_over(17)
    house.result(Status.OK)
    batch = house.written()
    assert [number for number, _ in batch.results] == [first, first + 2]
    assert (batch.last_id, batch.heartbeats_up_to) == (first + 2, 17)


def test_definition_that_cannot_be_understood_has_the_usual_rules(clock, service):
    house = settled(clock, service(1, kind="http", status_config={"url": "nonsense"}), service(2, kind="nothing"))
    assert house.rulebook.rules(1).failures_to_fail == 3
    assert house.rulebook.patience_seconds(2) == 30


def test_state_is_written_only_when_more_changed_than_the_last_result_says(clock, definition):
    house = settled(clock, definition())
    house.result(Status.OK)
    steady = house.written()
    assert (len(steady.results), list(steady.states)) == (1, [])
    house.result(Status.FAILED)
    assert [state.pending is not None for state in house.written().states] == [True]


DAY_SECONDS = 86_400


def test_what_an_earlier_engine_had_not_confirmed_is_checked_soon_however_long_the_interval_is(clock, definition):
    daily = replace(definition(), interval_seconds=DAY_SECONDS)
    house = settled(clock, daily)
    house.result(Status.FAILED)
    again = house.restarted()
    again.found[1] = Status.FAILED
    again.steward.take_over([daily])
    first, second = again.run(60)
    assert 10 <= first <= 15
    assert 10 <= second - first <= 15
    assert again.state().status is Status.FAILED


def test_breaker_that_opened_before_nobody_ran_hides_no_gap(clock, definition):
    one = definition(config={"breaker_failures": 3, "breaker_seconds": 200})
    house = settled(clock, one)
    house.found[1] = Status.FAILED
    house.run(100)
    until = house.state().breaker.until
    assert until is not None
    house.written()
    clock.advance(10_000)
    again = house.restarted()
    again.found[1] = Status.FAILED
    again.steward.take_over([one])
    # What nobody checked begins two intervals and a deadline after the check that the pause left out.
    assert again.changes() == [GapOpened(1, until + timedelta(seconds=130), Status.UNKNOWN)]
    again.run(1)
    assert [type(change) for change in again.changes()] == [GapClosed]
    assert (again.state().status, again.state().breaker.phase) == (Status.FAILED, "open")


def test_wall_clock_that_was_set_back_does_not_keep_a_breaker_open_after_a_restart(clock, definition):
    one = definition(config={"breaker_failures": 3, "breaker_seconds": 200})
    house = settled(clock, one)
    house.found[1] = Status.FAILED
    house.run(100)
    assert house.state().breaker.phase == "open"
    clock.set_wall_clock(timedelta(hours=-1))
    again = house.restarted()
    again.steward.take_over([one])
    assert again.run(300)[0] <= 200


def test_pause_by_hand_ends_at_its_time_of_day_when_the_wall_clock_is_set(clock, definition):
    one = definition()
    house = settled(clock, one)
    house.steward.apply([replace(one, breaker_order=order(1, "open", clock, at(clock, 5000)))])
    clock.set_wall_clock(timedelta(hours=1))
    house.steward.follow_clock()
    assert house.run(1500)[0] == pytest.approx(1400, abs=0.1)


def test_service_whose_pause_ended_while_the_process_stood_still_is_not_called_silent(clock, definition):
    house = settled(clock, definition(config={"breaker_failures": 3, "breaker_seconds": 5000}))
    house.steward.look_for_silence()
    house.found[1] = Status.FAILED
    house.run(100)
    house.written()
    due = house.queue.next_due()
    assert due is not None
    clock.advance(due + 3 - clock.monotonic())
    assert house.queue.take_due() == []
    house.steward.look_for_silence()
    assert house.changes() == []
    assert house.state().status is Status.FAILED


def test_what_is_unknown_is_checked_soon_when_the_network_is_back(clock, definition):
    daily = replace(definition(), interval_seconds=DAY_SECONDS)
    house = settled(clock, daily)
    house.found[1] = Status.UNKNOWN
    house.run(DAY_SECONDS)
    assert house.state().status is Status.UNKNOWN
    house.found[1] = Status.OK
    house.steward.regain_network()
    assert 0 <= house.run(120)[0] <= 60
    assert house.state().status is Status.OK


def test_service_that_fails_while_it_may_start_is_looked_at_each_minute(clock, definition):
    daily = replace(definition(config={"starting_seconds": 600}), interval_seconds=DAY_SECONDS)
    house = House(clock)
    house.found[1] = Status.FAILED
    house.steward.take_over([daily])
    assert house.run(200) == pytest.approx([0, 60, 120, 180], abs=0.2)
    assert house.state().status is Status.STARTING
    house.found[1] = Status.OK
    house.run(60)
    assert house.state().status is Status.OK


@pytest.mark.parametrize(("deleted_after", "is_gap"), [(100, False), (5000, True)])
def test_downtime_of_a_service_that_was_deleted_while_nobody_ran_ends_then(clock, definition, deleted_after, is_gap):
    house = settled(clock, definition())
    house.found[1] = Status.FAILED
    house.run(100)
    house.written()
    state = house.state()
    deleted_at = state.checked_at + timedelta(seconds=deleted_after)
    clock.advance(10_000)
    again = house.restarted()
    again.steward.evaluator._states.clear()
    again.steward.take_over([])
    again.steward.end_deleted([(state, deleted_at)])
    silent = GapOpened(1, state.checked_at + timedelta(seconds=130), Status.UNKNOWN)
    ends = [DowntimeClosed(1, deleted_at), GapOpened(1, deleted_at, Status.STOPPED)]
    expected = [silent, ends[0], GapClosed(1, deleted_at), ends[1]] if is_gap else ends
    assert again.changes() == expected
    assert again.state().status is Status.STOPPED


def test_check_that_a_person_wants_is_due_at_once_and_slots_stay(clock, definition):
    house = settled(clock, definition())
    slots = house.run(120)
    house.steward.check_now(1)
    # A slot that comes this soon after it is left out.
    assert house.run(120) == [0.0, *(slot for slot in slots if slot > 30)]
    house.steward.check_now(4711)


def test_wanted_check_decides_over_a_breaker_that_opened_by_itself_but_not_over_that_of_a_person(clock, definition):
    service = definition(config={"failures_to_fail": 1, "successes_to_recover": 1, "breaker_failures": 1})
    house = settled(clock, service)
    house.found[1] = Status.FAILED
    house.run(61)
    assert house.state().breaker.phase == "open"
    house.found[1] = Status.OK
    house.written()
    house.steward.check_now(1)
    assert house.run(1) == [0.0]
    events = [change for change in house.written().changes if isinstance(change, ServiceEvent)]
    (half_opened,) = [event for event in events if event.kind == "breaker_half_opened"]
    assert half_opened.reason == "a check was asked for"
    assert (house.state().breaker.phase, house.state().status) == ("closed", Status.OK)
    house.steward.apply([replace(service, revision=2, breaker_order=order(1, "open", clock))])
    house.steward.check_now(1)
    assert house.run(100) == []


def test_checks_go_on_in_maintenance_and_count_anew_after_it(clock, definition):
    service = definition(config={"failures_to_fail": 2, "breaker_failures": 2})
    house = settled(clock, service)
    disk = Hold("ada", "a new disk", clock.now(), at(clock, 600))
    resting = replace(service, revision=2, maintenance=disk)
    house.steward.apply([resting])
    house.found[1] = Status.FAILED
    assert len(house.run(300)) == 5
    assert (house.state().status, house.state().breaker.phase) == (Status.STOPPED, "closed")
    batch = house.written()
    assert {(result.status, result.message) for _, result in batch.results} == {
        (Status.STOPPED, "found FAILED: FAILED words")
    }
    assert [change for change in batch.changes if not isinstance(change, ServiceEvent)] == [
        GapOpened(1, disk.at, Status.STOPPED)
    ]
    house.steward.apply([replace(service, revision=3)])
    ended_at = clock.now()
    first, second = house.run(20)[:2]
    assert first == 0.0
    assert (house.state().status, 10 <= second <= 15) == (Status.FAILED, True)
    ended, started, counted, down = house.changes()
    assert (ended, started) == (GapClosed(1, ended_at), GapOpened(1, ended_at, Status.STARTING))
    assert isinstance(down, DowntimeOpened | GapClosed)
    assert isinstance(counted, DowntimeOpened | GapClosed)


def test_maintenance_ends_by_the_clock_also_when_nobody_says_so_and_over_restarts(clock, definition):
    service = definition()
    house = settled(clock, service)
    resting = replace(service, revision=2, maintenance=Hold("ada", "", clock.now(), at(clock, 600)))
    house.steward.apply([resting])
    again = house.restarted()
    again.steward.take_over([resting])
    assert again.state().in_maintenance
    again.run(590)
    again.steward.end_maintenance()
    assert again.state().in_maintenance
    clock.advance(10)
    again.steward.end_maintenance()
    assert (again.state().status, again.state().in_maintenance) == (Status.STARTING, False)
    assert again.run(1) == [0.0]
    assert again.state().status is Status.OK
    again.steward.apply([replace(resting, revision=3)])
    assert again.state().status is Status.OK
    late = house.restarted()
    late.steward.take_over([resting])
    assert late.state().status is Status.STARTING


def test_running_check_does_not_outlast_its_maintenance(clock, definition):
    service = definition()
    house = settled(clock, service)
    house.steward.apply([replace(service, revision=2, maintenance=Hold("ada", "", clock.now(), at(clock, 600)))])
    due = house.queue.next_due()
    assert due is not None
    clock.advance(due - clock.monotonic())
    (running,) = house.queue.take_due()
    assert house.steward.apply([replace(service, revision=3)]) == [1]
    house.queue.finished(running)
    assert house.run(1) == [0.0]


def test_service_that_is_added_paused_or_deleted_in_maintenance(clock, definition):
    maintenance = Hold("ada", "", clock.now(), at(clock, 600))
    house = House(clock)
    new = definition(maintenance=maintenance)
    house.steward.take_over([new])
    assert house.state().in_maintenance
    pause = Hold("bob", "gone", clock.now())
    house.steward.apply([replace(new, revision=2, enabled=False, pause=pause)])
    assert (house.state().in_maintenance, house.state().message) == (False, "paused by bob: gone")
    house.steward.apply([replace(new, revision=3)])
    assert house.state().in_maintenance
    house.steward.apply([replace(new, revision=4, is_deleted=True)])
    assert (house.state().status, house.state().in_maintenance) == (Status.STOPPED, False)


@pytest.mark.parametrize("away_seconds", [0, 10_000])
@pytest.mark.parametrize("has_reported", [True, False])
def test_report_that_was_missing_is_missing_after_a_restart_too(clock, definition, has_reported, away_seconds):
    """Else a job that never came would be told as recovered, and be well until its next report is late."""
    one = replace(definition(config={"breaker_failures": 0}), created_at=at(clock))
    reported = Heartbeat(1, 1, clock.now(), "success")
    house = settled(clock, one)
    house.found[1] = Status.FAILED
    house.run(300)
    assert house.state().status is Status.FAILED
    clock.advance(away_seconds)
    again = house.restarted()
    if has_reported:
        again.steward.book.note(reported)
    again.steward.take_over([one])
    assert again.steward.book.of(1, clock.now()).awaited_since == reported.at


def test_report_is_awaited_anew_when_nobody_listened(clock, definition):
    house = settled(clock, definition())
    clock.advance(10_000)
    again = house.restarted()
    again.steward.take_over([definition()])
    assert again.steward.book.of(1, clock.now()).awaited_since == clock.now()
