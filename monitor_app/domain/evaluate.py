"""What a result, a start, a stop, a silence or an order makes of a service's state.

docs/states.md tells the rules to people. `at` is always aware UTC; ids grow, and what comes again with an id that is
known already changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor_app.domain import breaker as circuit
from monitor_app.domain import thresholds
from monitor_app.domain.hold import Hold, maintenance_words, pause_words
from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import Pending, ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import Judged
from monitor_app.domain.transition import Outcome, Transition

AT_ONCE = 0.0
# What fails in its time to start is looked at again so soon: its next slot may be a day away.
STARTING_RETRY_SECONDS = 60.0
STARTED = "started"
MAINTENANCE_IS_OVER = "the maintenance is over"


def evaluate(state: ServiceState | None, result: CheckResult, result_id: int, rules: Rules) -> Outcome:
    """What a result makes of a state; a service without one starts with it.

    The outcome has no result when checks are paused: one that was under way by then does not count.
    """
    if state is not None and (result_id <= state.result_id or is_paused(state)):
        return Outcome(state)
    if state is not None and state.in_maintenance:
        return _kept(state, result, result_id)
    step = Transition(state or _new(result.service_pk, result.checked_at, rules))
    if state is None:
        step.open_gap()
    judged = thresholds.judge(rules.thresholds, result, step.state.breaches)
    found = judged.result
    step.state = replace(
        step.state,
        checked_at=found.checked_at,
        response_ms=found.response_ms,
        message=found.message,
        result_id=result_id,
        breaches=judged.breaches,
    )
    if found.status.is_up:
        _good(step, judged, rules)
    elif found.status is Status.FAILED:
        _failed(step, found, rules)
    else:
        _unknown(step, found, rules)
    return step.outcome(found, _retry_in_seconds(step.state, found, rules))


def started(
    state: ServiceState | None, service_pk: int, at: datetime, change_id: int, rules: Rules, why: str = STARTED
) -> Outcome:
    """The service was added, enabled or restored, or its maintenance is over: STARTING, and all before is forgotten."""
    if state is None:
        step = Transition(replace(_new(service_pk, at, rules), result_id=change_id))
        step.open_gap()
        return step.outcome()
    if change_id <= state.result_id:
        return Outcome(state)
    step = Transition(state)
    _forget(step, at, change_id, why)
    step.move(Status.STARTING, at, why)
    step.state = replace(step.state, grace_until=_grace_until(at, rules), message="")
    return step.outcome()


def stopped(state: ServiceState, at: datetime, change_id: int, pause: Hold | None = None) -> Outcome:
    """The service was paused or deleted: STOPPED. A downtime ends here, and the circuit breaker closes."""
    if change_id <= state.result_id:
        return Outcome(state)
    step, words = Transition(state), pause_words(pause)
    _forget(step, at, change_id, words)
    step.move(Status.STOPPED, at, words, who="" if pause is None else pause.who)
    step.state = replace(step.state, message=words)
    return step.outcome()


def rested(state: ServiceState, maintenance: Hold, change_id: int) -> Outcome:
    """Maintenance began: STOPPED, though checks go on. A downtime ends here, and the circuit breaker closes."""
    if change_id <= state.result_id or state.in_maintenance:
        return Outcome(state)
    step, words, at = Transition(state), maintenance_words(maintenance), max(maintenance.at, state.since)
    _forget(step, at, change_id, words)
    step.move(Status.STOPPED, at, words, who=maintenance.who)
    step.state = replace(step.state, in_maintenance=True)
    return step.outcome()


def silenced(state: ServiceState, at: datetime, change_id: int, why: str) -> Outcome:
    """Nothing is known any more from `at` on: the monitor lost its network, or was away. UNKNOWN.

    What was not confirmed yet is not believed any more either, so the gap begins with it. A downtime stays open.
    """
    if change_id <= state.result_id or state.status is Status.STOPPED:
        return Outcome(state)
    step = Transition(state)
    doubted = state.pending.since if state.pending is not None else at
    begun = max(min(at, doubted), state.since)
    failures = state.failures if state.settled is Status.FAILED else 0
    step.state = replace(state, result_id=change_id, pending=None, unknown=None, failures=failures, message=why)
    step.move(Status.UNKNOWN, begun, why)
    return step.outcome()


def ordered(state: ServiceState, order: BreakerOrder, change_id: int, rules: Rules) -> Outcome:
    """A person opens or closes the circuit breaker. An order is carried out once.

    Opening it pauses the checks. A service that is down stays down meanwhile; of any other nothing is known then, so it
    is STOPPED. A paused service has no breaker to open.
    """
    if change_id <= state.result_id or order.number <= state.breaker.order:
        return Outcome(state)
    step = Transition(replace(state, result_id=change_id, breaker=replace(state.breaker, order=order.number)))
    if order.action == "close":
        return _closed_by_hand(step, order, rules)
    if state.status is Status.STOPPED and state.breaker.phase == "closed":
        return step.outcome()
    if state.settled is Status.FAILED:
        step.state = replace(step.state, pending=None, unknown=None)
    else:
        _clear(step)
        step.move(Status.STOPPED, order.at, order.reason)
    step.set_breaker(
        circuit.opened_by_hand(state, order), "breaker_opened", order.at, who=order.who, reason=order.reason
    )
    return step.outcome()


def half_opened(state: ServiceState, at: datetime, change_id: int, why: str) -> Outcome:
    """The pause is over, or something the service depends on has recovered: one check is to decide, at once.

    A breaker that a person opened stays so until its own end. Where the service was not down, there is nothing to
    decide: the breaker closes and the service starts.
    """
    if change_id <= state.result_id or state.breaker.phase != "open" or circuit.is_held(state.breaker, at):
        return Outcome(state)
    step = Transition(replace(state, result_id=change_id))
    if state.status is Status.STOPPED:
        step.set_breaker(circuit.closed(state.breaker), "breaker_closed", at, reason=why)
        step.move(Status.STARTING, at, why)
    else:
        step.set_breaker(circuit.half_open(state.breaker), "breaker_half_opened", at, reason=why)
    return step.outcome(retry_in_seconds=AT_ONCE)


def is_paused(state: ServiceState) -> bool:
    """Whether no checks are to be made: the service is paused, or its circuit breaker is open."""
    return (state.status is Status.STOPPED and not state.in_maintenance) or state.breaker.phase == "open"


def _kept(state: ServiceState, result: CheckResult, result_id: int) -> Outcome:
    """What is found in maintenance: kept with what it says and measured, as STOPPED, so that nothing ever counts it."""
    found = replace(
        result, status=Status.STOPPED, message=f"found {result.status.name}: {result.message}"[:MESSAGE_LIMIT]
    )
    following = replace(
        state,
        checked_at=found.checked_at,
        response_ms=found.response_ms,
        message=found.message,
        result_id=result_id,
    )
    return Outcome(following, found)


def _new(service_pk: int, at: datetime, rules: Rules) -> ServiceState:
    return ServiceState(service_pk, Status.STARTING, at, at, None, "", result_id=0, grace_until=_grace_until(at, rules))


def _grace_until(at: datetime, rules: Rules) -> datetime | None:
    return at + timedelta(seconds=rules.starting_seconds) if rules.starting_seconds else None


def _good(step: Transition, judged: Judged, rules: Rules) -> None:
    found, state = judged.result, step.state
    # Steady services come here with each check: nothing is made anew for them.
    if state.failures or state.unknown is not None or state.grace_until is not None:
        step.state = replace(state, failures=0, unknown=None, grace_until=None)
    if step.state.settled is not Status.FAILED:
        is_still = judged.is_open and step.state.settled is Status.DEGRADED
        _settle(step, Status.DEGRADED if is_still else found.status, found.checked_at, found.message)
    else:
        pending = _counted(step.state.pending, found, rules.successes_to_recover)
        step.state = replace(step.state, pending=pending)
        if pending.count >= pending.needed:
            gap_ended_at = _gap_end(step.state, pending, found)
            step.close_downtime(pending.since)
            _settle(step, found.status, pending.since, found.message, gap_ended_at)
    if step.state.breaker.phase == "half_open":
        closed = circuit.closed(step.state.breaker)
        step.set_breaker(closed, "breaker_closed", found.checked_at, reason="a check succeeded")


def _failed(step: Transition, found: CheckResult, rules: Rules) -> None:
    state = step.state
    if state.grace_until is not None and found.checked_at < state.grace_until:
        step.move(Status.STARTING, found.checked_at, found.message)
        step.state = replace(step.state, unknown=None)
        return
    # Where no breaker asks for more, counted no further than needed: what does not change is not written again.
    limit = None if rules.breaker_failures else rules.failures_to_fail
    failures = state.failures + 1 if limit is None else min(state.failures + 1, limit)
    step.state = replace(state, failures=failures, unknown=None, grace_until=None)
    if state.settled is Status.FAILED:
        _settle(step, Status.FAILED, found.checked_at, found.message)
    else:
        pending = _counted(state.pending, found, rules.failures_to_fail)
        step.state = replace(step.state, pending=pending)
        if pending.count >= pending.needed:
            gap_ended_at = _gap_end(step.state, pending, found)
            step.open_downtime(pending.since, pending.message)
            _settle(step, Status.FAILED, pending.since, pending.message, gap_ended_at)
    if circuit.opens(step.state, rules):
        opened = circuit.opened_by_itself(step.state, found.checked_at, rules)
        step.set_breaker(opened, "breaker_opened", found.checked_at, reason=found.message)


def _unknown(step: Transition, found: CheckResult, rules: Rules) -> None:
    """Also for results that are STARTING or STOPPED: they are no word on whether the service is up or down."""
    state = step.state
    is_starting = found.status is Status.STARTING
    if state.status is Status.UNKNOWN and is_starting and state.settled is None:
        # After a time without an engine: it still waits for its first word.
        step.move(Status.STARTING, found.checked_at, found.message)
        return
    if state.status is Status.UNKNOWN or (state.status is Status.STARTING and is_starting):
        return
    unknown = _counted(state.unknown, found, rules.failures_to_fail)
    if unknown.count >= unknown.needed or state.settled is None:
        step.state = replace(state, unknown=None)
        step.move(Status.UNKNOWN, unknown.since, unknown.message)
    else:
        step.state = replace(state, unknown=unknown)


def _settle(
    step: Transition, status: Status, since: datetime, reason: str, gap_ended_at: datetime | None = None
) -> None:
    """This status is certain now."""
    step.move(status, since, reason, gap_ended_at)
    if step.state.settled is not status or step.state.pending is not None:
        step.state = replace(step.state, settled=status, pending=None)


def _counted(before: Pending | None, found: CheckResult, needed: int) -> Pending:
    """One more result that says the same; the first one where those before said something else."""
    if before is None or before.status.is_up is not found.status.is_up:
        return Pending(found.status, 1, needed, found.checked_at, found.message)
    return replace(before, status=found.status, count=before.count + 1, needed=needed)


def _gap_end(state: ServiceState, pending: Pending, found: CheckResult) -> datetime:
    """A gap ends with the first result that told of what is confirmed now, unless it began after that."""
    return pending.since if pending.since >= state.since else found.checked_at


def _retry_in_seconds(state: ServiceState, found: CheckResult, rules: Rules) -> float | None:
    if state.breaker.phase == "open":
        return None
    is_told = found.status.is_up or found.status is Status.FAILED
    if state.grace_until is not None and found.status is Status.FAILED:
        return STARTING_RETRY_SECONDS
    is_open = state.unknown is not None or (state.pending is not None and is_told)
    return rules.retry_seconds if is_open else None


def _forget(step: Transition, at: datetime, change_id: int, why: str) -> None:
    """The service begins or ends: its downtime and its breaker end, nothing is certain."""
    breaker = step.state.breaker
    step.state = replace(step.state, result_id=change_id)
    _clear(step, at)
    if breaker.phase != "closed":
        step.set_breaker(circuit.closed(breaker), "breaker_closed", at, reason=why)


def _clear(step: Transition, at: datetime | None = None) -> None:
    """Forget what was certain and what was not; a downtime ends at `at`."""
    if step.state.settled is Status.FAILED and at is not None:
        step.close_downtime(at)
    step.state = replace(
        step.state,
        settled=None,
        pending=None,
        unknown=None,
        failures=0,
        breaches=(),
        grace_until=None,
        in_maintenance=False,
    )


def _closed_by_hand(step: Transition, order: BreakerOrder, rules: Rules) -> Outcome:
    if step.state.breaker.phase == "closed":
        return step.outcome(retry_in_seconds=None if is_paused(step.state) else AT_ONCE)
    closed = circuit.closed(step.state.breaker)
    step.set_breaker(closed, "breaker_closed", order.at, who=order.who, reason=order.reason)
    step.state = replace(step.state, failures=0)
    if step.state.status is Status.STOPPED:
        step.move(Status.STARTING, order.at, order.reason)
        step.state = replace(step.state, grace_until=_grace_until(order.at, rules))
    return step.outcome(retry_in_seconds=AT_ONCE)
