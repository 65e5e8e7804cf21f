"""Opens a TCP connection to a name: look-up, guard, and "happy eyeballs" (RFC 8305) over IPv6 and IPv4."""

import asyncio
import errno
import os
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from monitor_app.errors import OutboundRefused
from monitor_app.net import kernel_time, readiness
from monitor_app.net.failures import ConnectFailed, NetworkFailure, OutOfSockets
from monitor_app.net.guard import Guard
from monitor_app.net.names import Names
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import SocketStream

# RFC 8305, section 5: how long an attempt stays alone before the next address is tried beside it.
STAGGER_SECONDS = 0.25

_NOTHING_LEFT_HERE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}


@dataclass(frozen=True, slots=True)
class _Connected:
    sock: socket.socket
    address: str
    handshake_seconds: float


async def open_connection(
    host: str, port: int, names: Names, guard: Guard | None, stopwatch: Stopwatch, *, found_at: str = ""
) -> SocketStream:
    """A connection to the first address of `host` that takes one; see `allowed_addresses`.

    Counts the phases dns and connect. Raises NetworkFailure, and OutboundRefused when the guard allows no address.
    """
    addresses = await allowed_addresses(host, port, names, guard, stopwatch, found_at=found_at)
    stopwatch.phase = "connect"
    connected, seconds = await _first(addresses, port, stopwatch)
    stopwatch.add(seconds)
    return SocketStream(connected.sock, connected.address, stopwatch)


async def allowed_addresses(
    host: str, port: int | None, names: Names, guard: Guard | None, stopwatch: Stopwatch, *, found_at: str = ""
) -> list[str]:
    """The addresses of `host` that may be connected to, in the order in which to try them; never empty.

    Whoever was there a moment ago says where (`found_at`): that address is judged again, but not looked up. Without a
    guard all are allowed: for this machine's own name servers. Counts the phase dns. Raises NetworkFailure, and
    OutboundRefused when the guard allows none.
    """
    stopwatch.phase = "dns"
    try:
        lookup = await names.resolve(found_at or host, stopwatch.left_seconds)
    except TimeoutError:
        raise stopwatch.time_out() from None
    if lookup.addresses != (found_at or host,):
        stopwatch.add(lookup.waited_seconds)
    return interleaved(lookup.addresses if guard is None else _allowed(lookup.addresses, port, host, guard))


def interleaved(addresses: Sequence[str]) -> list[str]:
    """The families take turns, beginning with that of the first address (RFC 8305, section 4)."""
    first = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    other = deque(address for address in addresses if address not in first)
    mixed: list[str] = []
    for address in first:
        mixed.append(address)
        if other:
            mixed.append(other.popleft())
    return mixed + list(other)


def _allowed(addresses: Sequence[str], port: int | None, host: str, guard: Guard) -> list[str]:
    allowed = []
    refusal: OutboundRefused | None = None
    for address in addresses:
        try:
            guard.check(address, port, host)
        except OutboundRefused as err:
            refusal = refusal or err
        else:
            allowed.append(address)
    if not allowed and refusal is not None:
        raise refusal
    return allowed


async def _first(addresses: Sequence[str], port: int, stopwatch: Stopwatch) -> tuple[_Connected, float]:
    """The connection that came about first, and the seconds from the first attempt until then."""
    until = time.perf_counter() + stopwatch.left_seconds
    if len(addresses) == 1:
        try:
            connected = await _attempt(addresses[0], port, until)
        except TimeoutError:
            raise stopwatch.time_out() from None
        return connected, connected.handshake_seconds
    return await _Race(addresses, port, until, stopwatch).run()


class _Race:
    """Attempts that start one after the other, 250 ms apart or as soon as one has failed."""

    def __init__(self, addresses: Sequence[str], port: int, until: float, stopwatch: Stopwatch) -> None:
        self._waiting = deque(addresses)
        self._port = port
        self._until = until
        self._stopwatch = stopwatch
        self._running: dict[asyncio.Task[_Connected], float] = {}
        self._failures: list[Exception] = []
        self._head_start = 0.0

    async def run(self) -> tuple[_Connected, float]:
        try:
            while self._waiting or self._running:
                self._start_next()
                started_at = time.perf_counter()
                done, _ = await asyncio.wait(
                    self._running,
                    timeout=STAGGER_SECONDS if self._waiting else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    started_after = self._running.pop(task)
                    error = task.exception()
                    if error is None:
                        connected = task.result()
                        return connected, started_after + connected.handshake_seconds
                    if not isinstance(error, NetworkFailure | TimeoutError):
                        raise error
                    self._failures.append(error)
                # The next attempt begins late when this loop is late; that is not the network's time.
                self._head_start += min(time.perf_counter() - started_at, STAGGER_SECONDS)
            raise self._most_telling()
        finally:
            await self._stop()

    def _start_next(self) -> None:
        if self._waiting:
            task = asyncio.create_task(_attempt(self._waiting.popleft(), self._port, self._until))
            self._running[task] = self._head_start

    def _most_telling(self) -> Exception:
        """A refusal says more than silence, and silence more than a missing route."""
        for failure in self._failures:
            if isinstance(failure, ConnectFailed) and "refused" in str(failure):
                return failure
        if any(isinstance(failure, TimeoutError) for failure in self._failures):
            return self._stopwatch.time_out()
        return self._failures[0]

    async def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        for ended in await asyncio.gather(*self._running, return_exceptions=True):
            if isinstance(ended, _Connected):
                ended.sock.close()


async def _attempt(address: str, port: int, until: float) -> _Connected:
    """Raises NetworkFailure, and TimeoutError at `until`."""
    sock = _new_socket(address)
    try:
        started_at = time.perf_counter()
        error = sock.connect_ex((address, port))
        if error == errno.EINPROGRESS:
            if not await readiness.writable(sock, until):
                raise TimeoutError
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise connect_failure(error, address, port)
        elapsed = time.perf_counter() - started_at
        kernel_seconds = kernel_time.handshake_seconds(sock)
    except BaseException:
        sock.close()
        raise
    return _Connected(sock, address, elapsed if kernel_seconds is None else min(elapsed, kernel_seconds))


def _new_socket(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as err:
        if err.errno in _NOTHING_LEFT_HERE:
            raise OutOfSockets(f"this machine has no socket left: {err.strerror}") from err
        raise ConnectFailed(f"cannot connect to {address}: {err.strerror}") from err
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    kernel_time.enable(sock)
    return sock


def connect_failure(error: int, address: str, port: int) -> NetworkFailure:
    """What an errno of connecting means, in words."""
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    match error:
        case errno.ECONNREFUSED:
            return ConnectFailed(f"connection refused by {place}: nothing listens there")
        case errno.ETIMEDOUT:
            return ConnectFailed(f"{place} does not answer")
        case errno.EHOSTUNREACH:
            return ConnectFailed(f"no way to {place}: the host is unreachable")
        case errno.ENETUNREACH:
            return ConnectFailed(f"no way to {place}: this machine has no route to that network")
        case _ if error in _NOTHING_LEFT_HERE:
            return OutOfSockets(f"this machine cannot open another connection to {place}: {os.strerror(error)}")
        case _:
            return ConnectFailed(f"cannot connect to {place}: {os.strerror(error)}")
