"""Where a request really comes from when a reverse proxy handed it on; what others say about that is not believed.

A proxy adds the address that it sees at the end of X-Forwarded-For. So the list is read from its end: over those that
are trusted, to the first that is not. What stands before that one anybody may have made up.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.types import Scope

from monitor_app.log import get_logger
from monitor_app.settings.values import Network

Address = IPv4Address | IPv6Address
FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"
# Nobody behind this may see any of them: what is true of them stands in the scope.
DROPPED = frozenset(
    {
        FORWARDED_FOR, FORWARDED_PROTO, b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix", b"forwarded",
        b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip",
    }
)  # fmt: skip
# How an IPv4 address is written that came through an IPv6 socket.
MAPPED = "::ffff:"
_SCHEMES = {(b"http", False): "http", (b"https", False): "https", (b"http", True): "ws", (b"https", True): "wss"}

log = get_logger(__name__)


class TrustedProxies:
    """Knows which proxies are believed: those of TRUSTED_PROXIES."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._has_told = False

    def resolved(self, scope: Scope) -> Scope:
        """The scope with `client` and `scheme` of the browser's end, and without the headers that say so."""
        named = [header for header in scope["headers"] if header[0] in DROPPED]
        client = scope.get("client")
        if not named and not (client and client[0].startswith(MAPPED)):
            return scope
        peer = parse_hop(client[0]) if client else None
        if peer is not None:
            scope = _from(scope, peer)
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] not in DROPPED]}
        if not named:
            return scope
        if peer is None or not self._trusts(peer):
            self._tell(peer)
            return scope
        for name, value in named:
            if name == FORWARDED_PROTO:
                said = value.split(b",")[-1].strip().lower()
                scope["scheme"] = _SCHEMES.get((said, scope["type"] == "websocket"), scope["scheme"])
        hops = b",".join(value for name, value in named if name == FORWARDED_FOR)
        return _from(scope, self._client(peer, hops))

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _client(self, peer: Address, hops: bytes) -> Address:
        """The first from the end who is no proxy of ours; up to where the list makes sense."""
        client = peer
        for hop in reversed(hops.split(b",")):
            if (address := parse_hop(hop.decode("latin-1"))) is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client

    def _tell(self, peer: Address | None) -> None:
        if not self._has_told:  # once: anybody can send these
            self._has_told = True
            log.warning("forwarded headers are dropped: their sender is not in TRUSTED_PROXIES", sender=str(peer))


def parse_hop(text: str) -> Address | None:
    """An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return _plain(ip_address(text))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _from(scope: Scope, address: Address) -> Scope:
    return {**scope, "client": (str(address), (scope.get("client") or ("", 0))[1])}
