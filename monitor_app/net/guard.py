"""Decides, at the moment of connecting, which addresses may be connected to."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from monitor_app.errors import OutboundRefused

Address = IPv4Address | IPv6Address
# Says why an address is refused; None when it is allowed.
Policy = Callable[[Address], str | None]

CACHE_SIZE = 4096
# Where clouds answer with a machine's credentials. Most are link-local; these are not.
METADATA_ADDRESSES = frozenset(
    ip_address(text) for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_THIS_NETWORK = ip_network("0.0.0.0/8")
# RFC 6052 and RFC 8215: the last 32 bits are the IPv4 address that a translator will connect to.
# RFC 2765 wrote IPv4-translated addresses (SIIT) in the same way.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::ffff:0:0:0/96"))
_IPV4_COMPATIBLE = IPv6Network("::/96")
# RFC 5214: in any network, 0000:5efe or 0200:5efe before the IPv4 address.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def default_policy(address: Address) -> str | None:
    """Private addresses and this machine are what a self-hosted monitor watches; what nobody watches is refused."""
    if address in METADATA_ADDRESSES:
        return "a cloud metadata address"
    if address.is_link_local:
        return "a link-local address, where clouds keep their metadata"
    if address.is_multicast:
        return "a multicast address"
    if address.is_unspecified or address in _THIS_NETWORK:
        return "not the address of a machine"
    if address == IPv4Address("255.255.255.255"):
        return "the broadcast address"
    return None


class Guard:
    """Judges each address right before it is connected to, whatever name or redirect led there."""

    def __init__(self, policy: Policy = default_policy) -> None:
        self._policy = policy
        self._reason = lru_cache(maxsize=CACHE_SIZE)(self._judged)

    def check(self, address: str) -> None:
        """Raises OutboundRefused. An IPv6 address is also judged by the IPv4 addresses it stands for."""
        reason = self._reason(address)
        if reason is not None:
            raise OutboundRefused(reason)

    def _judged(self, address: str) -> str | None:
        for meant in _meanings(ip_address(address.partition("%")[0])):
            reason = self._policy(meant)
            if reason is not None:
                alias = "" if str(meant) == address else f" ({meant})"
                return f"connecting to {address}{alias} is not allowed: it is {reason}"
        return None


def _meanings(address: Address) -> Iterator[Address]:
    yield address
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (
        any(address in network for network in _TRANSLATED)
        or (address in _IPV4_COMPATIBLE and int(address) > 1)
        or int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    ):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
