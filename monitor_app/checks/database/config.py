"""How a database is checked."""

import ssl
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import SplitResult, unquote

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from monitor_app.checks.database.commands import parse_command
from monitor_app.checks.database.expectation import OPPOSITES, Expectation, exact, parse_expectation
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value, wrong_fields
from monitor_app.plugins.hosts import checked_host, host_port_of, shown_host_port, split_url
from monitor_app.plugins.protocols import CheckConfig

Engine = Literal["postgresql", "mysql", "redis"]
TlsMode = Literal["disable", "prefer", "require", "verify-full"]

PORTS: dict[Engine, int] = {"postgresql": 5432, "mysql": 3306, "redis": 6379}
# More than this are not fetched, whatever the query asks for.
ROWS_LIMIT = 10_000
QUERY_LIMIT = 10_000
CA_LIMIT = 65_536
TARGET_LIMIT = 100

_SCHEMES: dict[str, tuple[Engine, TlsMode]] = {
    "postgres": ("postgresql", "prefer"),
    "postgresql": ("postgresql", "prefer"),
    "mysql": ("mysql", "prefer"),
    "mariadb": ("mysql", "prefer"),
    "redis": ("redis", "disable"),
    "rediss": ("redis", "verify-full"),
}


class Config(CheckConfig):
    """Logs in to a database, asks it something, and judges the answer."""

    kind_title: ClassVar[str] = "Database"
    kind_description: ClassVar[str] = "Logs in to PostgreSQL, MySQL, MariaDB or Redis and judges the answer to a query."
    default_service_type: ClassVar[str] = "database"
    address_form: ClassVar[str] = "postgres://host/database, mysql://host/database, redis://host"

    engine: Engine = Field(title="Engine", description="What is spoken; MariaDB speaks mysql.")
    host: str = Field(
        title="Host", description="Name or address, without port.", examples=["db.example.org"], max_length=300
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="Port",
        description="Empty: 5432 for PostgreSQL, 3306 for MySQL, 6379 for Redis.",
    )
    user: str = Field(
        default="",
        max_length=200,
        title="User",
        description="Without user and password it is enough that the server answers and asks for them.",
    )
    password: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=1000,
        title="Password",
        description="Never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    database: str = Field(
        default="",
        max_length=200,
        title="Database",
        description="Its name; for Redis its number. Empty: postgres for PostgreSQL, none for MySQL, 0 for Redis.",
    )
    query: str = Field(
        default="",
        max_length=QUERY_LIMIT,
        title="Query",
        description="One statement that reads, or a Redis command. Empty: the log-in and a ping are enough.",
        examples=["SELECT count(*) FROM orders", "LLEN jobs"],
        json_schema_extra={"multiline": True},
    )
    expect: str = Field(
        default="",
        max_length=1000,
        title="Expected value",
        description="What the first value must be: ==, !=, >, >=, <, <= or contains, and a value.",
        examples=[">= 10", "== ok", "contains ready"],
    )
    min_rows: int | None = Field(
        default=None,
        ge=0,
        le=ROWS_LIMIT,
        title="Fewest rows",
        description="Fewer rows are a failure.",
        json_schema_extra={"unit": "rows", "rare": True},
    )
    max_rows: int | None = Field(
        default=None,
        ge=0,
        le=ROWS_LIMIT,
        title="Most rows",
        description="More rows are a failure.",
        json_schema_extra={"unit": "rows", "rare": True},
    )
    max_lag_seconds: float | None = Field(
        default=None,
        ge=0,
        le=31_536_000,
        title="Replication lag",
        description="A longer lag is degraded, as is replication that stands still. Empty: it is not looked at.",
        json_schema_extra={"unit": "s", "rare": True},
    )
    statistics: bool = Field(
        default=False,
        title="Statistics",
        description="Measure connections and memory, too, which takes one query more.",
        json_schema_extra={"rare": True},
    )
    tls: TlsMode = Field(
        default="prefer",
        title="TLS",
        description="prefer encrypts where the server can; only verify-full makes sure whom it talks to.",
        json_schema_extra={"rare": True},
    )
    ca_certificate: str = Field(
        default="",
        max_length=CA_LIMIT,
        title="CA certificate",
        description="PEM of an authority to trust, beside those that are trusted anyway. For verify-full.",
        json_schema_extra={"rare": True, "multiline": True},
    )

    @field_validator("host")
    @classmethod
    def _check_host(cls, host: str) -> str:
        return checked_host(host)

    @field_validator("user", "database", "password")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("must not contain control characters and line breaks")
        return text

    @field_validator("expect")
    @classmethod
    def _check_expect(cls, text: str) -> str:
        return str(parse_expectation(text)) if text else ""

    @field_validator("query")
    @classmethod
    def _check_query(cls, text: str) -> str:
        if "\0" in text:
            raise ValueError("must not contain zero bytes")
        return text.rstrip("; \n\t")

    @field_validator("ca_certificate")
    @classmethod
    def _check_ca(cls, pem: str) -> str:
        if pem:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
            except (ssl.SSLError, ValueError) as err:
                raise ValueError("must be certificates in PEM, from BEGIN CERTIFICATE to END CERTIFICATE") from err
        return pem

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        wrong = self._conflicts()
        if wrong:
            raise wrong_fields(wrong)
        return self

    def _conflicts(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if not self.query:
            wrong |= {
                name: "needs a query to compare with"
                for name in ("expect", "min_rows", "max_rows")
                if _is_given(getattr(self, name))
            }
        if self.min_rows is not None and self.max_rows is not None and self.min_rows > self.max_rows:
            wrong["max_rows"] = f"must be at least min_rows ({self.min_rows}), got {self.max_rows}"
        if self.engine == "redis":
            wrong |= self._redis_conflicts()
        elif self.password and not self.user:
            wrong["user"] = "is required with a password"
        elif not self.user:
            needing = ("query", "statistics", "max_lag_seconds")
            wrong |= {name: "needs a user" for name in needing if _is_given(getattr(self, name))}
        if self.ca_certificate and self.tls != "verify-full":
            wrong["ca_certificate"] = f"is for tls verify-full only, tls is {self.tls}"
        return wrong

    def _redis_conflicts(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if self.database and not (self.database.isascii() and self.database.isdigit() and len(self.database) <= 5):
            wrong["database"] = f"must be a number for Redis, such as 0, got {shown_value(self.database)}"
        if self.user and not self.password:
            wrong |= {"password": "is required with a user"}
        if self.query:
            try:
                parse_command(self.query)
            except ValueError as err:
                wrong["query"] = str(err)
        return wrong

    @property
    def port_number(self) -> int:
        """The port, or the engine's own."""
        return self.port or PORTS[self.engine]

    @property
    def target(self) -> str:
        """`engine://host:port/database`, at most 100 characters."""
        database = f"/{self.database}" if self.database else ""
        text = f"{self.engine}://{shown_host_port(self.host, self.port_number)}{database}"
        return text if len(text) <= TARGET_LIMIT else text[: TARGET_LIMIT - 1] + "…"

    @property
    def limit_key(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port_number)

    @property
    def has_credentials(self) -> bool:
        """False when it is enough that the server asks for some."""
        return bool(self.user or self.password)

    @cached_property
    def expectation(self) -> Expectation | None:
        """What the first value must be; None when it may be anything."""
        return parse_expectation(self.expect) if self.expect else None

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of rows and lag, and of the first value where it is compared with a number."""
        bounds: list[tuple[str, str, float | None, Status]] = [
            ("rows", "<", self.min_rows or None, Status.FAILED),
            ("rows", ">", self.max_rows, Status.FAILED),
            ("replication_lag_seconds", ">", self.max_lag_seconds, Status.DEGRADED),
        ]
        number = exact(self.expectation.expected) if self.expectation else None
        if self.expectation and number is not None and self.expectation.operator in OPPOSITES:
            bounds.append(("value", OPPOSITES[self.expectation.operator], float(number), Status.FAILED))
        return tuple(
            KindThreshold(metric, comparison, value, status)
            for metric, comparison, value, status in bounds
            if value is not None
        )

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """A URL of a database, or a bare `host:port` with an engine's own port."""
        address = address.strip()
        scheme, separator, _ = address.partition("://")
        try:
            if separator:
                return [cls._from_url(address)] if scheme.lower() in _SCHEMES else []
            return [cls(engine=engine, host=host) for engine, host in _bare(address)]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err, {"password"}).values())}) from err
        except ValueError as err:
            raise InvalidInput({"address": str(err)}) from err

    @classmethod
    def _from_url(cls, url: str) -> Self:
        parts = split_url(url)
        engine, tls = _SCHEMES[parts.scheme]
        host, port = host_port_of(parts.netloc.rpartition("@")[2], PORTS[engine])
        return cls(
            engine=engine,
            host=host,
            port=None if port == PORTS[engine] else port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")),
            tls=_asked_tls(parts) or tls,
        )


def _is_given(value: object) -> bool:
    """0 is given."""
    return value is not None and value is not False and value != ""


def _asked_tls(parts: SplitResult) -> TlsMode | None:
    """libpq's and MySQL's own way to say it, `?sslmode=require`; other parameters are not ours to judge."""
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        mode = value.lower().replace("_", "-")
        if name.lower() in ("sslmode", "ssl-mode"):
            if mode in ("disable", "prefer", "require", "verify-full"):
                return mode  # type: ignore[return-value]
            return "verify-full" if mode.startswith("verify") else "require" if mode == "required" else None
    return None


def _bare(address: str) -> list[tuple[Engine, str]]:
    """The engine whose own port stands after the host; empty when it is none of them."""
    for engine, port in PORTS.items():
        if address.endswith(f":{port}"):
            try:
                return [(engine, host_port_of(address)[0])]
            except ValueError:
                return []
    return []
