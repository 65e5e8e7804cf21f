"""Connects where a library owns the socket: to judged addresses only, one after the other, within the deadline."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from monitor_app.checks.database.config import Config
from monitor_app.net import Network
from monitor_app.net.connect import connect_failure
from monitor_app.net.failures import ConnectFailed, ConnectionLost, NetworkFailure, Phase, TimedOut, TlsFailed
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.net.tls_words import in_words

T = TypeVar("T")


@asynccontextmanager
async def timed(stopwatch: Stopwatch, phase: Phase, seconds: float | None = None) -> AsyncIterator[None]:
    """Counts what happens inside to a phase, and raises TimedOut at the deadline or after `seconds`."""
    stopwatch.phase = phase
    began = time.perf_counter()
    limit = asyncio.timeout(stopwatch.left_seconds if seconds is None else min(seconds, stopwatch.left_seconds))
    try:
        async with limit:
            yield
    except TimeoutError as err:
        if limit.expired():
            raise TimedOut(phase, stopwatch.deadline_seconds) from err
        raise
    finally:
        stopwatch.add(min(time.perf_counter() - began, stopwatch.left_seconds))


async def reach(network: Network, config: Config, stopwatch: Stopwatch, connect: Callable[[str], Awaitable[T]]) -> T:
    """What `connect` made of the first address that takes a connection; each gets its share of the time.

    Raises NetworkFailure, OutboundRefused and what `connect` raises when the server is there.
    """
    addresses = await network.addresses(config.host, config.port_number, stopwatch)
    failure: NetworkFailure | None = None
    for position, address in enumerate(addresses):
        try:
            async with timed(stopwatch, "connect", stopwatch.left_seconds / (len(addresses) - position)):
                return await _connected(connect, address, config)
        except (ConnectFailed, TimedOut) as err:
            # A refusal says more than silence.
            failure = err if failure is None or isinstance(failure, TimedOut) else failure
    assert failure is not None
    raise failure


async def _connected(connect: Callable[[str], Awaitable[T]], address: str, config: Config) -> T:
    try:
        return await connect(address)
    except ssl.SSLError as err:
        raise TlsFailed(in_words(err, config.host)) from err
    except OSError as err:
        if isinstance(err, ConnectionResetError | BrokenPipeError) or err.errno is None:
            raise ConnectionLost("the other side closed the connection") from err
        raise connect_failure(err.errno, address, config.port_number) from err


def tls_context(network: Network, config: Config) -> ssl.SSLContext | None:
    """What to hand to a library; None without TLS. Raises TlsFailed."""
    if config.tls == "disable":
        return None
    options = TlsOptions(is_verifying=config.tls == "verify-full", ca_pem=config.ca_certificate, alpn=())
    return _NamedContext.of(network.tls_context(options), config.host)


class _NamedContext(ssl.SSLContext):
    """Asks for one host name, whatever the library says: that connects to an address and knows no name."""

    _shared: ssl.SSLContext
    _host: str

    @classmethod
    def of(cls, shared: ssl.SSLContext, host: str) -> "_NamedContext":
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context._shared, context._host = shared, host
        return context

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **options: Any) -> ssl.SSLObject:
        """The shared context's own connection, for our host name."""
        return self._shared.wrap_bio(incoming, outgoing, server_hostname=self._host)
