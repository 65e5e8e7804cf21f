"""An httpx transport with one connection for each request, timed by the kernel, guarded, without pool and proxies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpcore
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
# Everything after the head: the body (of which probes read less than this) and what chunked answers have around it.
_BODY_LIMIT_BYTES = 512 * 1024
_SHOWN_BYTES = 40
_ERROR_LIMIT = 100
_TOO_LONG = "the head of the answer is too long"
_TOO_MUCH_AROUND = f"the answer has more than {_BODY_LIMIT_BYTES // 1024} KB of packaging around its body"

Opener = Callable[[httpx.URL, Stopwatch], Awaitable[Stream]]


class Transport(httpx.AsyncBaseTransport):
    """Requests carry their Stopwatch in `extensions["stopwatch"]`.

    Responses carry `extensions["address"]` and `extensions["certificate"]` (a Certificate or None). Raises
    NetworkFailure and OutboundRefused instead of httpx's own errors. Always close the response.
    """

    def __init__(self, opener: Opener) -> None:
        self._open = opener

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Returns when the head of the answer is there; the body is read as it is asked for."""
        stopwatch: Stopwatch = request.extensions["stopwatch"]
        url = request.url
        stream = await self._open(url, stopwatch)
        stopwatch.phase = "first_byte"
        wire = _Wire(stream, stopwatch)
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, port_of(url))
        connection = httpcore.AsyncHTTP11Connection(origin, wire)
        try:
            answer = await connection.handle_async_request(_for_httpcore(request))
        except httpcore.RemoteProtocolError as err:
            stream.close()
            raise wire.protocol_failure(err) from err
        except BaseException:
            stream.close()
            raise
        wire.is_in_body = True
        extensions = {
            **answer.extensions,
            "address": stream.address,
            "certificate": stream.certificate() if isinstance(stream, TlsStream) else None,
        }
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, wire), extensions=extensions)


def port_of(url: httpx.URL) -> int:
    """The port, or the scheme's own."""
    return url.port or (443 if url.scheme == "https" else 80)


def _for_httpcore(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
    )


class _Wire(httpcore.AsyncNetworkStream):
    """Our stream as httpcore wants it; notices the first byte of the answer."""

    def __init__(self, stream: Stream, stopwatch: Stopwatch) -> None:
        self.is_in_body = False
        self._stream = stream
        self._stopwatch = stopwatch
        self._head_bytes = 0
        self._body_bytes = 0
        self._beginning = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if self.is_in_body:
            data = await self._stream.read(max_bytes)
            self._body_bytes += len(data)
            if self._body_bytes > _BODY_LIMIT_BYTES:
                raise NotHttp(_TOO_MUCH_AROUND)
            return data
        if self._head_bytes:
            await asyncio.sleep(0)
        data = await self._stream.read(_HEAD_STEP_BYTES)
        if data and not self._beginning:
            self._beginning = data[:_SHOWN_BYTES]
            self._stopwatch.phase = "body"
        self._head_bytes += len(data)
        if self._head_bytes > _HEAD_LIMIT_BYTES:
            raise NotHttp(_TOO_LONG)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            await self._stream.write(buffer)
        except ConnectionLost as err:
            # httpcore reads on after this: a server may answer early and close.
            raise httpcore.WriteError(str(err)) from err

    async def aclose(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return None

    def protocol_failure(self, error: httpcore.RemoteProtocolError) -> ConnectionLost | NotHttp:
        """What the other side did instead of answering in HTTP."""
        if not self._beginning:
            return ConnectionLost("the other side closed the connection without an answer")
        if "buffer too long" in str(error):
            return NotHttp(_TOO_LONG)
        if not self._beginning.startswith(b"HTTP/"):
            return NotHttp(f"the answer is not HTTP: it begins with {_shown(self._beginning)}")
        if "without sending" in str(error) or "closed connection" in str(error):
            return ConnectionLost("the other side closed the connection before the answer was complete")
        return NotHttp(f"the answer breaks the rules of HTTP: {harmless(str(error), _ERROR_LIMIT)}")


class _Body(httpx.AsyncByteStream):
    """The body as it comes over the wire; closing it closes the connection."""

    def __init__(self, answer: httpcore.Response, wire: _Wire) -> None:
        self._answer = answer
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.aiter_stream():
                yield chunk
        except httpcore.RemoteProtocolError as err:
            raise self._wire.protocol_failure(err) from err

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._wire.aclose()


def _shown(beginning: bytes) -> str:
    return ascii(beginning.decode("latin-1"))
