"""A small name server on loopback: A and AAAA records, names that do not exist, names that are never answered."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_A, _AAAA = 1, 28
_NXDOMAIN = 3


@dataclass
class NameServer:
    """`records` maps a name to its addresses, an empty list to "exists, but has no address"; others do not exist.

    Names in `silent` are never answered, those in `broken` get SERVFAIL.
    """

    port: int = 0
    records: dict[str, Sequence[str]] = field(default_factory=dict)
    ttl_seconds: int = 60
    delay_seconds: float = 0.0
    # Answers wait until this is set.
    held: asyncio.Event | None = None
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    # Questions seen, by name (one for A, one for AAAA).
    questions: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._waiting: list[asyncio.Task[None]] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        name, record_type, question = _question(data)
        self._server.questions[name] += 1
        if name in self._server.silent:
            return
        answer = _answer(self._server, data[:2], name, record_type, question)
        loop = asyncio.get_running_loop()
        if held := self._server.held:
            self._waiting.append(loop.create_task(self._send_later(held, answer, source)))
            return
        loop.call_later(self._server.delay_seconds, self._transport.sendto, answer, source)

    async def _send_later(self, held: asyncio.Event, answer: bytes, source: tuple[str, int]) -> None:
        await held.wait()
        self._transport.sendto(answer, source)


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """Listens on UDP at `address`."""
    server = NameServer()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(server), local_addr=("127.0.0.1", 0))
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()


def _question(data: bytes) -> tuple[str, int, bytes]:
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii").lower())
        at += 1 + data[at]
    record_type = struct.unpack_from("!H", data, at + 1)[0]
    return ".".join(labels), record_type, data[12 : at + 5]


def _answer(server: NameServer, ident: bytes, name: str, record_type: int, question: bytes) -> bytes:
    code = 2 if name in server.broken else 0 if name in server.records else _NXDOMAIN
    wanted = [address for address in server.records.get(name, ()) if (":" in address) == (record_type == _AAAA)]
    if record_type not in (_A, _AAAA) or code:
        wanted = []
    family = socket.AF_INET6 if record_type == _AAAA else socket.AF_INET
    records = b"".join(_record(record_type, server.ttl_seconds, socket.inet_pton(family, text)) for text in wanted)
    return ident + struct.pack("!HHHHH", 0x8180 | code, 1, len(wanted), 0, 0) + question + records


def _record(record_type: int, ttl_seconds: int, data: bytes) -> bytes:
    # 0xC00C points back to the question's name.
    return struct.pack("!HHHIH", 0xC00C, record_type, 1, ttl_seconds, len(data)) + data
