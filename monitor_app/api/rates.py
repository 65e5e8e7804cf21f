"""How often one key, session or address may ask: so many requests a minute, all at once or one by one.

In memory this is a bucket a caller, written here: that of the library forgets by walking over all callers, again with
each request (3.5 ms with 20,000 of them). Where several processes answer, the library counts for them in Redis.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Literal, Protocol

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from monitor_app.log import get_logger
from monitor_app.security.permissions import Identity
from monitor_app.settings import Settings

Kind = Literal["key", "session", "address"]
MINUTE: Final = 60.0
CALLERS_LIMIT: Final = 100_000
REDIS_SECONDS: Final = 0.5
CONNECTIONS_LIMIT: Final = 50
# After Redis did not answer, it is left alone for so long.
REDIS_PAUSE_SECONDS: Final = 10.0

log = get_logger(__name__)


class Rates(Protocol):
    """Counts requests."""

    async def wait(self, kind: Kind, caller: str) -> float:
        """Count one request. 0.0: it may go on; else the seconds until the next one may come."""
        ...


def rates(settings: Settings) -> Rates:
    """As the settings say: in memory, or in Redis."""
    limits: dict[Kind, int] = {
        "key": settings.rate_per_key,
        "session": settings.rate_per_session,
        "address": settings.rate_per_address,
    }
    memory = MemoryRates(limits)
    return RedisRates(settings.redis_url, limits, memory) if settings.redis_url else memory


def counted_as(identity: Identity | None, address: str) -> tuple[Kind, str]:
    """Whose request it is. Whoever comes with a wrong key or without a session is told apart by the address alone."""
    if identity is not None and identity.via in ("key", "token"):
        return "key", identity.credential
    if identity is not None and identity.via in ("session", "wall"):
        return "session", identity.credential
    return "address", network_of(address)


def network_of(address: str) -> str:
    """The address; of IPv6 the /64 network, all of which one machine may use as it likes."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


class MemoryRates:
    """A bucket a caller that holds a minute's requests and fills steadily. The least recent callers are forgotten."""

    def __init__(self, limits: Mapping[Kind, int], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._monotonic = monotonic
        # When the bucket will be full again.
        self._full_at: OrderedDict[tuple[Kind, str], float] = OrderedDict()

    async def wait(self, kind: Kind, caller: str) -> float:
        """See Rates."""
        now, spacing = self._monotonic(), MINUTE / self._limits[kind]
        full_at = max(self._full_at.get((kind, caller), now), now) + spacing
        if full_at - now > MINUTE + 1e-6:
            return full_at - now - MINUTE
        self._full_at[kind, caller] = full_at
        self._full_at.move_to_end((kind, caller))
        if len(self._full_at) > CALLERS_LIMIT:
            self._full_at.popitem(last=False)
        return 0.0


class RedisRates:
    """Counts in Redis, for several processes together; in memory while Redis does not answer."""

    def __init__(
        self,
        url: str,
        limits: Mapping[Kind, int],
        memory: Rates,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._limits = {kind: RateLimitItemPerMinute(count) for kind, count in limits.items()}
        self._memory = memory
        self._monotonic, self._wall = monotonic, wall
        self._paused_until = -math.inf
        self._pool = ConnectionPool.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, max_connections=CONNECTIONS_LIMIT
        )
        storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="lightbulb-rates",
            connection_pool=self._pool,  # type: ignore[arg-type] # documented, not typed
        )
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def wait(self, kind: Kind, caller: str) -> float:
        """See Rates."""
        if self._monotonic() < self._paused_until:
            return await self._memory.wait(kind, caller)
        try:
            return await self._ask(kind, caller)
        except StorageError as err:
            log.warning("Redis does not answer, so this process counts requests for itself", reason=str(err))
            self._paused_until = self._monotonic() + REDIS_PAUSE_SECONDS
            return await self._memory.wait(kind, caller)

    async def close(self) -> None:
        """Hang up."""
        await self._pool.aclose()

    async def _ask(self, kind: Kind, caller: str) -> float:
        item = self._limits[kind]
        if await self._limiter.hit(item, kind, caller):
            return 0.0
        window = await self._limiter.get_window_stats(item, kind, caller)
        return max(1.0, window.reset_time - self._wall())
