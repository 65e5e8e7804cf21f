"""Many clients of the streams in one process: `python -m monitor_app.bench.stream_crowd PORT KIND CLIENTS`.

They read bytes and look for the time that each result carries, and nothing else: so they do not slow down what they
measure. Prints `ready` when all have their snapshot (`sse`) or their topic (`ws`); when stdin ends, one JSON line:
`receipts` [time of the result, monotonic ns], `bytes` that came, `cpu_seconds` of this process.
"""

import asyncio
import base64
import json
import os
import re
import sys
import time
from typing import cast

import uvloop

READY_SECONDS = 120
AT_ONCE = 20
# An event or message that tells a result, with the time that it carries, to a tenth of a second.
SSE_RESULT = re.compile(rb'event: status\ndata: [^\n]*?"last_check":"([^"]{21})')
WS_RESULT = re.compile(rb'"event":"metric_collected"[^\n]*?"timestamp":"([^"]{21})')
SUBSCRIBE = b'{"type":"subscribe","topic":"global"}'


class Client(asyncio.Protocol):
    """One of them."""

    receipts: list[tuple[bytes, int]] = []  # noqa: RUF012 - of all
    received = 0

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self.request())

    def data_received(self, data: bytes) -> None:
        """Look through what is whole."""
        Client.received += len(data)
        self._data = self.taken(self._data + data)

    def request(self) -> bytes:
        """What opens the stream."""
        raise NotImplementedError

    def taken(self, data: bytes) -> bytes:
        """Take what is whole; returns the rest."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Write."""
        assert self._transport is not None
        self._transport.write(data)

    def note(self, found: list[bytes]) -> None:
        """These results were told now."""
        now = time.monotonic_ns()
        Client.receipts += [(moment, now) for moment in found]

    def is_ready(self) -> None:
        """What is there is known; from now on results come."""
        if not self.ready.done():
            self.ready.set_result(None)


class EventReader(Client):
    """Of Server-Sent Events."""

    def request(self) -> bytes:
        """See Client."""
        return f"GET /api/status/stream HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n".encode()

    def taken(self, data: bytes) -> bytes:
        """See Client."""
        end = data.rfind(b"\n\n")
        if end < 0:
            return data
        whole = data[: end + 2]
        if b"event: ready" in whole:
            self.is_ready()
        self.note(SSE_RESULT.findall(whole))
        return data[end + 2 :]


class SocketReader(Client):
    """Of the websocket: frames of a server are not masked (RFC 6455, 5.2)."""

    is_open = False

    def request(self) -> bytes:
        """See Client."""
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    def taken(self, data: bytes) -> bytes:
        """See Client."""
        if not self.is_open:
            head, sign, data = data.partition(b"\r\n\r\n")
            if not sign:
                return head
            assert head.startswith(b"HTTP/1.1 101"), head
            self.is_open = True
            self.send(_masked(SUBSCRIBE))
        found, at = [], 0
        while len(data) >= at + 4:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if len(data) < start + length:
                break
            if match := WS_RESULT.search(data, start, start + length):
                found.append(match[1])
            elif b'"subscribed"' in data[start : start + length]:
                self.is_ready()
            at = start + length
        self.note(found)
        return data[at:]


def _masked(text: bytes) -> bytes:
    """A text frame with a mask of zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def main(port: int, kind: str, count: int) -> None:
    """Listen until stdin ends."""
    make, loop = (EventReader if kind == "sse" else SocketReader), asyncio.get_running_loop()
    for start in range(0, count, AT_ONCE):
        made = [make(port) for _ in range(min(AT_ONCE, count - start))]
        await asyncio.gather(*(loop.create_connection(lambda one=one: one, "127.0.0.1", port) for one in made))  # type: ignore[misc]
        async with asyncio.timeout(READY_SECONDS):
            await asyncio.gather(*(one.ready for one in made))
    worked, Client.received = time.process_time(), 0
    Client.receipts.clear()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    receipts = [(moment.decode(), at) for moment, at in Client.receipts]
    report = {"receipts": receipts, "bytes": Client.received, "cpu_seconds": time.process_time() - worked}
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
