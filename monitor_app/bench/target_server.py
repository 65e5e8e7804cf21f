"""The process behind targets.py: `python -m monitor_app.bench.target_server FOLDER PORTS TLS_PORTS`.

Raw sockets and as little as possible in between, so that what it tells of its own times is close to the truth.
"""

import asyncio
import contextlib
import json
import socket
import ssl
import sys
import time
from http import HTTPStatus
from pathlib import Path

import uvloop

from monitor_app.bench.target_certificate import server_context
from monitor_app.net import kernel_time

ADDRESS = "127.0.0.1"
BACKLOG = 4096
READ_BYTES = 65536


class Truth:
    """How long each answer with an `id` took."""

    def __init__(self) -> None:
        self.times_ms: dict[str, float] = {}

    def take(self) -> dict[str, float]:
        """All so far; forgets them."""
        times, self.times_ms = self.times_ms, {}
        return times


class Connection:
    """One visitor: takes one request, answers, closes."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None, truth: Truth) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._truth = truth
        self._received = b""
        self._arrived_at = 0.0
        # The server's share of the handshake: from the arrival of the hello to the sending of the reply.
        self._handshake_seconds = 0.0
        self._is_handshaking = context is not None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True) if context else None
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.add_reader(sock.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data, ancillary, _, _ = self._sock.recvmsg(READ_BYTES, kernel_time.ANCILLARY_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            self._close()
            return
        self._arrived_at = time.perf_counter() - max(0.0, kernel_time.age_seconds(ancillary) or 0.0)
        try:
            self._received += self._decrypted(data)
        except ssl.SSLError:
            self._close()
            return
        if b"\r\n\r\n" in self._received:
            self._answer(self._received.split(b" ", 2)[1].decode("ascii"))

    def _decrypted(self, data: bytes) -> bytes:
        if self._tls is None:
            return data
        self._incoming.write(data)
        try:
            if self._is_handshaking:
                self._tls.do_handshake()
                self._is_handshaking = False
            return self._tls.read(READ_BYTES)
        except ssl.SSLWantReadError:
            return b""
        finally:
            if self._outgoing.pending:
                self._sock.send(self._outgoing.read())
                self._handshake_seconds += time.perf_counter() - self._arrived_at

    def _answer(self, target: str) -> None:
        path, _, ident = target.partition("?id=")
        self._received = b""
        match path.strip("/").split("/"):
            case ["after", milliseconds]:
                # From when the request came, not from when it was read.
                wait = self._arrived_at + float(milliseconds) / 1000 - time.perf_counter()
                self._loop.call_later(max(0.0, wait), self._send, 200, b"ok\n", ident)
            case ["status", status]:
                self._send(int(status), b"", ident)
            case ["silent"]:
                pass
            case ["truth"]:
                self._send(200, json.dumps(self._truth.take()).encode(), "")
            case _:
                self._send(404, b"", ident)

    def _send(self, status: int, body: bytes, ident: str) -> None:
        if self._sock.fileno() < 0:
            return
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        data = head.encode("ascii") + body
        if self._tls is not None:
            self._tls.write(data)
            data = self._outgoing.read()
        sent_at = time.perf_counter()
        self._sock.setblocking(True)
        with contextlib.suppress(OSError):
            self._sock.sendall(data)
        if ident:
            self._truth.times_ms[ident] = (sent_at - self._arrived_at + self._handshake_seconds) * 1000
        self._close()

    def _close(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()


def listen(context: ssl.SSLContext | None, truth: Truth) -> int:
    """Accept visitors on a free port, and return that."""
    loop = asyncio.get_running_loop()
    listener = socket.create_server((ADDRESS, 0), backlog=BACKLOG)
    listener.setblocking(False)
    kernel_time.enable(listener)  # what it accepts inherits this: even bytes that come before accept() are stamped

    def acceptable() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            Connection(sock, context, truth)

    loop.add_reader(listener.fileno(), acceptable)
    port: int = listener.getsockname()[1]
    return port


async def serve(folder: Path, ports: int, tls_ports: int) -> None:
    """Tell where the servers listen, and serve until standard input ends."""
    truth = Truth()
    context = server_context(folder, ADDRESS)
    refusing = socket.socket()
    refusing.bind((ADDRESS, 0))
    told = {
        "ports": [listen(None, truth) for _ in range(ports)],
        "tls_ports": [listen(context, truth) for _ in range(tls_ports)],
        "refused_port": refusing.getsockname()[1],
    }
    print(json.dumps(told), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
