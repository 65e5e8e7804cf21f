"""How a domain's registration is checked."""

from typing import ClassVar, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value
from monitor_app.plugins.hosts import checked_host, checked_port
from monitor_app.plugins.protocols import CheckConfig

INTERVAL_SECONDS = 6 * 3600
URL_LIMIT = 500
_SCHEME = "domain:"


class Config(CheckConfig):
    """Asks a registry until when a domain is registered."""

    kind_title: ClassVar[str] = "Domain expiry"
    kind_description: ClassVar[str] = "Asks the registry (RDAP) until when a domain name is registered."
    default_service_type: ClassVar[str] = "domain"
    address_form: ClassVar[str] = "domain:example.org"
    default_interval_seconds: ClassVar[int] = INTERVAL_SECONDS

    domain: str = Field(
        title="Domain",
        description="The registered name, such as example.org; a name below it is found by its end.",
        examples=["example.org"],
    )
    warning_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        title="Warn before",
        description="With fewer days left it is DEGRADED.",
        json_schema_extra={"unit": "days"},
    )
    failure_days: int = Field(
        default=7,
        # Whoever warns later than the default fails has to be told.
        validate_default=True,
        ge=0,
        le=3650,
        title="Fail before",
        description="With fewer days left it is FAILED; 0 waits until it has expired.",
        json_schema_extra={"unit": "days"},
    )
    rdap_base_url: str = Field(
        default="",
        max_length=URL_LIMIT,
        title="RDAP server",
        description="Base address of the registry's RDAP server. Empty: the one in IANA's list.",
        examples=["https://rdap.example.net/v1/"],
        json_schema_extra={"rare": True},
    )
    deadline_seconds: float = Field(
        default=20.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="All questions to the registry must be answered by then.",
        json_schema_extra={"unit": "s", "rare": True},
    )

    @field_validator("domain")
    @classmethod
    def _check_domain(cls, domain: str) -> str:
        name = checked_host(domain)
        if ":" in name or name.replace(".", "").isdigit():
            raise ValueError(f"must be a name, not an address, got {shown_value(domain)}")
        if "." not in name:
            raise ValueError(f"must have at least two parts, such as example.org, got {shown_value(domain)}")
        return name

    @field_validator("failure_days")
    @classmethod
    def _check_order(cls, days: int, info: ValidationInfo) -> int:
        warning = info.data.get("warning_days")
        if warning is not None and days >= warning:
            raise ValueError(f"must be less than the {warning} days of the warning, got {days}")
        return days

    @field_validator("rdap_base_url")
    @classmethod
    def _check_base(cls, url: str) -> str:
        return checked_base(url) if url else ""

    @property
    def target(self) -> str:
        """The domain."""
        return self.domain

    @property
    def limit_key(self) -> str:
        """The registry, as far as the name tells: its servers count how often they are asked."""
        return self.rdap_base_url or f"rdap:{self.domain.rpartition('.')[2]}"

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of the days that are left."""
        return (
            KindThreshold("domain_days", "<", self.warning_days),
            KindThreshold("domain_days", "<", self.failure_days, Status.FAILED),
        )

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`domain:example.org`."""
        address = address.strip()
        if not address.lower().startswith(_SCHEME):
            return []
        try:
            return [cls(domain=address[len(_SCHEME) :].removeprefix("//").removesuffix("/"))]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["domain"]}) from err


def checked_base(url: str) -> str:
    """A base address with a slash at its end. Raises ValueError."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise ValueError(f"must begin with https:// or http:// and have no spaces, got {shown_value(url)}")
    if "@" in parts.netloc or parts.query or parts.fragment or not url.isascii():
        raise ValueError("must be a plain address without user name, query and fragment")
    host, colon, port = parts.netloc[parts.netloc.rfind("]") + 1 :].partition(":")
    checked_host(parts.netloc[: parts.netloc.rfind("]") + 1] + host)
    if colon:
        checked_port(port)
    return url if url.endswith("/") else f"{url}/"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as err:
        raise ValueError(f"must be a valid URL, got {shown_value(url)}") from err
