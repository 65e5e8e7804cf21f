"""How an http check is configured."""

from typing import Any

import pytest

from monitor_app.checks.http.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

URL = "https://example.org/health"


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["http"].parse({"url": URL} | values)
    return caught.value.fields


def test_only_the_url_is_required() -> None:
    config = Config(url=URL)
    assert (config.method, config.accepted_statuses, config.headers, config.body) == ("GET", "200-299", {}, "")
    assert (config.follow_redirects, config.max_redirects, config.verify_tls) == (True, 10, True)
    assert config.deadline_seconds == 10.0


def test_fields_come_in_the_order_of_the_form() -> None:
    assert [field.name for field in KindRegistry()["http"].fields] == [
        "url",
        "method",
        "accepted_statuses",
        "body_contains",
        "body_lacks",
        "body_pattern",
        "body_json",
        "expected_headers",
        "is_inverted",
        "headers",
        "body_type",
        "body",
        "auth",
        "username",
        "password",
        "token",
        "token_url",
        "client_id",
        "client_secret",
        "scope",
        "audience",
        "follow_redirects",
        "max_redirects",
        "send_traceparent",
        "verify_tls",
        "certificate_warning_days",
        "certificate_failure_days",
        "ca_certificate",
        "client_certificate",
        "client_key",
        "proxy_url",
        "proxy_username",
        "proxy_password",
        "deadline_seconds",
        "failures_to_fail",
        "successes_to_recover",
        "starting_seconds",
        "breaker_failures",
        "breaker_seconds",
    ]


def test_accepted_statuses_decide() -> None:
    config = Config(url=URL, accepted_statuses="200-204, 304")
    assert config.accepted_statuses == "200-204,304"
    assert [status for status in (200, 204, 205, 304, 500) if config.accepts(status)] == [200, 204, 304]


def test_a_wrong_url_is_told_at_its_field() -> None:
    assert refused(url="example.org") == {"url": "must begin with http:// or https://, got 'example.org'"}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X-A": "one\r\nX-B: two"}, "must have values of one line; that of X-A has a line break"),
        ({"X-A": "one\x00"}, "must have values without control characters; that of X-A has one"),
        ({"X A": "one"}, "must have names of letters, digits and hyphens, got 'X A'"),
        ({"": "one"}, "must have names of letters, digits and hyphens, got ''"),
        ({"X-A": "1", "x-a": "2"}, "must name each header once"),
        ({"Content-Length": "5"}, "must leave Content-Length to Lightbulb"),
        ({"X-A": "a" * 9000}, "must have values of at most 8192 characters"),
        ({f"X-{number}": "1" for number in range(51)}, "must be at most 50, got 51"),
        ({"X-A": 5}, "'X-A' must be text"),
    ],
)
def test_wrong_headers_are_refused(headers: dict[str, Any], message: str) -> None:
    assert message in refused(headers=headers)["headers"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer\nhunter2"},
        {"Cookie": "hunter2\x01"},
        {"X-Key": ["hunter2"]},
        {"X-Key": "hunter2" * 2000},
        "Authorization: hunter2",
        ["hunter2"],
    ],
)
def test_a_header_value_is_never_repeated(headers: Any) -> None:
    assert "hunter2" not in refused(headers=headers)["headers"]


def test_a_body_keeps_its_spaces() -> None:
    assert Config(url=URL, body=" a \n").body == " a \n"


def test_more_than_ten_redirects_are_refused() -> None:
    assert refused(max_redirects=11) == {"max_redirects": "must be at most 10, got 11"}


def test_target_and_limit_key_come_from_the_url() -> None:
    config = Config(url="https://Example.org/a?token=secret")
    assert (config.target, config.limit_key) == ("https://example.org/a?…", "example.org:443")


@pytest.mark.parametrize(
    ("address", "urls"),
    [
        ("example.org", ["https://example.org", "http://example.org"]),
        (" example.org/a ", ["https://example.org/a", "http://example.org/a"]),
        ("example.org:8080", ["https://example.org:8080", "http://example.org:8080"]),
        ("db-main", ["https://db-main", "http://db-main"]),
        ("192.0.2.1", ["https://192.0.2.1", "http://192.0.2.1"]),
        ("::1", ["https://[::1]", "http://[::1]"]),
        ("[::1]:80/a", ["https://[::1]:80/a", "http://[::1]:80/a"]),
        ("http://example.org/", ["http://example.org/"]),
        ("https://example.org/", ["https://example.org/"]),
        ("gopher://example.org/", []),
        ("tcp://example.org:22", []),
    ],
)
def test_addresses_become_configs(address: str, urls: list[str]) -> None:
    assert [config.url for config in Config.from_address(address)] == urls


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("example.org:70000", "must have a port from 1 to 65535, got '70000'"),
        ("https://user:hunter2@example.org", "must not contain a user name or password"),
        ("user:hunter2@example.org", "must not contain a user name or password"),
        ("two words", "must not contain spaces"),
        ("-example.org", "does not begin with '-'"),
        ("", "must name a host"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert message in caught.value.fields["address"]
    assert "hunter2" not in str(caught.value)
