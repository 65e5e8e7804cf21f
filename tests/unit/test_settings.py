"""Settings: what is allowed, what is told about what is not, and that each one is documented."""

from pathlib import Path

import pytest

from monitor_app.errors import SettingsError
from monitor_app.settings import Settings, load_settings, unknown_keys

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and no `.env`."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(**values: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(**values)
    return str(caught.value)


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.role) == ("127.0.0.1", 3000, "all")
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/lightbulb.db"
    assert settings.local_url == "http://localhost:3000"


@pytest.mark.parametrize(
    ("text", "size"), [("20GB", 20_000_000_000), ("16 GiB", 16 * 2**30), ("60000000", 60_000_000), ("", None)]
)
def test_sizes_are_read_with_their_units(monkeypatch: pytest.MonkeyPatch, text: str, size: int | None) -> None:
    monkeypatch.setenv("MAX_DB_SIZE", text)
    assert load_settings().max_db_size == size


def test_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=4000\nLOG_LEVEL=debug\nTLS_CERT=\n")
    monkeypatch.setenv("PORT", "4001")
    settings = load_settings()
    assert (settings.port, settings.log_level, settings.tls_cert) == (4001, "DEBUG", None)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("port", "0", "a whole number from 1 to 65535"),
        ("port", "70000", "a whole number from 1 to 65535"),
        ("port", "many", "a whole number from 1 to 65535"),
        ("host", "everywhere", "an IP address of this machine, or localhost"),
        ("role", "boss", "all, web or engine"),
        (
            "trusted_proxies",
            "127.0.0.1, nginx",
            "addresses and networks such as 127.0.0.1, 10.0.0.0/8, comma separated",
        ),
        ("trusted_proxies", "10.0.0.1/8", "addresses and networks such as 127.0.0.1, 10.0.0.0/8, comma separated"),
        ("redis_url", "http://localhost:6379", "redis://:password@host:6379/0 or rediss://host:6379/0"),
        ("redis_url", "redis://", "redis://:password@host:6379/0 or rediss://host:6379/0"),
        ("rate_per_key", "0", "a whole number from 1 to 1000000"),
        ("log_level", "LOUD", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("log_format", "xml", "auto, json or text"),
        ("scheduler_enabled", "perhaps", "true or false"),
        ("scheduler_timezone", "Moon/Base", "a name such as UTC or Europe/Berlin"),
        ("scheduler_timezone", "../../etc/passwd", "a name such as UTC or Europe/Berlin"),
        ("max_checks_in_flight", "0", "a whole number from 1 to 100000"),
        ("retention_raw_days", "0", "a whole number of days from 1 to 36500"),
        ("retention_5min_days", "a month", "a whole number of days from 1 to 36500"),
        ("retention_hourly_days", "-1", "a whole number of days from 1 to 36500"),
        ("max_db_size", "1MB", "empty, or a size from 50MB on, such as 20GB"),
        ("max_db_size", "plenty", "empty, or a size from 50MB on, such as 20GB"),
        ("environment", "test", "development or production"),
        ("public_url", "status.example.org", "an address such as https://status.example.org, without a path"),
        ("public_url", "https://status.example.org/sub", "without a path"),
        ("public_url", "https://status.example.org:port", "without a path"),
        ("public_url", "https://\N{SNOWMAN}\u200d.example.org", "without a path"),
        ("public_url", "ftp://status.example.org", "without a path"),
        ("database_type", "oracle", "sqlite or postgres"),
        ("database_url", "mysql://host/name", "sqlite:///path/to/file.db or postgresql://"),
        ("database_url", "lightbulb.db", "sqlite:///path/to/file.db or postgresql://"),
        ("database_url", "postgresql://host", "sqlite:///path/to/file.db or postgresql://"),
    ],
)
def test_broken_value_is_told_with_name_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    text = refusal()
    assert text.startswith(f"{name.upper()}: must be ")
    assert allowed in text
    assert f"got {value!r}" in text


def test_all_broken_values_are_told_at_once() -> None:
    text = refusal(port=0, role="boss")
    assert "PORT: " in text
    assert "ROLE: " in text


def test_password_of_a_refused_database_is_not_told() -> None:
    text = refusal(database_url="mysql://lamp:s3cret@host/name")
    assert "s3cret" not in text
    assert "mysql://***@host/name" in text


def test_password_is_neither_in_the_representation_nor_in_what_is_shown() -> None:
    settings = load_settings(database_url="postgresql://lamp:s3cret@db:5433/light")
    assert "s3cret" not in repr(settings)
    assert settings.shown()["DATABASE_URL"] == "postgresql+asyncpg://***@db:5433/light"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_postgresql_gets_the_async_driver(scheme: str) -> None:
    settings = load_settings(database_url=f"{scheme}://lamp:p%40ss@db:5433/light?ssl=require")
    assert settings.database_url == "postgresql+asyncpg://lamp:p%40ss@db:5433/light?ssl=require"
    assert settings.database_type == "postgres"


def test_spelling_of_libpq_is_understood() -> None:
    settings = load_settings(database_url="postgresql://lamp@db/light?sslmode=verify-full")
    assert settings.database_url == "postgresql+asyncpg://lamp@db/light?ssl=verify-full"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://a:s3cret@h/d?command_timeout=60", "does not understand ?command_timeout="),
        ("postgresql://a:s3cret@h/d?ssl=require&pool=1&size=2", "does not understand ?pool=, ?size="),
        (
            "postgresql://a:s3cret@h/d?ssl=perhaps",
            "ssl must be disable, allow, prefer, require, verify-ca or verify-full",
        ),
        ("sqlite:///x.db?timeout=s3cret", "does not understand ?timeout="),
    ],
)
def test_options_of_a_database_that_are_not_known_are_refused_by_name(url: str, told: str) -> None:
    text = refusal(database_url=url, port=0)
    assert f"DATABASE_URL: {told}" in text
    assert "PORT: " in text
    assert "s3cret" not in text


def test_sqlite_url_gets_the_async_driver_and_an_absolute_path(tmp_path: Path) -> None:
    settings = load_settings(database_url="sqlite:///some/file.db")
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/some/file.db"
    assert settings.sqlite_db_path == tmp_path / "some/file.db"


def test_postgres_without_a_url_is_refused() -> None:
    assert "DATABASE_URL: must be sqlite" in refusal(database_type="postgres")


@pytest.mark.parametrize(("given", "missing"), [("tls_cert", "TLS_KEY"), ("tls_key", "TLS_CERT")])
def test_certificate_and_key_only_work_together(given: str, missing: str) -> None:
    assert f"{missing}: is required" in refusal(**{given: "file.pem"})


@pytest.mark.parametrize(
    ("host", "is_loopback", "url"),
    [
        ("127.0.0.1", True, "http://localhost:3000"),
        ("127.0.0.2", True, "http://127.0.0.2:3000"),
        ("localhost", True, "http://localhost:3000"),
        ("::1", True, "http://[::1]:3000"),
        ("0.0.0.0", False, "http://localhost:3000"),
        ("::", False, "http://localhost:3000"),
        ("192.0.2.7", False, "http://192.0.2.7:3000"),
    ],
)
def test_loopback_is_known_and_the_local_url_can_be_opened(host: str, is_loopback: bool, url: str) -> None:
    settings = load_settings(host=host)
    assert settings.is_loopback is is_loopback
    assert settings.local_url == url


def test_allowed_origins_are_loopback_names_and_the_public_url_and_never_all() -> None:
    assert load_settings(port=4000, public_url="https://Status.example.org/").allowed_origins == [
        "http://localhost:4000",
        "http://127.0.0.1:4000",
        "http://[::1]:4000",
        "https://status.example.org",
    ]


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Status.example.org:443/", "https://status.example.org"),
        ("http://status.example.org:80", "http://status.example.org"),
        ("http://status.example.org:443", "http://status.example.org:443"),
        ("https://status.example.org:8443", "https://status.example.org:8443"),
        ("https://status.example.org:", "https://status.example.org"),
        ("https://Zustände.straße.example", "https://xn--zustnde-8wa.xn--strae-oqa.example"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_public_url_is_written_as_browsers_write_an_origin(given: str, origin: str) -> None:
    assert load_settings(public_url=given).public_url == origin


def test_origin_of_a_default_port_has_none() -> None:
    assert "http://localhost" in load_settings(port=80).allowed_origins
    assert "https://localhost" in load_settings(port=443, tls_cert="a", tls_key="b").allowed_origins


@pytest.mark.parametrize(("log_format", "expected"), [("auto", None), ("json", False), ("TEXT", True)])
def test_log_format(log_format: str, expected: bool | None) -> None:
    assert load_settings(log_format=log_format).is_log_human is expected


def test_keys_that_look_like_settings_are_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SQLITE_DB_PAHT=x\nPROT=1\nMAX_SOMETHING=1\nPYTHONPATH=x\nport=1\n")
    assert unknown_keys(tmp_path / ".env") == {
        "SQLITE_DB_PAHT": "is not a setting; did you mean SQLITE_DB_PATH?",
        "PROT": "is not a setting; did you mean PORT?",
        "MAX_SOMETHING": "is not a setting of this version; see docs/settings.md",
    }


def test_without_env_file_nothing_is_told(tmp_path: Path) -> None:
    assert unknown_keys(tmp_path / ".env") == {}


def test_each_setting_is_documented_with_its_default() -> None:
    lines = (ROOT / "docs/settings.md").read_text().splitlines()
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| `")}
    assert sorted(rows) == sorted(f"`{name}`" for name in NAMES)
    for name, field in Settings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert not default or f"`{default}`" in rows[f"`{name.upper()}`"], name


def test_canary_addresses_are_hosts_with_ports():
    settings = load_settings(canary_addresses="one.example:53, http://Two.example/x, https://[2001:db8::1]:8443,")
    assert settings.canaries == [("one.example", 53, False), ("two.example", 80, False), ("2001:db8::1", 8443, True)]
    assert load_settings().canaries == []


@pytest.mark.parametrize(
    "value",
    [
        "host", "host:", "host:0", "host:70000", "ftp://host", "https://", "user:secret@host:1", "-x:1",
        "a b:1", "host:1/path", "a:1,b:2,c:3,d:4", "host:port",
    ],
)  # fmt: skip
def test_canary_addresses_that_are_none_are_refused(value):
    with pytest.raises(SettingsError, match="CANARY_ADDRESSES: must be at most 3 of host:port"):
        load_settings(canary_addresses=value)


def test_proxies_are_networks() -> None:
    assert load_settings().proxies == []
    found = load_settings(trusted_proxies="127.0.0.1, 10.0.0.0/8,::1").proxies
    assert [str(network) for network in found] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("public_url", "name"),
    [("", "lb_session"), ("http://a.example", "lb_session"), ("https://a.example", "__Host-lb_session")],
)
def test_cookie_over_https_has_a_name_that_only_https_can_set(public_url: str, name: str) -> None:
    settings = load_settings(public_url=public_url)
    assert settings.cookie_name == name
    assert settings.is_https is name.startswith("__Host-")


def test_password_of_redis_is_not_shown() -> None:
    settings = load_settings(redis_url="redis://:s3cret@localhost:6379/0")
    assert "s3cret" not in settings.shown()["REDIS_URL"]
    assert "s3cret" not in repr(settings)
