"""What holds for every sequence of results, starts, stops, silences, orders and restarts."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.domain.changes import (
    Change,
    DowntimeClosed,
    DowntimeOpened,
    GapClosed,
    GapOpened,
    ServiceEvent,
)
from monitor_app.domain.evaluate import evaluate, half_opened, is_paused, ordered, rested, silenced, started, stopped
from monitor_app.domain.hold import Hold
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import ServiceState
from monitor_app.domain.state_memory import is_steady, to_memory, with_memory
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import Threshold
from monitor_app.domain.transition import GAP_STATUSES, Outcome

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STEP = timedelta(seconds=30)

rules = st.builds(
    Rules,
    failures_to_fail=st.integers(1, 4),
    successes_to_recover=st.integers(1, 3),
    starting_seconds=st.sampled_from([0, 0, 100]),
    breaker_failures=st.sampled_from([0, 1, 5]),
    breaker_seconds=st.just(60),
    retry_seconds=st.sampled_from([None, 12.0]),
    thresholds=st.sampled_from([(), (Threshold("response_ms", ">", 500, 2),)]),
)
# Rows of the same result are what confirms; a step alone would seldom reach it.
letters = st.sampled_from(["O", "F", "FF", "FFF", "FFFFF", "OO", "D", "S", "U", "UUU", "L", "LL"])
deeds = st.sampled_from(
    ["start", "stop", "silence", "silence earlier", "open", "open for long", "close", "half open", "rest"]
)
steps = st.lists(letters | letters | deeds | st.just("restart"), max_size=40)


@dataclass
class World:
    """A service, and what storage would hold of it."""

    rules: Rules
    state: ServiceState | None = None
    at: datetime = NOON
    last_id: int = 0
    orders: int = 0
    results: list[CheckResult] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    # Failures in a row that count, as told here again without the code's help.
    row: int = 0

    def play(self, step: str) -> None:
        if step == "restart":
            self.restart()
        elif step.isupper():
            for letter in step:
                self.advance()
                self.hear(letter)
        else:
            self.advance()
            self.do(step)

    def advance(self) -> None:
        self.at += STEP
        self.last_id += 1

    def hear(self, letter: str) -> None:
        status = {"O": Status.OK, "D": Status.DEGRADED, "F": Status.FAILED, "S": Status.STARTING, "L": Status.OK}
        result = CheckResult(
            1, self.at, status.get(letter, Status.UNKNOWN), f"{letter} {self.last_id}", 900.0 if letter == "L" else 5.0
        )
        before = self.state
        outcome = evaluate(before, result, self.last_id, self.rules)
        if before is not None and is_paused(before):
            assert outcome == Outcome(before)
            return
        assert outcome.result is not None
        self.results.append(outcome.result)
        if before is not None and before.in_maintenance:
            assert outcome.result.status is Status.STOPPED
            assert outcome.changes == ()
            assert is_steady(before, outcome.state)
        if before is None or before.settled is not Status.FAILED:
            self.row = self.row + 1 if letter == "F" else 0 if outcome.result.status.is_up else self.row
            if outcome.state.settled is Status.FAILED:
                assert self.row >= self.rules.failures_to_fail, "FAILED after too few failures"
        else:
            self.row = 0
        self.take(outcome)

    def do(self, deed: str) -> None:
        state, at, number = self.state, self.at, self.last_id
        if state is None or deed == "start":
            self.row = 0
            self.take(started(state, 1, at, number, self.rules))
        elif deed == "stop":
            self.row = 0
            self.take(stopped(state, at, number))
        elif deed == "rest":
            self.row = 0
            self.take(rested(state, Hold("anna", "why", at - STEP / 2, None), number))
        elif deed == "silence":
            self.row = 0
            self.take(silenced(state, at, number, "no network"))
        elif deed == "silence earlier":
            self.row = 0
            self.take(silenced(state, max(at - 2 * STEP, state.checked_at), number, "was away"))
        elif deed == "half open":
            self.take(half_opened(state, at, number, "the pause is over"))
        else:
            self.order(deed)

    def order(self, deed: str) -> None:
        assert self.state is not None
        self.orders += 1
        self.row = 0 if deed != "close" else self.row
        until = self.at + timedelta(seconds=90) if deed == "open" else None
        order = BreakerOrder(self.orders, "close" if deed == "close" else "open", "anna", "why", self.at, until)
        outcome = ordered(self.state, order, self.last_id, self.rules)
        again = ordered(outcome.state, order, self.last_id + 1, self.rules)
        assert again == Outcome(outcome.state), "an order was carried out twice"
        self.take(outcome)

    def take(self, outcome: Outcome) -> None:
        before, self.state = self.state, outcome.state
        self.changes += outcome.changes
        assert outcome.state.result_id <= self.last_id
        if outcome.changes:
            assert not is_steady(before, outcome.state), "a change whose state would not be written"
        events = [change for change in outcome.changes if isinstance(change, ServiceEvent)]
        moved = [event for event in events if event.kind == "status_changed"]
        if before is not None and before.status is not outcome.state.status:
            assert (moved[-1].before, moved[-1].after) == (before.status, outcome.state.status)
        breaker_changed = before is not None and before.breaker.phase != outcome.state.breaker.phase
        assert not breaker_changed or any(event.kind.startswith("breaker_") for event in events)

    def restart(self) -> None:
        """A new process reads the state from its row and its memory."""
        if self.state is not None:
            state = self.state
            columns = ServiceState(
                1, state.status, state.since, state.checked_at, state.response_ms, state.message, state.result_id
            )
            self.state = with_memory(columns, json.loads(json.dumps(to_memory(state))))
            assert self.state == state

    def check(self) -> None:
        """Storage's view and the state's agree."""
        downtime: DowntimeOpened | None = None
        gap: GapOpened | None = None
        for change in self.changes:
            match change:
                case DowntimeOpened():
                    assert downtime is None, "two open downtimes"
                    assert self.result_at(change.started_at).status is Status.FAILED
                    assert self.result_at(change.started_at).message == change.cause
                    downtime = change
                case DowntimeClosed(ended_at=ended_at):
                    assert downtime is not None, "a downtime was closed that nobody opened"
                    assert ended_at >= downtime.started_at
                    downtime = None
                case GapOpened():
                    assert gap is None, "two open gaps"
                    gap = change
                case GapClosed(ended_at=ended_at):
                    assert gap is not None, "a gap was closed that nobody opened"
                    assert ended_at >= gap.started_at
                    gap = None
                case _:
                    pass
        state = self.state
        if state is None:
            return
        assert not state.in_maintenance or (state.status, state.breaker.phase) == (Status.STOPPED, "closed")
        assert (gap is not None) is (state.status in GAP_STATUSES)
        assert gap is None or gap.status is state.status
        assert (downtime is not None) is (state.settled is Status.FAILED)
        assert state.status is not Status.FAILED or downtime is not None
        assert downtime is None or state.status in (Status.FAILED, Status.UNKNOWN)
        assert downtime is None or state.cause == downtime.cause
        assert state.breaker.phase == "closed" or state.status in (Status.FAILED, Status.UNKNOWN, Status.STOPPED)

    def result_at(self, at: datetime) -> CheckResult:
        return next(result for result in self.results if result.checked_at == at)


@given(rules, steps)
@settings(max_examples=400, deadline=None)
def test_windows_statuses_and_breaker_agree_whatever_happens(rules: Rules, steps: list[str]) -> None:
    world = World(rules)
    for step in steps:
        world.play(step)
        world.check()


@given(rules, st.lists(letters, min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_downtime_ends_at_a_good_result(rules: Rules, steps: list[str]) -> None:
    world = World(rules)
    for step in steps:
        world.play(step)
    for change in world.changes:
        if isinstance(change, DowntimeClosed):
            assert world.result_at(change.ended_at).status.is_up


@given(rules, st.lists(letters | st.just("half open"), max_size=30))
@settings(max_examples=100, deadline=None)
def test_results_that_come_again_change_nothing(rules: Rules, steps: list[str]) -> None:
    world = World(rules)
    for step in steps:
        world.play(step)
    for result in world.results:
        for result_id in (0, world.last_id):
            state = world.state
            assert state is not None
            if result_id <= state.result_id:
                assert evaluate(state, result, result_id, rules) == Outcome(state)


@given(st.lists(letters, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_retry_is_wanted_only_while_something_is_open(steps: list[str]) -> None:
    rules, state = Rules(retry_seconds=12.0), None
    for number, letter in enumerate("".join(steps), 1):
        status = {"F": Status.FAILED, "U": Status.UNKNOWN, "S": Status.UNKNOWN}.get(letter, Status.OK)
        result = CheckResult(1, NOON + number * STEP, status, letter)
        outcome = evaluate(state, result, number, rules)
        state = outcome.state
        is_open = state.pending is not None or state.unknown is not None
        assert outcome.retry_in_seconds in ((12.0, None) if is_open else (None,))
        if status is not Status.UNKNOWN and state.pending is not None and state.breaker.phase != "open":
            assert outcome.retry_in_seconds == 12.0
        assert replace(outcome, state=state) == outcome
