"""Who is asked when nobody is named."""

import pytest

from monitor_app.net.dns_query import DnsServer, server_of


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("10.0.0.1:53", "10.0.0.1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
        ("[fe80::1]:53%eth0", "fe80::1%eth0", 53),
    ],
)
def test_servers_as_the_system_names_them(text: str, address: str, port: int) -> None:
    assert server_of(text) == DnsServer(address, port, is_own=True)


def test_a_server_is_shown_with_its_port() -> None:
    assert [str(DnsServer(address)) for address in ("192.0.2.1", "2001:db8::1")] == ["192.0.2.1:53", "[2001:db8::1]:53"]
