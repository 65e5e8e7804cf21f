"""Rules of where connections may go."""

from ipaddress import ip_address

import pytest

from monitor_app.domain.outbound import parse_rule


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        (" 10.0.0.5 ", "10.0.0.5"),
        ("10.0.0.5/32", "10.0.0.5"),
        ("10.0.0.5:5432", "10.0.0.5:5432"),
        ("10.0.0.0/8:22", "10.0.0.0/8:22"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8:0::1]:443", "[2001:db8::1]:443"),
        ("fd00::/8", "fd00::/8"),
        ("[fd00::/8]:443", "[fd00::/8]:443"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("DB.Example.org.", "db.example.org"),
        ("db.example.org:5432", "db.example.org:5432"),
        ("*.internal.example", "*.internal.example"),
        ("*.internal.example:443", "*.internal.example:443"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("*", "*"),
        ("*:25", "*:25"),
        ("router", "router"),
    ],
)
def test_rule_is_written_in_one_way(written: str, normal: str) -> None:
    assert str(parse_rule(written)) == normal
    assert parse_rule(normal) == parse_rule(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "10.0.0",
        "10.0.0.300",
        "010.0.0.1",
        "0x7f000001",
        "2130706433",
        "10.0.0.0/33",
        "10.0.0.1-10.0.0.9",
        "fe80::1%eth0",
        "[10.0.0.1]:80",
        "[2001:db8::1",
        "[2001:db8::1]443",
        "a b.example",
        "-x.example",
        "http://example.org",
        "example.org/path",
        "a..example",
        "*x.example",
        "a.*.example",
        "*.",
        "*.*",
        "bü cher",
        "\u200d.example",
        "ü-.example",
        "１０.0.0.1",
        "x" * 301,
        f"{'x' * 64}.example",
        "a\nb",
    ],
)
def test_what_is_no_rule_is_refused_in_words(written: str) -> None:
    with pytest.raises(ValueError, match=r"must be an address or network such as 10\.0\.0\.0/8") as caught:
        parse_rule(written)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("written", ["10.0.0.1:0", "10.0.0.1:70000", "example.org:", "example.org:http", "[::1]:٣"])
def test_port_out_of_range_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must have a port from 1 to 65535, got"):
        parse_rule(written)


def test_bits_beyond_a_network_are_told() -> None:
    with pytest.raises(ValueError, match=r"perhaps 10\.0\.0\.0/24, got '10\.0\.0\.7/24'"):
        parse_rule("10.0.0.7/24")


@pytest.mark.parametrize(
    ("rule", "address", "port", "host", "is_covered"),
    [
        ("10.0.0.0/8", "10.1.2.3", 80, "", True),
        ("10.0.0.0/8", "10.1.2.3", None, "", True),
        ("10.0.0.0/8", "11.1.2.3", 80, "", False),
        ("10.0.0.0/8", "fd00::1", 80, "", False),
        ("10.0.0.0/8:80", "10.1.2.3", 80, "", True),
        ("10.0.0.0/8:80", "10.1.2.3", 81, "", False),
        ("10.0.0.0/8:80", "10.1.2.3", None, "", False),
        ("fd00::/8", "fd12::1", 1, "", True),
        ("db.example", "10.1.2.3", 1, "db.example", True),
        ("db.example", "10.1.2.3", 1, "x.db.example", False),
        ("db.example", "10.1.2.3", 1, "", False),
        ("*.db.example", "10.1.2.3", 1, "x.y.db.example", True),
        ("*.db.example", "10.1.2.3", 1, "db.example", False),
        ("*.db.example", "10.1.2.3", 1, "xdb.example", False),
        ("*.db.example:22", "10.1.2.3", 22, "x.db.example", True),
        ("*.db.example:22", "10.1.2.3", 23, "x.db.example", False),
        ("*", "10.1.2.3", None, "", True),
        ("*:25", "2001:db8::1", 25, "mail.example", True),
        ("*:25", "2001:db8::1", 26, "mail.example", False),
    ],
)
def test_what_a_rule_covers(rule: str, address: str, port: int | None, host: str, is_covered: bool) -> None:
    assert parse_rule(rule).covers(ip_address(address), port, host) is is_covered
