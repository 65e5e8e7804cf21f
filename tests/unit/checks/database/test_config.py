"""What may be entered for a database."""

from typing import Any

import pytest

from monitor_app.checks.database.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from tests.servers.certificates import Authority

KIND = KindRegistry()["database"]
GOOD = {"engine": "postgresql", "host": "db.example.org", "user": "watcher"}


def messages(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KIND.parse(GOOD | values)
    return dict(caught.value.fields)


def parsed(**values: Any) -> Config:
    config = KIND.parse(GOOD | values)
    assert isinstance(config, Config)
    return config


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"engine": "oracle"}, "engine", "must be one of 'postgresql', 'mysql' or 'redis', got 'oracle'"),
        ({"host": ""}, "host", "must name a host, such as example.org, 192.0.2.1 or 2001:db8::1"),
        ({"host": "-x.example.org"}, "host", "must have a host that does not begin with '-', got '-x.example.org'"),
        ({"host": "a\nb"}, "host", "must have a host without spaces and line breaks"),
        ({"host": "a\x00b"}, "host", "must have a host without control characters and invisible ones"),
        ({"host": "a/b"}, "host", "must have a host made of letters, digits, hyphens and dots"),
        ({"host": 5}, "host", "must be text, got 5"),
        ({"port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"port": 0}, "port", "must be at least 1, got 0"),
        ({"port": "many"}, "port", "must be a whole number, got 'many'"),
        ({"user": "a\nb"}, "user", "must not contain control characters and line breaks"),
        ({"user": "", "password": "otter"}, "user", "is required with a password"),
        ({"user": "", "query": "SELECT 1"}, "query", "needs a user"),
        ({"user": "", "statistics": True}, "statistics", "needs a user"),
        ({"user": "", "max_lag_seconds": 0}, "max_lag_seconds", "needs a user"),
        ({"query": "SELECT 'a\0'"}, "query", "must not contain zero bytes"),
        ({"expect": "== 1"}, "expect", "needs a query to compare with"),
        ({"min_rows": 0}, "min_rows", "needs a query to compare with"),
        ({"query": "SELECT 1", "expect": "1"}, "expect", "must be one of ==, !="),
        ({"query": "SELECT 1", "min_rows": 3, "max_rows": 2}, "max_rows", "must be at least min_rows (3), got 2"),
        ({"query": "SELECT 1", "max_rows": 20_000}, "max_rows", "must be at most 10000, got 20000"),
        ({"max_lag_seconds": -1}, "max_lag_seconds", "must be at least 0, got -1"),
        ({"tls": "sometimes"}, "tls", "must be one of 'disable', 'prefer', 'require' or 'verify-full'"),
        ({"tls": "verify-full", "ca_certificate": "nonsense"}, "ca_certificate", "must be certificates in PEM"),
        ({"engine": "redis", "password": "x", "database": "shop"}, "database", "must be a number for Redis"),
        ({"engine": "redis"}, "password", "is required with a user"),
        ({"engine": "redis", "password": "x", "query": "SET a 1"}, "query", "must be a Redis command that only reads"),
        ({"colour": "red"}, "colour", "is not a field of this kind"),
    ],
)
def test_wrong_input_is_told_at_its_field(values: dict[str, Any], field: str, message: str) -> None:
    assert messages(**values)[field].startswith(message)


def test_wrong_passwords_are_not_repeated() -> None:
    for password in ("tame\notter", 12345, "otter" * 300):
        told = messages(password=password)
        assert "otter" not in str(told)
        assert "12345" not in str(told)


def test_the_password_is_in_no_representation() -> None:
    config = parsed(password="tame-otter")
    assert "otter" not in repr(config)
    assert "otter" not in str(config)
    assert "otter" not in config.target + config.limit_key


def test_passwords_keep_their_spaces() -> None:
    assert parsed(password=" otter ").password == " otter "


def test_a_ca_needs_verify_full() -> None:
    pem = Authority().pem.decode()
    assert parsed(tls="verify-full", ca_certificate=pem).ca_certificate
    assert messages(tls="require", ca_certificate=pem) == {
        "ca_certificate": "is for tls verify-full only, tls is require"
    }


def test_ports_are_the_engines_own() -> None:
    assert [parsed(engine=engine).port_number for engine in ("postgresql", "mysql")] == [5432, 3306]
    assert Config(engine="redis", host="a").port_number == 6379
    assert parsed(port=5433).limit_key == "db.example.org:5433"


def test_the_target_is_short() -> None:
    assert parsed(database="shop").target == "postgresql://db.example.org:5432/shop"
    assert parsed(host="2001:DB8::1").target == "postgresql://[2001:db8::1]:5432"
    assert len(parsed(database="x" * 200).target) == 100


def test_a_final_semicolon_is_dropped() -> None:
    assert parsed(query="SELECT 1 ;\n").query == "SELECT 1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://watcher:s%40fe@db/shop", ("postgresql", "db", None, "watcher", "s@fe", "shop", "prefer")),
        ("POSTGRESQL://db:5433", ("postgresql", "db", 5433, "", "", "", "prefer")),
        ("postgres://u:p@db/shop?sslmode=verify-full", ("postgresql", "db", None, "u", "p", "shop", "verify-full")),
        ("postgres://u:p@db/shop?sslmode=verify-ca", ("postgresql", "db", None, "u", "p", "shop", "verify-full")),
        ("mysql://u:p@db/shop?ssl-mode=REQUIRED", ("mysql", "db", None, "u", "p", "shop", "require")),
        ("mariadb://u:a:b@[::1]:3307/shop", ("mysql", "::1", 3307, "u", "a:b", "shop", "prefer")),
        ("redis://:p@cache/2", ("redis", "cache", None, "", "p", "2", "disable")),
        ("rediss://cache", ("redis", "cache", None, "", "", "", "verify-full")),
        ("db.example.org:5432", ("postgresql", "db.example.org", None, "", "", "", "prefer")),
        ("192.0.2.1:3306", ("mysql", "192.0.2.1", None, "", "", "", "prefer")),
        ("[2001:db8::1]:6379", ("redis", "2001:db8::1", None, "", "", "", "prefer")),
    ],
)
def test_pasted_addresses_are_understood(address: str, expected: tuple[Any, ...]) -> None:
    (config,) = Config.from_address(address)
    assert (
        config.engine,
        config.host,
        config.port,
        config.user,
        config.password,
        config.database,
        config.tls,
    ) == expected


@pytest.mark.parametrize(
    "address", ["db.example.org", "db:5433", "https://db:5432", "db:65432", "a b:5432", "tcp://db:5432", ""]
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert Config.from_address(address) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgres://u:hush@db:99999/x", "must have a port from 1 to 65535, got '99999'"),
        ("postgres://u:hush@-db/x", "must have a host that does not begin with '-', got '-db'"),
        ("postgres://:hush@db/x", "is required with a password"),
        ("redis://:hush@db/x", "must be a number for Redis, such as 0, got 'x'"),
        ("mysql://u:hush@[::1/x", "must be a valid URL, got"),
        ("mysql:///shop", "must name a host"),
    ],
)
def test_wrong_addresses_are_refused_without_their_password(address: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert caught.value.fields["address"].startswith(message)
    assert "hush" not in str(caught.value.fields)
