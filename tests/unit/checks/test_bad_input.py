"""What every kind refuses when it is saved, those of the future included: by the field's name, with what is allowed."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import FormField
from monitor_app.plugins.registry import Kind, KindRegistry

KINDS = list(KindRegistry())
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
LONG = "x" * 300_000

WRONG: dict[str, list[Any]] = {
    "number": ["soon", [1], {"a": 1}, 10**30, -(10**30), float("nan"), float("inf"), "1e999", "\ud800"],
    "switch": ["perhaps", 7, [True], {"a": 1}],
    "choice": ["nonsense", 5, ["any"], {"a": 1}, ""],
    "mapping": ["no mapping", [1], 5, {"a": 5}, {"a\nb": "c"}, {"": "c"}, {"a b": "c"}, {"a": "b\n c"}],
    "text": [5, [1], {"a": 1}, "\ud800", LONG],
    "multiline": [5, [1], {"a": 1}, "\ud800", LONG],
}
# Nothing of this is a fault: a pattern, a message or a password may be anything that is text.
TAKEN = {("http", "expected_headers"): [{"a": "b\n c"}]}

HOST_FIELDS = {"host", "server_name", "resolver", "domain"}
NO_HOSTS = [
    "-x.example",
    "a\nb",
    "a b",
    "a/b",
    "a\0b",
    "a@b",
    "a,b",
    "a:b",
    "a#b",
    "/var/run/x",
    "%2Fvar",
    "a..b",
    "1.2.3",
]
URL_FIELDS = {
    "url": ("http", "ws"),
    "token_url": ("http",),
    "proxy_url": ("http",),
    "rdap_base_url": ("http",),
}


# Hosts with something after them that belongs there.
TAKEN_IN_URLS = {(field, f"a{rest}") for field in ("url", "token_url", "rdap_base_url") for rest in ("/b", "#b")}


def refusal(kind: Kind, field: str, value: Any) -> str:
    """What is said of the field. Fails when nothing is."""
    with pytest.raises(InvalidInput) as caught:
        kind.parse({field: value})
    assert field in caught.value.fields, (field, str(value)[:40], caught.value.fields)
    return caught.value.fields[field]


def wrong_values(kind: Kind, field: FormField) -> Iterator[Any]:
    for value in WRONG[field.type]:
        if value not in TAKEN.get((kind.name, field.name), []):
            yield value


@every_kind
def test_wrong_values_are_refused_in_words(kind: Kind) -> None:
    for field in kind.fields:
        for value in wrong_values(kind, field):
            told = refusal(kind, field.name, value)
            assert "must" in told, (field.name, told)
            assert "Input should" not in told, (field.name, told)
            assert "Error" not in told, (field.name, told)
            assert len(told) < 500, field.name
            assert told.isprintable(), (field.name, told)


@every_kind
def test_range_is_told(kind: Kind) -> None:
    properties = kind.json_schema["properties"]
    for field in kind.fields:
        schema = properties[field.name]
        limits = schema | next((option for option in schema.get("anyOf", []) if option.get("type") != "null"), {})
        for name, beyond, words in (("minimum", -1, "at least"), ("maximum", 1, "at most")):
            if name in limits:
                value = limits[name] + beyond
                told = refusal(kind, field.name, value)
                assert told.startswith(f"must be {words} {limits[name]:.15g}, got {value:.15g}")


@every_kind
def test_each_number_has_a_range(kind: Kind) -> None:
    properties = kind.json_schema["properties"]
    for field in kind.fields:
        if field.type == "number":
            schema = str(properties[field.name])
            assert "inimum" in schema, field.name
            assert "aximum" in schema, field.name


@every_kind
def test_what_is_no_host_is_refused(kind: Kind) -> None:
    for field in kind.fields:
        if field.name in HOST_FIELDS:
            for value in NO_HOSTS:
                assert "must" in refusal(kind, field.name, value), (field.name, value)


@every_kind
@pytest.mark.parametrize("host", [*NO_HOSTS, "u:hunter2@h", "[::1", "[::1]x", "[v1.a]", "a:0", "a:70000", "a:b:1"])
def test_what_is_no_host_is_refused_in_a_url(kind: Kind, host: str) -> None:
    for field in kind.fields:
        for scheme in URL_FIELDS.get(field.name, ()):
            if kind.config_model.is_observed:
                continue  # a source tells it, and nothing goes there
            is_web = kind.name != "websocket"
            if is_web == (scheme == "http") and (field.name, host) not in TAKEN_IN_URLS:
                told = refusal(kind, field.name, f"{scheme}://{host}")
                assert "must" in told
                assert "hunter2" not in told


@every_kind
def test_several_wrong_fields_are_told_at_once(kind: Kind) -> None:
    with pytest.raises(InvalidInput) as caught:
        kind.parse({"deadline_seconds": 0, "failures_to_fail": "x", "colour": "red"})
    assert {"deadline_seconds", "failures_to_fail", "colour"} <= caught.value.fields.keys()


CONFLICTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("http", {"url": "https://a", "body_pattern": "(?<=a)b"}, "body_pattern", "must not look around"),
    ("http", {"url": "https://a", "body_pattern": "("}, "body_pattern", "must be a valid pattern"),
    ("http", {"url": "https://a", "body_json": "$.a[ == 1"}, "body_json", "must be JSONPath conditions"),
    ("http", {"url": "https://a", "auth": "bearer"}, "token", "is required when auth is bearer"),
    ("process", {"pattern": "(?<=a)b"}, "pattern", "must be a valid pattern"),
    ("process", {"name": "a", "pattern": "b"}, "pattern", "must be given alone"),
    ("push", {"period_seconds": 60, "cron": "* * * * *"}, "cron", "must be blank when a period is given"),
    ("push", {"cron": "0 0 30 2 *"}, "cron", "must be a cron expression"),
    ("push", {"cron": "0 0 1 1 *", "timezone": "../../etc/passwd"}, "timezone", "must be the name of a time zone"),
    ("composite", {"members": "a, a"}, "members", "must name each service once"),
    ("composite", {"members": "a", "mode": "at_least"}, "percent", "must be given"),
    (
        "database",
        {"engine": "redis", "host": "a", "query": "FLUSHALL"},
        "query",
        "must be a Redis command that only reads",
    ),
    ("database", {"engine": "mysql", "host": "a", "expect": "== 1"}, "expect", "needs a query"),
    ("smtp", {"host": "a", "user": "b"}, "password", "is required with a user"),
    ("imap", {"host": "a", "user": "b", "password": "c", "tls": "none"}, "tls", "must be starttls or tls to log in"),
    ("dns", {"name": "a.example", "port": 54}, "port", "must be 53 unless a resolver is named"),
    ("dns", {"name": "a.example", "expected": "x"}, "expected", "must be an IPv4 address"),
    ("icmp", {"host": "a", "count": 20, "spacing_seconds": 5}, "spacing_seconds", "must be so short"),
    ("tcp", {"host": "a", "port": 1, "server_name": "b"}, "server_name", "must be empty when TLS is none"),
    ("tls_certificate", {"host": "a", "failure_days": 20}, "failure_days", "must be at most the 14 days"),
    ("domain_expiry", {"domain": "a.example", "failure_days": 40}, "failure_days", "must be less than the 30 days"),
    ("grpc", {"host": "a", "server_name": "b"}, "server_name", "must be empty when TLS is off"),
    ("queue", {"url": "https://a", "counts_path": "status"}, "counts_path", "must be a path that begins with /"),
    ("websocket", {"url": "ws://a", "headers": {"Upgrade": "x"}}, "headers", "must leave Upgrade to Lightbulb"),
]


@pytest.mark.parametrize(("name", "values", "field", "told"), CONFLICTS)
def test_what_does_not_go_together_is_refused(name: str, values: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()[name].parse(values)
    assert caught.value.fields[field].startswith(told)


def test_every_kind_has_a_conflict_that_is_tried() -> None:
    assert {name for name, *_ in CONFLICTS} == {kind.name for kind in KINDS if not kind.config_model.is_observed}
