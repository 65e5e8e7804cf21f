"""How a certificate is checked."""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.hosts import Host, checked_host, host_port_of, shown_host_port
from monitor_app.plugins.protocols import CheckConfig

Starttls = Literal["none", "smtp", "imap", "pop3", "ldap", "postgres"]
Verdict = Literal["degraded", "failed", "ignored"]

_URL = re.compile(r"(?:tls|ssl|cert):(?://)?(?P<rest>.*?)/?", re.IGNORECASE)
_DEFAULT_PORT = 443
# Where TLS is asked for in the protocol's own words.
_STARTTLS_PORTS: dict[int, Starttls] = {
    25: "smtp",
    587: "smtp",
    143: "imap",
    110: "pop3",
    389: "ldap",
    5432: "postgres",
}


class Config(CheckConfig):
    """Looks at the certificate that a server shows: valid, for this host, how much longer, how strong."""

    kind_title: ClassVar[str] = "TLS certificate"
    kind_description: ClassVar[str] = (
        "Looks at the certificate that a server shows: valid, for this host, how much longer, how strong."
    )
    fact_titles: ClassVar[Mapping[str, str]] = {
        "sha256_fingerprint": "SHA-256 fingerprint",
        "certificate_subject": "Certificate of",
        "certificate_issuer": "Issued by",
        "certificate_names": "For the names",
        "certificate_begins": "Valid from",
        "certificate_expires": "Expires",
        "lowest_protocol": "Oldest protocol taken",
    }
    default_service_type: ClassVar[str] = "website"
    address_form: ClassVar[str] = "tls://HOST or tls://HOST:PORT"
    # Certificates change within days, not minutes.
    default_interval_seconds: ClassVar[int] = 3600

    host: Host = Field(title="Host", description="A name or an IP address.", examples=["www.example.org"])
    port: int = Field(default=443, ge=1, le=65535, title="Port", description="1 to 65535.")
    warning_days: float = Field(
        default=14.0,
        ge=0.0,
        le=3650.0,
        title="Days that are a warning",
        description="With fewer days left it is DEGRADED.",
        json_schema_extra={"unit": "days"},
    )
    failure_days: float = Field(
        default=3.0,
        ge=0.0,
        le=3650.0,
        title="Days that are a failure",
        description="With fewer days left it is FAILED; 0 waits until it has expired.",
        json_schema_extra={"unit": "days"},
        validate_default=True,
    )
    starttls: Starttls = Field(
        default="none",
        title="STARTTLS",
        description="How TLS is asked for, on ports where connections begin in plain text.",
        json_schema_extra={"rare": True},
    )
    server_name: str = Field(
        default="",
        title="Server name",
        description="The name that the certificate must be for, and that is asked for (SNI), when it is not the host.",
        examples=["www.example.org"],
        json_schema_extra={"rare": True},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are for another host or from an unknown issuer. When off, only dates and "
        "strength are judged.",
        json_schema_extra={"rare": True},
    )
    weak: Verdict = Field(
        default="degraded",
        title="A weak key or signature is",
        description="Weak are RSA keys of less than 2048 bits, elliptic curves of less than 224, DSA, MD5 and SHA-1.",
        json_schema_extra={"rare": True},
    )
    look_for_old_versions: bool = Field(
        default=True,
        title="Look for old TLS versions",
        description="Find the lowest version that is offered, with up to three more connections; told, not judged.",
        json_schema_extra={"rare": True},
    )

    @field_validator("failure_days")
    @classmethod
    def _check_order(cls, failure_days: float, info: ValidationInfo) -> float:
        warning_days = info.data.get("warning_days")
        if warning_days is not None and failure_days > warning_days:
            raise ValueError(f"must be at most the {warning_days:g} days that are a warning, got {failure_days:g}")
        return failure_days

    @field_validator("server_name")
    @classmethod
    def _check_server_name(cls, name: str) -> str:
        return checked_host(name) if name else ""

    @property
    def expected_name(self) -> str:
        """The name that the certificate must be for."""
        return self.server_name or self.host

    @property
    def target(self) -> str:
        """host:port, and the server name when that is another one."""
        place = shown_host_port(self.host, self.port)
        return f"{place} ({self.server_name})" if self.server_name else place

    @property
    def limit_key(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port)

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of the days that are left, of the whole chain where it is verified."""
        metrics = ("certificate_days", "chain_days") if self.verify_tls else ("certificate_days",)
        days = [(self.warning_days, Status.DEGRADED)] if self.warning_days > self.failure_days else []
        days.append((self.failure_days, Status.FAILED))
        return tuple(KindThreshold(metric, "<", value, status) for metric in metrics for value, status in days)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`tls://host` and `tls://host:port`; the well-known ports of mail, LDAP and PostgreSQL get their STARTTLS."""
        match = _URL.fullmatch(address.strip())
        if match is None:
            return []
        try:
            host, port = host_port_of(match["rest"], _DEFAULT_PORT)
            return [cls(host=host, port=port, starttls=_STARTTLS_PORTS.get(port, "none"))]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err).values())}) from err
        except ValueError as err:
            raise InvalidInput({"address": str(err)}) from err
