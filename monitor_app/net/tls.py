"""TLS over a stream, in memory: the waits stay those of the socket, our own arithmetic is not counted."""

import ssl
from functools import cached_property
from pathlib import Path

import certifi

from monitor_app.net.certificate import Certificate, read_certificate
from monitor_app.net.failures import ConnectionLost, TlsFailed
from monitor_app.net.stream import Stream
from monitor_app.net.tls_words import in_words

_RECORDS_BYTES = 64 * 1024


class TlsContexts:
    """The settings that connections share: making them costs 35 ms, so each is made once, on first use.

    What the machine trusts is trusted (SSL_CERT_FILE and SSL_CERT_DIR included), Mozilla's list, and `ca_file`.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file

    @cached_property
    def verifying(self) -> ssl.SSLContext:
        """Refuses certificates that a browser would refuse."""
        context = self._new()
        context.load_default_certs()
        for ca_file in (certifi.where(), self._ca_file):
            if ca_file is not None:
                context.load_verify_locations(ca_file)
        return context

    @cached_property
    def trusting(self) -> ssl.SSLContext:
        """Takes any certificate."""
        context = self._new()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def _new(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        return context


class TlsStream:
    """An encrypted connection over `stream`."""

    __slots__ = ("_incoming", "_outgoing", "_stream", "_tls", "address", "host")

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        self.address = stream.address
        self.host = host
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host.rstrip("."))

    async def handshake(self) -> None:
        """Raises TlsFailed and what the stream raises."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLEOFError as err:
                raise ConnectionLost("the other side closed the connection during the TLS handshake") from err
            except ssl.SSLError as err:
                await self._say_goodbye()
                code = err.verify_code if isinstance(err, ssl.SSLCertVerificationError) else 0
                raise TlsFailed(in_words(err, self.host), code) from err
            else:
                await self._flush()
                return

    async def read(self, max_bytes: int) -> bytes:
        """Decrypted bytes; empty at the end, whether or not the other side said goodbye properly."""
        while True:
            try:
                return self._tls.read(max_bytes)
            except ssl.SSLWantReadError:
                await self._exchange()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as err:
                raise TlsFailed(in_words(err, self.host)) from err

    async def write(self, data: bytes) -> None:
        """Encrypts and sends all of it."""
        if data:
            self._tls.write(data)
            await self._flush()

    def close(self) -> None:
        """Close the connection below, without a goodbye that would have to be waited for."""
        self._stream.close()

    def certificate(self) -> Certificate | None:
        """The other side's certificate, verified or not; None when it cannot be read."""
        der = self._tls.getpeercert(binary_form=True)
        try:
            return read_certificate(der) if der else None
        except ValueError:
            return None

    async def _exchange(self) -> None:
        await self._flush()
        records = await self._stream.read(_RECORDS_BYTES)
        if records:
            self._incoming.write(records)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        records = self._outgoing.read()
        if records:
            await self._stream.write(records)

    async def _say_goodbye(self) -> None:
        """Send the alert that tells the other side what was wrong, for its log."""
        try:
            await self._flush()
        except ConnectionLost:
            return
