"""Listeners below HTTP: one that never accepts, one that speaks first, one that floods, a port where nobody listens."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread

from tests.ports import free_port
from tests.servers.visits import listening


@asynccontextmanager
async def greeting_server(greeting: bytes) -> AsyncIterator[int]:
    """The port of a server that says `greeting` at once, whatever comes, and closes; b"" stays silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if greeting:
            await reader.read(1)
            writer.write(greeting)
            await writer.drain()
        else:
            while await reader.read(65536):
                pass

    async with listening(serve) as port:
        yield port


def closed_port() -> int:
    """A port on which nobody listens."""
    return free_port()


@contextmanager
def silent_listener(port: int = 0) -> Iterator[tuple[str, int]]:
    """Address and port that never answer an attempt to connect: the queue of those who wait is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", port))
        listener.listen(0)
        address: tuple[str, int] = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        yield address
        for sock in waiting:
            sock.close()


@contextmanager
def flooding_server(head: bytes, piece: bytes) -> Iterator[int]:
    """The port of a server that answers with `head` and then `piece` over and over, as fast as it can."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(4096)
                    connection.sendall(head)
                    while True:
                        connection.sendall(piece)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@asynccontextmanager
async def scripted_server(*lines: bytes) -> AsyncIterator[int]:
    """The port of a server that says the first line at once, and the next one after each line it gets; then closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for position, line in enumerate(lines):
            if position and not await reader.readline():
                break
            writer.write(line)
            await writer.drain()

    async with listening(serve) as port:
        yield port
