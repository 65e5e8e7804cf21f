"""What can go wrong on the way out, told in words a person understands.

NetworkFailure (a LightbulbError)
├── NameFailed           the name has no address, or the name server does not tell
├── ConnectFailed        refused, unreachable, ...
├── TimedOut             the deadline passed; `phase` is where
├── ConnectionLost       the other side reset or closed the connection too early
├── ProxyFailed          the proxy did not open the way
├── TlsFailed            no encrypted connection; `verify_code` is OpenSSL's X509_V_ERR number, 0 when it is not that
├── NotHttp              something came, but not HTTP
├── BadAnswer            something came, but not what the protocol says, or a refusal in its words
└── OutOfSockets         this machine has no socket or port left: says nothing about the target
"""

from dataclasses import dataclass
from typing import Literal

from monitor_app.errors import LightbulbError

Phase = Literal[
    "dns",
    "connect",
    "proxy",
    "starttls",
    "tls",
    "handshake",
    "first_byte",
    "body",
    "answer",
    "greeting",
    "login",
    "query",
]

DOING: dict[Phase, str] = {
    "dns": "looking up the name",
    "connect": "connecting",
    "proxy": "waiting for the proxy",
    "starttls": "asking for TLS",
    "tls": "negotiating TLS",
    "handshake": "waiting for the handshake",
    "first_byte": "waiting for the first byte",
    "body": "reading the answer",
    "answer": "waiting for the answer",
    "greeting": "waiting for the greeting",
    "login": "logging in",
    "query": "waiting for the answer to the query",
}


class NetworkFailure(LightbulbError):
    """Base of what a connection can fail with; the text is meant for people and holds no secret.

    `is_ours` when it was this machine or its name server that failed, which says nothing about the target.
    """

    is_ours = False


class NameFailed(NetworkFailure):
    """The name could not be turned into an address; ours unless a name server said that there is none."""

    def __init__(self, message: str, *, is_ours: bool) -> None:
        self.is_ours = is_ours
        super().__init__(message)


class ConnectFailed(NetworkFailure):
    """No connection came about, and the network told so."""


class TimedOut(NetworkFailure):
    """The deadline passed during `phase`."""

    def __init__(self, phase: Phase, deadline_seconds: float, *, is_ours: bool = False) -> None:
        self.phase = phase
        self.is_ours = is_ours
        why = ": this machine's name server does not answer in time" if is_ours else ""
        super().__init__(f"timed out after {deadline_seconds:g} s while {DOING[phase]}{why}")


class ConnectionLost(NetworkFailure):
    """The connection ended before the answer did."""


class ProxyFailed(NetworkFailure):
    """The proxy answered, but did not open the way to the target."""


@dataclass(frozen=True, slots=True)
class TlsSession:
    """What was agreed, and certificates (DER), the other side's own first.

    When they were verified: the chain up to the trusted root; else what the other side sent.
    """

    protocol: str
    cipher: str
    chain: tuple[bytes, ...]
    is_verified: bool


class TlsFailed(NetworkFailure):
    """The TLS handshake failed. `session` is what a second look at a refused certificate showed."""

    def __init__(self, message: str, verify_code: int = 0, session: TlsSession | None = None) -> None:
        self.verify_code = verify_code
        self.session = session
        super().__init__(message)


class NotHttp(NetworkFailure):
    """What came is not an HTTP answer."""


class BadAnswer(NetworkFailure):
    """What came is not what the protocol says at this point, or it is a refusal."""


class OutOfSockets(NetworkFailure):
    """This machine ran out of file descriptors, ports or buffers."""

    is_ours = True
