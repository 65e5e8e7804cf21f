"""Pauses and maintenance in words, and what maintenance makes of results."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor_app.domain.changes import DowntimeClosed, GapClosed, GapOpened, ServiceEvent
from monitor_app.domain.evaluate import evaluate, rested, started, stopped
from monitor_app.domain.hold import Hold, maintenance_words, pause_words
from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
RULES = Rules(failures_to_fail=2, successes_to_recover=1)
DISK = Hold("ada", "a new disk", NOON, NOON + timedelta(hours=2))


def found(minute: int, status: Status = Status.FAILED, message: str = "refused") -> CheckResult:
    return CheckResult(1, NOON + timedelta(minutes=minute), status, message, 12.5)


def after(*results: CheckResult) -> ServiceState:
    state: ServiceState | None = None
    for number, result in enumerate(results, 1):
        state = evaluate(state, result, number, RULES).state
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (None, "paused"),
        (Hold("", "", NOON), "paused"),
        (Hold("ada", "", NOON), "paused by ada"),
        (Hold("ada", "a new disk", NOON), "paused by ada: a new disk"),
        (DISK, "paused by ada until 2026-05-17 14:00 UTC: a new disk"),
    ],
)
def test_pause_is_told_with_what_is_known_of_it(hold: Hold | None, words: str) -> None:
    assert pause_words(hold) == words


def test_maintenance_is_told_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    assert (
        maintenance_words(Hold("ada", "", NOON, NOON.astimezone(berlin))) == "in maintenance until 2026-05-17 12:00 UTC"
    )
    assert maintenance_words(DISK) == "in maintenance until 2026-05-17 14:00 UTC: a new disk"


def test_hold_is_over_at_its_end_and_one_without_an_end_never() -> None:
    assert not DISK.is_over(NOON + timedelta(minutes=119))
    assert DISK.is_over(NOON + timedelta(hours=2))
    assert not Hold("ada", "", NOON).is_over(datetime.max.replace(tzinfo=UTC))


def test_maintenance_ends_a_downtime_and_what_is_found_in_it_counts_for_nothing() -> None:
    down = after(found(0, Status.OK), found(-3), found(-2))
    assert down.settled is Status.FAILED
    outcome = rested(down, DISK, 4)
    words = maintenance_words(DISK)
    assert outcome.changes == (
        DowntimeClosed(1, NOON),
        GapOpened(1, NOON, Status.STOPPED),
        ServiceEvent(1, NOON, "status_changed", "ada", words, Status.FAILED, Status.STOPPED),
    )
    state = outcome.state
    assert (state.status, state.in_maintenance, state.settled) == (Status.STOPPED, True, None)
    for number in range(5, 15):
        kept = evaluate(state, found(number), number, RULES)
        assert (kept.changes, kept.retry_in_seconds) == ((), None)
        assert kept.result == CheckResult(1, found(number).checked_at, Status.STOPPED, "found FAILED: refused", 12.5)
        state = kept.state
    assert (state.status, state.failures, state.message) == (Status.STOPPED, 0, "found FAILED: refused")
    assert rested(state, DISK, 20).state is state


def test_long_message_of_maintenance_stays_within_its_limit() -> None:
    state = rested(after(found(0, Status.OK)), DISK, 2).state
    kept = evaluate(state, found(1, message="x" * MESSAGE_LIMIT), 3, RULES)
    assert kept.result is not None
    assert len(kept.result.message) == MESSAGE_LIMIT


def test_service_starts_anew_when_maintenance_is_over() -> None:
    state = rested(after(found(-1, Status.OK)), DISK, 2).state
    end = NOON + timedelta(hours=2)
    outcome = started(state, 1, end, 3, RULES, "the maintenance is over")
    assert outcome.changes[0] == GapClosed(1, end)
    assert (outcome.state.status, outcome.state.in_maintenance) == (Status.STARTING, False)
    first = evaluate(outcome.state, found(121), 4, RULES).state
    assert (first.status, first.failures) == (Status.STARTING, 1)
    assert evaluate(first, found(122), 5, RULES).state.status is Status.FAILED


def test_maintenance_does_not_begin_before_the_status_that_it_ends() -> None:
    up = after(found(1, Status.OK))
    assert rested(up, DISK, 2).state.since == up.since
    assert rested(up, DISK, 1).state is up


def test_pause_in_maintenance_ends_it_and_says_who() -> None:
    state = rested(after(found(-1, Status.OK)), DISK, 2).state
    paused = stopped(state, NOON, 3, Hold("bob", "gone", NOON)).state
    assert (paused.status, paused.in_maintenance, paused.message) == (Status.STOPPED, False, "paused by bob: gone")
