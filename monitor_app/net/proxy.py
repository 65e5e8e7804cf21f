"""Through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), for http and https alike."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from monitor_app.net.failures import ConnectFailed, ConnectionLost, NameFailed, NetworkFailure, ProxyFailed
from monitor_app.net.guard import Guard
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import SocketStream

_HEAD_LIMIT_BYTES = 16 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: |\r|\n)")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_SHOWN_BYTES = 40


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is; `authorization` is the value of Proxy-Authorization, or empty."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """host:port."""
        return _place(self.host, self.port)


class Opens(Protocol):
    """The part of a Network that leads to the proxy."""

    guard: Guard

    async def open(self, host: str, port: int, stopwatch: Stopwatch) -> SocketStream:
        """A TCP connection. Raises NetworkFailure and OutboundRefused."""
        ...


async def open_through(network: Opens, proxy: Proxy, host: str, port: int, stopwatch: Stopwatch) -> SocketStream:
    """A connection to `host:port` by way of the proxy; its `address` is the proxy's.

    The phases dns and connect are the way to the proxy; proxy is from asking it to its answer, in which it looks up
    and connects. The guard judges the proxy's address, and the target as far as it is known: names are looked up by the
    proxy. Raises NetworkFailure and OutboundRefused.
    """
    network.guard.check_unresolved(host, port)
    try:
        stream = await network.open(proxy.host, proxy.port, stopwatch)
    except (NameFailed, ConnectFailed) as err:
        raise _at_the_proxy(err) from err
    stopwatch.phase = "proxy"
    try:
        await stream.write(_request(proxy, host, port))
        status = _status(await _head(stream), proxy)
    except ConnectionLost as err:
        stream.close()
        raise ProxyFailed(f"the proxy {proxy.place} closed the connection without an answer") from err
    except BaseException:
        stream.close()
        raise
    if not 200 <= status < 300:
        stream.close()
        raise ProxyFailed(_refusal(proxy, status, _place(host, port)))
    return stream


def _at_the_proxy(err: NetworkFailure) -> NetworkFailure:
    if isinstance(err, NameFailed):
        return NameFailed(f"on the way to the proxy: {err}", is_ours=err.is_ours)
    return ConnectFailed(f"on the way to the proxy: {err}")


def _request(proxy: Proxy, host: str, port: int) -> bytes:
    target = _place(host, port)
    authorization = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n".encode("ascii")


async def _head(stream: SocketStream) -> bytes:
    """The head of the proxy's answer: the other side speaks only when it is asked, so nothing may come after it."""
    head = b""
    while len(head) <= _HEAD_LIMIT_BYTES:
        data = await stream.read(_HEAD_LIMIT_BYTES)
        if not data:
            raise ConnectionLost("closed")
        head += data
        if _END_OF_HEAD.search(head[-len(data) - 3 :]):
            return head
    raise ProxyFailed("the head of the proxy's answer is too long")


def _status(head: bytes, proxy: Proxy) -> int:
    match = _STATUS_LINE.match(head)
    if match is None:
        beginning = ascii(head[:_SHOWN_BYTES].decode("latin-1"))
        raise ProxyFailed(f"the proxy {proxy.place} does not speak HTTP: its answer begins with {beginning}")
    status = int(match[1])
    end = _END_OF_HEAD.search(head)
    if 200 <= status < 300 and end is not None and end.end() < len(head):
        raise ProxyFailed(f"the proxy {proxy.place} sent more than an answer")
    return status


def _refusal(proxy: Proxy, status: int, target: str) -> str:
    try:
        answer = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        answer = str(status)
    match status:
        case 407:
            given = "does not accept the user name and password" if proxy.authorization else "asks for a user name"
            return f"the proxy {proxy.place} {given}: it answers {answer}"
        case 403 | 405:
            return f"the proxy {proxy.place} does not allow connections to {target}: it answers {answer}"
        case 502 | 503 | 504:
            return f"the proxy {proxy.place} could not reach {target}: it answers {answer}"
        case _:
            return f"the proxy {proxy.place} did not open the way to {target}: it answers {answer}"


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
