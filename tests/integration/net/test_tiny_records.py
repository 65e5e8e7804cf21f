"""TLS records of one byte each."""

import socket
import ssl
from pathlib import Path
from threading import Thread

from monitor_app.net import Network
from monitor_app.net.stopwatch import Stopwatch
from tests.pauses import longest_pause
from tests.servers.certificates import Authority

RECORDS = 40_000


async def test_tiny_records_let_others_run(network: Network, authority: Authority, tmp_path: Path) -> None:
    context = authority.issue("127.0.0.1").server_context(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        sock, _ = listener.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                incoming.write(sock.recv(65536))
        for _ in range(RECORDS):
            tls.write(b"x")
        sock.sendall(outgoing.read())
        sock.shutdown(socket.SHUT_WR)
        sock.recv(65536)
        sock.close()

    thread = Thread(target=serve)
    thread.start()
    stream = await network.open_tls("127.0.0.1", listener.getsockname()[1], Stopwatch(60))

    async def read_all() -> int:
        count = 0
        while data := await stream.read(4096):
            count += len(data)
        return count

    count, longest = await longest_pause(read_all())
    stream.close()
    thread.join()
    listener.close()
    assert count == RECORDS
    assert longest < 0.08
