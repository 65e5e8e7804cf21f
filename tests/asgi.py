"""Asks an ASGI app in this process, without a server: one request, or the opening of a websocket."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


async def get(app: ASGIApp, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """GET a path; `headers` may replace Host."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:3000") as client:
        return await client.get(path, headers=dict(headers or {}))


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
