"""The engine as a process of its own: leadership, signals, and what it tells its parent on stdout."""

import asyncio
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import uvloop

from monitor_app import __version__, tracing
from monitor_app.bus.local import Bus
from monitor_app.domain.events import NetworkChanged, ResultsCommitted
from monitor_app.engine import startup_report
from monitor_app.engine.backoff import backoff_seconds
from monitor_app.engine.canaries import Canaries
from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.engine.companion import Accompany
from monitor_app.engine.dead_mans_switch import DeadMansSwitch
from monitor_app.engine.doorbell import Doorbell, is_pipe
from monitor_app.engine.leader import leader_for
from monitor_app.engine.outbound import OutboundRules
from monitor_app.engine.retention import Policy
from monitor_app.engine.runner import Limits
from monitor_app.engine.term import HISTOGRAMS, Office, Term
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.net.call import call
from monitor_app.net.canary import canaries_of
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.security.vault import open_vault
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

ACQUIRE_SECONDS = 1.0
RETRY_SECONDS = 0.5
RETRY_LIMIT_SECONDS = 5.0
STATS_SECONDS = 5.0
# Files and sockets that are open beside those of checks in flight.
SPARE_DESCRIPTORS = 200

logger = get_logger(__name__)


def main(settings: Settings, *, has_doorbell: bool = False, accompany: Accompany | None = None) -> None:
    """Run the engine in this process until it is told to stop. With a doorbell it tells its parent on stdout.

    `accompany` makes what goes along with each term in which it schedules.
    """
    tracing.start(
        settings.otel_exporter_otlp_endpoint,
        headers=settings.otel_exporter_otlp_headers,
        share=settings.otel_traces_sampler_arg,
        version=__version__,
    )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_engine(settings, has_doorbell=has_doorbell, accompany=accompany))
    finally:
        tracing.stop()


async def run_engine(
    settings: Settings,
    *,
    has_doorbell: bool = False,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    accompany: Accompany | None = None,
) -> None:
    """Wait until no other engine schedules, then check services until SIGTERM, SIGINT, or the end of stdin's pipe.

    Ends within a few seconds, with everything written that was found out.
    """
    doorbell = Doorbell() if has_doorbell else None
    engine = _Engine(settings, doorbell, clock or SystemClock(), stop or asyncio.Event(), accompany)
    await engine.run()


class _Engine:
    def __init__(
        self,
        settings: Settings,
        doorbell: Doorbell | None,
        clock: Clock,
        stop: asyncio.Event,
        accompany: Accompany | None,
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._database = Database(settings.database_url)
        self._settings = settings
        self._is_reported = False
        self._leader = leader_for(settings.database_url)
        self._network = Network()
        self._rules = OutboundRules(self._database, self._network, settings)
        self._bus = Bus()
        self._office = Office(
            self._leader,
            self._database,
            SqlHistory(self._database),
            KindRegistry(sealer=open_vault(settings)),
            self._network,
            self._bus,
            self._clock,
            Limits(_affordable(settings.max_checks_in_flight), settings.max_checks_per_host),
            Canaries(canaries_of(settings, self._network), self._clock),
            Policy.of(settings),
            self._switch(settings),
            SourceRegistry(sealer=open_vault(settings)),
            accompany=accompany,
            ring=self._ring,
        )
        self._doorbell = doorbell
        self._term: Term | None = None
        # Attempts in a row that did not begin a term.
        self._failures = 0
        # Of the last term, when it has ended.
        self._last_stats: dict[str, Any] = {}

    def _switch(self, settings: Settings) -> DeadMansSwitch | None:
        if not settings.heartbeat_url:
            return None
        return DeadMansSwitch(partial(call, self._network, settings.heartbeat_url), settings.heartbeat_interval)

    async def run(self) -> None:
        self._bus.subscribe(ResultsCommitted, self._on_committed, name="doorbell")
        self._bus.subscribe(NetworkChanged, self._on_network_changed, name="doorbell for the network")
        watches = [asyncio.create_task(self._tell_stats()), *_watch_parent(self._stop, self._on_rung)]
        _handle_signals(self._stop.set)
        try:
            await self._lead_until_stopped()
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await self._bus.close()
            await self._leader.release()
            await self._rules.close()
            await self._network.close()
            await self._database.close()
            self._ring("stats", **self._stats())
            told = {name: value for name, value in self._stats().items() if name not in HISTOGRAMS}
            logger.info("the engine has stopped", **told)

    async def _lead_until_stopped(self) -> None:
        is_told = False
        while not self._stop.is_set():
            try:
                if await self._leader.try_acquire():
                    is_told = False
                    await self._lead()
                elif not is_told:
                    is_told = True
                    self._ring("leader", is_leader=False)
                    logger.info("another engine schedules; waiting to take over")
                await _sleep(self._stop, ACQUIRE_SECONDS)
            except LeadershipLost as err:
                logger.error("another engine schedules now", reason=str(err))
                await _sleep(self._stop, ACQUIRE_SECONDS)
            except DatabaseUnavailable as err:
                if not self._failures:
                    logger.error("the engine cannot start; trying again", reason=str(err))
                await self._sleep_longer()
            except Exception as err:
                # Nobody is helped by an engine that ends: with a new term it has a new chance.
                if not self._failures:
                    logger.exception("the engine has failed; it begins anew", reason=repr(err))
                await self._sleep_longer()

    async def _sleep_longer(self) -> None:
        self._failures += 1
        await _sleep(self._stop, backoff_seconds(self._failures, RETRY_SECONDS, RETRY_LIMIT_SECONDS))

    async def _lead(self) -> None:
        try:
            # Nothing is checked before it is known what may be.
            await self._rules.start()
            self._term = await Term.begin(self._office)
            logger.info("this engine schedules now", epoch=self._term.epoch.number)
            self._ring("leader", is_leader=True, epoch=self._term.epoch.number)
            self._ring("stats", **self._stats())
            await self._report()
            self._failures = 0
            await self._term.run(self._stop)
        finally:
            if self._term is not None:
                # Nothing of it may stay, or the next one would begin beside all that this one held.
                self._last_stats, self._term = self._term.stats(), None
            await self._leader.release()
            self._ring("leader", is_leader=False)

    async def _report(self) -> None:
        """Once in the life of this process, when it leads for the first time."""
        if not self._is_reported:
            self._is_reported = True
            assert self._term is not None
            facts = {"epoch": self._term.epoch.number, "services": self._term.stats()["services"], "is_leader": True}
            await startup_report.report(
                self._settings, self._database, self._office.registry, "engine", pid=os.getpid(), **facts
            )

    def _ring(self, event: str, **fields: Any) -> None:
        if self._doorbell is not None:
            self._doorbell.ring(event, **fields)

    def _stats(self) -> dict[str, Any]:
        used = {"memory_bytes": psutil.Process().memory_info().rss, "cpu": round(time.process_time(), 2)}
        return {"pid": os.getpid(), **used} | (self._term.stats() if self._term else self._last_stats)

    async def _tell_stats(self) -> None:
        while True:
            await asyncio.sleep(STATS_SECONDS)
            self._ring("stats", **self._stats())
            if self._doorbell is not None and self._doorbell.is_broken:
                logger.error("nobody reads this engine's stdout any more; stopping")
                self._stop.set()

    async def _on_committed(self, event: ResultsCommitted) -> None:
        self._ring("committed", last_result_id=event.last_result_id, count=event.count)

    async def _on_network_changed(self, event: NetworkChanged) -> None:
        since = event.offline_since
        self._ring("monitor_offline", since=None if since is None else since.isoformat())

    def _on_rung(self) -> None:
        if self._term is not None:
            self._term.ring()


def _affordable(max_in_flight: int) -> int:
    """Raise the limit of open files as far as allowed; each check in flight needs one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY or hard - SPARE_DESCRIPTORS >= max_in_flight:
        return max_in_flight
    affordable = max(1, hard - SPARE_DESCRIPTORS)
    logger.warning("fewer checks in flight: the limit of open files (ulimit -n) is low", limit=affordable, files=hard)
    return affordable


def _handle_signals(on_signal: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)


def _watch_parent(stop: asyncio.Event, on_rung: Callable[[], None]) -> list[asyncio.Task[None]]:
    """Stop when the parent closes stdin's pipe, as the kernel does for it when it dies; whatever it writes is a ring.

    Under a service manager or a terminal stdin is no pipe, and there is nothing to watch.
    """
    return [asyncio.create_task(_until_eof(stop, on_rung))] if is_pipe(sys.stdin.fileno()) else []


async def _until_eof(stop: asyncio.Event, on_rung: Callable[[], None]) -> None:
    reader = asyncio.StreamReader(limit=4096)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while await reader.read(4096):
            on_rung()
        logger.info("the parent process is gone or wants an end; stopping")
        stop.set()
    finally:
        transport.close()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
