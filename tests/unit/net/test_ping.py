"""Which packets count as the answer to an echo: a pair of sockets stands in for the network."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from monitor_app.net.ping import PingReply, _checksum, _Echoes
from tests.paces import at_any_pace
from tests.pauses import longest_pause

Answer = Callable[[bytes], Iterable[bytes]]


def reply_to(request: bytes) -> bytes:
    """What a machine answers: type 0 instead of 8."""
    return b"\x00" + request[1:]


@asynccontextmanager
async def network(answer: Answer, delay_seconds: float = 0.0) -> AsyncIterator[socket.socket]:
    """A socket whose echoes are answered like this."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    near.setblocking(False)
    far.setblocking(False)
    loop = asyncio.get_running_loop()

    def take() -> None:
        for packet in answer(far.recv(4096)):
            loop.call_later(delay_seconds, far.send, packet)

    loop.add_reader(far, take)
    try:
        yield near
    finally:
        loop.remove_reader(far)
        near.close()
        far.close()


async def pinged(
    pace: int, answer: Answer, *, is_raw: bool = False, delay_seconds: float = 0.0, count: int = 2
) -> PingReply:
    async with network(answer, delay_seconds) as sock:
        return await _Echoes(sock, "192.0.2.1", 56, is_raw=is_raw).run(count, 0.05 * pace, 0.1 * pace)


def with_field(packet: bytes, offset: int, value: int) -> bytes:
    return packet[:offset] + struct.pack("!H", value) + packet[offset + 2 :]


IDENT, SEQUENCE = 4, 6


@pytest.mark.parametrize("is_raw", [False, True])
@at_any_pace
async def test_an_answer_counts(is_raw: bool, pace: int) -> None:
    reply = await pinged(pace, lambda request: [reply_to(request)], is_raw=is_raw)
    assert (reply.sent, len(reply.rtts_ms)) == (2, 2)


@at_any_pace
async def test_an_ipv4_header_before_it_is_left_out(pace: int) -> None:
    reply = await pinged(pace, lambda request: [b"\x46" + bytes(23) + reply_to(request)], is_raw=True)
    assert len(reply.rtts_ms) == 2


@at_any_pace
async def test_an_answer_counts_when_it_comes_first(pace: int) -> None:
    seen: list[bytes] = []

    def repeat(request: bytes) -> list[bytes]:
        seen.append(reply_to(request))
        return list(seen)

    reply = await pinged(pace, repeat)
    assert len(reply.rtts_ms) == 2
    assert max(reply.rtts_ms) < 45 * pace  # the second copy of the first answer comes after 50 ms


@at_any_pace
async def test_a_late_answer_does_not_count(pace: int) -> None:
    reply = await pinged(pace, lambda request: [reply_to(request)], delay_seconds=0.12 * pace)
    assert (reply.rtts_ms, reply.loss_percent) == ((), 100.0)


@at_any_pace
async def test_the_first_of_two_answers_late_but_seen_is_lost(pace: int) -> None:
    # It arrives while the second is still awaited.
    async with network(lambda request: [reply_to(request)], 0.12 * pace) as sock:
        reply = await _Echoes(sock, "192.0.2.1", 56, is_raw=False).run(2, 0.08 * pace, 0.1 * pace)
    assert reply.rtts_ms == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packet: packet,  # the request itself, as raw sockets see it on the loopback
        lambda packet: reply_to(with_field(packet, IDENT, 1 ^ struct.unpack_from("!H", packet, IDENT)[0])),
        lambda packet: reply_to(with_field(packet, SEQUENCE, 77)),
        lambda packet: reply_to(with_field(packet, 8, 1 ^ struct.unpack_from("!H", packet, 8)[0])),
        lambda packet: reply_to(packet)[:12],
        lambda packet: b"",
        lambda packet: b"\x4f" + bytes(10),
    ],
    ids=["request", "ident", "sequence", "token", "short", "empty", "header only"],
)
@at_any_pace
async def test_packets_of_others_do_not_count(spoil: Callable[[bytes], bytes], pace: int) -> None:
    reply = await pinged(pace, lambda request: [spoil(request)], is_raw=True)
    assert (reply.sent, reply.rtts_ms) == (2, ())


@at_any_pace
async def test_ping_sockets_choose_the_identifier(pace: int) -> None:
    reply = await pinged(pace, lambda request: [reply_to(with_field(request, IDENT, 5))])
    assert len(reply.rtts_ms) == 2


@at_any_pace
async def test_round_trips_are_those_of_the_network(pace: int) -> None:
    reply = await pinged(pace, lambda request: [reply_to(request)], delay_seconds=0.03 * pace)
    assert all(30 * pace <= rtt < 100 * pace for rtt in reply.rtts_ms)


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes.fromhex("0001f203f4f5f6f7"), 0x220D),  # the example of RFC 1071
        (b"", 0xFFFF),
        (b"\x01", 0xFEFF),
        (b"\xff\xff\xff\xff", 0x0000),
    ],
)
def test_checksum_of_rfc_1071(data: bytes, checksum: int) -> None:
    assert _checksum(data) == checksum


class Flood:
    """A socket on which another packet always waits; `fileno` is that of one that can always be read."""

    def __init__(self, ready: socket.socket) -> None:
        self._ready = ready
        self.packets = 0

    def send(self, packet: bytes) -> int:
        return len(packet)

    def fileno(self) -> int:
        return self._ready.fileno()

    def recvmsg(self, size: int, ancillary: int, flags: int = 0) -> tuple[bytes, list[object], int, None]:
        if flags:
            raise BlockingIOError
        self.packets += 1
        assert self.packets < 3_000_000, "it never ends"
        return bytes(64), [], 0, None


async def test_a_flood_ends_in_time_and_lets_others_run() -> None:
    near, far = socket.socketpair()
    far.send(b"x")
    flood: Any = Flood(near)
    echoes = _Echoes(flood, "127.0.0.1", 56, is_raw=False)
    reply, longest = await longest_pause(echoes.run(2, 0.02, 0.05))
    near.close()
    far.close()
    assert (reply.sent, reply.rtts_ms) == (2, ())
    assert longest < 0.15
