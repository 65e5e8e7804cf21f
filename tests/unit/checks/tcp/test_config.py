"""How a port is checked."""

from typing import Any

import pytest

from monitor_app.checks.tcp.config import TLS_MODES, Config
from monitor_app.errors import InvalidInput
from monitor_app.net.starttls import DIALOGUES
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["tcp"].parse({"host": "example.org", "port": 22} | values)
    return caught.value.fields


def test_host_and_port_are_enough() -> None:
    config = Config(host="Example.ORG", port=22)
    assert (config.target, config.limit_key) == ("example.org:22", "example.org:22")
    assert (config.send_bytes, config.expect_bytes, config.tls, config.verify_tls) == (b"", b"", "none", True)


def test_an_ipv6_address_gets_brackets() -> None:
    assert Config(host="::1", port=22).target == "[::1]:22"


def test_spaces_of_what_is_sent_and_expected_are_kept() -> None:
    config = Config(host="a", port=1, send=" x ", expect="\\n ")
    assert (config.send_bytes, config.expect_bytes) == (b" x ", b"\n ")


def test_every_dialogue_can_be_chosen() -> None:
    assert {"none", "direct", *DIALOGUES} == set(TLS_MODES)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": "-e"}, "host", "does not begin with '-', got '-e'"),
        ({"host": "a\nb"}, "host", "without spaces and line breaks"),
        ({"host": "a/b"}, "host", "letters, digits, hyphens and dots"),
        ({"port": 0}, "port", "must be at least 1, got 0"),
        ({"port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"port": "ssh"}, "port", "must be a whole number, got 'ssh'"),
        ({"send": "\\q"}, "send", r"after a backslash, got \q"),
        ({"send": "x" * 5000}, "send", "must have at most 4096 characters, got 5000"),
        ({"expect": "\\x4"}, "expect", "after a backslash"),
        ({"expect_within_bytes": 0}, "expect_within_bytes", "must be at least 1, got 0"),
        ({"expect_within_bytes": 65537}, "expect_within_bytes", "must be at most 65536"),
        (
            {"expect": "SSH-", "expect_within_bytes": 3},
            "expect_within_bytes",
            "must be at least the 4 bytes of what is expected, got 3",
        ),
        ({"tls": "mysql"}, "tls", "must be one of 'none', 'direct'"),
        ({"verify_tls": "maybe"}, "verify_tls", "must be true or false"),
        ({"server_name": "example.org"}, "server_name", "must be empty when TLS is none"),
        ({"server_name": "a b", "tls": "direct"}, "server_name", "without spaces"),
        ({"path": "/"}, "path", "is not a field of this kind"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(values: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**values)[field]


@pytest.mark.parametrize(
    ("address", "targets"),
    [
        ("tcp://example.org:8080", ["example.org:8080"]),
        ("TCP://[::1]:22/", ["[::1]:22"]),
        ("tcp:example.org:22", ["example.org:22"]),
        ("example.org:22", ["example.org:22"]),
        ("[::1]:22", ["[::1]:22"]),
        ("example.org:8080", []),
        ("example.org:5432", []),
        ("example.org", []),
        ("https://example.org:22", []),
        ("::1", []),
        ("", []),
    ],
)
def test_addresses_become_configs(address: str, targets: list[str]) -> None:
    assert [config.target for config in Config.from_address(address)] == targets


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://example.org", "must name a port"),
        ("tcp://example.org:70000", "must have a port from 1 to 65535, got '70000'"),
        ("tcp://-x:22", "does not begin with '-'"),
        ("tcp://user:hunter2@example.org:22", "must name a port"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert message in caught.value.fields["address"]
    assert "hunter2" not in str(caught.value)
