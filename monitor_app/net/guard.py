"""Decides, at the moment of connecting, which addresses may be connected to."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from monitor_app.domain.outbound import Address
from monitor_app.errors import OutboundRefused
from monitor_app.net.names import is_address
from monitor_app.net.policy import TRANSLATED, OutboundPolicy

CACHE_SIZE = 10_000
_IPV4_COMPATIBLE = IPv6Network("::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
# RFC 5214: in any network, 0000:5efe or 0200:5efe before the IPv4 address.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
# RFC 6052, section 2.2: which bytes hold the IPv4 address when a translator's prefix has 48, 56 or 64 bits.
_SHORT_PREFIXES = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12))


class Guard:
    """Judges each address right before it is connected to, whatever name or redirect led there.

    What was judged is remembered until the policy changes.
    """

    def __init__(self, policy: OutboundPolicy | None = None) -> None:
        self.use(policy or OutboundPolicy())

    @property
    def policy(self) -> OutboundPolicy:
        """The rules that hold now."""
        return self._policy

    def use(self, policy: OutboundPolicy) -> None:
        """Judge by these rules from now on."""
        self._policy = policy
        self._reason = lru_cache(maxsize=CACHE_SIZE)(self._judged)

    def check(self, address: str, port: int | None = None, host: str = "") -> None:
        """Raises OutboundRefused. An IPv6 address is also judged by the IPv4 addresses it stands for.

        `port` is None for what has none, such as a ping; `host` is the name that led to the address.
        """
        policy = self._policy
        if port in policy.own_ports:
            self._check_own(address, port)
        name = _plain(host) if policy.is_about_names else ""
        reason = self._reason(address, port if policy.is_about_ports else None, name)
        if reason is not None:
            raise OutboundRefused(reason)

    def check_unresolved(self, host: str, port: int) -> None:
        """Judge a host whose name somebody else looks up, such as a proxy. Raises OutboundRefused."""
        name = _plain(host)
        if is_address(name):
            self.check(name, port, name)
            return
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
            for address in ("127.0.0.1", "::1"):
                self.check(address, port, name)
        reason = self._policy.name_refusal(port, name)
        if reason is not None:
            raise OutboundRefused(f"connecting to {name} is not allowed: {reason}")

    def _check_own(self, address: str, port: int | None) -> None:
        for meant in meanings(address):
            reason = self._policy.own_refusal(meant, port)
            if reason is not None:
                raise OutboundRefused(_words(f"{address} at port {port}", address, meant, reason))

    def _judged(self, address: str, port: int | None, host: str) -> str | None:
        try:
            meant_addresses = meanings(address)
        except ValueError:
            return f"connecting to {address!a} is not allowed: it is not an IP address"
        for meant in meant_addresses:
            reason = self._policy.refusal(meant, port, host)
            if reason is not None:
                return _words(address, address, meant, reason)
        return None


def _plain(host: str) -> str:
    """As rules are written: names mean the same in upper case and with a final dot."""
    return host.lower().removesuffix(".")


def meanings(address: str) -> tuple[Address, ...]:
    """The address, then the IPv4 addresses that it may lead to by one of the ways to write them into IPv6.

    Raises ValueError for what is no address.
    """
    return tuple(dict.fromkeys(_meanings(ip_address(address.partition("%")[0]))))


def _meanings(address: Address) -> Iterator[Address]:
    yield address
    if isinstance(address, IPv4Address):
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (
        any(address in network for network in TRANSLATED)
        or (address in _IPV4_COMPATIBLE and int(address) > 1)
        or int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    ):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _LOCAL_NAT64:
        yield from _by_short_prefixes(address)


def _by_short_prefixes(address: IPv6Address) -> Iterator[IPv4Address]:
    """What translators for local use might read, whose prefix is longer or shorter; zeros are no address."""
    for places in _SHORT_PREFIXES:
        octets = bytes(address.packed[place] for place in places)
        if octets[0]:
            yield IPv4Address(octets)


def _words(target: str, address: str, meant: Address, reason: str) -> str:
    alias = "" if str(meant) == address else f" ({meant})"
    return f"connecting to {target}{alias} is not allowed: {reason}"
