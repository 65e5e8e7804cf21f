"""How a ping is configured."""

from typing import Any

import pytest

from monitor_app.checks.icmp.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["icmp"].parse({"host": "example.org"} | values)
    return caught.value.fields


def test_only_the_host_is_required() -> None:
    config = Config(host="Example.ORG")
    assert (config.host, config.target, config.limit_key) == ("example.org", "example.org", "example.org")
    assert (config.count, config.spacing_seconds, config.payload_bytes) == (3, 0.2, 56)
    assert (config.loss_warning_percent, config.ip_version, config.deadline_seconds) == (50.0, "any", 3.0)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": "-c1"}, "host", "must have a host that does not begin with '-', got '-c1'"),
        ({"host": "a\nb"}, "host", "without spaces and line breaks"),
        ({"host": ""}, "host", "must name a host"),
        ({"host": 5}, "host", "must be text, got 5"),
        ({"host": "example.org/24"}, "host", "letters, digits, hyphens and dots"),
        ({"count": 0}, "count", "must be at least 1, got 0"),
        ({"count": 21}, "count", "must be at most 20, got 21"),
        ({"count": "many"}, "count", "must be a whole number, got 'many'"),
        ({"loss_warning_percent": 0}, "loss_warning_percent", "must be more than 0, got 0"),
        ({"loss_warning_percent": 101}, "loss_warning_percent", "must be at most 100, got 101"),
        ({"ip_version": "5"}, "ip_version", "must be one of 'any', '4' or '6', got '5'"),
        ({"payload_bytes": 15}, "payload_bytes", "must be at least 16, got 15"),
        ({"payload_bytes": 65000}, "payload_bytes", "must be at most 1452, got 65000"),
        ({"spacing_seconds": 0}, "spacing_seconds", "must be at least 0.02, got 0"),
        ({"port": 80}, "port", "is not a field of this kind"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(values: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**values)[field]


@pytest.mark.parametrize(
    "values",
    [{"count": 20, "spacing_seconds": 5}, {"deadline_seconds": 0.4}, {"count": 16}],
    ids=["spacing", "deadline", "count"],
)
def test_echoes_that_cannot_be_sent_in_time_are_refused(values: dict[str, Any]) -> None:
    assert "are sent before the deadline of" in refused(**values)["spacing_seconds"]


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("ping example.org", ["example.org"]),
        (" PING  192.0.2.1 ", ["192.0.2.1"]),
        ("icmp://example.org", ["example.org"]),
        ("icmp://[::1]/", ["::1"]),
        ("ping:example.org", ["example.org"]),
        ("ping ::1", ["::1"]),
        ("example.org", []),
        ("https://ping/", []),
        ("pinger.example.org", []),
    ],
)
def test_addresses_become_configs(address: str, hosts: list[str]) -> None:
    assert [config.host for config in Config.from_address(address)] == hosts


@pytest.mark.parametrize("address", ["ping -f", "ping a b", "icmp://", "icmp://a:80", "icmp://user@a"])
def test_wrong_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert "must " in caught.value.fields["address"]
