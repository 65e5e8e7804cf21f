"""One HTTP/1.1 exchange over one connection (RFC 9112): the request is written, the answer parsed in C by llhttp."""

import asyncio
from collections.abc import AsyncIterator

import httptools
import httpx

from monitor_app.net.failures import ConnectionLost, NotHttp
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsStream
from monitor_app.redact import harmless

# Interim answers (1xx) and headers are not the body and must end, too. All that is read at once is taken apart at once,
# and in a head that is much work for few bytes: it is read in small steps.
_HEAD_LIMIT_BYTES = 128 * 1024
_HEAD_STEP_BYTES = 8 * 1024
_BODY_STEP_BYTES = 64 * 1024
# Everything after the head: the body (of which probes read less than this) and what chunked answers have around it.
BODY_LIMIT_BYTES = 512 * 1024
_SHOWN_BYTES = 40
_ERROR_LIMIT = 100
_TOO_LONG = "the head of the answer is too long"
_CUT_SHORT = "the other side closed the connection before the answer was complete"
_WITHOUT_BODY = frozenset({204, 304})


async def ask(
    request: httpx.Request,
    stream: Stream,
    stopwatch: Stopwatch,
    *,
    is_absolute: bool = False,
    body_limit_bytes: int = BODY_LIMIT_BYTES,
) -> httpx.Response:
    """Send a request and return when the head of the answer is there; the body is read as it is asked for.

    `is_absolute` names the whole URL in the request, as a proxy for plain http wants it. More than `body_limit_bytes`
    after the head is a failure. The answer carries
    `extensions["address"]`, `extensions["certificate"]` (a Certificate or None) and `extensions["stream"]`, and always
    has to be closed. Raises NetworkFailure; the connection is closed then.
    """
    stopwatch.phase = "first_byte"
    answer = _Answer(stream, stopwatch, body_limit_bytes, is_head=request.method == "HEAD")
    try:
        await _send(request, stream, is_absolute=is_absolute)
        await answer.read_head()
    except BaseException:
        stream.close()
        raise
    extensions = {
        "address": stream.address,
        "certificate": stream.certificate() if isinstance(stream, TlsStream) else None,
        "http_version": b"HTTP/1.1",
        "stream": stream,
        "reason_phrase": answer.reason,
    }
    return httpx.Response(
        answer.status, headers=answer.headers, stream=_Body(answer), extensions=extensions, request=request
    )


async def _send(request: httpx.Request, stream: Stream, *, is_absolute: bool) -> None:
    target = str(request.url).encode() if is_absolute else request.url.raw_path
    head = [request.method.encode(), b" ", target, b" HTTP/1.1\r\n"]
    for name, value in request.headers.raw:
        head += (name, b": ", value, b"\r\n")
    head.append(b"\r\n")
    try:
        await stream.write(b"".join(head) + request.content)
    except ConnectionLost:
        # A server may answer early and close: what it said tells more than that it closed.
        return


def _too_much_around(limit_bytes: int) -> str:
    return f"the answer has more than {limit_bytes // 1024} KB of packaging around its body"


class _Answer:
    """Feeds the parser with what arrives, and bounds it. The parser calls the `on_...` methods."""

    __slots__ = (
        "_beginning",
        "_body_bytes",
        "_body_limit_bytes",
        "_head_bytes",
        "_is_bodyless",
        "_is_complete",
        "_is_head",
        "_is_head_complete",
        "_parser",
        "_pieces",
        "_stopwatch",
        "_stream",
        "headers",
        "reason",
        "status",
    )

    def __init__(self, stream: Stream, stopwatch: Stopwatch, body_limit_bytes: int, *, is_head: bool) -> None:
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self._stream = stream
        self._stopwatch = stopwatch
        self._is_head = is_head
        self._is_head_complete = False
        self._is_bodyless = False
        self._is_complete = False
        self._beginning = b""
        self._head_bytes = 0
        self._body_bytes = 0
        self._body_limit_bytes = body_limit_bytes
        self._pieces: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        # As browsers do: a line may end without CR, and the length of a chunked body is what its chunks say.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_chunked_length=True
        )

    async def read_head(self) -> None:
        """Raises NetworkFailure."""
        while not self._is_head_complete:
            if self._head_bytes:
                await asyncio.sleep(0)
            data = await self._stream.read(_HEAD_STEP_BYTES)
            if not data:
                raise self._ended_early()
            if not self._beginning:
                self._beginning = data[:_SHOWN_BYTES]
                self._stopwatch.phase = "body"
            self._head_bytes += len(data)
            self._feed(data)
            if not self._is_head_complete and self._head_bytes > _HEAD_LIMIT_BYTES:
                raise NotHttp(_TOO_LONG)

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the body as the parser gives them. Raises NetworkFailure."""
        while True:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if self._is_complete or self._is_bodyless:
                return
            data = await self._stream.read(_BODY_STEP_BYTES)
            if not data:
                if self._has_length():
                    raise ConnectionLost(_CUT_SHORT)
                return
            self._body_bytes += len(data)
            if self._body_bytes > self._body_limit_bytes:
                raise NotHttp(_too_much_around(self._body_limit_bytes))
            self._feed(data)

    def close(self) -> None:
        self._stream.close()

    # What the parser calls.

    def on_status(self, text: bytes) -> None:
        self.reason += text

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_head_complete:  # later ones are trailers
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:  # an interim answer; the real one follows
            self.reason, self.headers = b"", []
            return
        self.status = status
        self._is_head_complete = True
        self._is_bodyless = self._is_head or status in _WITHOUT_BODY or status == 101

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        self._is_complete = self._is_head_complete

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return
        except httptools.HttpParserError as err:
            if self._is_complete or (self._is_head_complete and self._is_bodyless):
                return  # what follows the answer is not ours
            raise self._not_http(err) from err

    def _has_length(self) -> bool:
        """Whether the answer says where it ends; else it ends with the connection (RFC 9112, section 6.3)."""
        return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def _ended_early(self) -> ConnectionLost | NotHttp:
        if not self._beginning:
            return ConnectionLost("the other side closed the connection without an answer")
        if not self._beginning.startswith(b"HTTP/"):
            return self._not_http(None)
        return ConnectionLost(_CUT_SHORT)

    def _not_http(self, err: httptools.HttpParserError | None) -> NotHttp:
        if not self._beginning.startswith(b"HTTP/"):
            return NotHttp(f"the answer is not HTTP: it begins with {self._beginning.decode('latin-1')!a}")
        return NotHttp(f"the answer breaks the rules of HTTP: {harmless(str(err), _ERROR_LIMIT)}")


class _Body(httpx.AsyncByteStream):
    """The body as it comes over the wire; closing it closes the connection."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._answer.body()

    async def aclose(self) -> None:
        self._answer.close()
