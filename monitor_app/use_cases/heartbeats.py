"""Taking what services report of themselves: stored for the engine many at a time, before it is answered."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor_app.domain.heartbeat import Heartbeat, Signal
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.errors import DatabaseUnavailable, LightbulbError, NotFound
from monitor_app.log import get_logger
from monitor_app.plugins.registry import KindRegistry

# Reports that come within this time are stored in one transaction.
GROUP_SECONDS = 0.004
GROUP_LIMIT = 1000
WAITING_LIMIT = 5000

logger = get_logger(__name__)


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class Inbox(Protocol):
    """Where reports are stored."""

    async def add_heartbeats(self, heartbeats: Sequence[Heartbeat]) -> int:
        """In one transaction. Raises DatabaseUnavailable."""
        ...


class Busy(LightbulbError):
    """Too many reports wait to be stored: come again soon."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came in, checked: `message` is at most as long as the caller allows."""

    signal: Signal
    status: Status | None = None
    message: str = ""
    ping_ms: float | None = None


class Heartbeats:
    """Whoever knows a service's token may report for it, without any other permission.

    `definitions` gives all services together with a number that grows when they change; `on_stored` is called after
    each transaction.
    """

    def __init__(
        self,
        inbox: Inbox,
        registry: KindRegistry,
        clock: Clock,
        definitions: Callable[[], tuple[int, Iterable[ServiceDefinition]]],
        on_stored: Callable[[], None],
    ) -> None:
        self.stored = 0
        self._inbox = inbox
        self._registry = registry
        self._clock = clock
        self._definitions = definitions
        self._on_stored = on_stored
        self._version = -1
        self._pks: dict[bytes, int] = {}
        # By the service's pk: its config, and the hash of the token in it. To unseal all tokens again takes long.
        self._digests: dict[int, tuple[Mapping[str, Any], bytes]] = {}
        self._waiting: list[tuple[Heartbeat | None, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def start(self) -> None:
        """Begin to store, on the running event loop."""
        self._task = asyncio.create_task(self._store_until_closed(), name="heartbeats")

    async def close(self) -> None:
        """Store what waits, then end."""
        self._is_closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def report(self, token: str, report: Report) -> None:
        """Return when it is stored.

        Raises NotFound for a token that no service has, after as long as for one that has; Busy when too many wait;
        DatabaseUnavailable.
        """
        if self._is_closing or len(self._waiting) >= WAITING_LIMIT:
            raise Busy("too many heartbeats wait to be stored")
        pk = self._find(token)
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heartbeat = None
        if pk is not None:
            now = self._clock.now()
            heartbeat = Heartbeat(0, pk, now, report.signal, report.status, report.message, report.ping_ms)
        self._waiting.append((heartbeat, stored))
        self._arrived.set()
        await stored
        if pk is None:
            raise NotFound("no service has this address")

    def _find(self, token: str) -> int | None:
        """By its hash: how long that takes tells nothing of how much of a token is right."""
        version, definitions = self._definitions()
        if version != self._version:
            self._digests = dict(self._read(definitions))
            self._pks = {digest: pk for pk, (_, digest) in self._digests.items()}
            self._version = version
        return self._pks.get(_digest(token))

    def _read(self, definitions: Iterable[ServiceDefinition]) -> Iterable[tuple[int, tuple[Mapping[str, Any], bytes]]]:
        for service in definitions:
            known = self._digests.get(service.pk)
            if known is not None and known[0] == service.status_config:
                yield service.pk, known
                continue
            try:
                kind = self._registry[service.kind]
                if not kind.is_told:
                    continue
                token = kind.parse(service.status_config).heartbeat_token
            except LightbulbError as err:
                logger.warning("a service cannot be understood", service_id=service.service_id, reason=str(err))
                continue
            if token:
                yield service.pk, (service.status_config, _digest(token))

    async def _store_until_closed(self) -> None:
        while self._waiting or not self._is_closing:
            await self._arrived.wait()
            await asyncio.sleep(0 if self._is_closing else GROUP_SECONDS)
            await self._store_some()

    async def _store_some(self) -> None:
        some, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
        if not self._waiting:
            self._arrived.clear()
        heartbeats = [heartbeat for heartbeat, _ in some if heartbeat is not None]
        err: Exception | None = None
        try:
            if heartbeats:
                await self._inbox.add_heartbeats(heartbeats)
                self.stored += len(heartbeats)
        except DatabaseUnavailable as caught:
            err = caught
        except Exception as caught:  # whatever happens, the next ones shall be stored
            logger.exception("heartbeats could not be stored")
            err = DatabaseUnavailable(f"heartbeats could not be stored: {type(caught).__name__}")
        for _, stored in some:
            if not stored.done():
                if err is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(err)
        if heartbeats and err is None:
            self._on_stored()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
