"""The demo's little servers: all in one process, each on a port of its own, on the loopback address only."""

import asyncio
import contextlib
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, Request, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from monitor_app.demo.behaviours import Answer, answer_at
from monitor_app.demo.certificates import server_context
from monitor_app.use_cases.demo_catalogue import CATALOGUE, Behaviour, DemoService

ADDRESS = "127.0.0.1"
# By this a demo server is known to be one.
SERVER_NAME = "lightbulb-demo"
REQUEST_SECONDS = 10.0
REQUEST_LIMIT = 16_384
PRICE = 40
DRIPS, DRIP_SECONDS = 600, 0.5


@asynccontextmanager
async def running_servers(
    base_port: int, catalogue: Sequence[DemoService] = CATALOGUE
) -> AsyncIterator[dict[str, str]]:
    """Run them all. Yields the URL of each, by its path.

    They stand on `base_port` and the ports that follow; where one of these is taken, on any free one.
    """
    async with AsyncExitStack() as stack:
        urls: dict[str, str] = {}
        for number, service in enumerate(catalogue):
            if service.kind == "process":
                urls[service.path] = f"file:{stack.enter_context(_pid_file())}"
                continue
            if not service.has_server:
                urls[service.path] = service.url(0)
                continue
            listener = stack.enter_context(contextlib.closing(_bound_socket(base_port + number)))
            urls[service.path] = service.url(listener.getsockname()[1])
            if service.behaviour is not Behaviour.CLOSED:  # a port that is bound but does not listen refuses
                await _start(stack, service, listener)
        yield urls


@contextlib.contextmanager
def _pid_file() -> Iterator[Path]:
    """A file that names this process, for as long as it serves."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-demo-") as folder:
        path = Path(folder, "till.pid")
        path.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield path


def _bound_socket(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
    except (OSError, OverflowError):
        listener.bind((ADDRESS, 0))
    return listener


async def _start(stack: AsyncExitStack, service: DemoService, listener: socket.socket) -> None:
    started = time.monotonic()
    visitors: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visitors.add(task)
        try:
            await _SERVE.get(service.kind, _serve_http)(service, reader, writer, started)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks may go away at any time, or ask nonsense
        except asyncio.CancelledError:
            pass  # the servers stop; asyncio of Python 3.11 would print a traceback for each visitor
        finally:
            visitors.discard(task)
            writer.close()

    context = server_context(service.certificate) if service.certificate else None
    server = await asyncio.start_server(serve, sock=listener, ssl=context, limit=REQUEST_LIMIT)

    async def stop() -> None:
        server.close()
        for task in visitors:
            task.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)

    stack.push_async_callback(stop)


async def _serve_http(
    service: DemoService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, started: float
) -> None:
    async with asyncio.timeout(REQUEST_SECONDS):
        first = await reader.readexactly(1)
        if not first.isalpha():
            return  # not HTTP, such as somebody who tries TLS on a plain port: need not wait for the rest
        head = first + await reader.readuntil(b"\r\n\r\n")
    path = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") >= 2 else "/"
    answer = answer_at(service, path, time.monotonic() - started)
    await _wait_unless_gone(reader, answer.delay_seconds)
    writer.write(_head(answer))
    if answer.is_dripping:
        for _ in range(DRIPS):
            writer.write(b".")
            await writer.drain()
            await _wait_unless_gone(reader, DRIP_SECONDS)
    else:
        writer.write(answer.body.encode())
        await writer.drain()


async def _serve_line(
    service: DemoService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, started: float
) -> None:
    """Each line is answered; nobody is while the service is down."""
    async with asyncio.timeout(REQUEST_SECONDS):
        await reader.readline()
    answer = answer_at(service, "", time.monotonic() - started)
    await _wait_unless_gone(reader, answer.delay_seconds)
    writer.write(b"pong\n" if answer.status == 200 else b"")


async def _serve_websocket(
    service: DemoService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, started: float
) -> None:
    """Each message is answered with a price."""
    ws = WSConnection(ConnectionType.SERVER)
    async with asyncio.timeout(REQUEST_SECONDS):
        while data := await reader.read(REQUEST_LIMIT):
            try:
                ws.receive_data(data)
                for event in ws.events():
                    writer.write(_websocket_answer(ws, event, time.monotonic() - started))
            except (LocalProtocolError, RemoteProtocolError):
                return
            if ws.state is ConnectionState.CLOSED:
                return
            await asyncio.sleep(service.answer_ms / 1000)
            await writer.drain()


def _websocket_answer(ws: WSConnection, event: Event, seconds: float) -> bytes:
    match event:
        case Request():
            return ws.send(AcceptConnection(extra_headers=[(b"server", SERVER_NAME.encode())]))
        case Ping() | CloseConnection():
            return ws.send(event.response()) if ws.state is not ConnectionState.CLOSED else b""
        case TextMessage():
            return ws.send(TextMessage(data=f"price {PRICE + seconds % PRICE:.2f}"))
    return b""


_SERVE = {"tcp": _serve_line, "tls_certificate": _serve_line, "websocket": _serve_websocket}


async def _wait_unless_gone(reader: asyncio.StreamReader, seconds: float) -> None:
    """Raises ConnectionResetError when the visitor leaves before that time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while await reader.read(REQUEST_LIMIT):
                pass  # a body, which nobody is interested in
            raise ConnectionResetError


def _head(answer: Answer) -> bytes:
    length = DRIPS if answer.is_dripping else len(answer.body.encode())
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Server: {SERVER_NAME}",
        "Content-Type: text/plain",
        f"Content-Length: {length}",
        *([f"Location: {answer.location}"] if answer.location else []),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
