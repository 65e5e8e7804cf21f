"""TLS over a stream, in memory: the waits stay those of the socket, our own arithmetic is not counted."""

import asyncio
import os
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import certifi

from monitor_app.net.certificate import Certificate, read_certificate
from monitor_app.net.failures import ConnectionLost, TlsFailed, TlsSession
from monitor_app.net.stream import Stream
from monitor_app.net.tls_words import in_words

_RECORDS_BYTES = 64 * 1024
# What came at once may be thousands of records of one byte each: after so many reads, others get their turn.
_READS_A_TURN = 128
# A context that trusts what the machine trusts takes 1.1 MB and 37 ms.
CONTEXTS_KEPT = 64
HTTP_ALPN = ("http/1.1",)
# OpenSSL's security level 0: keys and signatures of any strength.
WEAK_CIPHERS = "DEFAULT:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """How one connection is encrypted. All PEM; `ca_pem` is trusted beside what is trusted anyway.

    `certificate_pem` (with its chain) and `key_pem` (not encrypted) show the other side who we are: both or neither.
    `alpn` names the protocols that are offered (RFC 7301); some servers refuse whoever does not offer theirs.
    `takes_weak` also takes keys and signatures that are too weak, for those who look at certificates.
    """

    is_verifying: bool = True
    ca_pem: str = ""
    certificate_pem: str = ""
    key_pem: str = field(default="", repr=False)
    alpn: tuple[str, ...] = HTTP_ALPN
    takes_weak: bool = False

    @property
    def is_special(self) -> bool:
        """True when this needs a context of its own."""
        return bool(self.ca_pem or self.certificate_pem) or self.alpn != HTTP_ALPN or self.takes_weak


class TlsContexts:
    """The settings that connections share: making them costs 35 ms, so each is made once, on first use.

    What the machine trusts is trusted (SSL_CERT_FILE and SSL_CERT_DIR included), Mozilla's list, and `ca_file`.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file
        # The one used last is last.
        self._special: dict[TlsOptions, ssl.SSLContext] = {}

    def context(self, options: TlsOptions) -> ssl.SSLContext:
        """The settings for these options. Raises TlsFailed when certificates or key cannot be used."""
        if not options.is_special:
            return self.verifying if options.is_verifying else self.trusting
        context = self._special.pop(options, None)
        if context is None:
            context = self._make_special(options)
            while len(self._special) >= CONTEXTS_KEPT:
                del self._special[next(iter(self._special))]
        self._special[options] = context
        return context

    @cached_property
    def verifying(self) -> ssl.SSLContext:
        """Refuses certificates that a browser would refuse."""
        return self._new_verifying(HTTP_ALPN)

    @cached_property
    def trusting(self) -> ssl.SSLContext:
        """Takes any certificate."""
        return self._new_trusting(HTTP_ALPN)

    def _make_special(self, options: TlsOptions) -> ssl.SSLContext:
        make = self._new_verifying if options.is_verifying else self._new_trusting
        context = make(options.alpn)
        if options.takes_weak:
            context.set_ciphers(WEAK_CIPHERS)
        try:
            if options.ca_pem and options.is_verifying:
                context.load_verify_locations(cadata=options.ca_pem)
            if options.certificate_pem:
                with _as_file(f"{options.certificate_pem}\n{options.key_pem}") as file:
                    # Without a password OpenSSL would ask for one on the terminal.
                    context.load_cert_chain(file, password="")
        except (ssl.SSLError, ValueError, OSError) as err:
            raise TlsFailed("the client certificate, its key or the CA certificate cannot be used") from err
        return context

    def _new_verifying(self, alpn: tuple[str, ...]) -> ssl.SSLContext:
        context = self._new(alpn)
        context.load_default_certs()
        for ca_file in (certifi.where(), self._ca_file):
            if ca_file is not None:
                context.load_verify_locations(ca_file)
        return context

    def _new_trusting(self, alpn: tuple[str, ...]) -> ssl.SSLContext:
        context = self._new(alpn)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def _new(self, alpn: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if alpn:
            context.set_alpn_protocols(alpn)
        return context


@contextmanager
def _as_file(text: str) -> Iterator[str]:
    """OpenSSL reads certificates and keys from files only: on Linux from one in memory, so no key is on a disk."""
    if sys.platform == "linux" and os.path.isdir("/proc/self/fd"):
        descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            yield f"/proc/self/fd/{descriptor}"
        return
    with tempfile.TemporaryDirectory() as folder:  # only this user may look into it
        path = Path(folder, "pem")
        path.write_text(text, encoding="ascii")
        yield str(path)


class TlsStream:
    """An encrypted connection over `stream`."""

    __slots__ = ("_incoming", "_outgoing", "_reads", "_stream", "_tls", "address", "host")

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        self.address = stream.address
        self.host = host
        self._stream = stream
        self._reads = 0
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
        self._reads += 1
        if self._reads % _READS_A_TURN == 0:
            await asyncio.sleep(0)
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
        if not data:
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as err:
            raise TlsFailed(in_words(err, self.host)) from err
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

    @property
    def agreed_protocol(self) -> str:
        """What both sides chose of those that were offered (ALPN); empty when the other side does not choose."""
        return self._tls.selected_alpn_protocol() or ""

    def session(self) -> TlsSession:
        """What was agreed in the handshake, and the whole chain."""
        cipher = self._tls.cipher()
        is_verified = self._tls.context.verify_mode == ssl.CERT_REQUIRED
        chain = _chain(self._tls, is_verified=is_verified)
        return TlsSession(self._tls.version() or "", cipher[0] if cipher else "", chain, is_verified)

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


def _chain(tls: ssl.SSLObject, *, is_verified: bool) -> tuple[bytes, ...]:
    """Public since Python 3.13; before, the same is one level below."""
    if sys.version_info >= (3, 13):
        return tuple(tls.get_verified_chain() if is_verified else tls.get_unverified_chain())
    inner: Any = tls._sslobj  # type: ignore[attr-defined]
    chain = inner.get_verified_chain() if is_verified else inner.get_unverified_chain()
    return tuple(ssl.PEM_cert_to_DER_cert(part.public_bytes()) for part in chain or ())
