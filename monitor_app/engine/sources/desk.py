"""All sources: follows the table of connections, and polls each at its interval."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from monitor_app.domain.source import Source
from monitor_app.engine.clock import Clock
from monitor_app.engine.scheduler import Timetable
from monitor_app.engine.sources.poller import Poller
from monitor_app.engine.sources.receiver import Engine
from monitor_app.errors import DatabaseUnavailable, NotFound
from monitor_app.log import get_logger
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.result_details import pks_told
from monitor_app.storage.sources import load_observations, load_source_states, load_sources, source_revision

POLL_SECONDS = 0.3
TEND_SECONDS = 5.0

logger = get_logger(__name__)


class SourceDesk:
    """Belongs to one term."""

    def __init__(
        self, registry: SourceRegistry, network: Any, database: Database, clock: Clock, engine: Engine
    ) -> None:
        self._registry = registry
        self._network = network
        self._database = database
        self._clock = clock
        self._engine = engine
        self._timetable = Timetable(clock)
        self._pollers: dict[int, Poller] = {}
        self._revision = -1
        # Whether nobody may be asked at present.
        self.is_held: Callable[[], bool] = lambda: False

    async def run(self) -> None:
        """Follow the table for ever; the polls end with it."""
        self._timetable.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._tend())
        finally:
            self._timetable.stop()
            await asyncio.gather(*(poller.stop() for poller in self._pollers.values()))
            self._pollers.clear()
            self._timetable, self._revision = Timetable(self._clock), -1

    def want(self, source_pk: int | None) -> None:
        """Somebody wants to know now."""
        poller = self._pollers.get(source_pk) if source_pk is not None else None
        if poller is not None:
            poller.order()

    def follow_clock(self) -> None:
        """The wall clock was set."""
        self._timetable.wake()

    async def _follow(self) -> None:
        is_available = True
        while True:
            try:
                await self._read()
                is_available = True
            except DatabaseUnavailable as err:
                if is_available:
                    logger.error("the table of sources cannot be read; polls go on as they are", reason=str(err))
                is_available = False
            await asyncio.sleep(POLL_SECONDS)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            for poller in self._pollers.values():
                poller.tend()

    async def _read(self) -> None:
        """Raises DatabaseUnavailable."""
        async with self._database.read() as conn:
            revision = await source_revision(conn)
            if revision == self._revision:
                return
            sources = {source.pk: source for source in await load_sources(conn) if source.enabled}
            changed = [pk for pk, source in sources.items() if self._is_new(source)]
            states = await load_source_states(conn) if changed else {}
            observations = await load_observations(conn) if changed else {}
            told = await pks_told(conn, list(observations))
        self._revision = revision
        for pk in self._pollers.keys() - sources.keys() | set(changed):
            await self._drop(pk)
        for pk in changed:
            poller = self._make(sources[pk])
            if poller is None:
                continue
            theirs = {service.pk for service in self._engine.services_of(pk)}
            own = {pk: each for pk, each in observations.items() if pk in theirs}
            poller.load(states.get(pk), own, told & own.keys())
            self._pollers[pk] = poller
            poller.start()
            self._timetable.put(str(pk), sources[pk].interval_seconds, partial(self._poll, poller))
        self._hear_wishes(sources.values())

    async def _poll(self, poller: Poller) -> None:
        if not self.is_held():
            await poller.poll()

    def _is_new(self, source: Source) -> bool:
        poller = self._pollers.get(source.pk)
        return poller is None or _settings(poller.source) != _settings(source)

    def _hear_wishes(self, sources: Iterable[Source]) -> None:
        for source in sources:
            poller = self._pollers.get(source.pk)
            if poller is not None and poller.source.poll_wanted != source.poll_wanted:
                poller.source = source
                poller.order()

    def _make(self, source: Source) -> Poller | None:
        try:
            kind = self._registry[source.kind]
        except NotFound as err:
            logger.error("a source cannot be polled", source=source.slug, reason=str(err))
            return None
        name = str(source.pk)
        return Poller(
            source,
            kind,
            self._network,
            self._database,
            self._clock,
            self._engine,
            lambda seconds: self._timetable.soon(name, seconds),
        )

    async def _drop(self, pk: int) -> None:
        self._timetable.remove(str(pk))
        poller = self._pollers.pop(pk, None)
        if poller is not None:
            await poller.stop()


def _settings(source: Source) -> tuple[object, ...]:
    """What makes polls different."""
    return (
        source.kind,
        source.slug,
        source.label,
        source.config,
        source.interval_seconds,
        source.keep_gone_days,
        source.group,
        source.owner,
    )
