"""How a websocket check is configured."""

from typing import Any

import pytest

from monitor_app.checks.websocket.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

URL = "wss://example.org/socket"


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["websocket"].parse({"url": URL} | values)
    return caught.value.fields


def test_only_the_url_is_required() -> None:
    config = Config(url=URL)
    assert (config.message, config.expected, config.subprotocol, config.headers) == ("", "", "", {})
    assert (config.verify_tls, config.deadline_seconds) == (True, 10.0)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://example.org", "must begin with ws:// or wss://, got 'https://example.org'"),
        ("example.org", "must begin with ws:// or wss://"),
        ("ws://", "must name a host"),
        ("ws://exa mple.org", "must not contain spaces"),
        ("ws://example.org/\na", "must not contain spaces or line breaks"),
        ("ws://-example.org", "does not begin with '-'"),
        ("ws://example.org:70000", "must have a port from 1 to 65535, got '70000'"),
        ("ws://example.org:", "must have a port"),
        ("ws://[::1", "must be a valid URL"),
        ("ws://user:hunter2@example.org", "must not contain a user name or password"),
        ("ws://example.org/#a", "must not contain a fragment"),
        ("ws://example.org/ä", "written as %XX"),
        (f"ws://{'a' * 60}:8080/", "at most 63 characters"),
        (f"ws://example.org/{'a' * 2100}", "must have at most 2048 characters"),
        (5, "must be text, got 5"),
    ],
)
def test_wrong_urls_are_refused(url: Any, message: str) -> None:
    told = refused(url=url)["url"]
    assert message in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"subprotocol": "a b"}, "subprotocol", "must be one name"),
        ({"subprotocol": "a,b"}, "subprotocol", "must be one name"),
        ({"headers": {"Sec-WebSocket-Key": "x"}}, "headers", "must leave Sec-WebSocket-Key to Lightbulb"),
        ({"headers": {"Host": "x"}}, "headers", "must leave Host to Lightbulb"),
        ({"headers": {"X A": "x"}}, "headers", "must have names of letters"),
        ({"headers": {"X-A": "hunter2\r\nX-B: y"}}, "headers", "that of X-A has a line break"),
        ({"headers": {"X-A": "hunter2\x00"}}, "headers", "without control characters"),
        ({"headers": {"X-A": "hunter2" * 2000}}, "headers", "at most 8192 characters"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers", "must name each one once"),
        ({"headers": {f"X-{number}": "1" for number in range(51)}}, "headers", "must be at most 50, got 51"),
        ({"message": "x" * 70_000}, "message", "must have at most 65536 characters"),
        ({"expected": "x" * 1001}, "expected", "must have at most 1000 characters"),
        ({"verify_tls": "perhaps"}, "verify_tls", "must be true or false"),
        ({"deadline_seconds": 0}, "deadline_seconds", "must be at least 0.1"),
    ],
)
def test_wrong_fields_are_refused(values: dict[str, Any], field: str, message: str) -> None:
    told = refused(**values)[field]
    assert message in told
    assert "hunter2" not in told


def test_a_message_keeps_its_spaces() -> None:
    assert Config(url=URL, message=" a \n").message == " a \n"


@pytest.mark.parametrize(
    ("url", "host_header", "limit_key", "target"),
    [
        ("wss://Example.org", "example.org", "example.org:443", "wss://example.org/"),
        ("ws://example.org:80/a", "example.org", "example.org:80", "ws://example.org/a"),
        ("WS://example.org:8080/?t=secret", "example.org:8080", "example.org:8080", "ws://example.org:8080/?…"),
        ("ws://[::1]/", "[::1]", "[::1]:80", "ws://[::1]/"),
        ("ws://bücher.example:81/", "xn--bcher-kva.example:81", "xn--bcher-kva.example:81", None),
    ],
)
def test_the_parts_of_a_url(url: str, host_header: str, limit_key: str, target: str | None) -> None:
    config = Config(url=url)
    assert (config.parts.host_header, config.limit_key) == (host_header, limit_key)
    assert config.target == (target or config.target)
    assert len(Config(url=f"ws://a.test/{'b' * 500}").target) == 100


@pytest.mark.parametrize("address", [" ws://example.org/a ", "WSS://example.org"])
def test_addresses_become_configs(address: str) -> None:
    assert [config.url for config in Config.from_address(address)] == [address.strip()]


@pytest.mark.parametrize("address", ["example.org", "https://example.org", "wss:example.org", "ws"])
def test_addresses_of_others_are_left_to_them(address: str) -> None:
    assert Config.from_address(address) == []


def test_wrong_addresses_are_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address("ws://example.org:70000")
    assert "must have a port" in caught.value.fields["address"]
