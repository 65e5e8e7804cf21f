"""One term of office: what this process does from becoming the one that schedules until it stops being that."""

import asyncio
import gc
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import Clock
from monitor_app.engine.due import Due, DueQueue
from monitor_app.engine.lateness import Lateness
from monitor_app.engine.leader import HEARTBEAT_SECONDS, Leader
from monitor_app.engine.runner import Limits, Runner
from monitor_app.engine.scheduler import Scheduler
from monitor_app.engine.silence import Silence
from monitor_app.engine.writer import Writer
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, History
from monitor_app.storage.services import load_services, service_revision

POLL_SECONDS = 0.3
GRACE_SECONDS = 2.0
SILENCE_LOOK_SECONDS = 5.0

logger = get_logger(__name__)


class Term:
    """Scheduler, runner and writer together. Make one with `begin`, then `run` it once."""

    def __init__(
        self,
        *,
        epoch: Epoch,
        leader: Leader,
        database: Database,
        history: History,
        scheduler: Scheduler,
        queue: DueQueue,
        runner: Runner,
        writer: Writer,
        silence: Silence,
        bus: Bus,
        revision: int,
    ) -> None:
        self.epoch = epoch
        self._leader = leader
        self._database = database
        self._history = history
        self._scheduler = scheduler
        self._queue = queue
        self._runner = runner
        self._writer = writer
        self._silence = silence
        self._bus = bus
        self._revision = revision

    @classmethod
    async def begin(
        cls,
        *,
        leader: Leader,
        database: Database,
        history: History,
        registry: KindRegistry,
        network: Network,
        bus: Bus,
        clock: Clock,
        limits: Limits,
    ) -> "Term":
        """Raise the epoch, so that whoever wrote before cannot any more, and load what is to be checked.

        Raises DatabaseUnavailable.
        """
        epoch = await history.begin_epoch()
        states = await history.states()
        async with database.read() as conn:
            revision = await service_revision(conn)
            services = await load_services(conn)
        _import_kinds(registry, {service.kind for service in services})
        # What was loaded stays: no need to look through it again and again for garbage. What an earlier term left goes.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        queue = DueQueue(clock)
        queue.start(services, {state.service_pk: state.checked_at for state in states})
        silence = Silence(clock)

        def finished(due: Due, is_void: bool) -> None:
            queue.finished(due, is_void)
            if not is_void:
                silence.hear(due.service.pk)

        runner = Runner(registry, network, clock, limits, finished, id_prefix=f"{epoch.number:x}-")
        return cls(
            epoch=epoch,
            leader=leader,
            database=database,
            history=history,
            scheduler=Scheduler(queue, runner.dispatch, clock, runner.note_stall),
            queue=queue,
            runner=runner,
            writer=Writer(history, runner.outbox, epoch, states, bus),
            silence=silence,
            bus=bus,
            revision=revision,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Check until `stop` is set, then finish in order. Raises LeadershipLost."""
        writing = asyncio.create_task(self._writer.run(), name="writer")
        others = [
            asyncio.create_task(self._follow_services(), name="follow-services"),
            asyncio.create_task(self._keep_leadership(), name="heartbeat"),
            asyncio.create_task(self._watch_silence(), name="watch-silence"),
            asyncio.create_task(_wait_for(stop), name="wait-for-stop"),
        ]
        self._scheduler.start()
        grace_seconds = 0.0
        try:
            done, _ = await asyncio.wait([writing, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            grace_seconds = GRACE_SECONDS
        finally:
            self._scheduler.stop()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._runner.stop(grace_seconds)
            self._writer.stop()
            await asyncio.gather(writing, return_exceptions=True)

    def stats(self) -> dict[str, Any]:
        """Counters since this term began."""
        return {
            "epoch": self.epoch.number,
            "services": len(self._queue),
            "in_flight": self._runner.in_flight,
            "backlog": self._runner.backlog,
            **asdict(self._runner.counts),
            "skipped": self._queue.skipped,
            "results_waiting": len(self._runner.outbox),
            "committed": self._writer.committed,
            "dropped": self._runner.outbox.dropped,
            "lost": self._writer.lost,
            "late_ms": _percentiles(self._runner.lateness),
            "stalls": self._scheduler.stalls,
            "clock_jumps": self._scheduler.clock_jumps,
            "job_events": dict(self._scheduler.job_events),
        }

    async def _follow_services(self) -> None:
        """Take over changes of the service table within POLL_SECONDS."""
        is_available = True
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                async with self._database.read() as conn:
                    revision = await service_revision(conn)
                    changed = await load_services(conn, self._revision) if revision > self._revision else []
                if not self._writer.knows(service.pk for service in changed if not service.is_deleted):
                    # New ones, and such that were deleted and are restored: those go on from the state they had.
                    self._writer.learn(await self._history.states())
            except DatabaseUnavailable as err:
                if is_available:
                    logger.error("the service table cannot be read; checks go on as they are", reason=str(err))
                is_available = False
                continue
            is_available = True
            if revision > self._revision:
                self._revision = revision
                self._apply(changed)
                self._bus.publish(ServicesChanged(revision))

    def _apply(self, changed: Iterable[ServiceDefinition]) -> None:
        services = list(changed)
        self._runner.cancel(self._queue.apply(services))
        gone = [service.pk for service in services if service.is_deleted]
        self._silence.expect(service.pk for service in services)
        self._runner.forget(gone)
        self._scheduler.wake()
        logger.info("services changed", changed=len(services) - len(gone), deleted=len(gone), revision=self._revision)

    async def _watch_silence(self) -> None:
        while True:
            self._silence.look(self._queue.services())
            await asyncio.sleep(SILENCE_LOOK_SECONDS)

    async def _keep_leadership(self) -> None:
        """Give the heartbeat. A lock that broke together with the database is taken again when it is back.

        Raises LeadershipLost when somebody else has it then.
        """
        while True:
            try:
                if not (await self._leader.is_held() or await self._leader.try_acquire()):
                    raise LeadershipLost("another process has taken the lock that makes it the scheduler")
            except DatabaseUnavailable as err:
                logger.warning("the scheduler's lock is out of reach; checks go on", reason=str(err))
            await asyncio.sleep(HEARTBEAT_SECONDS)


def _import_kinds(registry: KindRegistry, names: Iterable[str]) -> None:
    """Import what the kinds need now, not while checks wait. One that cannot be imported shows when it is checked."""
    for name in names:
        try:
            kind = registry[name]
            _ = kind.config_model, kind.probe
        except Exception:
            logger.exception("a kind of check cannot be used", kind=name)


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()


def _percentiles(lateness: Lateness) -> Mapping[str, float]:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    values = {name: lateness.percentile(share) for name, share in shares.items()}
    return {name: round(value, 1) for name, value in (values | {"max": lateness.max_ms}).items()}
