"""What queues say now: asked while somebody looks, once for all who do, and not at all when nobody does.

Each look asks again what is older than the looker wants. After five failures in a row the connection counts as lost:
it is tried more and more seldom then, and at once when a person wants to.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from monitor_app.domain.queue_api import QueueBreaker, QueueCounts
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, LightbulbError, NotFound, OutboundRefused, SecretUnreadable
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer, NetworkFailure
from monitor_app.net.queue_client import QueueBroken, QueueClient, QueuePlace
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import harmless
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.breaker import REASON_LIMIT

KIND: Final = "queue"
EVERY_MIN: Final = 1
EVERY_MAX: Final = 60
# Who looks is answered after so long, with what is known by then.
WAIT_SECONDS: Final = 1.0
# One answer may take so long; a check may take longer.
DEADLINE_SECONDS: Final = 5.0
ORDER_SECONDS: Final = 15.0
FAILURES_LOST: Final = 5
BACKOFF_SECONDS: Final = 4.0
BACKOFF_LIMIT_SECONDS: Final = 60.0
AT_ONCE: Final = 20
SHOWN_LIMIT: Final = 100
SAMPLES: Final = 60
EVENTS: Final = 20
# Who looks again comes earlier by what an answer takes, so that what is shown is not older than they want.
_EARLY: Final = 0.3

Connection = Literal["new", "good", "shaky", "lost", "paused"]
logger = get_logger(__name__)


class Clock(Protocol):
    """`monotonic` is for distances, `now` for what is shown."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...

    def now(self) -> datetime:
        """The present moment."""
        ...


@dataclass(frozen=True, slots=True)
class QueueTurn:
    """The breaker was seen in another state."""

    at: datetime
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue as it was seen last. `retry_seconds` is when it is asked next while its connection is lost.

    `is_unclear`: it answers, but not what it should, so nobody knows any more how it is.
    """

    service: ServiceDefinition
    connection: Connection
    breaker: QueueBreaker | None
    counts: QueueCounts | None
    counts_error: str
    read_at: datetime | None
    failures: int
    is_unclear: bool
    error: str
    retry_seconds: float
    samples: Sequence[tuple[datetime, float, float]]
    events: Sequence[QueueTurn]
    may_open: bool
    may_close: bool


@dataclass(eq=False)
class _Watched:
    """A queue that somebody looked at."""

    revision: int
    place: QueuePlace | None
    error: str
    breaker: QueueBreaker | None = None
    counts: QueueCounts | None = None
    counts_error: str = ""
    read_at: datetime | None = None
    failures: int = 0
    is_unclear: bool = False
    # On the monotonic clock; and how long the last answer took.
    asked_at: float = float("-inf")
    seconds: float = 0.0
    task: asyncio.Task[None] | None = None
    samples: deque[tuple[datetime, float, float]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    events: deque[QueueTurn] = field(default_factory=lambda: deque(maxlen=EVENTS))

    @property
    def is_quiet(self) -> bool:
        """Whether it is asked whenever its time comes, and is not being asked now."""
        return self.place is not None and self.task is None and self.failures < FAILURES_LOST

    def pause_seconds(self, every: float) -> float:
        """How long it is left alone after it was asked."""
        if self.failures < FAILURES_LOST:
            return every
        return max(every, min(BACKOFF_SECONDS * 2.0 ** min(self.failures - FAILURES_LOST, 6), BACKOFF_LIMIT_SECONDS))


class QueueWatch:
    """Asks queues for those who look. `services` are all that there are now."""

    def __init__(
        self,
        services: Callable[[], Iterable[ServiceDefinition]],
        registry: KindRegistry,
        network: Network,
        clock: Clock,
        database: Database,
    ) -> None:
        self._services = services
        self._registry = registry
        self._network = network
        self._clock = clock
        self._database = database
        self._watched: dict[int, _Watched] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def look(self, identity: Identity, every: float) -> list[QueueView]:
        """All queues, by label; none is older than so many seconds if its API answers. Raises InvalidInput."""
        identity.require(BOARD_READ)
        if not EVERY_MIN <= every <= EVERY_MAX:
            raise InvalidInput({"every": f"must be from {EVERY_MIN} to {EVERY_MAX} seconds, got {every:g}"})
        services = self._present()
        leading = [each for service in services if (each := self._known(service)).is_quiet and service.enabled]
        # What is not quite due yet is asked along: so all are due at the same moments.
        is_time = any(self._is_due(watched, every) for watched in leading)
        asked = [self._ask(service, every / 2 if is_time else every) for service in services]
        if awaited := [watched.task for watched in asked if watched.task is not None and not self._is_slow(watched)]:
            await asyncio.wait(awaited, timeout=WAIT_SECONDS)
        return [self._view(service, every) for service in services]

    def next_seconds(self, every: float) -> float:
        """In how many seconds queues are due again for who looks so often: who comes then shares one question."""
        now = self._clock.monotonic()
        quiet = [each for each in self._watched.values() if each.is_quiet]
        left = [each.asked_at + every - now for each in quiet if each.asked_at + every > now]
        return min(left, default=every)

    async def retry(self, identity: Identity, service_id: str) -> None:
        """Ask one at once, however long it was to be left alone. Raises NotFound."""
        identity.require(BOARD_READ)
        await self._read_now(self._find(service_id))

    async def operate(
        self, identity: Identity, service_id: str, action: Literal["open", "close"], reason: str = ""
    ) -> None:
        """Give the order to the queue's own API. Raises NotFound, InvalidInput, and Conflict in the queue's words."""
        identity.require(BREAKER_OPERATE)
        text = harmless(reason.strip(), REASON_LIMIT + 1)
        if len(text) > REASON_LIMIT:
            raise InvalidInput({"reason": f"must be at most {REASON_LIMIT} characters"})
        service = self._find(service_id)
        place = self._known(service).place
        if place is None:
            raise Conflict({"queue": self._known(service).error})
        if not (place.open_path if action == "open" else place.close_path):
            raise Conflict({"queue": f"has no path to {action} its circuit breaker"})
        try:
            await QueueClient(self._network, place).operate(action, text, Stopwatch(ORDER_SECONDS))
        except (NetworkFailure, OutboundRefused) as err:
            logger.warning("a queue refused an order", queue=service.service_id, action=action, reason=str(err))
            await self._record(identity, service, action, text, failure=str(err))
            raise Conflict({"queue": str(err)}) from err
        await self._record(identity, service, action, text)
        await self._read_now(service)

    def view(self, service_id: str) -> QueueView:
        """One as it was seen last. Raises NotFound."""
        return self._view(self._find(service_id), EVERY_MIN)

    async def close(self) -> None:
        """Give up what is being asked."""
        tasks = [watched.task for watched in self._watched.values() if watched.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _present(self) -> list[ServiceDefinition]:
        found = [service for service in self._services() if service.kind == KIND]
        gone = self._watched.keys() - {service.pk for service in found}
        for pk in gone:
            self._drop(pk)
        return sorted(found, key=lambda service: (service.label.casefold(), service.service_id))[:SHOWN_LIMIT]

    def _find(self, service_id: str) -> ServiceDefinition:
        for service in self._services():
            if service.service_id == service_id and service.kind == KIND:
                return service
        raise NotFound(f"there is no queue {harmless(service_id, 80)}")

    def _drop(self, pk: int) -> None:
        watched = self._watched.pop(pk)
        if watched.task is not None:
            watched.task.cancel()

    def _known(self, service: ServiceDefinition) -> _Watched:
        watched = self._watched.get(service.pk)
        if watched is None or watched.revision != service.revision:
            if watched is not None:
                self._drop(service.pk)
            watched = self._watched[service.pk] = _Watched(service.revision, *self._place(service))
        return watched

    def _place(self, service: ServiceDefinition) -> tuple[QueuePlace | None, str]:
        try:
            config: Any = self._registry[service.kind].parse(service.status_config)
        except (NotFound, InvalidInput, SecretUnreadable) as err:
            return None, f"cannot be asked: {err}"
        place: QueuePlace = config.place
        return place, ""

    def _is_due(self, watched: _Watched, every: float) -> bool:
        return self._clock.monotonic() - watched.asked_at >= watched.pause_seconds(every) - _EARLY

    def _is_slow(self, watched: _Watched) -> bool:
        """Whether who looks does not wait for it: at each look they would, and in vain; the next one shows it."""
        return max(watched.seconds, self._clock.monotonic() - watched.asked_at) >= WAIT_SECONDS

    def _ask(self, service: ServiceDefinition, every: float, *, is_wanted: bool = False) -> _Watched:
        """Begin a question if it is time for it, and none is under way."""
        watched = self._known(service)
        if watched.task is not None or watched.place is None or not service.enabled:
            return watched
        if is_wanted or self._is_due(watched, every):
            watched.asked_at = self._clock.monotonic()
            watched.task = asyncio.create_task(self._read(watched, watched.place), name=f"queue {service.service_id}")
        return watched

    async def _read_now(self, service: ServiceDefinition) -> None:
        if (task := self._ask(service, 0.0, is_wanted=True).task) is not None:
            await asyncio.wait([task], timeout=WAIT_SECONDS)

    async def _read(self, watched: _Watched, place: QueuePlace) -> None:
        try:
            async with self._turns, asyncio.timeout(2 * DEADLINE_SECONDS):
                client = QueueClient(self._network, place)
                breaker = await client.breaker(Stopwatch(DEADLINE_SECONDS))
                await self._read_counts(watched, client, place)
            self._take(watched, breaker)
        except (LightbulbError, TimeoutError) as err:
            watched.failures += 1
            watched.is_unclear = isinstance(err, BadAnswer) and not isinstance(err, QueueBroken)
            watched.error = str(err) or "no answer in time"
        except Exception:
            # A bug here must not keep the page from the other queues.
            logger.exception("a queue could not be asked")
            watched.failures += 1
            watched.error = "could not be asked; the log tells more"
        finally:
            watched.task = None
            watched.seconds = self._clock.monotonic() - watched.asked_at

    async def _read_counts(self, watched: _Watched, client: QueueClient, place: QueuePlace) -> None:
        watched.counts_error = ""
        if not place.counts_path:
            return
        try:
            watched.counts = await client.counts(Stopwatch(DEADLINE_SECONDS))
        except (NetworkFailure, OutboundRefused) as err:
            watched.counts, watched.counts_error = None, str(err)
            return
        jobs = watched.counts.jobs
        watched.samples.append((self._clock.now(), jobs.get("waiting", 0.0), jobs.get("running", 0.0)))

    def _take(self, watched: _Watched, breaker: QueueBreaker) -> None:
        now = self._clock.now()
        if watched.breaker is None or watched.breaker.state != breaker.state:
            at = breaker.since or now
            watched.events.appendleft(QueueTurn(min(at, now), breaker.state, breaker.reason))
        watched.breaker, watched.read_at = breaker, now
        watched.failures, watched.is_unclear, watched.error = 0, False, ""

    def _view(self, service: ServiceDefinition, every: float) -> QueueView:
        watched = self._known(service)
        left = watched.asked_at + watched.pause_seconds(every) - self._clock.monotonic()
        place = watched.place
        return QueueView(
            service,
            _connection(service, watched),
            watched.breaker,
            watched.counts,
            watched.counts_error,
            watched.read_at,
            watched.failures,
            watched.is_unclear,
            watched.error,
            max(0.0, left) if watched.failures >= FAILURES_LOST else 0.0,
            list(watched.samples),
            list(watched.events),
            bool(place and place.open_path),
            bool(place and place.close_path),
        )

    async def _record(
        self, identity: Identity, service: ServiceDefinition, action: str, reason: str, *, failure: str = ""
    ) -> None:
        async with self._database.write() as conn:
            await record(
                conn,
                identity,
                f"queue.{action}",
                at=self._clock.now(),
                target_type="service",
                target=service.service_id,
                after={"reason": reason} | ({"failure": failure} if failure else {}),
                outcome="failed" if failure else "done",
            )


def _connection(service: ServiceDefinition, watched: _Watched) -> Connection:
    if not service.enabled:
        return "paused"
    if watched.place is None or watched.failures >= FAILURES_LOST:
        return "lost"
    if watched.failures:
        return "shaky"
    return "new" if watched.breaker is None else "good"
