"""How the health of a gRPC service is checked."""

from typing import Any

import pytest

from monitor_app.checks.grpc.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["grpc"].parse({"host": "api.example.org"} | values)
    return caught.value.fields


def test_only_the_host_is_required() -> None:
    config = Config(host="API.example.org")
    assert (config.host, config.port, config.service) == ("api.example.org", 50051, "")
    assert (config.tls, config.verify_tls, config.server_name, config.metadata) == (False, True, "", {})


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": "-api"}, "host", "does not begin with '-'"),
        ({"host": "api\nb"}, "host", "without spaces and line breaks"),
        ({"host": ""}, "host", "must name a host"),
        ({"port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"port": "ssh"}, "port", "must be a whole number"),
        ({"service": "x" * 201}, "service", "must have at most 200 characters"),
        ({"service": "a b"}, "service", "must be a name without spaces"),
        ({"service": "a\x00b"}, "service", "must be a name without spaces and control characters"),
        ({"verify_tls": False}, "verify_tls", "must be on when TLS is off"),
        ({"server_name": "api.test"}, "server_name", "must be empty when TLS is off"),
        ({"tls": True, "server_name": "-api"}, "server_name", "does not begin with '-'"),
        ({"tls": "perhaps"}, "tls", "must be true or false"),
        ({"metadata": {"grpc-timeout": "1S"}}, "metadata", "must leave grpc-timeout to Lightbulb"),
        ({"metadata": {"TE": "x"}}, "metadata", "must leave TE to Lightbulb"),
        ({"metadata": {":path": "x"}}, "metadata", "must have names of letters"),
        ({"metadata": {"x": "hunter2\nx"}}, "metadata", "that of x has a line break"),
        ({"metadata": {"x": "hunter2ä"}}, "metadata", "must have values of ASCII"),
        ({"metadata": {"x": 5}}, "metadata", "must be text"),
        ({"deadline_seconds": 0}, "deadline_seconds", "must be at least 0.1"),
    ],
)
def test_wrong_and_conflicting_fields_are_refused(values: dict[str, Any], field: str, message: str) -> None:
    told = refused(**values)[field]
    assert message in told
    assert "hunter2" not in told


def test_target_limit_key_and_authority() -> None:
    config = Config(host="2001:db8::1", service="shop.v1.Orders")
    assert (config.target, config.limit_key) == ("[2001:db8::1]:50051/shop.v1.Orders", "[2001:db8::1]:50051")
    config = Config(host="192.0.2.1", port=443, tls=True, server_name="api.test")
    assert (config.target, config.authority) == ("192.0.2.1:443", "api.test:443")


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("grpc://api.test", {"host": "api.test"}),
        ("grpc://api.test:9000/shop.v1.Orders", {"host": "api.test", "port": 9000, "service": "shop.v1.Orders"}),
        ("GRPCS://[::1]/", {"host": "::1", "port": 443, "tls": True}),
    ],
)
def test_addresses_become_configs(address: str, fields: dict[str, Any]) -> None:
    assert Config.from_address(address) == [Config(**fields)]


@pytest.mark.parametrize("address", ["api.test:50051", "https://api.test", "grpc:api.test"])
def test_addresses_of_others_are_left_to_them(address: str) -> None:
    assert Config.from_address(address) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("grpc://", "must name a host"),
        ("grpc://api.test:70000", "must have a port"),
        ("grpc://-api", "does not begin with '-'"),
        ("grpc://api/a?b=c", "must be grpc://host:port/service"),
        ("grpc://api/a b", "must be a name without spaces"),
        ("grpc://user:hunter2@api", "must"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert message in caught.value.fields["address"]
    assert "hunter2" not in caught.value.fields["address"]
