"""Everything that goes out goes through one `Network`."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from monitor_app import __version__
from monitor_app.errors import LightbulbError
from monitor_app.net import http1, kernel_time
from monitor_app.net.connect import allowed_addresses, open_connection
from monitor_app.net.failures import TlsFailed
from monitor_app.net.guard import Guard
from monitor_app.net.names import Names
from monitor_app.net.proxy import Proxy, open_through
from monitor_app.net.starttls import Dialogue
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import SocketStream, Stream
from monitor_app.net.tls import TlsContexts, TlsOptions, TlsStream
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

    async def open(self, host: str, port: int, stopwatch: Stopwatch, *, found_at: str = "") -> SocketStream:
        """A TCP connection. `found_at` is the address where the host was a moment ago: it is not looked up again.

        Raises NetworkFailure and OutboundRefused.
        """
        return await open_connection(host, port, self.names, self.guard, stopwatch, found_at=found_at)

    async def addresses(self, host: str, port: int | None, stopwatch: Stopwatch) -> list[str]:
        """Where one that opens its own sockets may connect to, best first. `port` is None for what has none.

        Raises NetworkFailure and OutboundRefused.
        """
        return await allowed_addresses(host, port, self.names, self.guard, stopwatch)

    def tls_context(self, options: TlsOptions) -> ssl.SSLContext:
        """For a library that speaks TLS itself; shared, so not to be changed. Raises TlsFailed."""
        return self._contexts.context(options)

    async def open_tls(
        self,
        host: str,
        port: int,
        stopwatch: Stopwatch,
        *,
        is_verifying: bool = True,
        tls: TlsOptions | None = None,
        server_name: str = "",
        dialogue: Dialogue | None = None,
        proxy: Proxy | None = None,
    ) -> TlsStream:
        """A TLS connection. Raises NetworkFailure and OutboundRefused.

        `tls` says more than `is_verifying`; `server_name` is asked for and compared instead of `host`; `dialogue` talks
        over the open connection until TLS may begin (see starttls.py).
        A certificate that is refused is looked at once more on a second connection, to say what is wrong with it.
        """
        options = tls or TlsOptions(is_verifying=is_verifying)
        context = self._contexts.context(options)
        name = server_name or host
        stream = await self._open_for_tls(host, port, stopwatch, dialogue, proxy)
        try:
            return await _encrypt(stream, name, stopwatch, context)
        except TlsFailed as err:
            if not err.verify_code:
                raise
            # Through a proxy the address is the proxy's own.
            found_at = "" if proxy else stream.address
            trusting = self._contexts.context(replace(options, is_verifying=False))
            look = Stopwatch(min(stopwatch.left_seconds, _CERTIFICATE_LOOK_SECONDS))
            try:
                seen = await _encrypt(
                    await self._open_for_tls(host, port, look, dialogue, proxy, found_at), name, look, trusting
                )
            except LightbulbError:
                raise _refused(err, name, None) from err
            seen.close()
            raise _refused(err, name, seen) from err

    async def exchange(
        self,
        request: httpx.Request,
        stopwatch: Stopwatch,
        *,
        is_verifying: bool = True,
        tls: TlsOptions | None = None,
        proxy: Proxy | None = None,
        body_limit_bytes: int = http1.BODY_LIMIT_BYTES,
    ) -> httpx.Response:
        """Ask over a new connection, and return when the head of the answer is there; see `http1.ask`.

        Follows nothing and keeps nothing. Raises NetworkFailure and OutboundRefused. Always close the response.
        """
        host, port = request.url.raw_host.decode("ascii"), port_of(request.url)
        stream: Stream
        if request.url.scheme == "https":
            stream = await self.open_tls(host, port, stopwatch, is_verifying=is_verifying, tls=tls, proxy=proxy)
        else:
            stream = await self._open_through(host, port, stopwatch, proxy)
        return await http1.ask(request, stream, stopwatch, body_limit_bytes=body_limit_bytes)

    async def _open_through(
        self, host: str, port: int, stopwatch: Stopwatch, proxy: Proxy | None, found_at: str = ""
    ) -> SocketStream:
        if proxy is None:
            return await self.open(host, port, stopwatch, found_at=found_at)
        return await open_through(self, proxy, host, port, stopwatch)

    async def _open_for_tls(
        self,
        host: str,
        port: int,
        stopwatch: Stopwatch,
        dialogue: Dialogue | None,
        proxy: Proxy | None,
        found_at: str = "",
    ) -> SocketStream:
        stream = await self._open_through(host, port, stopwatch, proxy, found_at)
        if dialogue is not None:
            stopwatch.phase = "starttls"
            try:
                await dialogue(stream)
            except BaseException:
                stream.close()
                raise
        return stream


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


def _refused(err: TlsFailed, name: str, seen: TlsStream | None) -> TlsFailed:
    """The same failure in better words, when a second look at the certificate brought any."""
    certificate = seen.certificate() if seen else None
    openssl_message = getattr(err.__cause__, "verify_message", "")
    message = certificate_problem(err.verify_code, openssl_message, name, certificate, datetime.now(UTC))
    return TlsFailed(message, err.verify_code, seen.session() if seen else None)
