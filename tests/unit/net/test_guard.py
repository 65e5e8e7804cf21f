"""Which addresses may be connected to."""

import pytest

from monitor_app.errors import OutboundRefused
from monitor_app.net.guard import Guard
from monitor_app.net.policy import OutboundPolicy


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "8.8.8.8",
        "::1",
        "fd12::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "2001:db8::5efe:10.0.0.1",
        "2001:db8::1:5efe:a9fe:a9fe",  # looks like ISATAP, but is not
    ],
)
def test_private_addresses_and_this_machine_are_allowed(address: str) -> None:
    Guard().check(address)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("169.254.169.254", "link-local"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("100.100.100.200", "cloud metadata"),
        ("168.63.129.16", "cloud metadata"),
        ("fd00:ec2::254", "cloud metadata"),
        ("0.0.0.0", "not the address of a machine"),
        ("0.1.2.3", "not the address of a machine"),
        ("::", "not the address of a machine"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
    ],
)
def test_what_nobody_watches_is_refused(address: str, reason: str) -> None:
    with pytest.raises(OutboundRefused, match=reason):
        Guard().check(address)


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:169.254.169.254",  # IPv4-mapped
        "2002:a9fe:a9fe::1",  # 6to4
        "64:ff9b::169.254.169.254",  # NAT64
        "64:ff9b:1::169.254.169.254",  # NAT64 for local use
        "::169.254.169.254",  # IPv4-compatible
        "::ffff:0:a9fe:a9fe",  # IPv4-translated (SIIT)
        "2001:db8::5efe:a9fe:a9fe",  # ISATAP
        "2001:db8::200:5efe:a9fe:a9fe",  # ISATAP with a global IPv4 address
        "fd12:3456:789a:1:0:5efe:a9fe:a9fe",  # ISATAP in a private network
        "2001:0:a9fe:a9fe:0:ffff:f5ff:fffe",  # Teredo, by its server
        "2001:0:4136:e378:0:ffff:5601:5601",  # Teredo, by its client
    ],
)
def test_ipv4_inside_ipv6_is_unwrapped(address: str) -> None:
    with pytest.raises(OutboundRefused, match=r"169\.254\.169\.254"):
        Guard().check(address)


def test_the_policy_can_be_replaced() -> None:
    guard = Guard()
    guard.check("10.0.0.1")
    guard.use(OutboundPolicy(is_private_allowed=False))
    guard.check("8.8.8.8")
    with pytest.raises(OutboundRefused, match=r"10\.0\.0\.1 is not allowed: it is a private address"):
        guard.check("10.0.0.1")
