"""ICMP echoes (RFC 792, RFC 4443), timed by the kernel's receive stamps where it gives them.

Unprivileged ping sockets are tried first, raw sockets where those are not allowed. A raw socket sees what is meant for
others, a ping socket may see what was meant for its predecessor: each ping has a token of its own in its payload.
"""

import asyncio
import errno
import os
import secrets
import socket
import struct
import sys
import time
from dataclasses import dataclass

from monitor_app.net import kernel_time, readiness
from monitor_app.net.failures import ConnectFailed, NetworkFailure, OutOfSockets
from monitor_app.net.stream import arrival

PAYLOAD_MIN_BYTES = 16
PAYLOAD_MAX_BYTES = 1452  # with headers what fits an Ethernet frame, IPv6 included
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_TOKEN_BYTES = 8
_REQUEST_V4, _REPLY_V4, _REQUEST_V6, _REPLY_V6 = 8, 0, 128, 129
_READ_BYTES = 4096
_PACKETS_A_TURN = 64

# include/uapi/linux/in.h, in6.h and errqueue.h; Python does not export them.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_MSG_ERRQUEUE = 0x2000
_EXTENDED_ERROR = struct.Struct("@IBBBBII")  # errno, origin, type, code, padding, info, data
_IS_LINUX = sys.platform == "linux"

_NOT_ALLOWED = (
    "this machine does not let Lightbulb send pings: allow it to all with `sysctl -w "
    "net.ipv4.ping_group_range='0 2147483647'`, or to Lightbulb alone with the capability CAP_NET_RAW "
    "(`setcap cap_net_raw+ep` on the Python program, AmbientCapabilities= of systemd, cap_add of a container)"
)


class PingForbidden(NetworkFailure):
    """This machine allows neither ping sockets nor raw ones; says nothing about the target."""

    is_ours = True


@dataclass(frozen=True, slots=True)
class PingReply:
    """What came of `sent` echoes: the round trips in the order of sending, without those that were lost.

    `trouble` is what the network or this machine said of a lost one; empty when nobody said anything.
    """

    address: str
    sent: int
    rtts_ms: tuple[float, ...]
    trouble: str = ""

    @property
    def loss_percent(self) -> float:
        """0 to 100."""
        return 100.0 * (self.sent - len(self.rtts_ms)) / self.sent

    @property
    def average_ms(self) -> float | None:
        """The mean round trip; None when nothing came back."""
        return sum(self.rtts_ms) / len(self.rtts_ms) if self.rtts_ms else None

    @property
    def max_ms(self) -> float | None:
        """The longest round trip; None when nothing came back."""
        return max(self.rtts_ms, default=None)

    @property
    def jitter_ms(self) -> float | None:
        """The mean difference between one round trip and the next; None when fewer than two came back."""
        steps = [abs(after - before) for before, after in zip(self.rtts_ms, self.rtts_ms[1:], strict=False)]
        return sum(steps) / len(steps) if steps else None


async def ping(
    address: str,
    *,
    count: int = 3,
    spacing_seconds: float = 0.2,
    payload_bytes: int = 56,
    timeout_seconds: float = 2.0,
) -> PingReply:
    """Send `count` echoes to an IP address, which the caller has judged; each has `timeout_seconds` to come back.

    Lost echoes are no error. Raises PingForbidden, OutOfSockets and, when there is no way at all, ConnectFailed.
    """
    sock, is_raw = _open(address)
    try:
        return await _Echoes(sock, address, payload_bytes, is_raw=is_raw).run(count, spacing_seconds, timeout_seconds)
    finally:
        sock.close()


class _Echoes:
    """One ping: its echoes, sent at their times, and what came back."""

    def __init__(self, sock: socket.socket, address: str, payload_bytes: int, *, is_raw: bool) -> None:
        self._sock = sock
        self._address = address
        self._is_v6 = ":" in address
        self._is_raw = is_raw
        self._ident = secrets.randbelow(1 << 16)  # a ping socket has the kernel's own instead
        self._token = secrets.token_bytes(_TOKEN_BYTES)
        self._payload = self._token + bytes(max(payload_bytes, PAYLOAD_MIN_BYTES) - _TOKEN_BYTES)
        self._sent_at: dict[int, float] = {}
        self._rtt_seconds: dict[int, float] = {}
        self._lost: set[int] = set()
        self._trouble = ""
        self._empty_at = time.perf_counter()

    async def run(self, count: int, spacing_seconds: float, timeout_seconds: float) -> PingReply:
        for sequence in range(1, count + 1):
            self._send(sequence)
            sent_at = self._sent_at[sequence]
            if sequence < count:
                await self._receive(sent_at + spacing_seconds, until_all=False)
        await self._receive(self._sent_at[count] + timeout_seconds, until_all=True)
        in_time = [
            round(self._rtt_seconds[sequence] * 1000, 3)
            for sequence in sorted(self._rtt_seconds)
            if self._rtt_seconds[sequence] <= timeout_seconds
        ]
        return PingReply(self._address, count, tuple(in_time), self._trouble if len(in_time) < count else "")

    def _send(self, sequence: int) -> None:
        packet = _packet(self._ident, sequence, self._payload, is_v6=self._is_v6)
        for is_last_try in (False, True):
            self._sent_at[sequence] = time.perf_counter()
            try:
                self._sock.send(packet)
            except OSError as err:
                # It may be what was said of an earlier echo; then this one has not been tried yet.
                if is_last_try or not self._take_error():
                    self._note_error(sequence, err.errno or 0)
                    return
            else:
                return

    async def _receive(self, until: float, *, until_all: bool) -> None:
        """Take what comes, until then, or until nothing is awaited any more."""
        while True:
            is_empty = self._take_some()
            is_done = len(self._rtt_seconds.keys() | self._lost) == len(self._sent_at)
            if until_all and is_done:
                return
            if not is_empty:
                # Somebody who sends faster than we read must neither keep us nor hold up others.
                if time.perf_counter() > until:
                    return
                await asyncio.sleep(0)
            elif not await readiness.readable(self._sock, until):
                self._take_some()
                return

    def _take_some(self) -> bool:
        """What has come, up to a bound; True when that was all."""
        for _ in range(_PACKETS_A_TURN):
            try:
                data, ancillary, _, _ = self._sock.recvmsg(_READ_BYTES, kernel_time.ANCILLARY_BYTES)
            except BlockingIOError:
                self._empty_at = time.perf_counter()
                if not self._take_error():
                    return True
            except OSError as err:
                # With the error queue it tells of what; without, only that something went wrong.
                if not self._take_error():
                    self._trouble = self._trouble or _trouble(err.errno or 0, "")
            else:
                self._note_reply(data, kernel_time.age_seconds(ancillary))
        return False

    def _note_reply(self, data: bytes, age_seconds: float | None) -> None:
        sequence = self._sequence_of(data, _REPLY_V6 if self._is_v6 else _REPLY_V4)
        if sequence is None or sequence in self._rtt_seconds:
            return
        arrived_at = arrival(time.perf_counter(), age_seconds, self._empty_at)
        self._rtt_seconds[sequence] = max(0.0, arrived_at - self._sent_at[sequence])

    def _sequence_of(self, data: bytes, expected_type: int) -> int | None:
        """The number of our echo in this packet; None when it is something else."""
        if not self._is_v6 and data and data[0] >> 4 == 4:  # raw sockets get the IPv4 header, too
            data = data[(data[0] & 0x0F) * 4 :]
        if len(data) < _HEADER.size + _TOKEN_BYTES:
            return None
        kind, _, _, ident, sequence = _HEADER.unpack_from(data)
        is_ours = kind == expected_type and data[_HEADER.size :].startswith(self._token)
        if not is_ours or (self._is_raw and ident != self._ident) or sequence not in self._sent_at:
            return None
        return int(sequence)

    def _take_error(self) -> bool:
        """One message of the error queue (ip(7), IP_RECVERR): what became of which echo, and who says so."""
        if not _IS_LINUX:
            return False
        try:
            data, ancillary, _, _ = self._sock.recvmsg(_READ_BYTES, 512, _MSG_ERRQUEUE)
        except OSError:
            return False
        sequence = self._sequence_of(data, _REQUEST_V6 if self._is_v6 else _REQUEST_V4)
        for level, kind, said in ancillary:
            if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                error = _EXTENDED_ERROR.unpack_from(said)[0]
                if sequence is not None:
                    self._note_error(sequence, error, _offender(said[_EXTENDED_ERROR.size :]))
        return True

    def _note_error(self, sequence: int, error: int, who: str = "") -> None:
        self._lost.add(sequence)
        self._trouble = self._trouble or _trouble(error, who)


def _open(address: str) -> tuple[socket.socket, bool]:
    """A socket that is connected to the address, and whether it is a raw one."""
    is_v6 = ":" in address
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    protocol = socket.IPPROTO_ICMPV6 if is_v6 else socket.IPPROTO_ICMP
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            sock = socket.socket(family, kind, protocol)
        except PermissionError:
            continue
        except OSError as err:
            raise _failure(err, address) from err
        try:
            sock.setblocking(False)
            kernel_time.enable(sock)
            if _IS_LINUX:
                level, option = (socket.IPPROTO_IPV6, _IPV6_RECVERR) if is_v6 else (socket.IPPROTO_IP, _IP_RECVERR)
                sock.setsockopt(level, option, 1)
            sock.connect((address, 0))
        except OSError as err:
            sock.close()
            raise _failure(err, address) from err
        return sock, kind == socket.SOCK_RAW
    raise PingForbidden(_NOT_ALLOWED)


def _failure(err: OSError, address: str) -> NetworkFailure:
    match err.errno:
        case errno.EMFILE | errno.ENFILE | errno.ENOBUFS | errno.ENOMEM:
            return OutOfSockets(f"this machine has no socket left: {err.strerror}")
        case errno.ENETUNREACH:
            return ConnectFailed(f"no way to {address}: this machine has no route to that network")
        case errno.EHOSTUNREACH:
            return ConnectFailed(f"no way to {address}: the host is unreachable")
        case _:
            return ConnectFailed(f"cannot ping {address}: {err.strerror}")


def _trouble(error: int, who: str) -> str:
    told = f"{who} says: " if who else ""
    match error:
        case errno.EHOSTUNREACH:
            return f"{told}the host is unreachable"
        case errno.ENETUNREACH:
            return f"{told}there is no route to that network"
        case errno.EMSGSIZE:
            return f"{told}the packet is too large for the way"
        case errno.EPERM | errno.EACCES:
            return f"{told}a firewall does not let it through"
        case _:
            return f"{told}{os.strerror(error)}"


def _offender(sockaddr: bytes) -> str:
    """SO_EE_OFFENDER: the address of who sent the error; empty when it was this machine."""
    family = int.from_bytes(sockaddr[:2], sys.byteorder)
    if family == socket.AF_INET and len(sockaddr) >= 8:
        return socket.inet_ntop(socket.AF_INET, sockaddr[4:8])
    if family == socket.AF_INET6 and len(sockaddr) >= 24:
        return socket.inet_ntop(socket.AF_INET6, sockaddr[8:24])
    return ""


def _packet(ident: int, sequence: int, payload: bytes, *, is_v6: bool) -> bytes:
    """An echo request. For IPv6 the kernel fills the checksum in, because it covers the addresses."""
    kind = _REQUEST_V6 if is_v6 else _REQUEST_V4
    blank = _HEADER.pack(kind, 0, 0, ident, sequence) + payload
    return blank if is_v6 else _HEADER.pack(kind, 0, _checksum(blank), ident, sequence) + payload


def _checksum(data: bytes) -> int:
    """RFC 1071: the ones' complement of the ones' complement sum of 16-bit words."""
    padded = data + b"\0" if len(data) % 2 else data
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
