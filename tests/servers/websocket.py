"""A websocket server on loopback, by the library `websockets`."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

Talk = Callable[[ServerConnection], Awaitable[None]]
Refuse = Callable[[ServerConnection, Request], Response | None]


@dataclass
class WebsocketServer:
    """Requests it saw, and how each visit was closed: (code, reason)."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    closed: list[tuple[int | None, str | None]] = field(default_factory=list)


async def echo(connection: ServerConnection) -> None:
    """Says what it hears."""
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def websocket_server(
    talk: Talk = echo,
    *,
    refuse: Refuse | None = None,
    subprotocols: list[str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[WebsocketServer]:
    """Listens at 127.0.0.1."""
    seen = WebsocketServer()

    async def visited(connection: ServerConnection) -> None:
        try:
            await talk(connection)
        except ConnectionClosed:
            pass
        finally:
            await connection.close()
            seen.closed.append((connection.close_code, connection.close_reason))

    def asked(connection: ServerConnection, request: Request) -> Response | None:
        seen.requests.append(request)
        return refuse(connection, request) if refuse else None

    known = [Subprotocol(name) for name in subprotocols] if subprotocols else None
    async with serve(visited, "127.0.0.1", 0, process_request=asked, subprotocols=known, ssl=tls) as server:
        seen.port = next(iter(server.sockets)).getsockname()[1]
        yield seen
