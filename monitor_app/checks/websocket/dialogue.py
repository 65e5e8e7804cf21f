"""One websocket over one of our connections: handshake, messages, close (RFC 6455, by wsproto), all of it bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from monitor_app.net.failures import BadAnswer, ConnectionLost, NetworkFailure
from monitor_app.net.stream import Stream
from monitor_app.redact import harmless

RECEIVED_LIMIT_BYTES = 512 * 1024
FRAMES_LIMIT = 4096
# All that is read at once is taken apart at once, and tiny frames are much work for few bytes.
_STEP_BYTES = 4096
_CLOSE_SECONDS = 1.0
_SHOWN = 100
_CLOSE_WORDS = {
    1000: "normal",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "without a code",
    1007: "invalid data",
    1008: "policy violation",
    1009: "message too big",
    1011: "internal error",
    1012: "restarting",
    1013: "try again later",
}


class Dialogue:
    """Raises NetworkFailure from each of its methods."""

    def __init__(self, stream: Stream) -> None:
        self.messages = 0
        self._stream = stream
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._received_bytes = 0
        self._frames = 0

    async def handshake(self, request: Request) -> str:
        """The subprotocol that was agreed to, or an empty text."""
        await self._stream.write(self._protocol.send(request))
        async for event in self._events():
            match event:
                case AcceptConnection():
                    return event.subprotocol or ""
                case RejectConnection():
                    raise BadAnswer(_refusal(event))
                case _:
                    raise BadAnswer("the answer is not a websocket handshake")
        raise ConnectionLost("the other side closed the connection without an answer")

    async def say(self, text: str) -> None:
        """Send one text message."""
        await self._stream.write(self._protocol.send(TextMessage(data=text)))

    async def listen_for(self, expected: str) -> str:
        """The first message that holds `expected`; an empty one is held by each. Bytes are read as UTF-8."""
        pieces: list[str | bytes] = []
        async for event in self._events():
            match event:
                case TextMessage() | BytesMessage():
                    pieces.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
                    if not event.message_finished:
                        continue
                    self.messages += 1
                    text = _text(pieces)
                    if expected in text:
                        return text
                    pieces.clear()
                case CloseConnection():
                    raise BadAnswer(f"{self._closed(event)} before the answer")
        raise ConnectionLost("the other side cut the connection before the answer")

    async def close(self) -> bool:
        """Say goodbye; True when the other side answers that within a second."""
        with suppress(NetworkFailure, ProtocolError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._stream.write(self._protocol.send(CloseConnection(code=1000)))
                async for event in self._events():
                    if isinstance(event, CloseConnection):
                        return self._protocol.state is ConnectionState.CLOSED
        return False

    async def _events(self) -> AsyncIterator[Event]:
        """What the other side does, until the connection ends; pings are answered on the way."""
        while True:
            for event in self._protocol.events():
                self._frames += 1
                if self._frames > FRAMES_LIMIT:
                    raise BadAnswer(f"the other side sends more than {FRAMES_LIMIT} frames")
                if isinstance(event, Ping):
                    await self._stream.write(self._protocol.send(event.response()))
                else:
                    yield event
            if self._received_bytes:
                # They may have been read from the network together: nothing was waited for in between.
                await asyncio.sleep(0)
            data = await self._stream.read(_STEP_BYTES)
            if not data:
                return
            self._received_bytes += len(data)
            if self._received_bytes > RECEIVED_LIMIT_BYTES:
                raise BadAnswer(f"the other side sends more than {RECEIVED_LIMIT_BYTES // 1024} KB")
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        try:
            self._protocol.receive_data(data)
        except (ProtocolError, UnicodeDecodeError) as err:
            raise BadAnswer(f"the answer breaks the rules of websockets: {harmless(str(err), _SHOWN)}") from err

    def _closed(self, event: CloseConnection) -> str:
        if self._protocol.state is ConnectionState.OPEN:
            return f"the other side breaks the rules of websockets ({harmless(event.reason or '', _SHOWN)})"
        words = _CLOSE_WORDS.get(event.code, "")
        reason = f": {harmless(event.reason, _SHOWN)}" if event.reason else ""
        return f"the other side closed with {int(event.code)}{f' ({words})' if words else ''}{reason}"


def _text(pieces: list[str | bytes]) -> str:
    if isinstance(pieces[0], bytes):
        return b"".join(piece for piece in pieces if isinstance(piece, bytes)).decode("utf-8", "replace")
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _refusal(event: RejectConnection) -> str:
    code = event.status_code
    try:
        status = f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        status = str(code)
    if 300 <= code < 400:
        location = next((value for name, value in event.headers if name.lower() == b"location"), b"")
        return f"handshake refused: {status}, to {_shown_location(location)}; redirects are not followed"
    if 200 <= code < 300:
        return f"handshake refused: {status}; it is a web page, not a websocket"
    return f"handshake refused: {status}"


def _shown_location(location: bytes) -> str:
    """Without credentials and query, which may hold secrets."""
    text = location.decode("latin-1")
    try:
        parts = urlsplit(text)
    except ValueError:
        return "an address that is not valid"
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    return harmless(f"{place}{parts.path}", _SHOWN)
