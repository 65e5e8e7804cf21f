"""What can go wrong on the way out, told in words a person understands.

NetworkFailure (a LightbulbError)
├── NameFailed           the name has no address, or the name server does not tell
├── ConnectFailed        refused, unreachable, ...
├── TimedOut             the deadline passed; `phase` is where
├── ConnectionLost       the other side reset or closed the connection too early
├── ProxyFailed          the proxy did not open the way
├── TlsFailed            no encrypted connection; `verify_code` is OpenSSL's X509_V_ERR number, 0 when it is not that
├── NotHttp              something came, but not HTTP
└── OutOfSockets         this machine has no socket or port left: says nothing about the target
"""

from typing import Literal

from monitor_app.errors import LightbulbError

Phase = Literal["dns", "connect", "proxy", "tls", "first_byte", "body"]

DOING: dict[Phase, str] = {
    "dns": "looking up the name",
    "connect": "connecting",
    "proxy": "waiting for the proxy",
    "tls": "negotiating TLS",
    "first_byte": "waiting for the first byte",
    "body": "reading the answer",
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


class TlsFailed(NetworkFailure):
    """The TLS handshake failed."""

    def __init__(self, message: str, verify_code: int = 0) -> None:
        self.verify_code = verify_code
        super().__init__(message)


class NotHttp(NetworkFailure):
    """What came is not an HTTP answer."""


class OutOfSockets(NetworkFailure):
    """This machine ran out of file descriptors, ports or buffers."""

    is_ours = True
