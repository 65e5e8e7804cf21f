"""A TLS server on a thread: its handshake is OpenSSL's own, alerts included, of which asyncio's server sends none."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def openssl_server(context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server that answers 200 to whoever gets through the handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_serve, args=(listener, context))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        with sock, suppress(OSError):
            sock.settimeout(60)
            _answer(sock, context)


def _answer(sock: socket.socket, context: ssl.SSLContext) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    try:
        while True:
            try:
                tls.do_handshake()
                tls.read(65536)
                tls.write(_ANSWER)
                return
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                data = sock.recv(65536)
                if not data:
                    return
                incoming.write(data)
    finally:
        # The alert too; then what is still coming is read, or the kernel would answer it with a reset.
        sock.sendall(outgoing.read())
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
