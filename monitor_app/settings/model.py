"""Every setting with its type, its default and its bounds."""

import ipaddress
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import ByteSize, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitor_app.errors import SettingsError
from monitor_app.settings import values

ENV_FILE = Path(".env")
DATABASE_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_DATABASE_URL_ALLOWED = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
CANARIES_LIMIT = 3
KEYS_ALLOWED = "one key or several with commas between, as `python -m monitor_app secrets key` prints them"
_PORT_ALLOWED = "a whole number from 1 to 65535"
_STREAMS_ALLOWED = "a whole number from 1 to 100000"
_DAYS_ALLOWED = "a whole number of days from 1 to 36500"


def _setting(default: Any, description: str, allowed: str, **limits: Any) -> Any:
    """A setting whose `allowed` is what an error message says."""
    return Field(default=default, description=description, json_schema_extra={"allowed": allowed}, **limits)


def _rate(default: int, whom: str) -> Any:
    """So many requests to the API a minute."""
    text = f"How many requests a minute the API takes of one {whom}."
    return _setting(default, text, "a whole number from 1 to 1000000", ge=1, le=1_000_000)


class Settings(BaseSettings):
    """The settings. A field's upper-case name is the name of the environment variable."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = _setting("127.0.0.1", "Address to listen on.", "an IP address of this machine, or localhost")
    port: int = _setting(3000, "Port of the screens, the API and the websocket.", _PORT_ALLOWED, ge=1, le=65535)
    public_url: str = _setting(
        "",
        "Address under which people reach Lightbulb when a reverse proxy stands in front of it.",
        "an address such as https://status.example.org, without a path",
    )
    tls_cert: Path | None = _setting(
        None, "Certificate chain (PEM); with TLS_KEY it makes Lightbulb serve https.", "a path"
    )
    tls_key: Path | None = _setting(None, "Private key (PEM) of TLS_CERT.", "a path")
    trusted_proxies: str = _setting(
        "",
        "Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
        "addresses and networks such as 127.0.0.1, 10.0.0.0/8, comma separated",
    )
    redis_url: str = _setting(
        "",
        "A Redis that counts requests where several processes answer them.",
        "an address such as redis://:password@host:6379/0 or rediss://host:6379/0",
        repr=False,
    )
    rate_per_key: int = _rate(1200, "API key")
    rate_per_session: int = _rate(1200, "session")
    rate_per_address: int = _rate(300, "address, for those who are not logged in")

    streams_per_user: int = _setting(
        20,
        "How many event streams and websockets of the API one user may have open.",
        _STREAMS_ALLOWED,
        ge=1,
        le=100_000,
    )
    streams_total: int = _setting(2000, "How many of them there may be in all.", _STREAMS_ALLOWED, ge=1, le=100_000)

    database_type: Literal["sqlite", "postgres"] = _setting(
        "sqlite", "Which database to use when DATABASE_URL is not set.", "sqlite or postgres"
    )
    sqlite_db_path: Path = _setting(
        Path("data/lightbulb.db"), "The SQLite file when DATABASE_URL is not set.", "a path"
    )
    database_url: str = Field(
        default="",
        validate_default=True,
        repr=False,
        description="The database; wins over DATABASE_TYPE and SQLITE_DB_PATH.",
        json_schema_extra={"allowed": _DATABASE_URL_ALLOWED},
    )

    role: Literal["all", "web", "engine"] = _setting(
        "all", "What this process does: everything, only the screens, or only the checks.", "all, web or engine"
    )
    scheduler_enabled: bool = _setting(True, "Whether checks are scheduled at all.", "true or false")
    scheduler_timezone: str = _setting("UTC", "Time zone of schedules.", "a name such as UTC or Europe/Berlin")
    max_checks_in_flight: int = _setting(
        2000, "How many checks may run at the same time.", "a whole number from 1 to 100000", ge=1, le=100_000
    )
    max_checks_per_host: int = _setting(
        100,
        "How many checks of one host and port may run at the same time.",
        "a whole number from 1 to 100000",
        ge=1,
        le=100_000,
    )
    canary_addresses: str = _setting(
        "",
        "Up to three addresses that answer while this machine has a network.",
        f"at most {CANARIES_LIMIT} of host:port, http://host or https://host, comma separated",
    )
    demo_port: int = _setting(
        3900, "First port of the demo's little servers.", "a whole number from 1 to 65000", ge=1, le=65000
    )

    retention_raw_days: int = _setting(90, "How many days each result is kept.", _DAYS_ALLOWED, ge=1, le=36_500)
    retention_5min_days: int = _setting(
        35, "How many days summaries of 5 minutes are kept.", _DAYS_ALLOWED, ge=1, le=36_500
    )
    retention_hourly_days: int = _setting(
        400, "How many days hourly summaries, downtimes and events are kept.", _DAYS_ALLOWED, ge=1, le=36_500
    )
    max_db_size: ByteSize | None = _setting(
        None,
        "How large the database may become; then the oldest results go earlier than RETENTION_RAW_DAYS says.",
        "empty, or a size from 50MB on, such as 20GB",
        ge=50_000_000,
    )

    secret_key: str = Field(
        default="",
        repr=False,
        description="What stored secrets are encrypted with, instead of SECRET_KEY_FILE; the first of several seals.",
        json_schema_extra={"allowed": KEYS_ALLOWED},
    )
    secret_key_file: Path | None = _setting(
        None,
        "The file with that key, made at the first start; `secret.key` beside SQLITE_DB_PATH when empty.",
        "a path",
    )

    metrics_services: bool = _setting(
        False, "Whether /metrics also tells about each service, with its service_id as a label.", "true or false"
    )
    metrics_services_limit: int = _setting(
        1000,
        "With more services than this /metrics tells about none of them.",
        "a whole number from 1 to 100000",
        ge=1,
        le=100_000,
    )

    otel_exporter_otlp_endpoint: str = _setting(
        "",
        "A collector (OTLP over HTTP) that gets a trace of each check; empty: no traces.",
        "an address such as http://localhost:4318, without /v1/traces",
    )
    otel_exporter_otlp_headers: str = Field(
        default="",
        repr=False,
        description="What is sent with them, such as a key of the collector's.",
        json_schema_extra={"allowed": "name=value, comma separated, percent-encoded"},
    )
    otel_traces_sampler_arg: float = _setting(
        1.0, "The share of the checks that is traced.", "a number from 0 to 1", ge=0, le=1
    )
    heartbeat_url: str = Field(
        default="",
        repr=False,
        description="An address elsewhere that is called while at least 90 % of the due checks finish.",
        json_schema_extra={"allowed": "an http or https address"},
    )
    heartbeat_interval: int = _setting(
        60, "Seconds between two calls of HEARTBEAT_URL.", "a whole number from 1 to 3600", ge=1, le=3600
    )

    config_dir: Path | None = _setting(
        None, "A directory of configuration files that is watched, and applied whenever they change.", "a path"
    )
    config_env: str = _setting(
        "",
        "The environment whose overlays are laid over configuration files, such as services.prod.yaml for prod.",
        "at most 40 letters, digits, hyphens and underscores",
        pattern=r"^[A-Za-z0-9_-]{0,40}$",
    )
    config_prune: bool = _setting(
        False, "Whether what is in no file of CONFIG_DIR any more is removed.", "true or false"
    )

    environment: Literal["development", "production"] = _setting(
        "development", "`make run` and the containers say production.", "development or production"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = _setting(
        "INFO", "The least important log lines that are written.", "DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_format: Literal["auto", "json", "text"] = _setting(
        "auto", "`auto` is text on a terminal and JSON lines elsewhere.", "auto, json or text"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("role", "environment", "log_format", "database_type", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("host")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value != "localhost":
            ipaddress.ip_address(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        is_origin = parts.scheme in values.DEFAULT_PORTS and parts.path in ("", "/")
        if (
            not is_origin
            or not parts.hostname
            or parts.query
            or parts.fragment
            or "@" in parts.netloc
            or parts.port == 0
        ):
            raise ValueError("not an origin")
        return values.origin(parts.scheme, parts.hostname, parts.port)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        values.networks(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("redis", "rediss") or not parts.hostname or parts.port == 0):
            raise ValueError("not a Redis")
        return value

    @field_validator("heartbeat_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0):
            raise ValueError("not a web address")
        return value

    @field_validator("secret_key")
    @classmethod
    def _are_keys(cls, value: str) -> str:
        if not all(values.SECRET_KEY.fullmatch(key) for key in values.listed(value)):
            raise ValueError("not a key")
        return value

    @field_validator("canary_addresses")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        if len(values.canaries(value)) > CANARIES_LIMIT:
            raise ValueError("too many")
        return value

    @field_validator("scheduler_timezone")
    @classmethod
    def _is_time_zone(cls, value: str) -> str:
        if value != "UTC":  # known without the system's time zone database
            try:
                ZoneInfo(value)
            except (KeyError, OSError) as err:
                raise ValueError("unknown time zone") from err
        return value

    @field_validator("sqlite_db_path", "config_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _with_async_driver(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            if info.data.get("database_type") == "postgres":
                raise ValueError("missing")
            return f"sqlite+aiosqlite:///{info.data.get('sqlite_db_path', '')}"
        try:
            url = make_url(value)
        except ArgumentError as err:
            raise ValueError("not a URL") from err
        driver = DATABASE_DRIVERS.get(url.get_backend_name())
        if driver is None or not url.database or (driver.startswith("sqlite") and url.host):
            raise ValueError("not a database that is known")
        url = url.set(drivername=driver, query=values.database_options(url))
        if driver.startswith("sqlite") and url.database and url.database != ":memory:":
            url = url.set(database=str(Path(url.database).expanduser().absolute()))
        return url.render_as_string(hide_password=False)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            missing = "TLS_KEY" if self.tls_key is None else "TLS_CERT"
            raise SettingsError({missing: "is required, because TLS_CERT and TLS_KEY only work together"})
        url = make_url(self.database_url)
        is_sqlite = url.get_backend_name() == "sqlite"
        # DATABASE_URL wins; what it says shows in the other two, so that nobody has to ask which one counts.
        object.__setattr__(self, "database_type", "sqlite" if is_sqlite else "postgres")
        if is_sqlite and url.database:
            object.__setattr__(self, "sqlite_db_path", Path(url.database))
        key_file = self.secret_key_file or self.sqlite_db_path.with_name("secret.key")
        object.__setattr__(self, "secret_key_file", key_file.expanduser().absolute())
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach HOST."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback

    @property
    def bind_address(self) -> str:
        """HOST as an IP address."""
        return "127.0.0.1" if self.host == "localhost" else self.host

    @property
    def local_url(self) -> str:
        """Where this machine finds the screens, for example http://localhost:3000."""
        scheme = "https" if self.tls_cert else "http"
        address = ipaddress.ip_address(self.bind_address)
        if address.is_unspecified or self.bind_address == "127.0.0.1":
            name = "localhost"
        else:
            name = f"[{address}]" if address.version == 6 else str(address)
        return f"{scheme}://{name}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether people come over https: to this program, or to the proxy before it."""
        return self.tls_cert is not None or self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The session cookie. Over https browsers take one of this name only from this very host, and over https."""
        return "__Host-lb_session" if self.is_https else "lb_session"

    @property
    def proxies(self) -> list[values.Network]:
        """The networks of TRUSTED_PROXIES."""
        return values.networks(self.trusted_proxies)

    @property
    def secret_keys(self) -> list[str]:
        """The keys of SECRET_KEY, the one that seals first."""
        return values.listed(self.secret_key)

    @property
    def canaries(self) -> list[tuple[str, int, bool]]:
        """Host, port, and whether TLS is spoken there, of each of CANARY_ADDRESSES."""
        return values.canaries(self.canary_addresses)

    @property
    def is_log_human(self) -> bool | None:
        """For `log.configure`: None leaves it to whether the stream is a terminal."""
        return {"auto": None, "json": False, "text": True}[self.log_format]

    @property
    def allowed_origins(self) -> list[str]:
        """Origins whose pages may talk to the backend: the loopback names, HOST and PUBLIC_URL; never all."""
        scheme = "https" if self.tls_cert else "http"
        names = ["localhost", "127.0.0.1", "[::1]"]
        origins = [f"{scheme}://{name}:{self.port}" for name in names] + [self.local_url]
        if self.port == (443 if self.tls_cert else 80):  # browsers leave a default port out
            origins += [f"{scheme}://{name}" for name in names]
        if self.public_url:
            origins.append(self.public_url)
        return list(dict.fromkeys(origins))

    def shown(self) -> dict[str, str]:
        """Every setting by its environment name, fit to be shown: secrets are masked."""
        return {name.upper(): values.shown(name, getattr(self, name)) for name in type(self).model_fields}
