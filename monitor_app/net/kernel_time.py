"""What the Linux kernel knows of a connection's times. Elsewhere each function says "don't know", and clocks are used.

A stamp by the kernel tells when bytes arrived, however late this program comes to read them.
"""

import socket
import struct
import sys
import time
from collections.abc import Sequence

IS_SUPPORTED = sys.platform == "linux"

# include/uapi/asm-generic/socket.h; Python does not export it. Nanoseconds of CLOCK_REALTIME with each recvmsg().
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size) if IS_SUPPORTED else 0

# include/uapi/linux/tcp.h, struct tcp_info.
_TCP_INFO_BYTES = 104
_LAST_ACK_RECEIVED_MS = 56
_RTT_MICROSECONDS = 68
_TOTAL_RETRANSMITS = 100


def enable(sock: socket.socket) -> None:
    """Have the kernel stamp what arrives on the socket. One socket has to stay open with it for all to be stamped:
    the kernel switches the stamping on and off for the whole machine, some time after the first and last such socket.
    """
    if IS_SUPPORTED:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def age_seconds(ancillary: Sequence[tuple[int, int, bytes]]) -> float | None:
    """How long ago the bytes arrived that recvmsg() just returned; None when the kernel did not tell.

    Negative or absurdly large when the wall clock was set in between: the caller knows what is possible.
    """
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            arrived_ns: int = seconds * 1_000_000_000 + nanoseconds
            return (time.time_ns() - arrived_ns) / 1e9
    return None


def handshake_seconds(sock: socket.socket) -> float | None:
    """Round trip of the TCP handshake of a socket that just connected; None when unknown.

    After a lost SYN the kernel measures only the last try, so it is "unknown" then.
    """
    info = _tcp_info(sock)
    if info is None or _number(info, _TOTAL_RETRANSMITS) > 0:
        return None
    return _number(info, _RTT_MICROSECONDS) / 1e6 or None


def end_age_seconds(sock: socket.socket) -> float | None:
    """How long ago the other side closed; None when unknown. The end of a stream carries no stamp, but was an ACK."""
    info = _tcp_info(sock)
    return None if info is None else _number(info, _LAST_ACK_RECEIVED_MS) / 1e3


def _tcp_info(sock: socket.socket) -> bytes | None:
    if not IS_SUPPORTED:
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except OSError:
        return None
    return info if len(info) == _TCP_INFO_BYTES else None


def _number(info: bytes, offset: int) -> int:
    number: int = struct.unpack_from("@I", info, offset)[0]
    return number
