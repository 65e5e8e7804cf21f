"""Brings together what is true of services and when they are checked: starts, pauses, retries, orders, silence."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from monitor_app.domain import breaker as circuit
from monitor_app.domain.schedule import CATCH_UP_SECONDS, phase_seconds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.clock import Clock
from monitor_app.engine.details import Details
from monitor_app.engine.due import Due, DueQueue
from monitor_app.engine.evaluator import Evaluator
from monitor_app.engine.heartbeats import HeartbeatBook
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.silence import Silence

AWAY = "the monitor did not run"
SILENT = "there has been no result for long"
PAUSE_IS_OVER = "the pause is over"
ASKED_FOR = "a check was asked for"
CHANGED = "the service was changed"
OFFLINE = "the monitor has lost its network"


class Steward:
    """Belongs to one term. `dispatch` runs checks, `wake` makes the scheduler look into the queue soon."""

    def __init__(
        self,
        *,
        clock: Clock,
        queue: DueQueue,
        rulebook: RuleBook,
        outbox: Outbox,
        states: Iterable[ServiceState],
        next_id: int,
    ) -> None:
        details = Details(clock.monotonic)
        self.evaluator = Evaluator(states, rulebook, outbox, next_id, self._on_step, details)
        self.book = HeartbeatBook()
        self.silence = Silence(clock, rulebook.patience_seconds)
        self.wake: Callable[[], None] = lambda: None
        # Why nothing may be known of services at present; "": because of themselves.
        self.stopped = ""
        # Polls the source that tells of a service, by the source's pk; and is told when the wall clock was set.
        self.want_poll: Callable[[int | None], None] = lambda source_pk: None
        self.on_clock_set: Callable[[], None] = lambda: None
        # Those that somebody, or an alert, wants to know about now.
        self._asked_for: set[int] = set()
        self._clock = clock
        self._queue = queue
        self._rulebook = rulebook

    def take_over(self, services: Sequence[ServiceDefinition]) -> None:
        """Begin with the service table as it is, where an earlier term ended.

        Time in which nobody checked is a gap from when a service would have been called silent; less than that is none.
        """
        self._rulebook.define(services)
        now = self._clock.now()
        checked_at = {}
        for service in services:
            state = self.evaluator.state(service.pk)
            if state is not None and state.checked_at is not None:
                checked_at[service.pk] = state.checked_at
            if not service.enabled:
                self._end(service)
            elif state is None or (
                state.status is Status.STOPPED and state.breaker.phase == "closed" and not state.in_maintenance
            ):
                self._begin(service.pk)
            else:
                silent_at = self._silent_at(state)
                is_away = silent_at is not None and silent_at < now
                if silent_at is not None and is_away:
                    self.evaluator.silence(service.pk, silent_at, AWAY)
                # What was reported while nobody listened is not missing; what was missing before still is.
                was_missing = state.status is Status.FAILED
                last = self.book.of(service.pk, state.since).last
                never = service.created_at if was_missing else state.since
                is_anew = is_away and not was_missing
                self.book.expect(service.pk, now if is_anew else last.at if last is not None else never)
        self._queue.start(services, checked_at)
        for service in services:
            self._follow_order(service)
            self._follow_maintenance(service)
            self._hold(service.pk)
            self._go_on(service.pk)

    def end_deleted(self, deleted: Iterable[tuple[ServiceState, datetime]]) -> None:
        """Services that were deleted while nobody scheduled, and when: what was open of them ends then."""
        for state, deleted_at in deleted:
            self.evaluator.learn([state])
            silent_at = self._silent_at(state)
            if silent_at is not None and silent_at < deleted_at:
                self.evaluator.silence(state.service_pk, silent_at, AWAY)
            self.evaluator.stop(state.service_pk, deleted_at)

    def apply(self, services: Sequence[ServiceDefinition]) -> list[int]:
        """Take over changes of the table. Returns whose running check is of no use any more."""
        self._rulebook.define(services)
        for service in services:
            if service.is_deleted or not service.enabled:
                self._end(service)
            elif service.pk not in self._queue:
                self._begin(service.pk)
        known = {service.pk: self._queue.get(service.pk) for service in services}
        superseded = self._queue.apply(services)
        for service in services:
            if service.is_deleted:
                continue
            self._follow_order(service)
            if self._follow_maintenance(service) and self._queue.supersede(service.pk):
                superseded.append(service.pk)
            if self._queue.get(service.pk) is not known[service.pk]:
                # What is checked in another way now may be well: one check is to decide, unless a person holds it.
                self.evaluator.half_open(service.pk, self._clock.now(), CHANGED)
                self._hold(service.pk)
        self.silence.expect(service.pk for service in services)
        self.book.forget(service.pk for service in services if service.is_deleted)
        return superseded

    def let_through(self, batch: Iterable[Due]) -> list[Due]:
        """Those of the checks that are due now which may run: with an open circuit breaker one is to decide."""
        allowed = []
        for due in batch:
            pk = due.service.pk
            if self._rulebook.is_observed(pk):
                # Its results come with the polls of its source; one that has just begun does not wait for the next.
                self._queue.finished(due)
                if (state := self.evaluator.state(pk)) is not None and state.status is Status.STARTING:
                    self.want_poll(due.service.source_pk)
                continue
            why = ASKED_FOR if pk in self._asked_for else PAUSE_IS_OVER
            self._asked_for.discard(pk)
            state = self.evaluator.state(pk)
            if state is not None and state.breaker.phase == "open":
                self.evaluator.half_open(pk, self._clock.now(), why)
                if self._is_open(pk):
                    self._queue.finished(due)
                    self._hold(pk)
                    continue
            allowed.append(due)
        return allowed

    def check_now(self, pk: int, *, in_full: bool = True) -> None:
        """Somebody wants to know: checked at once, unless a person holds the circuit breaker open.

        What the check finds is kept `in_full` for a person who looks.
        """
        service = self._rulebook.get(pk)
        if service is not None and self._rulebook.is_observed(pk):
            if in_full:
                self.evaluator.details.want(pk)
            self.want_poll(service.source_pk)
            return
        state = self.evaluator.state(pk)
        if state is None or not circuit.is_held(state.breaker, self._clock.now()):
            if in_full:
                self.evaluator.details.want(pk)
            self._asked_for.add(pk)
            self._queue.resume(pk, at_once=True)
            self.wake()

    def look_for_silence(self) -> None:
        """Services that have had no result for long are UNKNOWN from when that was too long."""
        expected = [service for service in self._queue.services() if not self._queue.is_paused(service.pk)]
        now = self._clock.now()
        for pk, seconds in self.silence.look(expected).items():
            self.evaluator.silence(pk, now - timedelta(seconds=seconds), self.stopped or SILENT)

    def end_maintenance(self) -> None:
        """What is in maintenance until now goes on; the service table may tell so later, or not at all."""
        for service in self._rulebook:
            if service.maintenance is not None and self._follow_maintenance(service):
                self.silence.expect([service.pk])

    def lose_network(self) -> None:
        """What was not confirmed yet is not believed: those failures may have been the monitor's own."""
        now = self._clock.now()
        for service in self._queue.services():
            state = self.evaluator.state(service.pk)
            if state is not None and state.pending is not None and state.pending.status is Status.FAILED:
                self.evaluator.silence(service.pk, now, OFFLINE)

    def regain_network(self) -> None:
        """What became UNKNOWN meanwhile is checked within a minute, however far its next slot is."""
        for service in self._queue.services():
            state = self.evaluator.state(service.pk)
            if state is not None and (state.status is Status.UNKNOWN or state.unknown is not None):
                self._queue.retry(service.pk, phase_seconds(f"{service.service_id} back", CATCH_UP_SECONDS))
        self.wake()

    def go_on(self) -> None:
        """Checks may be started again: all services are checked within a minute, however far their next slots are."""
        services = self._queue.services()
        self.silence.expect(service.pk for service in services)
        for service in services:
            self._queue.retry(service.pk, phase_seconds(f"{service.service_id} back", CATCH_UP_SECONDS))
        self.wake()

    def follow_clock(self) -> None:
        """The wall clock was set: what a person paused until a time of day goes on at that time."""
        self.on_clock_set()
        for service in self._queue.services():
            state = self.evaluator.state(service.pk)
            if state is not None and state.breaker.who:
                self._hold(service.pk)

    def _silent_at(self, state: ServiceState) -> datetime | None:
        """From when on a service is silent that is not checked any more; None when it is not to be checked."""
        if state.status is Status.STOPPED:
            return None
        checked_at = state.checked_at
        if state.breaker.phase == "open":
            # Paused until then: only after that a check is missing.
            if state.breaker.until is None:
                return None
            checked_at = max(checked_at, state.breaker.until)
        return checked_at + timedelta(seconds=self._rulebook.patience_seconds(state.service_pk))

    def _go_on(self, pk: int) -> None:
        """What an earlier engine had not confirmed is checked soon: the next slot may be a day away."""
        state = self.evaluator.state(pk)
        if state is not None and (state.pending is not None or state.unknown is not None):
            seconds = self._rulebook.rules(pk).retry_seconds
            if seconds is not None:
                self._queue.retry(pk, seconds)

    def _begin(self, pk: int) -> None:
        now = self._clock.now()
        self.book.expect(pk, now)
        self.evaluator.start(pk, now)

    def _end(self, service: ServiceDefinition) -> None:
        state = self.evaluator.state(service.pk)
        if state is None:
            return
        if state.status is not Status.STOPPED or state.breaker.phase != "closed" or state.in_maintenance:
            pause = None if service.is_deleted else service.pause
            self.evaluator.stop(service.pk, self._clock.now(), pause)

    def _follow_maintenance(self, service: ServiceDefinition) -> bool:
        """True when maintenance is over: what was found in it does not count, so it is checked at once."""
        state, now = self.evaluator.state(service.pk), self._clock.now()
        if state is None or not service.enabled:
            return False
        maintenance = service.maintenance
        if maintenance is not None and not maintenance.is_over(now):
            if not state.in_maintenance:
                self.evaluator.rest(service.pk, maintenance)
            return False
        if not state.in_maintenance:
            return False
        self.book.expect(service.pk, now)
        self.evaluator.end_rest(service.pk, now)
        self._queue.resume(service.pk, at_once=True)
        self.wake()
        return True

    def _follow_order(self, service: ServiceDefinition) -> None:
        order, state = service.breaker_order, self.evaluator.state(service.pk)
        if order is not None and state is not None and order.number > state.breaker.order:
            self.evaluator.order(service.pk, order)

    def _is_open(self, pk: int) -> bool:
        state = self.evaluator.state(pk)
        return state is not None and state.breaker.phase == "open"

    def _hold(self, pk: int) -> None:
        """Leave a service alone while its circuit breaker is open."""
        state = self.evaluator.state(pk)
        if state is None or state.breaker.phase != "open":
            return
        if state.breaker.until is None:
            self._queue.pause(pk, None)
            return
        seconds = (state.breaker.until - self._clock.now()).total_seconds()
        if not state.breaker.who:
            # The wall clock may have been set back since it opened; a person means the clock, a rule means a time.
            seconds = min(seconds, self._rulebook.rules(pk).breaker_seconds)
        self._queue.pause(pk, self._clock.monotonic() + seconds)

    def _on_step(
        self, pk: int, before: ServiceState | None, after: ServiceState, retry_in_seconds: float | None
    ) -> None:
        was_open = before is not None and before.breaker.phase == "open"
        if after.breaker.phase == "open":
            if not was_open or before is None or before.breaker.until != after.breaker.until:
                self._hold(pk)
        elif was_open or retry_in_seconds == 0:
            self._queue.resume(pk, at_once=retry_in_seconds == 0)
            self.silence.expect([pk])
            self.wake()
        elif retry_in_seconds is not None:
            self._queue.retry(pk, retry_in_seconds)
