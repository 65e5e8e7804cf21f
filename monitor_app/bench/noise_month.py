"""One target-month through the rules that the engine uses; stretches in which nothing can happen are skipped."""

import math
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor_app.bench.noise_world import BURST_LOSS, MONTH_SECONDS, Episode, World, good_in_a_row
from monitor_app.domain.changes import DowntimeClosed, DowntimeOpened
from monitor_app.domain.evaluate import evaluate, half_opened, silenced
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import RETRY_MAX_SECONDS, RETRY_MIN_SECONDS, Rules
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.transition import Outcome

INTERVAL_SECONDS = 60.0
TIMEOUT_SECONDS = 10.0
ANSWER_SECONDS = 0.05
# As in engine/due.py: a retry that is this close to a slot is left to the slot.
RETRY_APART_SECONDS = 5.0
# As in engine/canaries.py: a round every so often, one at most this long after it was asked for, and its time-out.
CANARY_ROUND_SECONDS = 10.0
CANARY_ASKED_SECONDS = 1.0
CANARY_TIMEOUT_SECONDS = 3.0

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Confirmed:
    """A confirmed failure: start of its first and last failed check, when it was known, and when its end was."""

    first: float
    last: float
    known_at: float
    recovered_at: float = math.inf


class Month:
    """Runs one month; `confirmed` has what the rules made of it."""

    def __init__(self, world: World, rules: Rules, chance: random.Random, begins: datetime = EPOCH) -> None:
        self.confirmed: list[Confirmed] = []
        self.checks = 0
        self._world = world
        self._chance = chance
        self._begins = begins
        self._rules = replace(rules, retry_seconds=chance.uniform(RETRY_MIN_SECONDS, RETRY_MAX_SECONDS))
        self._phase = chance.uniform(0, INTERVAL_SECONDS)
        self._state: ServiceState | None = None
        self._last_id = 0
        # As in engine/doubts.py: the first failure in a row waits until the canaries have vouched for the network.
        self._is_vouched = False

    def run(self) -> None:
        """From the first slot to the end of the month."""
        moment = self._phase
        while moment < MONTH_SECONDS:
            is_lost = False
            if self._is_calm() and self._world.is_quiet(moment):
                moment, is_lost = self._skip(moment)
                if moment >= MONTH_SECONDS:
                    return
            moment = self._check(moment, is_lost)

    def _is_calm(self) -> bool:
        """Nothing is pending, so good results change nothing."""
        state = self._state
        return (
            state is not None and state.status is Status.OK and state.pending is None and state.unknown is None
        )  # fmt: skip

    def _skip(self, moment: float) -> tuple[float, bool]:
        """The next slot whose check may fail, and whether it does because it is lost."""
        lost = moment + good_in_a_row(self._world.noise.loss, self._chance) * INTERVAL_SECONDS
        episode = self._slot(self._world.next_start(moment))
        return (lost, True) if lost < episode else (episode, False)

    def _slot(self, moment: float) -> float:
        """The first slot that is not before this."""
        if moment > MONTH_SECONDS:
            return math.inf
        return self._phase + math.ceil((moment - self._phase) / INTERVAL_SECONDS) * INTERVAL_SECONDS

    def _check(self, started: float, is_lost: bool) -> float:
        """Make one check; when the next one starts."""
        self.checks += 1
        is_failed, seconds = self._probe(started, is_lost)
        ended = started + seconds
        known_at, status = self._doubt(ended) if is_failed else (ended, Status.OK)
        if status is not Status.FAILED:
            self._is_vouched = False
        result = CheckResult(1, self._at(started), status, status.name)
        outcome = self._take(evaluate(self._state, result, self._next_id(), self._rules), started, known_at)
        return self._next_check(outcome, ended, known_at)

    def _probe(self, started: float, is_lost: bool) -> tuple[bool, float]:
        """Whether the check fails, and how long it takes."""
        world = self._world
        if world.own_losses.at(started):
            return True, TIMEOUT_SECONDS
        if world.outages.at(started):
            return True, ANSWER_SECONDS if world.is_refused else TIMEOUT_SECONDS
        loss = BURST_LOSS if world.bursts.at(started) else world.noise.loss
        if is_lost or (loss and self._chance.random() < loss):
            return True, TIMEOUT_SECONDS
        return False, ANSWER_SECONDS

    def _doubt(self, ended: float) -> tuple[float, Status]:
        """When a failure counts, and as what."""
        own_loss = self._own_loss_known_at(ended)
        if own_loss is not None:
            self._silence(own_loss)
            return ended, Status.UNKNOWN
        if self._is_vouched:
            return ended, Status.FAILED
        asked = ended + self._chance.uniform(0, CANARY_ASKED_SECONDS)
        own_loss = self._world.own_losses.at(asked)
        if own_loss is None:
            self._is_vouched = True
            return asked + ANSWER_SECONDS, Status.FAILED
        own_loss.known_at = min(own_loss.known_at, asked + CANARY_TIMEOUT_SECONDS)
        self._silence(own_loss)
        return asked + CANARY_TIMEOUT_SECONDS, Status.UNKNOWN

    def _own_loss_known_at(self, moment: float) -> Episode | None:
        """The loss of the own network that the canaries' regular rounds have found by now."""
        own_loss = self._world.own_losses.at(moment)
        if own_loss is None:
            return None
        if own_loss.known_at == math.inf:
            wait = self._chance.uniform(0, CANARY_ROUND_SECONDS)
            own_loss.known_at = own_loss.start + wait + CANARY_TIMEOUT_SECONDS
        return own_loss if own_loss.known_at <= moment else None

    def _silence(self, own_loss: Episode) -> None:
        if self._state is not None and self._state.pending is not None:
            at = self._at(own_loss.known_at)
            lost = silenced(self._state, at, self._next_id(), "the monitor itself has no network")
            self._step(lost, own_loss.known_at)

    def _take(self, outcome: Outcome, started: float, known_at: float) -> Outcome:
        self._step(outcome, known_at)
        for change in outcome.changes:
            if isinstance(change, DowntimeOpened):
                first = (change.started_at - self._begins).total_seconds()
                self.confirmed.append(Confirmed(first, started, known_at))
            elif isinstance(change, DowntimeClosed):
                self.confirmed[-1].recovered_at = known_at
        return outcome

    def _step(self, outcome: Outcome, known_at: float) -> None:
        """The state as it is from then on, in seconds since the month began."""
        self._state = outcome.state

    def _next_check(self, outcome: Outcome, ended: float, known_at: float) -> float:
        until = outcome.state.breaker.until
        if outcome.state.breaker.phase == "open" and until is not None:
            opened_at = (until - self._begins).total_seconds()
            self._step(half_opened(outcome.state, until, self._next_id(), "the pause is over"), opened_at)
            return max(opened_at, known_at)
        slot = self._slot(ended + 1e-6)
        if outcome.retry_in_seconds is not None:
            retry = known_at + outcome.retry_in_seconds
            if retry + RETRY_APART_SECONDS <= slot:
                return retry
        return slot

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _at(self, seconds: float) -> datetime:
        return self._begins + timedelta(seconds=seconds)
