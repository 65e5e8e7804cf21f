"""Runs checks: limits, deadlines, correlation ids. Due checks go in by `dispatch`, results come out by `on_result`."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from monitor_app import tracing
from monitor_app.domain.report import Report
from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.domain.timings import Timings
from monitor_app.engine.clock import Clock
from monitor_app.engine.details import report_of
from monitor_app.engine.due import Due
from monitor_app.engine.lanes import Lanes
from monitor_app.engine.lateness import Lateness
from monitor_app.errors import LightbulbError
from monitor_app.log import check_id, get_logger
from monitor_app.plugins.protocols import CheckConfig, Facts, Probe, ProbeContext
from monitor_app.plugins.registry import KindRegistry

# A probe keeps its deadline itself; this much later it is cut off.
# Its deadline counts the waits for the network, not those for this process, so a busy one needs some more.
BELT_SECONDS = 5.0
STARTS_AT_ONCE = 20
# So many failures of a service in a row are not believed because this process stood still meanwhile.
INTERRUPTED_IN_A_ROW = 2
# A result that began later than this says so.
LATE_MS = 1000.0
STALL_NOTE = " (the engine stood still meanwhile)"

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many checks may be in flight, in all and to one host and port."""

    in_flight: int = 2000
    per_host: int = 100


@dataclass(slots=True)
class RunnerCounts:
    """What became of the checks that were dispatched; those in none of these still wait or run."""

    done: int = 0
    # Waited until the next slot came: dropped, not run late.
    expired: int = 0
    # The service was changed, disabled or deleted meanwhile, or the engine stops.
    cancelled: int = 0
    # Failed while this process itself stood still, so nobody knows.
    interrupted: int = 0
    # Of those done: ended by an exception or the safety belt, not by a finding.
    broken: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """A service's config, parsed once per revision."""

    revision: int
    config: CheckConfig
    probe: Probe
    host: str


@dataclass(eq=False, slots=True)
class _Job:
    due: Due
    plan: _Plan
    task: asyncio.Task[None] | None = None
    is_cancelled: bool = False
    is_recorded: bool = False


class Runner:
    """Runs dispatched checks on this event loop.

    `on_result` is called with each result, and `on_finished(due, is_void)` after it with each check that ended; a void
    one found nothing out.
    """

    def __init__(
        self,
        registry: KindRegistry,
        network: Any,
        clock: Clock,
        limits: Limits,
        on_result: Callable[[CheckResult], None],
        on_finished: Callable[[Due, bool], None],
        facts: Facts | None = None,
        id_prefix: str = "",
    ) -> None:
        self.counts = RunnerCounts()
        self.lateness = Lateness()
        # How late checks start and how long they run, to be added up with those of other engines.
        self.late, self.duration = Timings(), Timings()
        self._registry = registry
        self._network = network
        self._clock = clock
        self._on_result = on_result
        self._on_finished = on_finished
        self._facts = facts
        self._id_prefix = id_prefix
        self._lanes = Lanes[_Job](limit=limits.in_flight, limit_per_lane=limits.per_host)
        self._plans: dict[int, _Plan] = {}
        # The one job of each service that counts; cancelled ones may still wind down.
        self._jobs: dict[int, _Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # How many failures in a row were not believed, and who cannot be checked at present, by the service's pk.
        self._interrupted: dict[int, int] = {}
        self._broken: set[int] = set()
        self._last_id = 0
        self._stall_ended = float("-inf")
        self._is_starting = False
        # Nothing is started: what waits its turn is dropped.
        self.is_held = False

    @property
    def oldest_wait_seconds(self) -> float:
        """For how long the check has waited that waits longest; 0 when none does."""
        slots = [job.due.slot for job in self._jobs.values() if job.task is None]
        return max(0.0, self._clock.monotonic() - min(slots)) if slots else 0.0

    @property
    def in_flight(self) -> int:
        """How many checks run."""
        return self._lanes.in_flight

    @property
    def backlog(self) -> int:
        """How many checks wait for their turn."""
        return self._lanes.backlog

    def dispatch(self, batch: Iterable[Due]) -> None:
        """Run these checks as soon as the limits allow."""
        for due in batch:
            try:
                plan = self._plan(due)
            except Exception as err:  # noqa: BLE001 - one broken definition must not stop the others
                self._report_unusable(due, err)
                continue
            job = _Job(due, plan)
            self._jobs[due.service.pk] = job
            self._lanes.put(plan.host, job)
        self._start_ready()

    def cancel(self, service_pks: Iterable[int]) -> None:
        """These services' checks, waiting or running, are of no use any more."""
        for pk in service_pks:
            job = self._jobs.pop(pk, None)
            if job is None:
                continue
            job.is_cancelled = True
            if job.task is not None:
                job.task.cancel()

    def forget(self, service_pks: Iterable[int]) -> None:
        """Drop what is kept about services that are gone."""
        for pk in service_pks:
            self._plans.pop(pk, None)
            self._interrupted.pop(pk, None)
            self._broken.discard(pk)

    def note_stall(self) -> None:
        """This process stood still: failures of checks that ran meanwhile may be its own fault."""
        self._stall_ended = self._clock.monotonic()

    async def stop(self, grace_seconds: float) -> None:
        """Drop what waits, give what runs a moment, then cancel it."""
        self.cancel([pk for pk, job in self._jobs.items() if job.task is None])
        for job in self._lanes.start():
            self._leave(job)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        self.cancel(list(self._jobs))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _plan(self, due: Due) -> _Plan:
        service = due.service
        plan = self._plans.get(service.pk)
        if plan is None or plan.revision != service.revision:
            kind = self._registry[service.kind]
            config = kind.parse(service.status_config)
            plan = _Plan(service.revision, config, kind.probe, config.limit_key)
            self._plans[service.pk] = plan
        return plan

    def _report_unusable(self, due: Due, err: Exception) -> None:
        """A definition that cannot be run gives a result too, or nobody would ever hear of it."""
        if self._is_newly_broken(due):
            log = logger.error if isinstance(err, LightbulbError) else logger.exception
            log("a service cannot be checked", service=due.service.service_id, reason=str(err))
        found = ProbeResult(Status.UNKNOWN, f"cannot be checked: {err}")
        self._record(due, found, self._next_id(), self._clock.monotonic(), self._clock.now())
        self._on_finished(due, False)

    def _start_ready(self) -> None:
        """Start a few, and the rest after those that run have had their turn.

        So when this process cannot keep up, checks start late; they do not all run at once and time out by its fault.
        """
        self._is_starting = False
        for job in islice(self._lanes.start(), STARTS_AT_ONCE):
            if job.is_cancelled or self.is_held:
                self._leave(job)
            elif job.due.expires <= self._clock.monotonic():
                self.counts.expired += 1
                self._leave(job)
            else:
                task = asyncio.create_task(self._run(job))
                job.task = task
                self._tasks.add(task)
                task.add_done_callback(partial(self._ended, job))
        if self._lanes.has_next:
            self._start_soon()

    def _start_soon(self) -> None:
        if not self._is_starting:
            self._is_starting = True
            asyncio.get_running_loop().call_soon(self._start_ready)

    async def _run(self, job: _Job) -> None:
        identifier = self._next_id()
        check_id.set(identifier)
        service = job.due.service
        with tracing.span(
            "check", remembered_as=identifier, service=service.service_id, kind=service.kind, check_id=identifier
        ) as span:
            await self._run_traced(job, identifier, span)

    async def _run_traced(self, job: _Job, identifier: str, span: tracing.Span) -> None:
        started = self._clock.monotonic()
        checked_at = self._clock.now()
        found = await self._probe(job, identifier)
        _note(span, found)
        if job.is_cancelled:
            return
        if self._stall_ended > started and found.status in (Status.FAILED, Status.UNKNOWN):
            if not self._is_believed(job.due):
                self.counts.interrupted += 1
                return
            found = replace(found, message=found.message[: MESSAGE_LIMIT - len(STALL_NOTE)] + STALL_NOTE)
        with tracing.span("evaluate"):
            self._record(job.due, found, identifier, started, checked_at, job.plan.config)
        job.is_recorded = True

    def _is_believed(self, due: Due) -> bool:
        """Whether a failure during a stall counts: the third in a row does, or stalls could hide it for ever."""
        before = self._interrupted.get(due.service.pk, 0)
        self._interrupted[due.service.pk] = before + 1
        return before >= INTERRUPTED_IN_A_ROW

    async def _probe(self, job: _Job, identifier: str) -> ProbeResult:
        config, due, service_id = job.plan.config, job.due, job.due.service.service_id
        seconds = config.deadline_seconds + BELT_SECONDS
        belt = asyncio.timeout(seconds)
        try:
            async with belt:
                context = ProbeContext(self._network, identifier, due.service.pk, self._facts)
                found = await job.plan.probe(context, config)
        except Exception as err:
            if job.is_cancelled:
                raise
            is_new = self._is_newly_broken(due)
            if belt.expired():
                if is_new:
                    logger.error(
                        "a check was cut off: it did not keep its deadline", service=service_id, seconds=seconds
                    )
                return ProbeResult(Status.UNKNOWN, f"the check did not end within {seconds:g} s and was cut off")
            if is_new:
                logger.exception("a check failed by a bug of its probe", service=service_id)
            return ProbeResult(Status.UNKNOWN, f"the check itself failed: {type(err).__name__}: {err}")
        if due.service.pk in self._broken:
            self._broken.discard(due.service.pk)
            logger.info("a service can be checked again", service=service_id)
        return found

    def _is_newly_broken(self, due: Due) -> bool:
        """Count what tells of a bug or a wrong definition; it is worth a log line once, not with each check."""
        self.counts.broken += 1
        is_new = due.service.pk not in self._broken
        self._broken.add(due.service.pk)
        return is_new

    def _record(
        self,
        due: Due,
        found: ProbeResult,
        identifier: str,
        started: float,
        checked_at: datetime,
        config: CheckConfig | None = None,
    ) -> None:
        late_ms = max(0.0, (started - due.slot) * 1000)
        self.lateness.add(late_ms)
        self.late.add(late_ms / 1000)
        self.duration.add(self._clock.monotonic() - started)
        self.counts.done += 1
        self._interrupted.pop(due.service.pk, None)
        is_stalled = self._stall_ended > started
        metrics = found.metrics
        if is_stalled or late_ms > LATE_MS:
            metrics = {**metrics, "late_ms": round(late_ms, 1)}
        self._on_result(
            CheckResult(
                service_pk=due.service.pk,
                checked_at=checked_at,
                status=found.status,
                message=found.message[:MESSAGE_LIMIT],
                response_ms=found.response_ms,
                phases=found.phases,
                metrics=metrics,
                late_ms=late_ms,
                check_id=identifier,
                is_stalled=is_stalled,
                report=None if config is None else Report(report_of(found, config)),
            )
        )

    def _ended(self, job: _Job, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (err := task.exception()) is not None and not job.is_cancelled:
            logger.error("a check ended without a result", service=job.due.service.service_id, reason=repr(err))
        self._leave(job)
        self._start_soon()

    def _leave(self, job: _Job) -> None:
        self._lanes.done(job.plan.host)
        pk = job.due.service.pk
        if self._jobs.get(pk) is job:
            del self._jobs[pk]
        if job.is_cancelled:
            self.counts.cancelled += 1
        self._on_finished(job.due, not job.is_recorded)

    def _next_id(self) -> str:
        self._last_id += 1
        return f"{self._id_prefix}{self._last_id:x}"


def _note(span: tracing.Span, found: ProbeResult) -> None:
    """What was found, for who reads the trace."""
    phases = {f"{phase}_ms": milliseconds for phase, milliseconds in found.phases.items()}
    span.note(status=found.status.name, response_ms=found.response_ms, **phases)
    if found.status is Status.FAILED:
        span.fail(found.message)
