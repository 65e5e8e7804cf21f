"""The demo's little servers: all in one process, each on a port of its own, on the loopback address only."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from monitor_app.demo.behaviours import Answer, answer_at
from monitor_app.demo.certificates import server_context
from monitor_app.use_cases.demo_catalogue import CATALOGUE, Behaviour, DemoService

ADDRESS = "127.0.0.1"
# By this a demo server is known to be one.
SERVER_NAME = "lightbulb-demo"
REQUEST_SECONDS = 10.0
REQUEST_LIMIT = 16_384
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
            listener = stack.enter_context(contextlib.closing(_bound_socket(base_port + number)))
            urls[service.path] = service.url(listener.getsockname()[1])
            if service.behaviour is not Behaviour.CLOSED:  # a port that is bound but does not listen refuses
                await _start(stack, service, listener)
        yield urls


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
            await _serve_one(service, reader, writer, started)
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


async def _serve_one(
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
