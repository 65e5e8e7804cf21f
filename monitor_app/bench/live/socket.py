"""A websocket that costs little, so that many browsers in one process do not slow down what they measure.

websockets' own client spends more on its queues and tasks than the server on a message; its protocol alone does not.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Origin
from websockets.uri import parse_uri


class WebSocket(asyncio.Protocol):
    """One connection. `on_text` is called with each message as soon as it is complete.

    `cookie` is sent with the request for it.
    """

    def __init__(self, address: str, on_text: Callable[[bytes], None], cookie: str = "") -> None:
        uri = parse_uri(address)
        # A page of the server itself: others are refused.
        origin = Origin(f"http://{uri.host}:{uri.port}")
        self._protocol = ClientProtocol(uri, origin=origin, max_size=None)
        self._on_text = on_text
        self._cookie = cookie
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._closed = asyncio.get_running_loop().create_future()

    async def wait_closed(self) -> None:
        """Return when the connection has ended, whoever ended it."""
        await asyncio.shield(self._closed)

    def send(self, text: str) -> None:
        """Send a message."""
        self._protocol.send_text(text.encode())
        self._flush()

    def abort(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        request = self._protocol.connect()
        if self._cookie:
            request.headers["Cookie"] = self._cookie
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Hand over the messages that are complete."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._parts.append(bytes(event.data))
                if event.fin:
                    text, self._parts = b"".join(self._parts), []
                    self._on_text(text)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the end."""
        if not self._closed.done():
            self._closed.set_result(None)

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
