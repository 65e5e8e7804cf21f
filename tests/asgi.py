"""Asks an ASGI app in this process, without a server: one request, or the opening of a websocket."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


async def get(app: ASGIApp, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """GET a path; `headers` may replace Host."""
    return await ask(app, "GET", path, headers)


async def ask(
    app: ASGIApp, method: str, path: str, headers: Mapping[str, str] | None = None, peer: str = "127.0.0.1", **more: Any
) -> httpx.Response:
    """One request from the address `peer`; `headers` may replace Host, `more` is `json`, `content` and the like."""
    transport = httpx.ASGITransport(app=app, client=(peer, 4711), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        return await client.request(method, path, headers=dict(headers or {}), **more)


async def open_websocket(app: ASGIApp, path: str, headers: Mapping[str, str]) -> str:
    """The type of the first message that a new websocket is answered with."""
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "subprotocols": [],
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"} if not sent else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    first: str = sent[0]["type"]
    return first
