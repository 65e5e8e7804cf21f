"""What may be connected to: never what nobody watches, else by the rules of an administrator."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Network, ip_address, ip_network

from monitor_app.domain.outbound import Address, OutboundRule, parse_rule
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.net.own import OwnPlace

# Where people are told to go.
WHERE = "administrators change that under Admin, Security"
ALWAYS = "which is always refused"

# Where clouds answer with a machine's credentials. Most are link-local; these are not.
METADATA_ADDRESSES = frozenset(
    ip_address(text)
    for text in (
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
        "fd00:c1::a9fe:a9fe",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS, for containers
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
        "fd00:a9fe:a9fe::1",  # Akamai
    )
)
# Their names, for where somebody else looks them up.
METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"})
_THIS_NETWORK = ip_network("0.0.0.0/8")
_BROADCAST = IPv4Address("255.255.255.255")

# What does not lead through the public internet (IANA's special-purpose registries; RFC 6890).
_PRIVATE = {
    "an address of this machine itself": ("127.0.0.0/8", "::1/128"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "an address inside a provider's network (RFC 6598)": ("100.64.0.0/10",),
    "an address that is reserved": (
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "2001:2::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:db8::/32",
        "3fff::/20",
    ),
}
_PRIVATE_NETWORKS = [(ip_network(text), what) for what, texts in _PRIVATE.items() for text in texts]
_PUBLIC_IPV6 = IPv6Network("2000::/3")
# RFC 6052, RFC 8215, RFC 2765 and RFC 4291: the last 32 bits are the IPv4 address that is meant, and that is judged.
TRANSLATED = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::ffff:0:0/96")))


@dataclass(frozen=True)
class OutboundPolicy:
    """The rules of one moment. `deny` wins over `allow`; `allow` is for private addresses, all others are open anyway.

    Nothing opens `own` and what is always refused.
    """

    is_private_allowed: bool = True
    allow: tuple[OutboundRule, ...] = ()
    deny: tuple[OutboundRule, ...] = ()
    own: tuple[OwnPlace, ...] = ()

    @classmethod
    def of(cls, settings: SecuritySettings, own: Iterable[OwnPlace] = ()) -> "OutboundPolicy":
        """As an administrator has set it."""
        return cls(
            settings.outbound_private,
            tuple(map(parse_rule, settings.outbound_allow)),
            tuple(map(parse_rule, settings.outbound_deny)),
            tuple(own),
        )

    @cached_property
    def own_ports(self) -> frozenset[int]:
        """Where own places listen."""
        return frozenset(place.port for place in self.own)

    @cached_property
    def is_about_ports(self) -> bool:
        """Whether the port makes a difference to `refusal`."""
        return any(rule.port is not None for rule in (*self.allow, *self.deny))

    @cached_property
    def is_about_names(self) -> bool:
        """Whether the name makes a difference to `refusal`."""
        return any(rule.network is None for rule in (*self.allow, *self.deny))

    def own_refusal(self, address: Address, port: int | None) -> str | None:
        """Why this program's own places may not be asked; None for all others. Looks at the machine as it is now."""
        for place in self.own:
            if place.port == port and place.is_at(address):
                return f"it is {place.what}, {ALWAYS}"
        return None

    def refusal(self, address: Address, port: int | None, host: str) -> str | None:
        """Why a target is refused; None when it is allowed. `host` is what it was asked for by."""
        never = _never(address)
        if never is not None:
            return f"it is {never}, {ALWAYS}"
        for rule in self.deny:
            if rule.covers(address, port, host):
                return f'the rule "{rule}" forbids it; {WHERE}'
        private = None if self.is_private_allowed else _private(address)
        if private is None or any(rule.covers(address, port, host) for rule in self.allow):
            return None
        return f"it is {private}, and no rule allows it; {WHERE}"

    def name_refusal(self, port: int | None, host: str) -> str | None:
        """Why a name is refused that somebody else looks up, so that its addresses are not known here."""
        if host in METADATA_NAMES:
            return f"it is a cloud's metadata, {ALWAYS}"
        for place in self.own:
            if place.port == port and place.host == host:
                return f"it is {place.what}, {ALWAYS}"
        for rule in self.deny:
            if rule.network is None and rule.port in (None, port) and rule.covers_name(host):
                return f'the rule "{rule}" forbids it; {WHERE}'
        return None


def _never(address: Address) -> str | None:
    """What nobody watches, in words."""
    if address in METADATA_ADDRESSES:
        return "a cloud metadata address"
    if address.is_link_local:
        return "a link-local address, where clouds keep their metadata"
    if address.is_multicast:
        return "a multicast address"
    if address.is_unspecified or address in _THIS_NETWORK:
        return "not the address of a machine"
    if address == _BROADCAST:
        return "the broadcast address"
    return None


def _private(address: Address) -> str | None:
    """What an address is that is not of the public internet, in words."""
    for network, what in _PRIVATE_NETWORKS:
        if address in network:
            return what
    if address.version == 6 and address not in _PUBLIC_IPV6 and not any(address in network for network in TRANSLATED):
        return None if _is_compatible(address) else "an address that is reserved"
    return None


def _is_compatible(address: Address) -> bool:
    """::a.b.c.d, which stands for the IPv4 address."""
    return int(address) >> 32 == 0
