"""The circuit breaker: when it opens by itself, what a person ordered, and how it is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor_app.domain.rules import Rules
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.domain.status import Status


def opens(state: ServiceState, rules: Rules) -> bool:
    """Whether a FAILED result that `state` counts already opens the breaker.

    Only a confirmed failure does, so an open breaker never hides that a service is down.
    """
    if state.settled is not Status.FAILED:
        return False
    if state.breaker.phase == "half_open":
        return True
    return state.breaker.phase == "closed" and 0 < rules.breaker_failures <= state.failures


def opened_by_itself(state: ServiceState, at: datetime, rules: Rules) -> Breaker:
    """Open for `breaker_seconds`."""
    until = at + timedelta(seconds=rules.breaker_seconds)
    return Breaker("open", opened_at=at, until=until, failures=state.failures, order=state.breaker.order)


def opened_by_hand(state: ServiceState, order: BreakerOrder) -> Breaker:
    """Open until the order ends, or until somebody closes it."""
    return Breaker("open", order.at, order.until, state.failures, order.who, order.reason, order.number)


def half_open(breaker: Breaker) -> Breaker:
    """The next result decides. Who opened it, when and why stays known until then."""
    return replace(breaker, phase="half_open", until=None)


def closed(breaker: Breaker) -> Breaker:
    """Closed; only the number of the last order stays."""
    return Breaker(order=breaker.order)


def is_held(breaker: Breaker, at: datetime) -> bool:
    """Open by a person's order that has not ended yet."""
    return breaker.phase == "open" and bool(breaker.who) and (breaker.until is None or at < breaker.until)


def as_text(breaker: Breaker, show_time: Callable[[datetime], str]) -> str:
    """The breaker in words, empty while it is closed. `show_time` writes a time as this reader wants it.

    "checks paused by the circuit breaker until 14:05, opened at 14:00 after 5 failures"
    """
    if breaker.phase == "closed":
        return ""
    if breaker.phase == "half_open":
        return "the circuit breaker lets one check through, which decides"
    whose = breaker.who or "the circuit breaker"
    until = "until it is closed by hand" if breaker.until is None else f"until {show_time(breaker.until)}"
    opened = "" if breaker.opened_at is None else f", opened at {show_time(breaker.opened_at)}"
    why = f": {breaker.reason}" if breaker.who else f" after {_failures(breaker.failures)}"
    return f"checks paused by {whose} {until}{opened}{why}"


def _failures(count: int) -> str:
    return f"{count} failure" if count == 1 else f"{count} failures"
