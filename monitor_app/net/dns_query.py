"""One DNS question over UDP, and over TCP when the answer was cut (RFC 1035, RFC 7766), timed by the kernel.

Source ports are those the kernel picks at random for a connected socket, which also takes datagrams of nobody else.
"""

import asyncio
import errno
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message

from monitor_app.net import kernel_time, readiness
from monitor_app.net.connect import open_connection
from monitor_app.net.dns_wire import until_end_of_answers
from monitor_app.net.failures import BadAnswer, ConnectFailed, ConnectionLost, NetworkFailure, OutOfSockets
from monitor_app.net.network import Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import SocketStream, arrival

# A datagram that was lost is sent again after this long, to the same server.
RESEND_SECONDS = 1.5
# How long one of several servers may stay silent before the next one is asked.
SERVER_SECONDS = 2.0
# Datagrams that answer no question of ours.
STRANGERS_LIMIT = 64

_DATAGRAM_BYTES = 65_535
_HEADER = struct.Struct("!HHHHHH")
_IS_ANSWER, _IS_CUT = 0x8000, 0x0200
_READS_A_TURN = 16
_NOTHING_LEFT_HERE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}


@dataclass(frozen=True, slots=True)
class DnsServer:
    """An address to ask. This machine's own name servers (`is_own`) may be anywhere, also where the guard forbids.

    `name` is what the address was found by.
    """

    address: str
    port: int = 53
    is_own: bool = False
    name: str = ""

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The message, who sent it, and over what ("udp", "tcp", or "tcp after a cut answer")."""

    message: dns.message.Message
    server: DnsServer
    transport: str


def own_servers(network: Network) -> list[DnsServer]:
    """The name servers of this machine (/etc/resolv.conf)."""
    return [server_of(text) for text in network.names.servers]


def server_of(text: str) -> DnsServer:
    """One of this machine's own name servers as c-ares writes it: "10.0.0.1:53", "[2001:db8::1]:53", and with the
    interface at its end "[fe80::1]:53%eth0".
    """
    place, percent, interface = text.partition("%")
    address, _, port = place.rpartition(":")
    return DnsServer(address.strip("[]") + percent + interface, int(port), is_own=True)


async def ask(
    network: Network,
    question: dns.message.QueryMessage,
    servers: Sequence[DnsServer],
    stopwatch: Stopwatch,
    *,
    is_tcp: bool = False,
) -> DnsAnswer:
    """The answer of the first server that gives any; the next one is asked when one is silent or not reachable.

    Counts the phase answer, with TCP also connect. Raises NetworkFailure and OutboundRefused.
    """
    for number, server in enumerate(servers, 1):
        is_last = number == len(servers)
        if not server.is_own:
            network.guard.check(server.address, server.port, server.name)
        patience = stopwatch.left_seconds if is_last else min(SERVER_SECONDS, stopwatch.left_seconds)
        try:
            answer = await _ask_one(network, question, server, stopwatch, patience, is_tcp=is_tcp)
        except NetworkFailure:
            if is_last or not stopwatch.left_seconds:
                raise
        else:
            if answer is not None:
                return answer
    raise stopwatch.time_out()


async def _ask_one(
    network: Network,
    question: dns.message.QueryMessage,
    server: DnsServer,
    stopwatch: Stopwatch,
    patience: float,
    *,
    is_tcp: bool,
) -> DnsAnswer | None:
    """None when the server stayed silent for `patience` seconds, which are counted then."""
    if is_tcp:
        return DnsAnswer(await _over_tcp(network, question, server, stopwatch), server, "tcp")
    stopwatch.phase = "answer"
    with _connected(server) as sock:
        message = await _Datagrams(sock, server, question, stopwatch).ask(patience)
    if message is None:
        return None
    if message.flags & dns.flags.TC:
        return DnsAnswer(
            await _over_tcp(network, question, server, stopwatch), server, "tcp, because the answer over udp was cut"
        )
    return DnsAnswer(message, server, "udp")


def _connected(server: DnsServer) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as err:
        raise _failure(err, server) from err
    try:
        sock.setblocking(False)
        kernel_time.enable(sock)
        sock.connect((server.address, server.port))
    except OSError as err:
        sock.close()
        raise _failure(err, server) from err
    return sock


class _Datagrams:
    """One question to one server, sent again as long as nothing comes."""

    def __init__(
        self, sock: socket.socket, server: DnsServer, question: dns.message.QueryMessage, stopwatch: Stopwatch
    ) -> None:
        self._sock = sock
        self._server = server
        self._question = question
        self._stopwatch = stopwatch
        self._strangers = 0

    async def ask(self, patience: float) -> dns.message.Message | None:
        """None when nothing came for `patience` seconds. Raises NetworkFailure."""
        wire = self._question.to_wire()
        while patience > 0:
            wait = min(RESEND_SECONDS, patience)
            sent_at = time.perf_counter()
            try:
                self._sock.send(wire)
                message = await self._receive(sent_at, sent_at + wait)
            except OSError as err:
                raise _failure(err, self._server) from err
            if message is not None:
                return message
            self._stopwatch.add(wait)
            patience -= wait
        return None

    async def _receive(self, sent_at: float, until: float) -> dns.message.Message | None:
        empty_at = sent_at
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(_DATAGRAM_BYTES, kernel_time.ANCILLARY_BYTES)
            except BlockingIOError:
                empty_at = time.perf_counter()
                if not await readiness.readable(self._sock, until):
                    return None
                continue
            arrived_at = arrival(time.perf_counter(), kernel_time.age_seconds(ancillary), empty_at)
            message = _answer_to(self._question, data)
            if message is not None:
                self._stopwatch.add(max(0.0, arrived_at - sent_at))
                if not self._stopwatch.left_seconds:
                    raise self._stopwatch.time_out()
                return message
            await self._note_stranger()

    async def _note_stranger(self) -> None:
        """Somebody who sends faster than we read must not keep us."""
        self._strangers += 1
        if self._strangers > STRANGERS_LIMIT:
            raise BadAnswer(f"{self._server} sends answers that belong to no question")
        if self._strangers % _READS_A_TURN == 0:
            await asyncio.sleep(0)


async def _over_tcp(
    network: Network, question: dns.message.QueryMessage, server: DnsServer, stopwatch: Stopwatch
) -> dns.message.Message:
    stream = await open_connection(
        server.name or server.address,
        server.port,
        network.names,
        None if server.is_own else network.guard,
        stopwatch,
        found_at=server.address,
    )
    stopwatch.phase = "answer"
    try:
        wire = question.to_wire()
        await stream.write(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await _exactly(stream, 2))
        message = _answer_to(question, await _exactly(stream, length))
    finally:
        stream.close()
    if message is None:
        raise BadAnswer(f"{server} answers something that was not asked")
    return message


async def _exactly(stream: SocketStream, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = await stream.read(count - len(data))
        if not piece:
            raise ConnectionLost("the name server closed the connection before the answer was complete")
        data += piece
    return bytes(data)


def _answer_to(question: dns.message.QueryMessage, data: bytes) -> dns.message.Message | None:
    """The message with its question and answers; None when it does not answer the question. Raises BadAnswer.

    An answer that was cut comes without records.
    """
    if len(data) < _HEADER.size:
        return None
    ident, flags, *_ = _HEADER.unpack_from(data)
    if ident != question.id or not flags & _IS_ANSWER:
        return None
    try:
        if flags & _IS_CUT:
            message = dns.message.from_wire(data, question_only=True)
        else:
            message = dns.message.from_wire(until_end_of_answers(data))
    except (dns.exception.DNSException, ValueError, IndexError, struct.error) as err:
        why = f": {err}" if type(err) is ValueError else ""
        raise BadAnswer(f"the answer breaks the rules of DNS messages{why}") from err
    return message if question.is_response(message) else None


def _failure(err: OSError, server: DnsServer) -> NetworkFailure:
    match err.errno:
        case errno.ECONNREFUSED:
            return ConnectFailed(f"{server} does not take questions: nothing listens there")
        case errno.EHOSTUNREACH:
            return ConnectFailed(f"no way to {server}: the host is unreachable")
        case errno.ENETUNREACH:
            return ConnectFailed(f"no way to {server}: this machine has no route to that network")
        case code if code in _NOTHING_LEFT_HERE:
            return OutOfSockets(f"this machine has no socket left: {err.strerror}")
        case _:
            return ConnectFailed(f"cannot ask {server}: {err.strerror}")
