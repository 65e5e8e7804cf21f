"""A name server on loopback for all types of records, over UDP and TCP, built with dnspython.

It stands in for a real one (see nsd.py) where a name server has to misbehave: what it answers is composed by the same
library that reads it.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.servers.visits import listening

# Turns a question and the answer to it into the bytes that are sent; None sends nothing.
Bend = Callable[[dns.message.Message, dns.message.Message], bytes | None]


@dataclass
class ZoneServer:
    """`add` makes records; names without any do not exist. `bend` has the last word over each datagram."""

    port: int = 0
    # Put on every answer: dns.flags.AA, dns.flags.AD.
    flags: int = 0
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    # Names whose answers are cut over UDP.
    cut: set[str] = field(default_factory=set)
    # So many datagrams get lost first.
    lost: int = 0
    delay_seconds: float = 0.0
    bend: Bend | None = None
    # How often each datagram is sent.
    copies: int = 1
    # By "udp" and "tcp".
    questions: Counter[str] = field(default_factory=Counter)
    asked: list[dns.message.Message] = field(default_factory=list)
    _records: dict[str, list[dns.rrset.RRset]] = field(default_factory=dict)

    def add(self, name: str, record_type: str, *values: str, ttl: int = 300) -> None:
        records = dns.rrset.from_text(name + ".", ttl, "IN", record_type, *values)
        self._records.setdefault(name.lower(), []).append(records)

    def answer(self, data: bytes, transport: str) -> bytes | None:
        question = dns.message.from_wire(data)
        self.asked.append(question)
        self.questions[transport] += 1
        if transport == "udp" and self.lost:
            self.lost -= 1
            return None
        answer = dns.message.make_response(question, recursion_available=True)
        answer.flags |= self.flags
        answer.set_rcode(self.rcode)
        self._fill(answer)
        if transport == "udp":
            if _text(question.question[0].name) in self.cut:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
            if self.bend:
                return self.bend(question, answer)
        return answer.to_wire(max_size=65_535)

    def _fill(self, answer: dns.message.Message) -> None:
        name, wanted = answer.question[0].name, answer.question[0].rdtype
        for _ in range(20):
            known = self._records.get(_text(name))
            if known is None:
                answer.set_rcode(self.rcode or dns.rcode.NXDOMAIN)
                return
            if fitting := [records for records in known if records.rdtype == wanted]:
                answer.answer += fitting
                return
            aliases = [records for records in known if records.rdtype == dns.rdatatype.CNAME]
            if not aliases:
                return
            answer.answer += [alias for alias in aliases if alias not in answer.answer]
            name = aliases[0][0].target


def _text(name: dns.name.Name) -> str:
    return name.canonicalize().to_text(omit_final_dot=True)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: ZoneServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        answer = self._server.answer(data, "udp")
        if answer is not None:
            asyncio.get_running_loop().call_later(self._server.delay_seconds, self._send, answer, source)

    def _send(self, answer: bytes, source: tuple[str, int]) -> None:
        for _ in range(self._server.copies):
            self._transport.sendto(answer, source)


@asynccontextmanager
async def zone_server(*, has_tcp: bool = True) -> AsyncIterator[ZoneServer]:
    """Listens on UDP and TCP at 127.0.0.1, on the same port."""
    server = ZoneServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answer = server.answer(await reader.readexactly(length), "tcp") or b""
        writer.write(struct.pack("!H", len(answer)) + answer)
        await writer.drain()

    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        while True:
            transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(server), local_addr=("127.0.0.1", 0))
            server.port = transport.get_extra_info("sockname")[1]
            try:
                if has_tcp:
                    await stack.enter_async_context(listening(serve, port=server.port))
            except OSError:  # somebody else's TCP port
                transport.close()
            else:
                break
        stack.callback(transport.close)
        yield server


@contextmanager
def answering_thread(after_seconds: float) -> Iterator[int]:
    """The port of a server that answers one question, without records, whatever the event loop is busy with."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(60)

        def serve() -> None:
            data, source = sock.recvfrom(4096)
            Event().wait(after_seconds)
            sock.sendto(dns.message.make_response(dns.message.from_wire(data)).to_wire(), source)

        thread = Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1]
        thread.join()
