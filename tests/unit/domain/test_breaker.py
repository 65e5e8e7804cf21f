"""The circuit breaker: by itself, by hand, and in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.domain import breaker as circuit
from monitor_app.domain.changes import DowntimeClosed, GapClosed, GapOpened, ServiceEvent
from monitor_app.domain.evaluate import evaluate, half_opened, is_paused, ordered, silenced, started, stopped
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import CLOSED, Breaker, ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.transition import Outcome

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULES = Rules(retry_seconds=12.0)
LETTERS = {"O": Status.OK, "F": Status.FAILED, "U": Status.UNKNOWN}


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def after(letters: str, state: ServiceState | None = None, rules: Rules = RULES) -> Outcome:
    """What the last of these results made, one a minute and an id from where `state` stands."""
    outcome = Outcome(state) if state is not None else None
    for letter in letters:
        state = outcome.state if outcome is not None else None
        number = 0 if state is None else state.result_id + 1
        result = CheckResult(1, minute(number), LETTERS[letter], f"{letter}{number}")
        outcome = evaluate(state, result, number, rules)
    assert outcome is not None
    return outcome


def order(action: str, number: int = 1, at: float = 10, until: float | None = None) -> BreakerOrder:
    end = None if until is None else minute(until)
    return BreakerOrder(number, action, "anna", "the router is replaced", minute(at), end)  # type: ignore[arg-type]


def events(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(e.kind, e.who, e.reason) for e in outcome.changes if isinstance(e, ServiceEvent)]


class TestByItself:
    def test_it_opens_after_five_failures_in_a_row(self) -> None:
        assert after("OFFFF").state.breaker == CLOSED
        outcome = after("OFFFFF")
        assert outcome.state.breaker == Breaker("open", minute(5), minute(10), failures=5)
        assert outcome.state.status is Status.FAILED
        assert events(outcome) == [("breaker_opened", "", "F5")]
        assert outcome.retry_in_seconds is None
        assert is_paused(outcome.state)

    def test_it_never_opens_where_it_is_switched_off(self) -> None:
        assert after("O" + "F" * 30, rules=replace(RULES, breaker_failures=0)).state.breaker == CLOSED

    def test_it_never_opens_before_the_failure_is_confirmed(self) -> None:
        rules = replace(RULES, breaker_failures=1)
        assert after("OFF", rules=rules).state.breaker == CLOSED
        assert after("OFFF", rules=rules).state.breaker.phase == "open"

    def test_a_late_result_does_not_count_while_it_is_open(self) -> None:
        state = after("OFFFFF").state
        assert after("O", state) == Outcome(state)

    def test_a_success_closes_it_and_begins_the_recovery(self) -> None:
        state = half_opened(after("OFFFFF").state, minute(10), 10, "the pause is over").state
        outcome = after("O", state)
        assert (outcome.state.breaker, outcome.state.failures) == (CLOSED, 0)
        assert outcome.state.status is Status.FAILED
        assert events(outcome) == [("breaker_closed", "", "a check succeeded")]
        assert outcome.retry_in_seconds == 12.0
        assert after("O", outcome.state).state.status is Status.OK

    def test_a_failure_opens_it_for_as_long_again(self) -> None:
        state = half_opened(after("OFFFFF").state, minute(10), 10, "the pause is over").state
        outcome = after("F", state)
        assert outcome.state.breaker == Breaker("open", minute(11), minute(16), failures=6)
        assert events(outcome) == [("breaker_opened", "", "F11")]

    def test_an_unknown_result_decides_nothing(self) -> None:
        state = half_opened(after("OFFFFF").state, minute(10), 10, "the pause is over").state
        assert after("U", state).state.breaker.phase == "half_open"


class TestHalfOpen:
    def test_one_check_is_wanted_at_once(self) -> None:
        outcome = half_opened(after("OFFFFF").state, minute(10), 10, "the gateway has recovered")
        assert outcome.state.breaker == Breaker("half_open", minute(5), None, failures=5)
        assert (outcome.retry_in_seconds, outcome.state.status) == (0.0, Status.FAILED)
        assert events(outcome) == [("breaker_half_opened", "", "the gateway has recovered")]
        assert not is_paused(outcome.state)

    @pytest.mark.parametrize("letters", ["O", "OFFF"])
    def test_a_closed_one_stays_as_it_is(self, letters: str) -> None:
        state = after(letters).state
        assert half_opened(state, minute(10), 10, "why") == Outcome(state)

    def test_one_that_a_person_opened_stays_open_until_its_end(self) -> None:
        state = ordered(after("OFFF").state, order("open", until=30), 10, RULES).state
        assert half_opened(state, minute(29), 11, "why") == Outcome(state)
        assert half_opened(state, minute(30), 11, "why").state.breaker.phase == "half_open"

    def test_one_without_an_end_stays_open(self) -> None:
        state = ordered(after("OFFF").state, order("open"), 10, RULES).state
        assert half_opened(state, minute(9999), 11, "why") == Outcome(state)


class TestByHand:
    def test_opened_on_a_service_that_is_down_it_stays_down(self) -> None:
        outcome = ordered(after("OFFF").state, order("open", until=30), 10, RULES)
        breaker = outcome.state.breaker
        assert breaker == Breaker("open", minute(10), minute(30), 3, "anna", "the router is replaced", order=1)
        assert outcome.state.status is Status.FAILED
        assert events(outcome) == [("breaker_opened", "anna", "the router is replaced")]
        assert len(outcome.changes) == 1

    def test_opened_on_a_service_that_is_up_it_is_stopped(self) -> None:
        outcome = ordered(after("OFF").state, order("open"), 10, RULES)
        assert (outcome.state.status, outcome.state.settled, outcome.state.pending) == (Status.STOPPED, None, None)
        assert GapOpened(1, minute(10), Status.STOPPED) in outcome.changes
        assert is_paused(outcome.state)

    def test_at_its_end_such_a_service_starts(self) -> None:
        state = ordered(after("O").state, order("open", until=30), 10, RULES).state
        outcome = half_opened(state, minute(30), 31, "the pause is over")
        assert (outcome.state.status, outcome.state.breaker) == (Status.STARTING, Breaker(order=1))
        assert outcome.changes[1:3] == (GapClosed(1, minute(30)), GapOpened(1, minute(30), Status.STARTING))
        assert outcome.retry_in_seconds == 0.0
        assert after("FF", outcome.state).state.status is Status.STARTING
        assert after("O", outcome.state).state.status is Status.OK

    def test_closed_a_check_comes_at_once(self) -> None:
        outcome = ordered(after("OFFFFF").state, order("close"), 10, RULES)
        assert (outcome.state.breaker, outcome.state.failures) == (Breaker(order=1), 0)
        assert (outcome.state.status, outcome.retry_in_seconds) == (Status.FAILED, 0.0)
        assert events(outcome) == [("breaker_closed", "anna", "the router is replaced")]
        assert after("FFFF", outcome.state).state.breaker.phase == "closed"

    def test_closed_after_it_was_opened_by_hand_the_service_starts(self) -> None:
        rules = replace(RULES, starting_seconds=120)
        state = ordered(after("O").state, order("open"), 10, rules).state
        outcome = ordered(state, order("close", 2, at=20), 21, rules)
        assert (outcome.state.status, outcome.state.grace_until) == (Status.STARTING, minute(22))
        assert outcome.state.breaker == Breaker(order=2)

    def test_closing_a_closed_one_is_only_a_check_at_once(self) -> None:
        outcome = ordered(after("O").state, order("close"), 10, RULES)
        assert (outcome.changes, outcome.retry_in_seconds) == ((), 0.0)
        assert outcome.state.breaker.order == 1

    def test_an_order_is_carried_out_once(self) -> None:
        state = ordered(after("O").state, order("open", 5), 10, RULES).state
        state = ordered(state, order("close", 6), 11, RULES).state
        assert ordered(state, order("open", 5), 12, RULES) == Outcome(state)
        assert ordered(state, order("open", 6), 12, RULES) == Outcome(state)
        assert ordered(state, order("open", 7), 11, RULES) == Outcome(state)

    def test_an_order_replaces_what_is_open(self) -> None:
        state = ordered(after("OFFFFF").state, order("open", until=30), 10, RULES).state
        assert (state.breaker.who, state.breaker.until) == ("anna", minute(30))
        state = ordered(state, order("open", 2, at=11), 11, RULES).state
        assert (state.breaker.opened_at, state.breaker.until) == (minute(11), None)

    def test_a_recovery_that_began_is_forgotten(self) -> None:
        state = ordered(after("OFFFO").state, order("open"), 10, RULES).state
        assert (state.status, state.pending) == (Status.FAILED, None)

    def test_a_failure_after_its_end_opens_it_as_if_by_itself(self) -> None:
        state = ordered(after("OFFF").state, order("open", until=30), 10, RULES).state
        state = half_opened(state, minute(30), 31, "the pause is over").state
        breaker = after("F", state).state.breaker
        assert (breaker.phase, breaker.who, breaker.until, breaker.order) == ("open", "", minute(37), 1)


class TestPausedServices:
    def test_a_pause_closes_it(self) -> None:
        outcome = stopped(after("OFFFFF").state, minute(7), 10)
        assert (outcome.state.status, outcome.state.breaker) == (Status.STOPPED, CLOSED)
        assert ("breaker_closed", "", "paused") in events(outcome)
        assert DowntimeClosed(1, minute(7)) in outcome.changes

    def test_a_pause_of_one_that_was_opened_by_hand_leaves_the_gap(self) -> None:
        state = ordered(after("O").state, order("open"), 10, RULES).state
        outcome = stopped(state, minute(12), 11)
        assert events(outcome) == [("breaker_closed", "", "paused")]
        assert len(outcome.changes) == 1

    def test_orders_change_nothing_but_are_done(self) -> None:
        state = stopped(after("O").state, minute(5), 10).state
        opened = ordered(state, order("open"), 11, RULES)
        assert (opened.state.breaker, opened.changes) == (Breaker(order=1), ())
        closed = ordered(opened.state, order("close", 2), 12, RULES)
        assert (closed.state.status, closed.changes, closed.retry_in_seconds) == (Status.STOPPED, (), None)

    def test_resuming_closes_what_was_opened_by_hand(self) -> None:
        state = ordered(after("O").state, order("open"), 10, RULES).state
        outcome = started(state, 1, minute(20), 11, RULES)
        assert (outcome.state.status, outcome.state.breaker.phase) == (Status.STARTING, "closed")


def test_a_silence_leaves_it_open() -> None:
    state = silenced(after("OFFFFF").state, minute(7), 10, "the monitor was away").state
    assert (state.status, state.breaker.phase, state.failures) == (Status.UNKNOWN, "open", 5)
    state = half_opened(state, minute(10), 11, "the pause is over").state
    assert (after("F", state).state.status, after("F", state).state.breaker.phase) == (Status.FAILED, "open")


class TestInWords:
    def show(self, at: datetime) -> str:
        return f"{at:%H:%M}"

    def test_opened_by_itself(self) -> None:
        breaker = Breaker("open", minute(0), minute(5), failures=5)
        text = "checks paused by the circuit breaker until 12:05, opened at 12:00 after 5 failures"
        assert circuit.as_text(breaker, self.show) == text
        assert circuit.as_text(replace(breaker, failures=1), self.show).endswith("after 1 failure")

    def test_opened_by_hand(self) -> None:
        breaker = Breaker("open", minute(0), None, who="anna", reason="the router is replaced")
        text = "checks paused by anna until it is closed by hand, opened at 12:00: the router is replaced"
        assert circuit.as_text(breaker, self.show) == text

    def test_without_the_time_it_opened(self) -> None:
        assert "opened" not in circuit.as_text(Breaker("open", None, minute(5), failures=5), self.show)

    def test_half_open_and_closed(self) -> None:
        assert "one check" in circuit.as_text(Breaker("half_open"), self.show)
        assert circuit.as_text(CLOSED, self.show) == ""
