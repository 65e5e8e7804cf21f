"""Rules of where connections may go: networks, addresses and host names, each perhaps with a port."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import idna

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

RULE_LIMIT = 300
PORT_MAX = 65535
ANY_HOST = "*"
_SHOWN = 60
_ALLOWED = (
    "an address or network such as 10.0.0.0/8 or 2001:db8::1, or a name such as db.example.org or *.example.org; "
    "each may be followed by a port, such as 10.0.0.5:5432 or [2001:db8::1]:443"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_LIMIT = 253
# What a person wrote who meant an address: names do not end in a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """Which targets are meant. `network` is None for a rule of names; `port` is None for all ports.

    `name` is a whole name, ".example.org" for whatever is below that, or "*" for every target.
    """

    network: Network | None = None
    name: str = ""
    port: int | None = None

    def covers(self, address: Address, port: int | None, host: str) -> bool:
        """Whether a target is meant: where it is, and the host as it was asked for (empty when it is not known).

        `port` is None for what has none, such as a ping: only rules without a port are about it.
        """
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return address in self.network
        return self.covers_name(host)

    def covers_name(self, host: str) -> bool:
        """Whether a host is meant by its name, whatever its address and port."""
        if self.name == ANY_HOST:
            return True
        return bool(self.name) and (host.endswith(self.name) if self.name.startswith(".") else host == self.name)

    def __str__(self) -> str:
        """As a person would write it."""
        port = "" if self.port is None else f":{self.port}"
        if self.network is None:
            return f"*{self.name}{port}" if self.name.startswith(".") else f"{self.name}{port}"
        whole = self.network.prefixlen == self.network.max_prefixlen
        place = str(self.network.network_address) if whole else str(self.network)
        return f"[{place}]{port}" if port and self.network.version == 6 else f"{place}{port}"


def parse_rule(text: str) -> OutboundRule:
    """Raises ValueError, saying what is allowed and what was given."""
    written = text.strip().lower()
    is_text = written.isprintable() and not set(written) & set(" %") and "//" not in written
    if not written or len(written) > RULE_LIMIT or not is_text:
        raise _wrong(text)
    place, port = _split(written, text)
    if "/" in place:
        return OutboundRule(_network(place, text), port=port)
    try:
        return OutboundRule(ip_network(ip_address(place)), port=port)
    except ValueError:
        return OutboundRule(name=_name(place, text), port=port)


def _split(written: str, text: str) -> tuple[str, int | None]:
    """The place without its brackets, and the port."""
    if written.startswith("["):
        place, bracket, rest = written[1:].partition("]")
        if not bracket or ":" not in place or (rest and not rest.startswith(":")):
            raise _wrong(text)
        return place, _port(rest[1:], text) if rest else None
    if written.count(":") != 1:
        return written, None
    place, _, digits = written.partition(":")
    return place, _port(digits, text)


def _port(digits: str, text: str) -> int:
    if digits.isascii() and digits.isdigit() and len(digits) <= 5 and 1 <= int(digits) <= PORT_MAX:
        return int(digits)
    raise ValueError(f"must have a port from 1 to {PORT_MAX}, got {_shown(text)}")


def _network(place: str, text: str) -> Network:
    try:
        return ip_network(place)
    except ValueError as err:
        try:
            meant = ip_network(place, strict=False)
        except ValueError:
            raise _wrong(text) from err
        raise ValueError(
            f"must be a network without bits beyond its length, perhaps {meant}, got {_shown(text)}"
        ) from err


def _name(place: str, text: str) -> str:
    if place == ANY_HOST:
        return ANY_HOST
    name = place.removeprefix("*.").removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as err:
            raise _wrong(text) from err
    labels = name.split(".")
    if len(name) > _NAME_LIMIT or not all(_LABEL.fullmatch(label) for label in labels) or _NUMBER.fullmatch(labels[-1]):
        raise _wrong(text)
    return f".{name}" if place.startswith("*.") else name


def _wrong(text: str) -> ValueError:
    return ValueError(f"must be {_ALLOWED}; got {_shown(text)}")


def _shown(text: str) -> str:
    shown = ascii(text)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
