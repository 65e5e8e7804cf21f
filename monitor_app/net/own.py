"""Where this program itself listens: its screens and its databases. Nothing may be checked there."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

from sqlalchemy.engine import URL, make_url

from monitor_app.domain.outbound import Address
from monitor_app.net.names import Names, is_address
from monitor_app.settings import Settings

# Names have other addresses now and then; so many of one are remembered, beyond those it has now.
ADDRESSES_LIMIT = 64
_PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """`what` listens at a port of a host; on all addresses of this machine when `is_here`.

    `addresses` are those that the host was seen with.
    """

    what: str
    port: int
    host: str = ""
    addresses: tuple[Address, ...] = ()
    is_here: bool = False

    def is_at(self, address: Address) -> bool:
        """Whether it listens on this address."""
        return address in self.addresses or (self.is_here and is_this_machine(address))

    async def looked_up(self, names: Names, timeout_seconds: float) -> "OwnPlace":
        """The same with the addresses that its name has now. Raises NameFailed and TimeoutError."""
        if not self.host:
            return self
        lookup = await names.resolve(self.host, timeout_seconds)
        found = [ip_address(text.partition("%")[0]) for text in lookup.addresses]
        addresses = tuple(dict.fromkeys([*found, *self.addresses]))[:ADDRESSES_LIMIT]
        return replace(self, addresses=addresses, is_here=self.is_here or any(map(is_this_machine, found)))


def own_places(settings: Settings) -> tuple[OwnPlace, ...]:
    """The port of the screens, and the databases that are servers; names are not looked up yet."""
    screens = OwnPlace("the port of Lightbulb itself", settings.port, is_here=True)
    urls = (settings.database_url, settings.redis_url)
    return (screens, *(place for url in urls if url for place in _database_places(make_url(url))))


def is_this_machine(address: Address) -> bool:
    """Whether this machine has the address now: only then may a socket be bound to it."""
    if address.is_loopback:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.bind((str(address), 0))
    except OSError:
        return False
    return True


def _database_places(url: URL) -> Iterator[OwnPlace]:
    kind = url.get_backend_name()
    if kind not in _PORTS:
        return
    what = "Lightbulb's own database" if kind == "postgresql" else "Lightbulb's own Redis"
    for host, port in _hosts(url, _PORTS[kind]):
        if not host or host.startswith(("/", "@")):  # a socket in the file system, so the server is on this machine
            yield OwnPlace(what, port, is_here=True)
        elif is_address(host):
            address = ip_address(host.partition("%")[0])
            yield OwnPlace(what, port, host, (address,), is_this_machine(address))
        else:
            yield OwnPlace(what, port, host.lower().removesuffix("."))


def _hosts(url: URL, usual_port: int) -> list[tuple[str, int]]:
    """The host of the URL, or those of `?host=`, each of which may have a port of its own."""
    port = url.port or usual_port
    named = url.query.get("host", ())
    given = [host for text in ((named,) if isinstance(named, str) else named) for host in text.split(",")]
    return [_host_port(host, port) for host in given] or [(url.host or "", port)]


def _host_port(text: str, usual_port: int) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest[1:].isdigit() else usual_port
    host, _, digits = text.partition(":")
    return (host, int(digits)) if digits.isdigit() else (text, usual_port)
