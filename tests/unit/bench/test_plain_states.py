"""States for made-up results."""

from datetime import UTC, datetime, timedelta

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def result(status: Status, minutes: int = 0) -> CheckResult:
    return CheckResult(1, NOON + timedelta(minutes=minutes), status, f"{status.name} {minutes}", response_ms=12.5)


def test_first_result_begins_a_state():
    state = state_after(None, result(Status.OK), 7)
    assert (state.service_pk, state.status, state.since, state.result_id) == (1, Status.OK, NOON, 7)
    assert (state.checked_at, state.response_ms, state.message) == (NOON, 12.5, "OK 0")


def test_since_stays_while_the_status_does():
    first = state_after(None, result(Status.OK), 1)
    second = state_after(first, result(Status.OK, minutes=5), 2)
    assert second.since == NOON
    assert (second.checked_at, second.message, second.result_id) == (NOON + timedelta(minutes=5), "OK 5", 2)


def test_since_moves_with_the_status():
    first = state_after(None, result(Status.OK), 1)
    second = state_after(first, result(Status.FAILED, minutes=5), 2)
    assert (second.status, second.since) == (Status.FAILED, NOON + timedelta(minutes=5))
