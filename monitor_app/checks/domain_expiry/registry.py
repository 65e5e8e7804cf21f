"""Asks registries, rarely: each domain at most once in six hours by the whole program, however often it is checked."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from httpx import codes

from monitor_app.checks.domain_expiry.bootstrap import Bootstrap, NoServer
from monitor_app.checks.domain_expiry.fetch import Fetched, fetch
from monitor_app.checks.domain_expiry.registration import Registration, read_registration
from monitor_app.errors import LightbulbError, OutboundRefused
from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer, NetworkFailure
from monitor_app.net.stopwatch import Stopwatch

KEPT_SECONDS = 6 * 3600.0
# What is asked again sooner: a domain that was not there, and a registry that did not answer.
MISSING_SECONDS = 3600.0
TROUBLE_SECONDS = 600.0
# A registry that asks to be left alone without saying how long, and how long it may ask for at most.
BUSY_SECONDS = 3600.0
BUSY_MAX_SECONDS = 86_400.0
# A date of expiry only moves when somebody pays: an old answer is better than none.
USABLE_SECONDS = 7 * 86_400.0
ANSWERS_LIMIT = 20_000
REGISTRIES_LIMIT = 2_000
CANDIDATES_LIMIT = 4
_NOT_THERE = frozenset({400, 404, 422})
_TOO_OFTEN = frozenset({codes.TOO_MANY_REQUESTS, codes.SERVICE_UNAVAILABLE})


class NotRegistered(LightbulbError):
    """The registry does not know the domain, nor what it is below of."""


class Trouble(LightbulbError):
    """The registry could not be asked, which says nothing about the domain."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`age_seconds` is 0 for one that was asked for just now. `trouble` is why an old one could not be renewed."""

    registration: Registration
    age_seconds: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    registration: Registration | None
    asked_at: float
    again_at: float
    trouble: str = ""


class Registry:
    """What is known of domains, by domain and base address; times are monotonic."""

    def __init__(self) -> None:
        self._bootstrap = Bootstrap()
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._left_alone_until: OrderedDict[str, float] = OrderedDict()
        # Those who ask for the same at once ask once. A lock belongs to one event loop.
        self._locks: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    async def ask(self, network: Network, domain: str, base: str, stopwatch: Stopwatch) -> Answer:
        """The registration of a domain, or of the one it is below of. Raises NotRegistered and Trouble."""
        for name in candidates(domain):
            kept, is_fresh = await self._known(network, name, base, stopwatch)
            if kept.registration is not None:
                age = 0.0 if is_fresh else time.monotonic() - kept.asked_at
                return Answer(kept.registration, age, kept.trouble)
            if kept.trouble:
                raise Trouble(kept.trouble)
        raise NotRegistered(f"{domain} is not registered")

    async def _known(self, network: Network, name: str, base: str, stopwatch: Stopwatch) -> tuple[_Kept, bool]:
        """What is kept of a name, and whether it was asked for just now."""
        key = (name, base)
        async with self._alone(f"{base} {name}", stopwatch):
            kept = self._kept.get(key)
            if kept is not None and time.monotonic() < kept.again_at:
                return kept, False
            renewed = await self._ask(network, name, base, stopwatch, kept)
            self._keep(key, renewed)
            return renewed, not renewed.trouble

    @asynccontextmanager
    async def _alone(self, key: str, stopwatch: Stopwatch) -> AsyncIterator[None]:
        """Raises Trouble when others take longer than there is time."""
        lock = self._locks.setdefault((id(asyncio.get_running_loop()), key), asyncio.Lock())
        try:
            async with asyncio.timeout(stopwatch.left_seconds):
                await lock.acquire()
        except TimeoutError:
            raise Trouble("another check is asking the registry, which takes too long") from None
        try:
            yield
        finally:
            lock.release()

    async def _ask(self, network: Network, name: str, base: str, stopwatch: Stopwatch, kept: _Kept | None) -> _Kept:
        again_seconds = TROUBLE_SECONDS
        try:
            server = base or await self._bootstrap_base(network, name, stopwatch)
            self._check_left_alone(server)
            fetched = await fetch(network, f"{server}domain/{name}", stopwatch)
            if fetched.status_code in _TOO_OFTEN:
                again_seconds = self._leave_alone(server, fetched)
            registration = _registration(fetched, name)
        except OutboundRefused as err:
            # Not the registry's trouble: as soon as the rules are changed it is asked again.
            return _in_trouble(kept, str(err), 0.0)
        except (NetworkFailure, NoServer, Trouble, _LeftAlone) as err:
            return _in_trouble(kept, str(err), again_seconds)
        now = time.monotonic()
        return _Kept(registration, now, now + (MISSING_SECONDS if registration is None else KEPT_SECONDS))

    async def _bootstrap_base(self, network: Network, name: str, stopwatch: Stopwatch) -> str:
        async with self._alone("", stopwatch):
            return await self._bootstrap.base_for(network, name, stopwatch)

    def _check_left_alone(self, server: str) -> None:
        seconds = self._left_alone_until.get(server, 0.0) - time.monotonic()
        if seconds > 0:
            raise _LeftAlone(f"the registry asks to wait {_minutes(seconds)} before it is asked again")

    def _leave_alone(self, server: str, fetched: Fetched) -> float:
        unasked = BUSY_SECONDS if fetched.status_code == codes.TOO_MANY_REQUESTS else TROUBLE_SECONDS
        seconds = min(fetched.retry_seconds or unasked, BUSY_MAX_SECONDS)
        self._left_alone_until[server] = time.monotonic() + seconds
        while len(self._left_alone_until) > REGISTRIES_LIMIT:
            self._left_alone_until.popitem(last=False)
        return max(seconds, TROUBLE_SECONDS)

    def _keep(self, key: tuple[str, str], kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > ANSWERS_LIMIT:
            self._kept.popitem(last=False)


def candidates(domain: str) -> list[str]:
    """The name as it is, and what it is below of: www.shop.example.co.uk, shop.example.co.uk, example.co.uk, co.uk."""
    labels = domain.split(".")
    names = [".".join(labels[first:]) for first in range(len(labels) - 1)]
    return names if len(names) <= CANDIDATES_LIMIT else [names[0], *names[1 - CANDIDATES_LIMIT :]]


class _LeftAlone(LightbulbError):
    """The registry asked not to be asked."""


def _registration(fetched: Fetched, name: str) -> Registration | None:
    """None when there is no such domain. Raises BadAnswer."""
    if fetched.status_code in _NOT_THERE:
        return None
    if fetched.status_code in _TOO_OFTEN:
        raise BadAnswer(
            f"the registry ({fetched.host}) answers {fetched.status_code}: it is asked too often or is busy"
        )
    if fetched.document is None:
        raise BadAnswer(f"the registry ({fetched.host}) answers {fetched.status_code}")
    return read_registration(fetched.document, name)


def _in_trouble(kept: _Kept | None, trouble: str, again_seconds: float) -> _Kept:
    now = time.monotonic()
    is_usable = kept is not None and kept.registration is not None and now - kept.asked_at < USABLE_SECONDS
    if kept is not None and is_usable:
        return _Kept(kept.registration, kept.asked_at, now + again_seconds, trouble)
    return _Kept(None, now, now + again_seconds, trouble)


def _minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min"
