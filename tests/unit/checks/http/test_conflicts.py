"""Fields that do not go together are told by name."""

from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from tests.servers.certificates import Authority

AUTHORITY = Authority()
MINE, OTHER = AUTHORITY.issue("monitor.test"), AUTHORITY.issue("other.test")
OAUTH2 = {
    "auth": "oauth2_client_credentials",
    "token_url": "https://login.test/token",
    "client_id": "monitor",
    "client_secret": "hunter2",
}


def messages(**values: Any) -> dict[str, str]:
    try:
        KindRegistry()["http"].parse({"url": "https://example.org/"} | values)
    except InvalidInput as err:
        return err.fields
    return {}


@pytest.mark.parametrize(
    "values",
    [
        {"auth": "basic", "username": "ann"},
        {"auth": "basic", "username": "ann", "password": "hunter2"},
        {"auth": "bearer", "token": "abc.def-123~+/="},
        OAUTH2 | {"scope": "a b", "audience": "c"},
        {"auth": "none", "headers": {"Authorization": "Digest x"}},
        {"client_certificate": MINE.pem, "client_key": MINE.key_pem()},
        {"ca_certificate": AUTHORITY.pem.decode()},
        {"proxy_url": "http://proxy.test:3128", "proxy_username": "a", "proxy_password": "b"},
        {"proxy_url": "http://[::1]:3128/"},
        {"certificate_warning_days": 0, "certificate_failure_days": 20},
        {"certificate_warning_days": 20, "certificate_failure_days": 20},
        {"method": "POST", "body_type": "json", "body": "[1]"},
        {"body_json": '$.a == "b"', "body_pattern": "a+", "body_contains": "a", "body_lacks": "b"},
        {"method": "HEAD", "expected_headers": {"Server": "/nginx/", "Age": ""}},
    ],
)
def test_what_goes_together(values: dict[str, Any]) -> None:
    assert messages(**values) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"auth": "basic"}, {"username": "is required when auth is basic"}),
        ({"auth": "bearer"}, {"token": "is required when auth is bearer"}),
        (
            {"auth": "oauth2_client_credentials"},
            dict.fromkeys(("token_url", "client_id", "client_secret"), "is required"),
        ),
        ({"username": "ann"}, {"username": "must be empty when auth is none; it belongs to basic"}),
        ({"password": "hunter2"}, {"password": "must be empty when auth is none; it belongs to basic"}),
        (
            {"auth": "bearer", "token": "a", "scope": "x"},
            {"scope": "must be empty when auth is bearer; it belongs to oauth2_client_credentials"},
        ),
        (OAUTH2 | {"token": "hunter2"}, {"token": "it belongs to bearer"}),
        (
            {"auth": "bearer", "token": "a", "headers": {"AUTHORIZATION": "hunter2"}},
            {"headers": "must not have Authorization when auth is bearer"},
        ),
        ({"auth": "basic", "username": "a:hunter2"}, {"username": "must not have a colon"}),
        ({"auth": "basic", "username": "a", "password": "hunter2\n"}, {"password": "control characters"}),
        ({"auth": "bearer", "token": "hunter2 x"}, {"token": "without spaces"}),
        ({"auth": "bearer", "token": "hunter2\r\nX: y"}, {"token": "one line of plain characters"}),
        ({"auth": "digest"}, {"auth": "must be one of"}),
        (OAUTH2 | {"token_url": "login.test"}, {"token_url": "must begin with http:// or https://"}),
        (OAUTH2 | {"token_url": "https://a:hunter2@login.test"}, {"token_url": "must not contain a user name"}),
        ({"body_type": "json", "body": "{"}, {"body": "must be JSON when body_type is json"}),
        ({"body_type": "form", "body": "a"}, {"body": "must have one `name: value` a line"}),
        ({"body_type": "xml"}, {"body_type": "must be one of"}),
        ({"method": "HEAD", "body_json": "$"}, {"body_json": "must be empty when method is HEAD"}),
        ({"method": "HEAD", "body_lacks": "a"}, {"body_lacks": "must be empty when method is HEAD"}),
        ({"body_pattern": "(?=a)"}, {"body_pattern": "must not look around"}),
        ({"body_json": "a"}, {"body_json": "character 1: a path begins with $"}),
        ({"expected_headers": {"A": "/(/"}}, {"expected_headers": "A: must be a valid pattern"}),
        ({"expected_headers": {"A b": ""}}, {"expected_headers": "must have names of letters"}),
        ({"expected_headers": {"A": "", "a": ""}}, {"expected_headers": "must name each header once"}),
        (
            {"certificate_failure_days": 15},
            {"certificate_failure_days": "must be at most certificate_warning_days (14), got 15"},
        ),
        ({"certificate_warning_days": -1}, {"certificate_warning_days": "must be at least 0, got -1"}),
        ({"certificate_warning_days": 4000}, {"certificate_warning_days": "must be at most 3650, got 4000"}),
        ({"client_certificate": MINE.pem}, {"client_key": "is required when there is a client_certificate"}),
        ({"client_key": MINE.key_pem()}, {"client_certificate": "is required when there is a client_key"}),
        (
            {"client_certificate": MINE.pem, "client_key": OTHER.key_pem()},
            {"client_key": "must be the key of client_certificate"},
        ),
        (
            {"url": "http://a.test", "client_certificate": MINE.pem, "client_key": MINE.key_pem()},
            {"client_certificate": "needs a url that begins with https://"},
        ),
        ({"client_key": MINE.key_pem("pw")}, {"client_key": "must not be encrypted"}),
        ({"ca_certificate": MINE.pem}, {"ca_certificate": "must be certificates of authorities"}),
        ({"ca_certificate": AUTHORITY.pem.decode(), "verify_tls": False}, {"ca_certificate": "must be empty"}),
        ({"proxy_url": "https://proxy.test:1"}, {"proxy_url": "must begin with http://, as HTTP proxies do"}),
        ({"proxy_url": "socks5://proxy.test:1"}, {"proxy_url": "must begin with http://, as HTTP proxies do"}),
        ({"proxy_url": "proxy.test:3128"}, {"proxy_url": "must begin with http://"}),
        ({"proxy_url": "http://proxy.test"}, {"proxy_url": "must name a port"}),
        ({"proxy_url": "http://proxy.test:70000"}, {"proxy_url": "must have a port from 1 to 65535"}),
        ({"proxy_url": "http://-x.test:1"}, {"proxy_url": "does not begin with '-'"}),
        ({"proxy_url": "http://proxy.test:1/a"}, {"proxy_url": "must end after the port"}),
        ({"proxy_url": "http://a:hunter2@proxy.test:1"}, {"proxy_url": "must not contain a user name or password"}),
        ({"proxy_username": "a"}, {"proxy_username": "must be empty without proxy_url"}),
        (
            {"proxy_url": "http://p.test:1", "proxy_password": "hunter2"},
            {"proxy_username": "is required when there is a proxy_password"},
        ),
        ({"proxy_url": "http://p.test:1", "proxy_username": "a:b"}, {"proxy_username": "must not have a colon"}),
        ({"is_inverted": "perhaps"}, {"is_inverted": "must be true or false"}),
        ({"password": ["hunter2"]}, {"password": "must be text"}),
        ({"client_key": "hunter2" * 20_000}, {"client_key": "must have at most 65536 characters"}),
    ],
)
def test_what_does_not_go_together_is_told_by_name(values: dict[str, Any], expected: dict[str, str]) -> None:
    told = messages(**values)
    assert told.keys() == expected.keys()
    for name, text in expected.items():
        assert text in told[name]
    assert "hunter2" not in f"{told}"


def test_several_problems_are_told_at_once() -> None:
    told = messages(auth="basic", proxy_username="a", certificate_failure_days=99, body_type="json", body="{")
    assert told.keys() == {"username", "proxy_username", "certificate_failure_days", "body"}


def test_secrets_are_marked_as_such() -> None:
    secret = {field.name for field in KindRegistry()["http"].fields if field.secret}
    assert secret == {"password", "token", "client_secret", "client_key", "proxy_password"}


def test_secrets_are_in_no_representation_of_what_is_made_of_them() -> None:
    kind = KindRegistry()["http"]
    values = OAUTH2 | {
        "client_certificate": MINE.pem,
        "client_key": MINE.key_pem(),
        "proxy_url": "http://p.test:1",
        "proxy_username": "a",
        "proxy_password": "hunter2",
    }
    config: Any = kind.parse({"url": "https://example.org/"} | values)
    shown = f"{config.grant} {config.tls} {config.proxy} {config.target} {config.limit_key}"
    assert "hunter2" not in shown
    assert "PRIVATE" not in shown
    assert config.proxy.authorization not in shown
