"""How many results it takes, and what is opened and closed when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.domain.changes import (
    Change,
    DowntimeClosed,
    DowntimeOpened,
    GapClosed,
    GapOpened,
    ServiceEvent,
)
from monitor_app.domain.evaluate import evaluate, silenced, started, stopped
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import Rules, retry_seconds
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.transition import Outcome

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULES = Rules(retry_seconds=12.0)
LETTERS = {"O": Status.OK, "D": Status.DEGRADED, "F": Status.FAILED, "U": Status.UNKNOWN, "S": Status.STARTING}


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def found(letter: str, number: int) -> CheckResult:
    return CheckResult(1, minute(number), LETTERS[letter], f"{letter}{number}", response_ms=12.5)


class Service:
    """A service that results are told to, one a minute; keeps what they changed."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.state: ServiceState | None = None
        self.changes: list[Change] = []
        self.outcome: Outcome | None = None
        self.minute = 0

    def hear(self, letters: str) -> "Service":
        for letter in letters:
            self.take(evaluate(self.state, found(letter, self.minute), self.minute + 1, self.rules))
            self.minute += 1
        return self

    def take(self, outcome: Outcome) -> None:
        self.outcome, self.state = outcome, outcome.state
        self.changes += outcome.changes

    @property
    def now(self) -> ServiceState:
        assert self.state is not None
        return self.state

    @property
    def retry(self) -> float | None:
        assert self.outcome is not None
        return self.outcome.retry_in_seconds

    def windows(self) -> list[Change]:
        return [change for change in self.changes if not isinstance(change, ServiceEvent)]

    def moves(self) -> list[tuple[Status | None, Status | None]]:
        return [
            (event.before, event.after)
            for event in self.changes
            if isinstance(event, ServiceEvent) and event.kind == "status_changed"
        ]


def test_one_good_result_ends_the_start() -> None:
    service = Service().hear("O")
    assert (service.now.status, service.now.settled, service.now.since) == (Status.OK, Status.OK, NOON)
    assert service.windows() == []
    assert service.retry is None


def test_facts_follow_each_result() -> None:
    service = Service().hear("OOF")
    assert (service.now.checked_at, service.now.response_ms) == (minute(2), 12.5)
    assert (service.now.message, service.now.result_id) == ("F2", 3)


def test_since_stays_while_the_status_does() -> None:
    assert Service().hear("OOO").now.since == NOON


def test_failures_that_are_too_few_change_nothing_but_what_is_pending() -> None:
    service = Service().hear("OFF")
    pending = service.now.pending
    assert service.now.status is Status.OK
    assert pending is not None
    assert (pending.status, pending.count, pending.needed) == (Status.FAILED, 2, 3)
    assert (pending.since, pending.message) == (minute(1), "F1")
    assert service.windows() == []
    assert service.retry == 12.0


def test_a_good_result_between_breaks_the_row() -> None:
    service = Service().hear("OFFOFF")
    assert service.now.status is Status.OK
    assert service.now.failures == 2
    assert service.hear("O").now.pending is None
    assert service.retry is None


def test_the_third_failure_is_a_downtime_from_the_first_on() -> None:
    service = Service().hear("OFFF")
    assert (service.now.status, service.now.since, service.now.cause) == (Status.FAILED, minute(1), "F1")
    assert service.now.pending is None
    assert service.windows() == [DowntimeOpened(1, minute(1), "F1")]
    event = service.changes[-1]
    assert event == ServiceEvent(1, minute(1), "status_changed", "", "F1", Status.OK, Status.FAILED)
    assert service.retry is None


def test_further_failures_change_nothing() -> None:
    service = Service(replace(RULES, breaker_failures=0)).hear("OFFF")
    before = service.now
    service.hear("FFF")
    assert service.now.failures == 3
    assert replace(
        service.now,
        checked_at=before.checked_at,
        message=before.message,
        result_id=before.result_id,
    ) == before  # fmt: skip


def test_one_good_result_does_not_end_a_downtime() -> None:
    service = Service().hear("OFFFO")
    assert service.now.status is Status.FAILED
    assert service.now.pending is not None
    assert (service.now.pending.status, service.now.pending.needed) == (Status.OK, 2)
    assert service.retry == 12.0
    assert service.hear("FO").now.status is Status.FAILED


def test_a_downtime_ends_with_the_first_good_result_of_the_recovery() -> None:
    service = Service().hear("OFFFOD")
    assert (service.now.status, service.now.since, service.now.cause) == (Status.DEGRADED, minute(4), "")
    assert service.windows() == [DowntimeOpened(1, minute(1), "F1"), DowntimeClosed(1, minute(4))]
    assert service.now.pending is None


def test_good_results_differ_without_confirmation() -> None:
    service = Service().hear("OD")
    assert (service.now.status, service.now.settled, service.now.since) == (Status.DEGRADED, Status.DEGRADED, minute(1))
    assert service.hear("O").now.status is Status.OK


def test_one_failure_is_enough_where_the_rule_says_so() -> None:
    service = Service(Rules(failures_to_fail=1, successes_to_recover=1)).hear("OF")
    assert service.now.status is Status.FAILED
    assert service.hear("O").now.status is Status.OK
    assert service.windows() == [DowntimeOpened(1, minute(1), "F1"), DowntimeClosed(1, minute(2))]


def test_a_service_that_begins_with_failures_is_starting_until_they_are_confirmed() -> None:
    service = Service().hear("FF")
    assert service.now.status is Status.STARTING
    assert service.windows() == [GapOpened(1, NOON, Status.STARTING)]
    service.hear("F")
    assert service.now.status is Status.FAILED
    assert service.windows()[1:] == [DowntimeOpened(1, NOON, "F0"), GapClosed(1, NOON)]


class TestStarting:
    def test_a_start_opens_a_gap_that_the_first_good_result_closes(self) -> None:
        service = Service()
        service.take(started(None, 1, minute(-1), 0, RULES))
        assert (service.now.status, service.now.since) == (Status.STARTING, minute(-1))
        service.hear("O")
        assert service.windows() == [GapOpened(1, minute(-1), Status.STARTING), GapClosed(1, NOON)]

    def test_failures_in_the_time_to_start_do_not_count(self) -> None:
        service = Service(replace(RULES, starting_seconds=300))
        service.take(started(None, 1, NOON, 0, service.rules))
        service.hear("FFFFF")
        assert (service.now.status, service.now.failures, service.now.pending) == (Status.STARTING, 0, None)
        assert service.now.grace_until == minute(5)
        assert service.retry == 60
        service.hear("FFF")
        assert (service.now.status, service.now.since, service.now.grace_until) == (Status.FAILED, minute(5), None)
        assert service.windows() == [
            GapOpened(1, NOON, Status.STARTING),
            DowntimeOpened(1, minute(5), "F5"),
            GapClosed(1, minute(5)),
        ]

    def test_a_good_result_ends_the_time_to_start(self) -> None:
        service = Service(replace(RULES, starting_seconds=3000)).hear("FOFFF")
        assert service.now.status is Status.FAILED

    def test_after_an_unknown_result_it_goes_on_starting(self) -> None:
        service = Service(replace(RULES, starting_seconds=3000)).hear("UF")
        assert service.now.status is Status.STARTING
        assert service.windows() == [
            GapOpened(1, NOON, Status.UNKNOWN),
            GapClosed(1, minute(1)),
            GapOpened(1, minute(1), Status.STARTING),
        ]

    def test_starting_again_ends_what_was(self) -> None:
        service = Service().hear("OFFF")
        service.take(started(service.now, 1, minute(9), 90, replace(RULES, starting_seconds=60)))
        assert service.windows()[1:] == [DowntimeClosed(1, minute(9)), GapOpened(1, minute(9), Status.STARTING)]
        assert (service.now.settled, service.now.failures, service.now.cause) == (None, 0, "")
        assert service.now.grace_until == minute(10)
        assert service.now.result_id == 90

    def test_a_result_that_says_starting_leaves_it_so(self) -> None:
        service = Service().hear("SSSS")
        assert (service.now.status, service.now.since) == (Status.STARTING, NOON)
        assert service.hear("U").now.status is Status.UNKNOWN

    def test_after_a_time_of_not_knowing_it_still_waits_for_its_first_word(self) -> None:
        service = Service().hear("S")
        service.take(silenced(service.now, minute(3), 90, "no engine"))
        assert service.now.status is Status.UNKNOWN
        service.take(evaluate(service.now, found("S", 9), 91, service.rules))
        assert (service.now.status, service.now.since) == (Status.STARTING, minute(9))
        # What was once up is not said to start anew by such a word.
        known = Service().hear("O")
        known.take(silenced(known.now, minute(3), 90, "no engine"))
        known.take(evaluate(known.now, found("S", 9), 91, known.rules))
        assert known.now.status is Status.UNKNOWN


class TestStopping:
    def test_a_pause_ends_a_downtime_and_opens_a_gap(self) -> None:
        service = Service().hear("OFFF")
        service.take(stopped(service.now, minute(9), 90))
        assert service.windows()[1:] == [DowntimeClosed(1, minute(9)), GapOpened(1, minute(9), Status.STOPPED)]
        assert (service.now.status, service.now.settled, service.now.message) == (Status.STOPPED, None, "paused")

    def test_a_late_result_of_a_paused_service_does_not_count(self) -> None:
        service = Service().hear("O")
        service.take(stopped(service.now, minute(9), 90))
        outcome = evaluate(service.now, found("F", 10), 91, RULES)
        assert (outcome.state, outcome.result, outcome.changes) == (service.now, None, ())

    def test_resuming_starts_anew(self) -> None:
        service = Service().hear("O")
        service.take(stopped(service.now, minute(9), 90))
        service.take(started(service.now, 1, minute(20), 91, RULES))
        service.take(evaluate(service.now, found("O", 21), 92, RULES))
        assert service.now.status is Status.OK
        assert service.windows() == [
            GapOpened(1, minute(9), Status.STOPPED),
            GapClosed(1, minute(20)),
            GapOpened(1, minute(20), Status.STARTING),
            GapClosed(1, minute(21)),
        ]


class TestUnknown:
    def test_few_unknown_results_change_nothing(self) -> None:
        service = Service().hear("OUU")
        assert service.now.status is Status.OK
        assert service.now.pending is None
        assert service.retry == 12.0
        assert service.hear("O").now.unknown is None

    def test_many_open_a_gap_from_the_first_on(self) -> None:
        service = Service().hear("OUUU")
        assert (service.now.status, service.now.since, service.now.settled) == (Status.UNKNOWN, minute(1), Status.OK)
        assert service.windows() == [GapOpened(1, minute(1), Status.UNKNOWN)]
        assert service.retry is None
        assert service.hear("UUU").retry is None
        service.hear("O")
        assert (service.now.status, service.now.since) == (Status.OK, minute(7))
        assert service.windows()[1:] == [GapClosed(1, minute(7))]

    def test_one_is_enough_while_nothing_is_known(self) -> None:
        assert Service().hear("U").now.status is Status.UNKNOWN

    def test_a_result_that_says_neither_up_nor_down_is_one(self) -> None:
        service = Service().hear("OSSS")
        assert service.now.status is Status.UNKNOWN

    def test_they_neither_count_as_failures_nor_break_their_row(self) -> None:
        service = Service().hear("OFUFU")
        assert service.now.status is Status.OK
        assert service.now.pending is not None
        assert service.now.pending.count == 2
        assert service.hear("F").now.since == minute(1)
        assert service.now.status is Status.FAILED

    def test_they_neither_recover_nor_break_a_recovery(self) -> None:
        service = Service().hear("OFFFOU")
        assert service.now.status is Status.FAILED
        assert service.hear("O").now.since == minute(4)

    def test_a_downtime_stays_open_and_goes_on(self) -> None:
        service = Service().hear("OFFFUUUF")
        assert (service.now.status, service.now.since) == (Status.FAILED, minute(7))
        assert service.windows() == [
            DowntimeOpened(1, minute(1), "F1"),
            GapOpened(1, minute(4), Status.UNKNOWN),
            GapClosed(1, minute(7)),
        ]

    def test_what_contradicts_the_past_needs_confirmation_and_is_unknown_until_then(self) -> None:
        service = Service().hear("OUUUFF")
        assert service.now.status is Status.UNKNOWN
        assert service.retry == 12.0
        service.hear("F")
        assert (service.now.status, service.now.since) == (Status.FAILED, minute(4))
        assert service.windows()[1:] == [DowntimeOpened(1, minute(4), "F4"), GapClosed(1, minute(4))]

    def test_a_recovery_after_it_ends_both_windows_at_its_first_result(self) -> None:
        service = Service().hear("OFFFUUUO")
        assert service.now.status is Status.UNKNOWN
        service.hear("O")
        assert service.now.status is Status.OK
        assert service.windows()[2:] == [DowntimeClosed(1, minute(7)), GapClosed(1, minute(7))]

    def test_a_gap_that_began_after_the_first_failure_ends_at_the_last(self) -> None:
        service = Service().hear("OFFUUUF")
        assert service.windows() == [
            GapOpened(1, minute(3), Status.UNKNOWN),
            DowntimeOpened(1, minute(1), "F1"),
            GapClosed(1, minute(6)),
        ]


class TestSilence:
    def test_it_opens_a_gap_at_once(self) -> None:
        service = Service().hear("O")
        service.take(silenced(service.now, minute(3), 90, "the monitor has no network"))
        assert (service.now.status, service.now.since, service.now.settled) == (Status.UNKNOWN, minute(3), Status.OK)
        assert service.now.message == "the monitor has no network"
        assert service.windows() == [GapOpened(1, minute(3), Status.UNKNOWN)]

    def test_failures_that_were_not_confirmed_are_not_believed(self) -> None:
        service = Service().hear("OFF")
        service.take(silenced(service.now, minute(3), 90, "no network"))
        assert (service.now.pending, service.now.failures, service.now.since) == (None, 0, minute(1))
        service.take(evaluate(service.now, found("F", 9), 91, RULES))
        assert service.now.status is Status.UNKNOWN

    def test_a_confirmed_failure_is_kept(self) -> None:
        service = Service().hear("OFFFO")
        service.take(silenced(service.now, minute(5), 90, "no network"))
        service.take(evaluate(service.now, found("F", 9), 91, RULES))
        assert service.now.status is Status.FAILED

    def test_it_never_begins_before_the_status_did(self) -> None:
        service = Service().hear("OOD")
        service.take(silenced(service.now, minute(0), 90, "no network"))
        assert service.now.since == minute(2)

    def test_it_is_nothing_to_a_paused_service(self) -> None:
        service = Service().hear("O")
        service.take(stopped(service.now, minute(1), 90))
        assert silenced(service.now, minute(2), 91, "no network") == Outcome(service.now)

    def test_it_leaves_the_time_to_start(self) -> None:
        service = Service(replace(RULES, starting_seconds=3000)).hear("F")
        service.take(silenced(service.now, minute(1), 90, "no network"))
        service.take(evaluate(service.now, found("F", 9), 91, service.rules))
        assert service.now.status is Status.STARTING


@pytest.mark.parametrize("change_id", [1, 4])
def test_what_is_known_already_changes_nothing(change_id: int) -> None:
    state = Service().hear("OFFF").now
    assert evaluate(state, found("O", 9), change_id, RULES) == Outcome(state)
    assert started(state, 1, minute(9), change_id, RULES) == Outcome(state)
    assert stopped(state, minute(9), change_id) == Outcome(state)
    assert silenced(state, minute(9), change_id, "no network") == Outcome(state)


def test_retries_come_10_to_15_seconds_later_spread_and_stable() -> None:
    waits = [retry_seconds(f"service-{number}", 60) for number in range(300)]
    assert all(wait is not None and 10 <= wait <= 15 for wait in waits)
    assert len(set(waits)) == 300
    assert retry_seconds("service-1", 60) == waits[1]


def test_no_retry_where_the_next_slot_is_as_soon() -> None:
    assert retry_seconds("service-1", 10) is None
