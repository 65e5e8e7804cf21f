"""One unary gRPC call over one of our connections (gRPC over HTTP/2), everything that comes bounded."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings
from hyperframe.exceptions import HyperframeError

from monitor_app.checks.grpc.health import MESSAGE_LIMIT_BYTES
from monitor_app.net.failures import BadAnswer, ConnectionLost
from monitor_app.net.stream import Stream
from monitor_app.redact import harmless

RECEIVED_LIMIT_BYTES = 64 * 1024
HEADERS_LIMIT_BYTES = 16 * 1024
# All that is read at once is taken apart at once, and tiny frames are much work for few bytes.
_STEP_BYTES = 4096
_SHOWN = 40
_TYPE_AT, _SETTINGS_FRAME = 3, 4
_TLS_ALERT = b"\x15\x03"
_TEXT_LIMIT = 200
_SETTINGS = {
    SettingCodes.ENABLE_PUSH: 0,
    SettingCodes.MAX_CONCURRENT_STREAMS: 1,
    SettingCodes.MAX_HEADER_LIST_SIZE: HEADERS_LIMIT_BYTES,
}


@dataclass
class Reply:
    """`code` is the gRPC status, 0 for OK; `text` what the server wrote beside it; `message` with its length prefix."""

    code: int = 0
    text: str = ""
    message: bytes = b""


@dataclass
class _Heard:
    """What came so far."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    trailers: dict[bytes, bytes] = field(default_factory=dict)
    message: bytearray = field(default_factory=bytearray)
    is_complete: bool = False


async def call(stream: Stream, headers: Sequence[tuple[str, str]], message: bytes) -> Reply:
    """Raises NetworkFailure. The connection is left to the caller."""
    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    connection.local_settings = Settings(client=True, initial_values=_SETTINGS)
    connection.decoder.max_header_list_size = HEADERS_LIMIT_BYTES
    connection.initiate_connection()
    stream_id = connection.get_next_available_stream_id()
    connection.send_headers(stream_id, headers)
    connection.send_data(stream_id, message, end_stream=True)
    await _say(stream, connection)
    return _reply(await _listen(stream, connection))


async def _say(stream: Stream, connection: H2Connection) -> None:
    """A server may answer early and close: what it said tells more than that it closed."""
    with suppress(ConnectionLost):
        await stream.write(connection.data_to_send())


async def _listen(stream: Stream, connection: H2Connection) -> _Heard:
    heard = _Heard()
    received, beginning = 0, b""
    while not heard.is_complete:
        if received:
            # They may have been read from the network together: nothing was waited for in between.
            await asyncio.sleep(0)
        data = await stream.read(_STEP_BYTES)
        if not data:
            when = "before the answer was complete" if received else "without an answer"
            raise ConnectionLost(f"the other side closed the connection {when}")
        received += len(data)
        if len(beginning) < _SHOWN:
            beginning += data[:_SHOWN]
            _check_beginning(beginning)
        for event in _events(connection, data):
            _note(heard, event)
        if received > RECEIVED_LIMIT_BYTES:
            raise BadAnswer(f"the other side sends more than {RECEIVED_LIMIT_BYTES // 1024} KB")
        if not heard.is_complete:
            await _say(stream, connection)
    return heard


def _check_beginning(data: bytes) -> None:
    """The first frame holds settings (RFC 9113, section 3.4); its fourth byte says so. Raises BadAnswer."""
    if len(data) > _TYPE_AT and data[_TYPE_AT] != _SETTINGS_FRAME:
        shown = ascii(data[:_SHOWN].decode("latin-1"))
        hint = "; it seems to want TLS" if data.startswith(_TLS_ALERT) else ""
        raise BadAnswer(f"the other side does not speak HTTP/2: its answer begins with {shown}{hint}")


def _events(connection: H2Connection, data: bytes) -> list[Event]:
    try:
        return connection.receive_data(data)
    except (H2Error, HyperframeError, ValueError) as err:
        raise BadAnswer(f"the answer breaks the rules of HTTP/2: {harmless(str(err), _TEXT_LIMIT)}") from err


def _note(heard: _Heard, event: Event) -> None:
    """Raises BadAnswer and ConnectionLost."""
    match event:
        case ResponseReceived():
            heard.headers = _mapping(event.headers)
        case TrailersReceived():
            heard.trailers = _mapping(event.headers)
        case DataReceived():
            heard.message += event.data
            if len(heard.message) > MESSAGE_LIMIT_BYTES:
                raise BadAnswer(f"the answer is longer than {MESSAGE_LIMIT_BYTES // 1024} KB")
        case StreamEnded():
            heard.is_complete = True
        case StreamReset():
            raise BadAnswer(f"the other side broke off the call ({_error(event.error_code)})")
        case ConnectionTerminated():
            why = harmless((event.additional_data or b"").decode("utf-8", "replace"), _TEXT_LIMIT)
            told = f": {why}" if why else ""
            raise ConnectionLost(f"the other side ended the connection ({_error(event.error_code)}){told}")


def _mapping(headers: Sequence[tuple[bytes, bytes]] | None) -> dict[bytes, bytes]:
    return {bytes(name): bytes(value) for name, value in headers or ()}


def _error(code: ErrorCodes | int | None) -> str:
    return code.name if isinstance(code, ErrorCodes) else f"error {code}"


def _reply(heard: _Heard) -> Reply:
    """Raises BadAnswer for what is HTTP/2, but not gRPC."""
    status = heard.headers.get(b":status", b"")
    if status != b"200":
        raise BadAnswer(f"the other side answers {_status_line(status)} instead of gRPC")
    if not heard.headers.get(b"content-type", b"").startswith(b"application/grpc"):
        raise BadAnswer("the other side speaks HTTP/2, but not gRPC")
    # Without a message the status comes in the headers.
    last: Mapping[bytes, bytes] = heard.trailers or heard.headers
    code = last.get(b"grpc-status", b"")
    if not (code.isdigit() and len(code) < 4):
        raise BadAnswer("the answer ends without a gRPC status")
    text = unquote(last.get(b"grpc-message", b"").decode("latin-1"))
    return Reply(int(code), harmless(text, _TEXT_LIMIT), bytes(heard.message))


def _status_line(status: bytes) -> str:
    try:
        return f"{int(status)} {HTTPStatus(int(status)).phrase}"
    except ValueError:
        return "without a status"
