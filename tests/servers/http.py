"""A real HTTP server on loopback whose every path does what a test tells it.

async with http_server() as server:
    server.on("/health", reply(200, b"fine"))
    ... server.url("/health") ... server.requests[-1].headers["accept"]
"""

import asyncio
import gzip
import io
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.servers.visits import Visits

Behaviour = Callable[["Exchange"], Awaitable[None]]


@dataclass(frozen=True)
class SeenRequest:
    """A request as the server got it; names of headers are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Exchange:
    """One connection that has sent its request."""

    request: SeenRequest
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Return once the other side has gone."""
        while await self.reader.read(65536):
            pass


@dataclass
class HttpServer:
    """Start with `http_server()`."""

    host: str
    port: int = 0
    is_tls: bool = False
    requests: list[SeenRequest] = field(default_factory=list)
    # Connections that were opened, whether or not a request came.
    connections: int = 0
    _behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def on(self, path: str, behaviour: Behaviour) -> None:
        """From now on, requests for `path` (without query) are answered like this."""
        self._behaviours[path] = behaviour

    def url(self, path: str = "/", host: str | None = None) -> str:
        host = host or self.host
        shown = f"[{host}]" if ":" in host else host
        return f"http{'s' if self.is_tls else ''}://{shown}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            request = await _read_request(reader)
            if request is None:
                await Exchange(_NOTHING, reader, writer).send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            else:
                self.requests.append(request)
                behaviour = self._behaviours.get(request.path.partition("?")[0], reply(404, b"no such path"))
                await behaviour(Exchange(request, reader, writer))
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def http_server(
    host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[HttpServer]:
    """A server that knows no path yet: 404 for all."""
    server = HttpServer(host, is_tls=tls is not None)
    visits = Visits(server.serve)
    listener = await asyncio.start_server(visits.connected, host, port, ssl=tls, backlog=4096)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await visits.end(listener)


_NOTHING = SeenRequest("", "", {}, b"")
_TLS_HELLO = b"\x16"


async def _read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    """None for TLS on a plain port, to which servers commonly answer 400, and when the visitor is gone."""
    try:
        first_byte = await reader.readexactly(1)
        if first_byte == _TLS_HELLO:
            return None
        head = first_byte + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return SeenRequest(method, path, headers, body)


def reply(
    status: int = 200,
    body: bytes = b"ok",
    headers: Mapping[str, str] | None = None,
    *,
    delay_seconds: float = 0.0,
    reason: str = "Whatever",
) -> Behaviour:
    """A complete answer, after a while."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode("latin-1")

    async def behave(exchange: Exchange) -> None:
        if delay_seconds:
            await asyncio.sleep(delay_seconds)
        await exchange.send(head if exchange.request.method == "HEAD" else head + body)

    return behave


def sequence(*behaviours: Behaviour) -> Behaviour:
    """One after the other, and the last one for ever."""
    waiting = list(behaviours)

    async def behave(exchange: Exchange) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(exchange)

    return behave


def delayed(seconds: float, behaviour: Behaviour) -> Behaviour:
    """The same, after a while."""

    async def behave(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await behaviour(exchange)

    return behave


def redirect(location: str, status: int = 302, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Sends the visitor elsewhere."""
    return reply(status, b"", {"Location": location, **(headers or {})})


def raw(data: bytes) -> Behaviour:
    """Exactly these bytes, then the end."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(data)

    return behave


def dripping(seconds_between: float, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n") -> Behaviour:
    """A head, and then one byte of the body after the other."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head)
        while not exchange.writer.is_closing():
            await exchange.send(b"x")
            await asyncio.sleep(seconds_between)

    return behave


def endless(head: bytes = b"HTTP/1.1 200 OK\r\n\r\n", piece: bytes = b"x" * 65536) -> Behaviour:
    """More and more, as fast as the visitor takes it."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head)
        while not exchange.writer.is_closing():
            await exchange.send(piece)

    return behave


def gzip_bomb(megabytes: int) -> Behaviour:
    """Zeros that become a thousand times as many when they are unpacked."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as unpacked:
        for _ in range(megabytes):
            unpacked.write(bytes(1024 * 1024))
    return reply(200, packed.getvalue(), {"Content-Encoding": "gzip"})


async def silent(exchange: Exchange) -> None:
    """Never answers."""
    await exchange.until_closed()


async def closing(exchange: Exchange) -> None:
    """Closes the connection without an answer."""


async def resetting(exchange: Exchange) -> None:
    """Resets the connection instead of answering (SO_LINGER of zero seconds)."""
    sock: socket.socket = exchange.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.writer.transport.abort()
