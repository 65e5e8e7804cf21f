"""How a certificate is checked."""

from typing import Any

import pytest

from monitor_app.checks.tls_certificate.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["tls_certificate"].parse({"host": "example.org"} | values)
    return caught.value.fields


def test_the_host_is_enough() -> None:
    config = Config(host="Example.ORG")
    assert (config.target, config.limit_key, config.expected_name) == ("example.org:443",) * 2 + ("example.org",)
    assert (config.warning_days, config.failure_days, config.weak, config.verify_tls) == (14, 3, "degraded", True)
    assert Config.default_interval_seconds == 3600


def test_another_server_name_is_shown() -> None:
    config = Config(host="192.0.2.1", server_name="WWW.example.org")
    assert (config.target, config.expected_name) == ("192.0.2.1:443 (www.example.org)", "www.example.org")


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": "-x"}, "host", "does not begin with '-'"),
        ({"host": "a\nb"}, "host", "without spaces and line breaks"),
        ({"host": "https://a"}, "host", "must have a"),
        ({"port": 0}, "port", "must be at least 1, got 0"),
        ({"port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"warning_days": -1}, "warning_days", "must be at least 0, got -1"),
        ({"warning_days": "soon"}, "warning_days", "must be a number, got 'soon'"),
        ({"failure_days": 15}, "failure_days", "must be at most the 14 days that are a warning, got 15"),
        ({"warning_days": 2}, "failure_days", "must be at most the 2 days that are a warning, got 3"),
        ({"starttls": "ftp"}, "starttls", "must be one of 'none', 'smtp'"),
        ({"server_name": "a b"}, "server_name", "without spaces"),
        ({"server_name": "-a"}, "server_name", "does not begin with '-'"),
        ({"weak": "terrible"}, "weak", "must be one of 'degraded', 'failed' or 'ignored'"),
        ({"url": "x"}, "url", "is not a field of this kind"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(values: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**values)[field]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("tls://example.org", [("example.org", 443, "none")]),
        ("TLS://example.org:8443/", [("example.org", 8443, "none")]),
        ("ssl://[::1]:636", [("::1", 636, "none")]),
        ("cert:example.org", [("example.org", 443, "none")]),
        ("tls://mail.example.org:587", [("mail.example.org", 587, "smtp")]),
        ("tls://mail.example.org:143", [("mail.example.org", 143, "imap")]),
        ("tls://ldap.example.org:389", [("ldap.example.org", 389, "ldap")]),
        ("tls://db.example.org:5432", [("db.example.org", 5432, "postgres")]),
        ("example.org:443", []),
        ("https://example.org", []),
    ],
)
def test_addresses_become_configs(address: str, found: list[tuple[str, int, str]]) -> None:
    assert [(config.host, config.port, config.starttls) for config in Config.from_address(address)] == found


@pytest.mark.parametrize("address", ["tls://", "tls://a:0", "tls://-a", "tls://a/b", "tls://a b"])
def test_wrong_addresses_are_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert "must " in caught.value.fields["address"]
