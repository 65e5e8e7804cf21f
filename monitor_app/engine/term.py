"""One term of office: what this process does from becoming the one that schedules until it stops being that."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.domain.check_queue import CheckQueue
from monitor_app.domain.events import NetworkChanged, ServicesChanged
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.canaries import Canaries
from monitor_app.engine.check_gate import CheckGate
from monitor_app.engine.clock import Clock
from monitor_app.engine.companion import Accompany, Company, EngineDesk
from monitor_app.engine.dead_mans_switch import DeadMansSwitch, Work
from monitor_app.engine.doubts import Doubts
from monitor_app.engine.due import Due, DueQueue
from monitor_app.engine.facts import EngineFacts
from monitor_app.engine.heartbeats import Intake
from monitor_app.engine.job_counts import JobTeller
from monitor_app.engine.leader import Leader, keep
from monitor_app.engine.merging import Merging, merge_of
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.retention import Policy, Retention
from monitor_app.engine.rulebook import RuleBook, import_kinds
from monitor_app.engine.runner import Limits, Runner
from monitor_app.engine.scheduler import Scheduler
from monitor_app.engine.sources import SourceDesk
from monitor_app.engine.sources.observed import ObservedServices
from monitor_app.engine.steadily import steadily
from monitor_app.engine.steward import Steward
from monitor_app.engine.writer import Writer
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.storage.check_queue import load_check_queue
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.history.deleted import load_deleted, load_states
from monitor_app.storage.monitor_state import set_offline_since
from monitor_app.storage.relations import load_dependencies
from monitor_app.storage.services import load_services, service_revision
from monitor_app.storage.sql_upkeep import SqlUpkeep

POLL_SECONDS = 0.3
GRACE_SECONDS = 2.0
SILENCE_LOOK_SECONDS = 5.0
RETRY_SECONDS = 1.0
# Of what `stats` tells, what is long and for other programs.
HISTOGRAMS = frozenset({"late", "duration", "commit"})
# At the end failures wait so long for the canaries.
SETTLE_SECONDS = 1.5

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Office:
    """What a process holds through all its terms."""

    leader: Leader
    database: Database
    history: SqlHistory
    registry: KindRegistry
    network: Network
    bus: Bus
    clock: Clock
    limits: Limits
    canaries: Canaries
    policy: Policy
    # None: nobody elsewhere waits for a call.
    dead_mans_switch: DeadMansSwitch | None = None
    sources: SourceRegistry = field(default_factory=SourceRegistry)
    # What goes along with each term, and how it tells others that the database has news.
    accompany: Accompany | None = None
    ring: Callable[..., None] = lambda event, **fields: None


class Term:
    """Scheduler, runner, evaluation and writer together. Make one with `begin`, then `run` it once."""

    def __init__(
        self,
        office: Office,
        epoch: Epoch,
        revision: int,
        *,
        rulebook: RuleBook,
        steward: Steward,
        outbox: Outbox,
        queue: DueQueue,
        check_queue: CheckQueue | None = None,
    ) -> None:
        self.epoch = epoch
        self._office = office
        self._revision = revision
        self._rulebook = rulebook
        self._steward = steward
        self._outbox = outbox
        self._queue = queue
        clock, evaluator = office.clock, steward.evaluator
        self._doubts = Doubts(office.canaries, clock, evaluator.take, lambda: len(queue))
        facts = EngineFacts(clock.now, rulebook, evaluator.state, steward.book)
        self._intake = Intake(
            office.history,
            steward.book,
            facts,
            rulebook,
            evaluator,
            self._on_heard,
            self._follow_now,
            steward.check_now,
        )
        self._runner = Runner(
            office.registry,
            office.network,
            clock,
            office.limits,
            self._doubts.take,
            self._on_finished,
            facts,
            id_prefix=f"{epoch.number:x}-",
        )
        observed = ObservedServices(rulebook, steward, self._follow_now)
        self._sources = SourceDesk(office.sources, office.network, office.database, clock, observed)
        steward.want_poll, steward.on_clock_set = self._sources.want, self._sources.follow_clock
        self._gate = CheckGate(steward, self._runner, self._sources, queue)
        self._scheduler = Scheduler(queue, self._dispatch, clock, self._runner.note_stall, steward.follow_clock)
        steward.wake = self._scheduler.wake
        self._company = Company.of(office.accompany, self._desk())
        self._writer = Writer(office.history, outbox, epoch, office.bus, self._company.committed)
        turn = asyncio.Lock()
        self._merging = Merging(merge_of(office.database, epoch, clock), turn)
        self._retention = Retention(SqlUpkeep(office.database), office.policy, clock, turn)
        self._following = asyncio.Lock()
        self._job_teller = JobTeller(office.database, clock, self._runner, self._writer, queue)
        # What other processes have to be told of the monitor's own network.
        self._network_news = asyncio.Event()
        office.canaries.on_change = self._on_network_changed
        self._gate.follow(check_queue or CheckQueue())

    @classmethod
    async def begin(cls, office: Office) -> "Term":
        """Raise the epoch, so that whoever wrote before cannot any more, and load what is to be checked.

        Raises DatabaseUnavailable.
        """
        epoch = await office.history.begin_epoch()
        states = await office.history.states()
        async with office.database.read() as conn:
            revision = await service_revision(conn)
            services = await load_services(conn)
            dependencies = await load_dependencies(conn)
            deleted = await load_deleted(conn)
            check_queue = await load_check_queue(conn)
        import_kinds(office.registry, {service.kind for service in services})
        # What was loaded stays: no need to look through it again and again for garbage. What an earlier term left goes.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        queue, rulebook = DueQueue(office.clock), RuleBook(office.registry)
        outbox = Outbox(monotonic=office.clock.monotonic)
        steward = Steward(
            clock=office.clock,
            queue=queue,
            rulebook=rulebook,
            outbox=outbox,
            states=states,
            next_id=epoch.next_result_id,
        )
        term = cls(
            office,
            epoch,
            revision,
            rulebook=rulebook,
            steward=steward,
            outbox=outbox,
            queue=queue,
            check_queue=check_queue,
        )
        rulebook.relate(dependencies)
        await term._intake.load()
        steward.take_over(services)
        steward.end_deleted(deleted)
        return term

    async def run(self, stop: asyncio.Event) -> None:
        """Check until `stop` is set, then finish in order. Raises LeadershipLost."""
        writing = asyncio.create_task(self._writer.run(), name="writer")
        canaries = asyncio.create_task(steadily("canaries", self._office.canaries.run), name="canaries")
        jobs: Mapping[str, Callable[[], Awaitable[None]]] = {
            "follow-services": self._follow_services,
            "heartbeat": partial(keep, self._office.leader),
            "watch-silence": self._watch_silence,
            "tell-network": self._tell_network,
            "tell-job-counts": partial(self._job_teller.run, self.epoch.number),
            "heartbeats": self._intake.run,
            "merging": self._merging.run,
            "retention": self._retention.run,
            "sources": self._sources.run,
        }
        if (switch := self._office.dead_mans_switch) is not None:
            jobs = {**jobs, "dead-mans-switch": partial(switch.run, self._work, self._gate.stopped)}
        jobs = {**jobs, **self._company.jobs}
        others = [
            *(asyncio.create_task(steadily(name, job), name=name) for name, job in jobs.items()),
            asyncio.create_task(_wait_for(stop), name="wait-for-stop"),
        ]
        self._scheduler.start()
        grace_seconds = 0.0
        try:
            done, _ = await asyncio.wait([writing, canaries, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            grace_seconds = GRACE_SECONDS
        finally:
            self._scheduler.stop()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._runner.stop(grace_seconds)
            await self._doubts.settle(SETTLE_SECONDS if grace_seconds else 0)
            canaries.cancel()
            await asyncio.gather(canaries, return_exceptions=True)
            self._writer.stop()
            await asyncio.gather(writing, return_exceptions=True)
            self._office.canaries.release()

    def ring(self) -> None:
        """The web process has stored heartbeats."""
        self._intake.ring()

    def stats(self) -> dict[str, Any]:
        """Counters since this term began, and how it is now. Times are seconds unless their name says ms."""
        waiting = self._doubts.held + len(self._outbox)
        return {
            "epoch": self.epoch.number,
            "services": len(self._queue),
            "in_flight": self._runner.in_flight,
            "backlog": self._runner.backlog,
            **asdict(self._runner.counts),
            "skipped": self._queue.skipped,
            "retried": self._queue.retried,
            "oldest_wait": round(self._runner.oldest_wait_seconds, 3),
            "is_stopped": self._gate.is_open,
            "heartbeats": self._intake.taken,
            "held": self._doubts.held,
            "results_waiting": len(self._outbox),
            "committed": self._writer.committed,
            "dropped": self._outbox.dropped,
            "lost": self._writer.lost,
            "is_offline": self._office.canaries.is_offline,
            # For its own availability: checks that came due, those whose results are stored, and those not stored yet.
            "due": self._work().due,
            "finished": self._runner.counts.done - waiting - self._outbox.dropped,
            "outstanding": waiting,
            "tick_age": round(self._office.clock.monotonic() - self._scheduler.ticked_at, 3),
            "oldest_waiting": round(self._outbox.oldest_seconds, 3),
            "by_status": self._writer.by_status,
            "late": self._runner.late.wire(),
            "duration": self._runner.duration.wire(),
            "commit": self._writer.seconds.wire(),
            "late_ms": self._runner.lateness.summary(),
            "stalls": self._scheduler.stalls,
            "clock_jumps": self._scheduler.clock_jumps,
            "job_events": dict(self._scheduler.job_events),
        }

    def _work(self) -> Work:
        counts = self._runner.counts
        due = counts.done + counts.expired + counts.interrupted + self._queue.skipped
        rate = sum(1 / service.interval_seconds for service in self._queue.services() if not self._is_paused(service))
        return Work(due, counts.done, self._writer.committed, rate)

    def _desk(self) -> EngineDesk:
        office = self._office
        return EngineDesk(
            epoch=self.epoch,
            database=office.database,
            network=office.network,
            clock=office.clock,
            canaries=office.canaries,
            rulebook=self._rulebook,
            steward=self._steward,
            work=self._work,
            ring=office.ring,
            stopped=self._gate.stopped,
        )

    def _is_paused(self, service: ServiceDefinition) -> bool:
        """Whether no check of it comes due."""
        return self._queue.is_paused(service.pk) or self._rulebook.is_observed(service.pk)

    def _dispatch(self, batch: list[Due]) -> None:
        try:
            allowed = self._gate.let_through(batch)
        except Exception:
            # None of them may count as running for ever.
            for due in batch:
                self._queue.finished(due, True)
            raise
        self._runner.dispatch(allowed)

    def _on_heard(self, service_pk: int) -> None:
        """A report came: what was found out about its service before it comes first."""
        self._steward.silence.hear(service_pk)
        self._doubts.release(service_pk)

    def _on_finished(self, due: Due, is_void: bool) -> None:
        self._queue.finished(due, is_void)
        if not is_void:
            self._steward.silence.hear(due.service.pk)

    async def _follow_services(self) -> None:
        """Take over changes of the service table within POLL_SECONDS."""
        is_available = True
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._follow_now()
            except DatabaseUnavailable as err:
                if is_available:
                    logger.error("the service table cannot be read; checks go on as they are", reason=str(err))
                is_available = False
            else:
                is_available = True

    async def _follow_now(self) -> None:
        """Raises DatabaseUnavailable."""
        async with self._following:
            async with self._office.database.read() as conn:
                revision = await service_revision(conn)
                self._gate.follow(await load_check_queue(conn))
                if revision <= self._revision:
                    return
                changed = await load_services(conn, self._revision)
                dependencies = await load_dependencies(conn)
                there = (service.pk for service in changed if not service.is_deleted)
                # New ones, and such that were deleted and are restored: those go on from the state they had.
                self._steward.evaluator.learn(await load_states(conn, self._steward.evaluator.unknown(there)))
            self._revision = revision
            self._rulebook.relate(dependencies)
            self._apply(changed)
            self._office.bus.publish(ServicesChanged(revision))

    def _apply(self, changed: Iterable[ServiceDefinition]) -> None:
        services = list(changed)
        superseded = self._steward.apply(services)
        self._runner.cancel(superseded)
        gone = [service.pk for service in services if service.is_deleted]
        self._doubts.forget([service.pk for service in services if service.pk not in self._queue])
        self._runner.forget(gone)
        self._scheduler.wake()
        self._company.changed([service.pk for service in services])
        if any(service.is_purged for service in services):
            self._retention.purge_soon()
        logger.info("services changed", changed=len(services) - len(gone), deleted=len(gone), revision=self._revision)

    async def _watch_silence(self) -> None:
        while True:
            self._steward.end_maintenance()
            self._steward.look_for_silence()
            await asyncio.sleep(SILENCE_LOOK_SECONDS)

    def _on_network_changed(self, offline_since: datetime | None) -> None:
        if offline_since is not None:
            self._steward.lose_network()
        else:
            self._steward.regain_network()
        self._network_news.set()
        self._office.bus.publish(NetworkChanged(offline_since))

    async def _tell_network(self) -> None:
        """Write down for all web processes whether the monitor has a network, once at the begin and at each change.

        Raises LeadershipLost.
        """
        while True:
            self._network_news.clear()
            try:
                async with self._office.database.write() as conn:
                    await set_offline_since(conn, self.epoch.number, self._office.canaries.offline_since)
            except DatabaseUnavailable:  # told by the writer; the database may be away together with the network
                self._network_news.set()
                await asyncio.sleep(RETRY_SECONDS)
            await self._network_news.wait()


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
