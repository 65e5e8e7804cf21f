"""Everything that goes out goes through one `Network`."""

import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from monitor_app import __version__
from monitor_app.errors import LightbulbError
from monitor_app.net import http1, kernel_time
from monitor_app.net.certificate import Certificate
from monitor_app.net.connect import open_connection
from monitor_app.net.failures import TlsFailed
from monitor_app.net.guard import Guard
from monitor_app.net.names import Names
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import SocketStream, Stream
from monitor_app.net.tls import TlsContexts, TlsStream
from monitor_app.net.tls_words import certificate_problem

_CERTIFICATE_LOOK_SECONDS = 3.0
# What every request says of itself unless it says otherwise.
DEFAULT_HEADERS = {
    "User-Agent": f"Lightbulb/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}


class Network:
    """Names, guard and TLS settings that connections share. Belongs to the event loop it was made in."""

    def __init__(
        self, *, guard: Guard | None = None, nameservers: Sequence[str] = (), ca_file: Path | None = None
    ) -> None:
        self.guard = guard or Guard()
        self.names = Names(nameservers)
        self._contexts = TlsContexts(ca_file)
        # Keeps the kernel stamping while no check is under way; see kernel_time.enable().
        self._stamp_keeper = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        kernel_time.enable(self._stamp_keeper)

    async def close(self) -> None:
        """Forget pending look-ups; connections belong to those who opened them."""
        self.names.close()
        self._stamp_keeper.close()

    async def open(self, host: str, port: int, stopwatch: Stopwatch) -> SocketStream:
        """A TCP connection. Raises NetworkFailure and OutboundRefused."""
        return await open_connection(host, port, self.names, self.guard, stopwatch)

    async def open_tls(self, host: str, port: int, stopwatch: Stopwatch, *, is_verifying: bool = True) -> TlsStream:
        """A TLS connection. Raises NetworkFailure and OutboundRefused.

        A certificate that is refused is looked at once more on a second connection, to say what is wrong with it.
        """
        stream = await self.open(host, port, stopwatch)
        try:
            context = self._contexts.verifying if is_verifying else self._contexts.trusting
            return await _encrypt(stream, host, stopwatch, context)
        except TlsFailed as err:
            if not err.verify_code:
                raise
            certificate = await self._look_at_certificate(stream.address, port, host, stopwatch.left_seconds)
            message = certificate_problem(err.verify_code, _openssl_message(err), host, certificate, datetime.now(UTC))
            raise TlsFailed(message, err.verify_code) from err

    async def exchange(
        self, request: httpx.Request, stopwatch: Stopwatch, *, is_verifying: bool = True
    ) -> httpx.Response:
        """Ask over a new connection, and return when the head of the answer is there; see `http1.ask`.

        Follows nothing and keeps nothing. Raises NetworkFailure and OutboundRefused. Always close the response.
        """
        host, port = request.url.raw_host.decode("ascii"), port_of(request.url)
        stream: Stream
        if request.url.scheme == "https":
            stream = await self.open_tls(host, port, stopwatch, is_verifying=is_verifying)
        else:
            stream = await self.open(host, port, stopwatch)
        return await http1.ask(request, stream, stopwatch)

    async def _look_at_certificate(self, address: str, port: int, host: str, left_seconds: float) -> Certificate | None:
        """Nothing is sent to the other side after the handshake."""
        stopwatch = Stopwatch(min(left_seconds, _CERTIFICATE_LOOK_SECONDS))
        try:
            stream = await self.open(address, port, stopwatch)
            tls = await _encrypt(stream, host, stopwatch, self._contexts.trusting)
        except LightbulbError:
            return None
        tls.close()
        return tls.certificate()


def port_of(url: httpx.URL) -> int:
    """The port, or the scheme's own."""
    return url.port or (443 if url.scheme == "https" else 80)


async def _encrypt(stream: SocketStream, host: str, stopwatch: Stopwatch, context: ssl.SSLContext) -> TlsStream:
    stopwatch.phase = "tls"
    try:
        tls = TlsStream(stream, context, host)
        await tls.handshake()
    except BaseException:
        stream.close()
        raise
    return tls


def _openssl_message(err: TlsFailed) -> str:
    return getattr(err.__cause__, "verify_message", "")
