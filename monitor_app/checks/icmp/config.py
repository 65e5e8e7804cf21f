"""How a machine is pinged."""

import re
from typing import ClassVar, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.hosts import Host
from monitor_app.plugins.protocols import CheckConfig

IpVersion = Literal["any", "4", "6"]

# "ping example.org" is what people type; the rest is a URL of ours.
_ADDRESS = re.compile(r"(?:ping\s+|(?:ping|icmp):(?://)?)(?P<host>.*?)/?", re.IGNORECASE)


class Config(CheckConfig):
    """Pings a machine and judges loss and round trips."""

    kind_title: ClassVar[str] = "Ping (ICMP)"
    kind_description: ClassVar[str] = "Pings a machine and judges loss and round trips."
    default_service_type: ClassVar[str] = "device"
    address_form: ClassVar[str] = "ping HOST or icmp://HOST"

    host: Host = Field(
        title="Host", description="A name or an IP address.", examples=["gateway.example.org", "192.0.2.1"]
    )
    count: int = Field(
        default=3, ge=1, le=20, title="Echoes", description="So many are sent.", json_schema_extra={"rare": True}
    )
    loss_warning_percent: float = Field(
        default=50.0,
        gt=0.0,
        le=100.0,
        title="Loss that is a warning",
        description="When at least so many of the echoes are lost, it is DEGRADED; when all are lost, FAILED.",
        json_schema_extra={"unit": "%"},
    )
    ip_version: IpVersion = Field(
        default="any",
        title="IP version",
        description="Any takes the address that this machine prefers.",
        json_schema_extra={"rare": True},
    )
    payload_bytes: int = Field(
        default=56,
        ge=16,
        le=1452,
        title="Payload",
        description="What each echo carries, without its headers.",
        json_schema_extra={"unit": "bytes", "rare": True},
    )
    deadline_seconds: float = Field(
        default=3.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="The name must be known by then; each echo has what is left after the last one was sent.",
        json_schema_extra={"unit": "s", "rare": True},
    )
    spacing_seconds: float = Field(
        default=0.2,
        ge=0.02,
        le=5.0,
        title="Spacing",
        description="Between one echo and the next.",
        json_schema_extra={"unit": "s", "rare": True},
        validate_default=True,
    )

    @field_validator("spacing_seconds")
    @classmethod
    def _fits_the_deadline(cls, spacing_seconds: float, info: ValidationInfo) -> float:
        count, deadline_seconds = info.data.get("count"), info.data.get("deadline_seconds")
        if count is not None and deadline_seconds is not None:
            seconds = (count - 1) * spacing_seconds
            if seconds >= deadline_seconds:
                raise ValueError(
                    f"must be so short that {count} echoes are sent before the deadline of {deadline_seconds:g} s, "
                    f"got {spacing_seconds:g}"
                )
        return spacing_seconds

    @property
    def target(self) -> str:
        """The host."""
        return self.host

    @property
    def limit_key(self) -> str:
        """The host: a ping belongs to no port."""
        return self.host

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of the loss; none at all is what counts as down."""
        warning = KindThreshold("loss_percent", ">=", self.loss_warning_percent)
        failure = KindThreshold("loss_percent", ">=", 100, Status.FAILED)
        return (failure,) if warning.value == failure.value else (warning, failure)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`ping host`, `icmp://host` and `ping:host`."""
        match = _ADDRESS.fullmatch(address.strip())
        if match is None:
            return []
        try:
            return [cls(host=match["host"])]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["host"]}) from err
