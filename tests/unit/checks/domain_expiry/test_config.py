"""How a domain's registration is checked."""

from typing import Any

import pytest

from monitor_app.checks.domain_expiry.config import Config
from monitor_app.checks.domain_expiry.registry import candidates
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["domain_expiry"].parse({"domain": "example.org"} | values)
    return caught.value.fields


def test_only_the_domain_is_required() -> None:
    config = Config(domain="Bücher.Example.")
    assert (config.domain, config.warning_days, config.failure_days) == ("xn--bcher-kva.example", 30, 7)
    assert (config.rdap_base_url, config.deadline_seconds) == ("", 20.0)
    assert Config.default_interval_seconds == 21_600


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("org", "must have at least two parts"),
        ("", "must name a host"),
        ("-example.org", "does not begin with '-'"),
        ("example.org\nb", "without spaces and line breaks"),
        ("192.0.2.1", "must be a name, not an address"),
        ("2001:db8::1", "must be a name, not an address"),
        ("example.org/../x", "made of letters"),
        (None, "must be text"),
    ],
)
def test_wrong_domains_are_refused(domain: Any, message: str) -> None:
    assert message in refused(domain=domain)["domain"]


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"warning_days": 0}, "warning_days", "must be at least 1, got 0"),
        ({"warning_days": "many"}, "warning_days", "must be a whole number"),
        ({"failure_days": -1}, "failure_days", "must be at least 0"),
        ({"failure_days": 30}, "failure_days", "must be less than the 30 days of the warning, got 30"),
        ({"warning_days": 5, "failure_days": 6}, "failure_days", "must be less than the 5 days"),
        ({"warning_days": 7}, "failure_days", "must be less than the 7 days of the warning, got 7"),
        ({"rdap_base_url": "rdap.example.net"}, "rdap_base_url", "must begin with https:// or http://"),
        ({"rdap_base_url": "ftp://rdap.example.net"}, "rdap_base_url", "must begin with https:// or http://"),
        ({"rdap_base_url": "https://u:hunter2@rdap.example.net"}, "rdap_base_url", "without user name"),
        ({"rdap_base_url": "https://rdap.example.net/?a=b"}, "rdap_base_url", "without user name, query"),
        ({"rdap_base_url": "https://-rdap.example.net"}, "rdap_base_url", "does not begin with '-'"),
        ({"rdap_base_url": "https://rdap.example.net:0/"}, "rdap_base_url", "must have a port"),
        ({"rdap_base_url": "https://[::1"}, "rdap_base_url", "must be a valid URL"),
        ({"rdap_base_url": "https://a b"}, "rdap_base_url", "have no spaces"),
        ({"deadline_seconds": 500}, "deadline_seconds", "must be at most 120"),
    ],
)
def test_wrong_and_conflicting_fields_are_refused(values: dict[str, Any], field: str, message: str) -> None:
    told = refused(**values)[field]
    assert message in told
    assert "hunter2" not in told


def test_target_and_limit_key() -> None:
    config = Config(domain="example.org")
    assert (config.target, config.limit_key) == ("example.org", "rdap:org")
    config = Config(domain="example.org", rdap_base_url="https://rdap.example.net/v1")
    assert config.limit_key == config.rdap_base_url == "https://rdap.example.net/v1/"


def test_what_a_name_is_below_of() -> None:
    assert candidates("example.org") == ["example.org"]
    assert candidates("www.example.co.uk") == ["www.example.co.uk", "example.co.uk", "co.uk"]
    assert candidates("a.b.c.d.example.co.uk") == ["a.b.c.d.example.co.uk", "d.example.co.uk", "example.co.uk", "co.uk"]


@pytest.mark.parametrize("address", ["domain:example.org", " DOMAIN:Example.org ", "domain://example.org/"])
def test_addresses_become_configs(address: str) -> None:
    assert [config.domain for config in Config.from_address(address)] == ["example.org"]


@pytest.mark.parametrize("address", ["example.org", "domain", "https://example.org"])
def test_addresses_of_others_are_left_to_them(address: str) -> None:
    assert Config.from_address(address) == []


@pytest.mark.parametrize("address", ["domain:", "domain:org", "domain:-a.org", "domain:a b"])
def test_wrong_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert caught.value.fields["address"].startswith("must")
