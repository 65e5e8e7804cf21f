"""A connected TCP socket whose waits are counted by when bytes arrived, not by when this program came to read them."""

import asyncio
import errno
import socket
import time
from typing import Protocol

from monitor_app.net import kernel_time, readiness
from monitor_app.net.failures import ConnectionLost
from monitor_app.net.stopwatch import Stopwatch

# Reads in a row that found bytes waiting; after as many, others get their turn.
_READS_A_TURN = 16


class Stream(Protocol):
    """What TCP and TLS connections have in common. Reads and writes raise NetworkFailure."""

    address: str

    async def read(self, max_bytes: int) -> bytes:
        """The next bytes; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """All of it."""
        ...

    def close(self) -> None:
        """At once, without waiting for the other side."""
        ...


class SocketStream:
    """A connection to `address`. Its waits are added to the stopwatch, which also bounds them."""

    __slots__ = ("_empty_at", "_mark", "_reads_in_a_row", "_sock", "_stopwatch", "address")

    def __init__(self, sock: socket.socket, address: str, stopwatch: Stopwatch) -> None:
        self.address = address
        self._sock = sock
        self._stopwatch = stopwatch
        now = time.perf_counter()
        # From when on we wait for the other side: our last send, or the last arrival.
        self._mark = now
        # When the socket was last known to hold nothing: what is read arrived after that.
        self._empty_at = now
        self._reads_in_a_row = 0

    async def read(self, max_bytes: int) -> bytes:
        """Raises TimedOut and ConnectionLost."""
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(max_bytes, kernel_time.ANCILLARY_BYTES)
            except BlockingIOError:
                self._empty_at = time.perf_counter()
                self._reads_in_a_row = 0
                await self._wait()
            except OSError as err:
                raise _lost(err) from err
            else:
                age = kernel_time.age_seconds(ancillary) if data else kernel_time.end_age_seconds(self._sock)
                self._count(age)
                self._reads_in_a_row += 1
                if self._reads_in_a_row % _READS_A_TURN == 0:
                    await self._let_others_run()
                if not self._stopwatch.left_seconds:
                    raise self._stopwatch.time_out()
                return data

    async def write(self, data: bytes) -> None:
        """Raises TimedOut and ConnectionLost."""
        rest = memoryview(data)
        while rest:
            self._mark = time.perf_counter()
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                if not await readiness.writable(self._sock, self._mark + self._stopwatch.left_seconds):
                    raise self._stopwatch.time_out() from None
                self._stopwatch.add(time.perf_counter() - self._mark)
            except OSError as err:
                raise _lost(err) from err

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._sock.close()

    def detach(self) -> socket.socket:
        """The connected socket itself, for a library that speaks over it; this stream is of no use afterwards."""
        return self._sock

    async def _wait(self) -> None:
        if not await readiness.readable(self._sock, self._mark + self._stopwatch.left_seconds):
            raise self._stopwatch.time_out()

    async def _let_others_run(self) -> None:
        """Somebody who sends faster than we read never makes us wait, but must not keep us beyond the deadline."""
        if time.perf_counter() - self._empty_at > self._stopwatch.deadline_seconds:
            raise self._stopwatch.time_out()
        await asyncio.sleep(0)

    def _count(self, age_seconds: float | None) -> None:
        now = time.perf_counter()
        arrived_at = arrival(now, age_seconds, self._empty_at)
        # What arrived before our last send was no wait.
        self._stopwatch.add(max(0.0, arrived_at - self._mark))
        self._mark = max(self._mark, arrived_at)


# Wall clock and monotonic clock are not read in the same instant.
_CLOCK_SLACK_SECONDS = 0.001


def arrival(now: float, age_seconds: float | None, empty_at: float) -> float:
    """When bytes that are read `now` arrived, on the same monotonic clock.

    The age comes from two readings of the wall clock. If that was set in between, the age is impossible: negative, or
    from before the socket was last seen empty. Then the bytes count as arrived now.
    """
    arrived_at = now - (age_seconds or 0.0)
    is_possible = empty_at - _CLOCK_SLACK_SECONDS <= arrived_at <= now
    return arrived_at if is_possible else now


def _lost(err: OSError) -> ConnectionLost:
    match err.errno:
        case errno.ECONNRESET | errno.EPIPE:
            return ConnectionLost("the other side reset the connection")
        case errno.ETIMEDOUT | errno.EHOSTUNREACH | errno.ENETUNREACH:
            return ConnectionLost(f"the network lost the connection: {err.strerror}")
        case _:
            return ConnectionLost(f"the connection broke: {err.strerror}")
