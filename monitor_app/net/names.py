"""Names to addresses without blocking anybody: c-ares, a small cache, and one question per name at a time.

c-ares reads /etc/hosts, /etc/resolv.conf and /etc/nsswitch.conf, asks all names at once, sorts addresses by RFC 6724,
and answers "localhost" by itself. It is used directly, not through aiodns, because its callback tells when the answer
came; a future that completes on a busy event loop tells only when the loop got round to it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import pycares

from monitor_app.net.ares_channel import AresChannel
from monitor_app.net.failures import NameFailed

CACHE_MIN_SECONDS = 1.0
CACHE_MAX_SECONDS = 60.0
FAILURE_CACHE_SECONDS = 1.0
CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """Addresses in the order in which to try them, and the seconds that the answer took (0 when it was known)."""

    addresses: tuple[str, ...]
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class _Answer:
    addresses: tuple[str, ...]
    error: int
    answered_at: float
    expires_at: float


class Names:
    """Resolves names for one event loop. Create it inside the running loop, and close it there.

    `nameservers` ("address:port") replaces what the machine is configured with.
    """

    def __init__(
        self, nameservers: Sequence[str] = (), *, try_seconds: float = 2.0, tries: int = 3, size: int = CACHE_SIZE
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._size = size
        self._cache: dict[str, _Answer] = {}
        self._pending: dict[str, asyncio.Future[_Answer]] = {}
        self._channel = AresChannel(self._loop, nameservers, try_seconds, tries)

    async def resolve(self, host: str, timeout_seconds: float) -> Lookup:
        """Raises NameFailed, and TimeoutError when no answer came in time. An address resolves to itself."""
        if is_address(address := host.removesuffix(".")):
            return Lookup((address,), 0.0)
        asked_at = time.perf_counter()
        answer = self._cache.get(host)
        if answer is None or answer.expires_at <= asked_at:
            answer = await self._wait(self._pending.get(host) or self._ask(host), timeout_seconds)
        if answer.error:
            raise _failure(host, answer.error)
        return Lookup(answer.addresses, max(0.0, answer.answered_at - asked_at))

    @property
    def servers(self) -> list[str]:
        """The name servers that are asked, "address:port" each, those of /etc/resolv.conf unless others were given."""
        return self._channel.servers

    def close(self) -> None:
        """Stop waiting for answers; those who still wait are told that the name could not be resolved."""
        self._channel.close()
        for question in self._pending.values():
            if not question.done():
                question.set_result(_Answer((), pycares.errno.ARES_ECANCELLED, time.perf_counter(), 0.0))
        self._pending.clear()

    async def _wait(self, question: asyncio.Future[_Answer], timeout_seconds: float) -> _Answer:
        # Others may wait for the same answer: shielded, one who gives up does not cancel it for them.
        try:
            async with asyncio.timeout(timeout_seconds):
                return await asyncio.shield(question)
        except TimeoutError:
            # A stalled loop may notice the time before an answer that lies ready.
            await asyncio.sleep(0)
            if question.done():
                return question.result()
            raise

    def _ask(self, host: str) -> asyncio.Future[_Answer]:
        question: asyncio.Future[_Answer] = self._loop.create_future()
        self._pending[host] = question

        def answered(result: pycares.AddrInfoResult | None, error: int | None, at: float) -> None:
            self._pending.pop(host, None)
            answer = _answer(result, error, at)
            self._remember(host, answer)
            if not question.done():
                question.set_result(answer)

        self._channel.ask(host, answered)
        return question

    def _remember(self, host: str, answer: _Answer) -> None:
        self._cache.pop(host, None)
        if len(self._cache) >= self._size:
            now = time.perf_counter()
            self._cache = {name: kept for name, kept in self._cache.items() if kept.expires_at > now}
        if len(self._cache) >= self._size:
            del self._cache[next(iter(self._cache))]
        self._cache[host] = answer


def is_address(host: str) -> bool:
    """True for a literal IPv4 or IPv6 address, with or without a zone."""
    # Cheaper than asking ip_address() about each name: no name begins like this.
    if ":" not in host and not host[:1].isdigit():
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _answer(result: pycares.AddrInfoResult | None, error: int | None, at: float) -> _Answer:
    if error or result is None:
        return _Answer((), error or pycares.errno.ARES_ENODATA, at, at + FAILURE_CACHE_SECONDS)
    # One node for each socket type may come; the order is kept.
    addresses = tuple(dict.fromkeys(_text(node.addr[0]) for node in result.nodes))
    if not addresses:
        return _Answer((), pycares.errno.ARES_ENODATA, at, at + FAILURE_CACHE_SECONDS)
    seconds = min(node.ttl for node in result.nodes)
    return _Answer(addresses, 0, at, at + min(max(seconds, CACHE_MIN_SECONDS), CACHE_MAX_SECONDS))


def _text(address: bytes | str) -> str:
    return address.decode() if isinstance(address, bytes) else address


def _failure(host: str, error: int) -> NameFailed:
    match error:
        case pycares.errno.ARES_ENOTFOUND:
            return NameFailed(f"name not found: {host} does not exist", is_ours=False)
        case pycares.errno.ARES_ENODATA:
            return NameFailed(f"name not found: {host} has no address", is_ours=False)
        case pycares.errno.ARES_EBADNAME:
            return NameFailed(f"name not found: {host} is not a valid name", is_ours=False)
        case pycares.errno.ARES_ETIMEOUT:
            reason = "does not answer"
        case pycares.errno.ARES_ECONNREFUSED:
            reason = "is not reachable"
        case _:
            reason = f"reports: {_text(pycares.errno.strerror(error))}"
    return NameFailed(f"this machine could not look up {host}: its name server {reason}", is_ours=True)
