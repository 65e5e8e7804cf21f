"""Brings what is committed onto the board: follows the database, so that it never matters which process wrote."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain

from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.check_queue import CheckQueue
from monitor_app.domain.events import BoardChanged, ServicesChanged, SourcesChanged
from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.engine.group_book import GroupBook
from monitor_app.engine.relation_book import RelationBook
from monitor_app.engine.ring import DAY_WINDOWS, WINDOW_SECONDS
from monitor_app.errors import DatabaseUnavailable, InvalidInput, NotFound, SecretUnreadable
from monitor_app.log import get_logger
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage import relations, services
from monitor_app.storage.check_queue import load_check_queue
from monitor_app.storage.colours import load_colours, load_environment_order
from monitor_app.storage.database import Database
from monitor_app.storage.groups import load_groups
from monitor_app.storage.history import History, Windows
from monitor_app.storage.monitor_state import offline_since
from monitor_app.storage.sources import source_revision

POLL_SECONDS = 1.0
RETRY_LIMIT_SECONDS = 15.0
FOLLOW_LIMIT = 5000
LOAD_CHUNK = 100
DAY_CHUNK = 100
# Beyond the present one: time goes on while windows are read.
_MORE_WINDOWS = 12

logger = get_logger(__name__)


class Follower:
    """Reads results by id and services by revision: at once when told that there is something, else every second.

    While the database cannot be read the board keeps what it has; that is logged once, and once when it is over.
    """

    def __init__(
        self,
        database: Database,
        history: History,
        registry: KindRegistry,
        board: Board,
        bus: Bus,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._history = history
        self._registry = registry
        self._board = board
        self._bus = bus
        self._clock = clock or SystemClock()
        self._reading = asyncio.Lock()
        self._wake = asyncio.Event()
        self._last_id = 0
        self._revision = 0
        self._source_revision = -1
        self._read_at = self._clock.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._subscription: Subscription | None = None
        self._day_bars = asyncio.Event()
        self._restored: set[int] = set()
        # Since when the engine, wherever it runs, has no network; None while it has one.
        self.offline_since: datetime | None = None
        # Whether checks are started at all.
        self.check_queue = CheckQueue()

    async def start(self) -> None:
        """Build the board, then follow in the background; the 24-hour bars come later, a few services at a time.

        Raises DatabaseUnavailable.
        """
        await self._load()
        self._subscription = self._bus.subscribe(ServicesChanged, self._on_services_changed, "follower")
        self._tasks = [
            asyncio.create_task(self._follow(), name="follower"),
            asyncio.create_task(self._fill_days(), name="follower day bars"),
        ]

    async def close(self) -> None:
        """Stop following."""
        if self._subscription is not None:
            await self._bus.unsubscribe(self._subscription)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ring(self, last_result_id: int) -> None:
        """The doorbell: results up to this id are committed."""
        if last_result_id > self._last_id:
            self._wake.set()

    def wake(self) -> None:
        """Something else than results is new in the database."""
        self._wake.set()

    async def read_now(self) -> None:
        """Return when all that was committed before this call is on the board.

        Raises DatabaseUnavailable.
        """
        async with self._reading:
            await self._read()

    def staleness(self) -> float:
        """Seconds since the database was last read successfully: how old the board may be."""
        return self._clock.monotonic() - self._read_at

    async def wait_for_day_bars(self) -> None:
        """Return when the 24-hour bars of all services are there."""
        await self._day_bars.wait()

    async def _on_services_changed(self, _event: ServicesChanged) -> None:
        self._wake.set()

    async def _load(self) -> None:
        # The id first: what is committed while the rest is read is read once more, and recognised by its id.
        self._last_id = await self._history.last_result_id()
        await self._read_services()
        states = {state.service_pk: state for state in await self._history.states()}
        waiting = [row.pk for row in self._board]
        while waiting:  # a few at a time: all of them would fill the memory and hold up the event loop
            chunk, waiting = waiting[:LOAD_CHUNK], waiting[LOAD_CHUNK:]
            recent = await self._history.recent(service_pks=chunk)
            results = chain.from_iterable(recent.values())
            self._board.apply_results(results, [states[pk] for pk in chunk if pk in states])
        self._read_at = self._clock.monotonic()

    async def _follow(self) -> None:
        failures = 0
        while True:
            await self._pause(min(POLL_SECONDS * 2 ** min(failures, 5), RETRY_LIMIT_SECONDS))
            try:
                await self.read_now()
                if restored := set(self._restored):
                    again = await self._fill_day(list(restored))
                    self._restored -= restored - again
            except Exception as err:  # noqa: BLE001 - whatever happens, the board must not stand still for ever
                failures += 1
                if failures == 1:
                    self._log_failure(err)
            else:
                if failures:
                    logger.info("the database is read again", failures=failures)
                failures = 0

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _log_failure(self, err: Exception) -> None:
        if isinstance(err, DatabaseUnavailable):
            logger.error("the board cannot be brought up to date", reason=str(err))
        else:
            logger.exception("the board cannot be brought up to date")

    async def _read(self) -> set[int]:
        """Read all that is new; returns the services that got results. To be called while `_reading` is held."""
        touched: set[int] = set()
        is_complete = False
        while not is_complete:
            followed = await self._history.follow(self._last_id, FOLLOW_LIMIT)
            # After the results: so each service that they belong to is there.
            await self._read_services()
            self._publish(self._board.apply_results(followed.results, followed.states))
            touched.update(result.service_pk for result in followed.results)
            is_complete = len(followed.results) < FOLLOW_LIMIT
            self._last_id = max(self._last_id, followed.last_id)
            self._read_at = self._clock.monotonic()
        return touched

    async def _read_services(self) -> None:
        async with self._database.read() as conn:
            self.offline_since = await offline_since(conn)
            self.check_queue = await load_check_queue(conn)
            self._follow_sources(await source_revision(conn))
            revision = await services.service_revision(conn)
            if revision == self._revision:
                return
            definitions = await services.load_services(conn, self._revision)
            related = await relations.relation_revision(conn)
            book = None
            if related != self._board.relation_revision or not self._revision:
                book = RelationBook(await relations.load_relations(conn))
            groups = GroupBook(await load_groups(conn), await load_colours(conn), await load_environment_order(conn))
        targets = {definition.pk: self._target(definition) for definition in definitions if not definition.is_deleted}
        # Read before anything is taken over: should it fail, all of this is tried again.
        results, states = await self._past({pk for pk in targets if self._revision and self._board.get(pk) is None})
        if book is not None:
            self._board.relations, self._board.relation_revision = book, related
        self._publish(self._board.apply_groups(groups))
        self._publish(self._board.apply_services(definitions, targets))
        self._publish(self._board.apply_results(results, states))
        self._restored |= {state.service_pk for state in states}
        self._revision = revision

    async def _past(self, newcomers: set[int]) -> tuple[list[StoredResult], list[ServiceState]]:
        """What is known of services that come onto the board: those whose deletion was undone have a past."""
        if not newcomers:
            return [], []
        states = [state for state in await self._history.states() if state.service_pk in newcomers]
        if not states:
            return [], []
        recent = await self._history.recent(service_pks={state.service_pk for state in states})
        return [result for results in recent.values() for result in results], states

    def _follow_sources(self, revision: int) -> None:
        if revision != self._source_revision:
            self._source_revision = revision
            self._bus.publish(SourcesChanged(revision))

    def _publish(self, changed: BoardChanged) -> None:
        if changed.service_pks or changed.removed or changed.is_layout:
            self._bus.publish(changed)

    def _target(self, definition: ServiceDefinition) -> str:
        try:
            return self._registry[definition.kind].parse(definition.status_config).target
        except (NotFound, InvalidInput, SecretUnreadable) as err:
            logger.warning("a service cannot be understood", service_id=definition.service_id, reason=str(err))
            return ""

    async def _fill_days(self) -> None:
        waiting = [row.pk for row in self._board]
        while waiting:
            chunk, waiting = waiting[:DAY_CHUNK], waiting[DAY_CHUNK:]
            try:
                waiting += await self._fill_day(chunk)
            except Exception as err:  # whatever happens, the other services shall have their bars
                if not isinstance(err, DatabaseUnavailable):  # that one the follower tells
                    logger.exception("the 24-hour bars cannot be filled")
                waiting += chunk
                await asyncio.sleep(RETRY_LIMIT_SECONDS)
        self._day_bars.set()

    async def _fill_day(self, pks: list[int]) -> set[int]:
        """Replace the bars of these services; returns those to try again.

        Exact although results keep coming: between two readings that found nothing new for a service, history holds
        just what the board has seen.
        """
        async with self._reading:
            await self._read()
            newest = int(self._clock.now().timestamp()) // WINDOW_SECONDS
            since = datetime.fromtimestamp((newest - DAY_WINDOWS + 1) * WINDOW_SECONDS, UTC)
            until = since + timedelta(seconds=WINDOW_SECONDS) * (DAY_WINDOWS + _MORE_WINDOWS)
            days = await self._history.windows(pks, since, until, WINDOW_SECONDS // 60)
            again = await self._read() & set(pks)
            for pk in set(pks) - again:
                self._board.replace_day(pk, _counted(days[pk]) if pk in days else ())
        return again


def _counted(day: Windows) -> Iterator[tuple[int, int, int, int]]:
    """(start in seconds since 1970, ok, degraded, failed) of the windows that have any."""
    first = int(day.since.timestamp())
    for number, counts in enumerate(zip(day.ok, day.degraded, day.failed, strict=True)):
        if any(counts):
            yield first + number * WINDOW_SECONDS, *counts
