"""Which hosts and ports may be given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.plugins.hosts import checked_host, checked_port, host_port_of, shown_host_port


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.org", "example.org"),
        ("Example.ORG.", "example.org"),
        ("db_main", "db_main"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("a" * 63, "a" * 63),
        ("a." * 126 + "a", "a." * 126 + "a"),
    ],
)
def test_hosts_become_what_goes_over_the_wire(text: str, host: str) -> None:
    assert checked_host(text) == host


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must name a host, such as"),
        (".", "letters, digits, hyphens and dots"),
        ("-oProxyCommand=x", "must have a host that does not begin with '-', got '-oProxyCommand=x'"),
        ("exa mple.org", "without spaces and line breaks"),
        ("example.org\n", "without spaces and line breaks"),
        ("example.org\r\nQUIT", "without spaces and line breaks"),
        ("example.org\x00", "without control characters"),
        ("example.org\u202e", "without control characters"),
        ("example.org/a", "letters, digits, hyphens and dots"),
        ("a\\b", "letters, digits, hyphens and dots"),
        ("user@example.org", "letters, digits, hyphens and dots"),
        ("a..b", "letters, digits, hyphens and dots"),
        ("a-.org", "letters, digits, hyphens and dots"),
        ("a" * 64, "1-63 characters"),
        ("a." * 127 + "a", "253 in all"),
        ("ü." + "a" * 64, "valid host name"),
        ("127.1", "full IPv4 address"),
        ("2130706433", "full IPv4 address"),
        ("0x7f000001", "full IPv4 address"),
        ("256.1.1.1", "full IPv4 address"),
        ("::g", "must have a valid IPv6 address, such as 2001:db8::1, got '::g'"),
        ("[::1", "valid IPv6 address"),
        ("fe80::1%eth0", "valid IPv6 address"),
    ],
)
def test_other_hosts_are_refused_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked_host(text)
    assert message in str(caught.value)


@given(st.text(max_size=40))
def test_whatever_is_taken_is_plain_ascii_and_stays_the_same(text: str) -> None:
    try:
        host = checked_host(text)
    except ValueError:
        return
    assert host.isascii()
    assert not set(host) & set(" \t\r\n/\\@'\"%[]")
    assert not host.startswith("-")
    assert checked_host(host) == host


@pytest.mark.parametrize("text", ["1", "65535", 443, "0443"])
def test_ports_are_numbers(text: str | int) -> None:
    assert checked_port(text) == int(text)


@pytest.mark.parametrize("text", ["", "0", "70000", "-1", "http", "²", "٣", "1" * 5000, 0, 65536, "4 3", "80\n"])
def test_other_ports_are_refused(text: str | int) -> None:
    with pytest.raises(ValueError, match="must have a port from 1 to 65535, got "):
        checked_port(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Example.org:5432", ("example.org", 5432)),
        ("192.0.2.1:1", ("192.0.2.1", 1)),
        ("[::1]:22", ("::1", 22)),
    ],
)
def test_host_and_port_are_told_apart(text: str, parts: tuple[str, int]) -> None:
    assert host_port_of(text) == parts
    assert host_port_of(shown_host_port(*parts)) == parts


@pytest.mark.parametrize("text", ["example.org", "[::1]", "::1"])
def test_a_host_alone_gets_the_default_port(text: str) -> None:
    assert host_port_of(text, 25) == (text.strip("[]"), 25)
    with pytest.raises(ValueError, match="must name a port"):
        host_port_of(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example.org:", "must have a port from 1 to 65535, got ''"),
        ("example.org:70000", "got '70000'"),
        (":80", "must name a host"),
        ("[::1]80", "in brackets, then :port"),
        ("[::1", "in brackets, then :port"),
        ("[example.org]:80", "letters, digits"),
        ("-x:80", "does not begin with '-'"),
        ("a b:80", "without spaces"),
    ],
)
def test_wrong_pairs_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        host_port_of(text, 25)
    assert message in str(caught.value)


def test_a_password_is_never_repeated() -> None:
    with pytest.raises(ValueError) as caught:
        host_port_of("user:hunter2@example.org:25")
    assert "hunter2" not in str(caught.value)
