"""What each result makes of its service, at once: the states in memory, what is to be written, when to check again."""

from collections.abc import Callable, Iterable
from datetime import datetime

from monitor_app.domain import evaluate as domain
from monitor_app.domain.changes import DowntimeClosed
from monitor_app.domain.hold import Hold
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import BreakerOrder
from monitor_app.domain.state import ServiceState
from monitor_app.domain.state_memory import is_steady
from monitor_app.domain.transition import Outcome
from monitor_app.engine.details import Details
from monitor_app.engine.outbox import Item, Outbox
from monitor_app.engine.rulebook import RuleBook

# Told with each step: the service, its states before and after, and how soon the next check is wanted.
Told = Callable[[int, ServiceState | None, ServiceState, float | None], None]


class Evaluator:
    """The states of all services, also of those that are deleted: one that is restored goes on from there.

    Gives each step an id. `on_step` is told of it at once; the database hears of it through the outbox.
    """

    def __init__(
        self,
        states: Iterable[ServiceState],
        rulebook: RuleBook,
        outbox: Outbox,
        next_id: int,
        on_step: Told,
        details: Details | None = None,
    ) -> None:
        self._states = {state.service_pk: state for state in states}
        self._rulebook = rulebook
        self._outbox = outbox
        self._next_id = next_id
        self._on_step = on_step
        self.details = details or Details()

    def state(self, pk: int) -> ServiceState | None:
        """What is true of a service now; None when nothing was ever found out."""
        return self._states.get(pk)

    def unknown(self, service_pks: Iterable[int]) -> set[int]:
        """Those that have no state."""
        return set(service_pks) - self._states.keys()

    def learn(self, states: Iterable[ServiceState]) -> None:
        """Take over states of services that nothing is known about yet."""
        for state in states:
            self._states.setdefault(state.service_pk, state)

    def take(self, result: CheckResult, heartbeat_id: int = 0) -> None:
        """A result arrived; `heartbeat_id` is that of the report that it comes from."""
        pk = result.service_pk
        outcome = domain.evaluate(self._states.get(pk), result, self._next_id, self._rulebook.rules(pk))
        self._step(pk, outcome, heartbeat_id)

    def pass_over(self, heartbeat_id: int) -> None:
        """Reports up to this one are dealt with, without any result."""
        self._outbox.put(Item(self._new_id(), None, heartbeat_id=heartbeat_id))

    def start(self, pk: int, at: datetime) -> None:
        """A service was added, enabled or restored."""
        self._step(pk, domain.started(self._states.get(pk), pk, at, self._next_id, self._rulebook.rules(pk)))

    def stop(self, pk: int, at: datetime, pause: Hold | None = None) -> None:
        """A service was paused or deleted."""
        state = self._states.get(pk)
        if state is not None:
            self._step(pk, domain.stopped(state, at, self._next_id, pause))

    def rest(self, pk: int, maintenance: Hold) -> None:
        """Maintenance of a service began."""
        state = self._states.get(pk)
        if state is not None:
            self._step(pk, domain.rested(state, maintenance, self._next_id))

    def end_rest(self, pk: int, at: datetime) -> None:
        """Maintenance of a service is over."""
        rules, why = self._rulebook.rules(pk), domain.MAINTENANCE_IS_OVER
        self._step(pk, domain.started(self._states.get(pk), pk, at, self._next_id, rules, why))

    def silence(self, pk: int, at: datetime, why: str) -> None:
        """Nothing is known of a service from this moment on."""
        state = self._states.get(pk)
        if state is not None:
            self._step(pk, domain.silenced(state, at, self._next_id, why))

    def order(self, pk: int, order: BreakerOrder) -> None:
        """A person told a service's circuit breaker what to do."""
        state = self._states.get(pk)
        if state is not None:
            self._step(pk, domain.ordered(state, order, self._next_id, self._rulebook.rules(pk)))

    def half_open(self, pk: int, at: datetime, why: str) -> None:
        """The pause that a circuit breaker made is over."""
        state = self._states.get(pk)
        if state is not None:
            self._step(pk, domain.half_opened(state, at, self._next_id, why))

    def _step(self, pk: int, outcome: Outcome, heartbeat_id: int = 0) -> None:
        before, after = self._states.get(pk), outcome.state
        if outcome.result is None and not heartbeat_id and (before is after or not _says_anything(before, outcome)):
            return
        self._states[pk] = after
        number, result, detail = self._new_id(), outcome.result, None
        if result is not None and result.report is not None:
            detail = self.details.of(number, result, is_news=before is None or before.status is not after.status)
        self._outbox.put(
            Item(
                number,
                result,
                None if is_steady(before, after) else after,
                outcome.changes,
                heartbeat_id,
                _is_urgent(before, outcome),
                detail,
            )
        )
        self._on_step(pk, before, after, outcome.retry_in_seconds)
        if any(isinstance(change, DowntimeClosed) for change in outcome.changes) and after.status.is_up:
            service = self._rulebook.get(pk)
            why = f"{service.label if service is not None else pk}, on which it depends, has recovered"
            for dependent in self._rulebook.dependents(pk):
                self.half_open(dependent, after.checked_at, why)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def _says_anything(before: ServiceState | None, outcome: Outcome) -> bool:
    """Whether a step without a result has to be written: its id alone is no news."""
    return bool(outcome.changes) or not is_steady(before, outcome.state)


def _is_urgent(before: ServiceState | None, outcome: Outcome) -> bool:
    """Whether somebody who looks would want to know at once."""
    after = outcome.state
    if before is None or outcome.changes:
        return True
    return (before.status, before.pending, before.unknown) != (after.status, after.pending, after.unknown)
