"""States as JSON and back."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.state import Breaker, Pending, ServiceState
from monitor_app.domain.state_memory import is_steady, to_memory, with_memory
from monitor_app.domain.status import Status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALM = ServiceState(1, Status.OK, NOON, NOON, 12.5, "200 OK", 7, settled=Status.OK)

times = st.integers(-(10**15), 10**15).map(lambda microseconds: NOON + timedelta(microseconds=microseconds))
texts = st.text(max_size=20)
pendings = st.none() | st.builds(Pending, st.sampled_from(Status), st.integers(1, 10), st.integers(1, 10), times, texts)
breakers = st.builds(
    Breaker,
    phase=st.sampled_from(["closed", "open", "half_open"]),
    opened_at=st.none() | times,
    until=st.none() | times,
    failures=st.integers(0, 99),
    who=texts,
    reason=texts,
    order=st.integers(0, 99),
)
states = st.builds(
    ServiceState,
    service_pk=st.just(1),
    status=st.sampled_from(Status),
    since=times,
    checked_at=times,
    response_ms=st.none() | st.floats(0, 1e6),
    message=texts,
    result_id=st.integers(0, 2**40),
    settled=st.none() | st.sampled_from([Status.OK, Status.DEGRADED, Status.FAILED]),
    pending=pendings,
    failures=st.integers(0, 99),
    breaker=breakers,
    breaches=st.dictionaries(texts, st.integers(1, 9), max_size=3).map(lambda counts: tuple(counts.items())),
    cause=texts,
    grace_until=st.none() | times,
    unknown=pendings,
    in_maintenance=st.booleans(),
)


def bare(state: ServiceState) -> ServiceState:
    """Only what the columns hold."""
    return ServiceState(
        state.service_pk,
        state.status,
        state.since,
        state.checked_at,
        state.response_ms,
        state.message,
        state.result_id,
    )


@given(states)
def test_what_was_remembered_comes_back(state: ServiceState) -> None:
    assert with_memory(bare(state), json.loads(json.dumps(to_memory(state)))) == state


def test_a_calm_service_has_little_to_remember() -> None:
    assert to_memory(CALM) == {"settled": 0}
    assert to_memory(bare(CALM)) == {}


def test_unknown_names_are_passed_over() -> None:
    memory = {"settled": 2, "colour": "red", "breaker": {"phase": "open", "sound": "loud"}}
    state = with_memory(bare(CALM), memory)
    assert (state.settled, state.breaker) == (Status.FAILED, Breaker("open"))


@given(states, times, texts, st.integers(0, 99))
def test_what_follows_each_result_is_steady(state: ServiceState, at: datetime, message: str, result_id: int) -> None:
    after = ServiceState(
        **{name: getattr(state, name) for name in ServiceState.__slots__}
        | {"checked_at": at, "message": message, "result_id": result_id, "response_ms": 1.0}
    )
    assert is_steady(state, after)


def test_everything_else_is_not() -> None:
    changes = (
        {"status": Status.FAILED},
        {"since": NOON + timedelta(seconds=1)},
        {"settled": None},
        {"pending": Pending(Status.FAILED, 1, 3, NOON, "refused")},
        {"failures": 1},
        {"breaker": Breaker(order=1)},
        {"breaches": (("a > 1", 1),)},
        {"cause": "refused"},
        {"grace_until": NOON},
        {"unknown": Pending(Status.UNKNOWN, 1, 3, NOON, "no network")},
    )
    assert not any(is_steady(CALM, replace(CALM, **change)) for change in changes)
    assert not is_steady(None, CALM)
