"""Which addresses may be connected to."""

from pathlib import Path

import pytest

from monitor_app.domain.outbound import parse_rule
from monitor_app.errors import OutboundRefused
from monitor_app.net.guard import Guard, meanings
from monitor_app.net.names import is_address
from monitor_app.net.own import OwnPlace
from monitor_app.net.policy import OutboundPolicy
from monitor_app.plugins.hosts import checked_host
from tests.disguised import ALWAYS, PRIVATE
from tests.outbound import WAYS

STRICT = OutboundPolicy(is_private_allowed=False)
ALL_ALLOWED = OutboundPolicy(allow=(parse_rule("*"), parse_rule("0.0.0.0/0"), parse_rule("::/0")))


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


def is_refused(host: str, policy: OutboundPolicy) -> bool:
    """By the form, or by the guard."""
    try:
        place = checked_host(host)
    except ValueError:
        return True
    for address in [place] if is_address(place) else ["127.0.0.1", "::1"]:  # the one name among them is localhost
        try:
            Guard(policy).check(address, 80, place)
        except OutboundRefused:
            continue
        return False
    return True


def test_docs_quote_what_is_tried() -> None:
    always, private = len(set(ALWAYS)), len(set(PRIVATE))
    told = (Path(__file__).parents[3] / "docs" / "outbound.md").read_text()
    assert f"{always + private} disguised addresses: {always} refused whatever is allowed, {private} when" in told
    assert f"takes {len(WAYS)} ways to connect of all {len({way.kind for way in WAYS.values()})} kinds" in told


@pytest.mark.parametrize("host", ALWAYS)
def test_disguised_address_is_refused_whatever_is_allowed(host: str) -> None:
    assert is_refused(host, ALL_ALLOWED)
    assert is_refused(host, STRICT)


@pytest.mark.parametrize("host", PRIVATE)
def test_disguised_private_address_is_refused_when_those_are(host: str) -> None:
    assert is_refused(host, STRICT)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::8.8.8.8",
        "2002:808:808::1",
        "2001:0:4136:e378:0:ffff:f7f7:f7f7",
        "2606:4700::5efe:8.8.8.8",
    ],
)
def test_public_address_is_allowed_in_each_form(address: str) -> None:
    Guard(STRICT).check(address, 443, "example.org")


@pytest.mark.parametrize("address", ["", "example.org", "0x7f000001", "127.1", "10.0.0.1\n", "1" * 400, "\ud800"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(OutboundRefused, match="is not allowed: it is not an IP address"):
        Guard().check(address)


def test_address_means_itself_first() -> None:
    assert [str(meant) for meant in meanings("2002:a00:1::1")] == ["2002:a00:1::1", "10.0.0.1"]


def test_verdict_is_kept_until_the_policy_changes() -> None:
    asked = []

    class Counting(OutboundPolicy):
        def refusal(self, address: object, port: int | None, host: str) -> str | None:
            asked.append((str(address), port, host))
            return None

    guard = Guard(Counting())
    for port in (80, 443):
        guard.check("10.0.0.1", port, f"{port}.example")
    assert asked == [("10.0.0.1", None, "")]
    guard.use(Counting(deny=(parse_rule("x.example:1"),)))
    for port in (80, 443, 80):
        guard.check("10.0.0.1", port, f"{port}.example")
    assert asked[1:] == [("10.0.0.1", 80, "80.example"), ("10.0.0.1", 443, "443.example")]


OWN = OutboundPolicy(
    allow=(parse_rule("*"), parse_rule("10.0.0.7:5432")),
    own=(
        OwnPlace("the port of Lightbulb itself", 3000, is_here=True),
        OwnPlace("Lightbulb's own database", 5432, "db.example", meanings("10.0.0.7")),
    ),
)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("127.0.0.1", 3000),
        ("127.9.9.9", 3000),
        ("::1", 3000),
        ("::ffff:127.0.0.1", 3000),
        ("64:ff9b::7f00:1", 3000),
        ("10.0.0.7", 5432),
        ("::ffff:10.0.0.7", 5432),
        ("2002:a00:7::", 5432),
    ],
)
def test_own_places_are_refused_whatever_is_allowed(address: str, port: int) -> None:
    with pytest.raises(OutboundRefused, match=f"at port {port}.* is not allowed: it is .*Lightbulb.* always refused"):
        Guard(OWN).check(address, port, "x.example")


@pytest.mark.parametrize(
    ("address", "port"),
    [("127.0.0.1", 3001), ("10.0.0.8", 5432), ("10.0.0.7", 5433), ("192.0.2.1", 3000), ("127.0.0.1", None)],
)
def test_what_is_beside_own_places_is_allowed(address: str, port: int | None) -> None:
    Guard(OWN).check(address, port, "x.example")


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("169.254.169.254", 80, "link-local"),
        ("169.254.169.254.", 80, "link-local"),
        ("metadata.google.internal", 80, "a cloud's metadata"),
        ("METADATA.google.internal.", 80, "a cloud's metadata"),
        ("localhost", 3000, "the port of Lightbulb itself"),
        ("x.localhost", 3000, "the port of Lightbulb itself"),
        ("db.example", 5432, "Lightbulb's own database"),
        ("10.0.0.7", 5432, "Lightbulb's own database"),
    ],
)
def test_target_behind_a_proxy_is_judged_as_far_as_it_is_known(host: str, port: int, words: str) -> None:
    with pytest.raises(OutboundRefused, match=f"is not allowed: it is .*{words}"):
        Guard(OWN).check_unresolved(host, port)


def test_rules_of_names_count_behind_a_proxy() -> None:
    guard = Guard(OutboundPolicy(deny=(parse_rule("*.intern.example:443"), parse_rule("10.0.0.0/8"))))
    guard.check_unresolved("a.intern.example", 80)
    guard.check_unresolved("db.example", 5432)
    guard.check_unresolved("localhost", 80)
    with pytest.raises(OutboundRefused, match=r'connecting to a\.intern\.example .*the rule "\*\.intern\.example:443"'):
        guard.check_unresolved("a.intern.example", 443)


@pytest.mark.parametrize("host", ["db.example", "DB.example", "db.example.", "x.DB.example."])
def test_case_and_final_dot_of_a_name_make_no_difference(host: str) -> None:
    guard = Guard(OutboundPolicy(deny=(parse_rule("db.example"), parse_rule("*.db.example"))))
    for judge in (lambda: guard.check("192.0.2.1", 80, host), lambda: guard.check_unresolved(host, 80)):
        with pytest.raises(OutboundRefused, match="forbids it"):
            judge()
