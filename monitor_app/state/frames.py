"""Looks at each frame of the screens' websocket before anything is made of it: its size, and whether it is one of ours.

Socket.io itself measures characters, and a frame that it cannot read at all breaks out of it with a traceback, and
leaves a socket behind that nobody owns. Here such a frame ends its own socket, in order, and nothing else.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_app.log import get_logger

FRAME_BYTES: Final = 128 * 1024
PATH: Final = "/_event"
# A pong, a close, or a message of socket.io: connect, disconnect, event. No answers, and nothing binary.
_KNOWN: Final = re.compile(r"(?:3|1|4[012](?!\d))")
_TOO_BIG, _UNSUPPORTED = 1009, 1003

logger = get_logger(__name__)


class FrameGuard:
    """Plain ASGI, around everything that Reflex serves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket."""
        if scope["type"] != "websocket" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return

        async def looked_at() -> Message:
            message = await receive()
            code = _fault(message)
            if code is None:
                return message
            client = scope.get("client") or ("",)
            logger.warning("a websocket was ended for what it sent", peer=client[0], code=code)
            return {"type": "websocket.disconnect", "code": code}

        await self._app(scope, looked_at, send)


def _fault(message: Message) -> int | None:
    if message["type"] != "websocket.receive":
        return None
    text = message.get("text")
    if text is None or _KNOWN.match(text) is None:
        return _UNSUPPORTED
    # A character has one to four bytes; counting them is left out where it cannot matter.
    if len(text) > FRAME_BYTES or (len(text) * 4 > FRAME_BYTES and len(text.encode()) > FRAME_BYTES):
        return _TOO_BIG
    return None
