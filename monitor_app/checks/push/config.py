"""How a service that reports of itself is judged."""

import re
import secrets
from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from monitor_app.checks.push.schedule import checked_cron, checked_timezone, due_after
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, wrong_fields
from monitor_app.plugins.protocols import CheckConfig

TOKEN_BYTES = 24
PERIOD_MAX_SECONDS = 366 * 86_400
_PREFIX = "push:"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,128}")


def new_token() -> str:
    """32 characters that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class Config(CheckConfig):
    """Waits for reports of the service itself, and fails when they do not come."""

    kind_title: ClassVar[str] = "Push"
    kind_description: ClassVar[str] = "Waits for reports of the service itself, and fails when they do not come."
    default_service_type: ClassVar[str] = "application"
    address_form: ClassVar[str] = "push:SECONDS or push:CRON"
    address_prefix: ClassVar[str] = _PREFIX
    # A report is judged when it comes; this is only how soon a missing one is noticed.
    default_interval_seconds: ClassVar[int] = 30

    period_seconds: int | None = Field(
        default=None,
        ge=5,
        le=PERIOD_MAX_SECONDS,
        title="Period",
        description="A report of success is due so long after the last one. Either this or a cron expression.",
        examples=[3600],
        json_schema_extra={"unit": "s"},
    )
    cron: str = Field(
        default="",
        max_length=200,
        title="Cron",
        description="When a report is due: minute, hour, day, month, weekday. Either this or a period.",
        examples=["30 2 * * *"],
    )
    timezone: str = Field(
        default="UTC",
        max_length=64,
        title="Time zone",
        description="Of the cron expression.",
        examples=["Europe/Berlin"],
        json_schema_extra={"rare": True},
    )
    grace_seconds: int = Field(
        default=300,
        ge=0,
        le=PERIOD_MAX_SECONDS,
        title="Grace",
        description="So much later is late (DEGRADED); after that it is missing (FAILED).",
        json_schema_extra={"unit": "s"},
    )
    token: str = Field(
        default_factory=new_token,
        title="Token",
        description="Whoever knows it can report. Left blank, a new one is made; the old one is of no use any more.",
        json_schema_extra={"rare": True, "secret": True},
    )
    failures_to_fail: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Failures to fail",
        description="One report of failure, or one that is missing, is enough.",
        json_schema_extra={"rare": True},
    )
    successes_to_recover: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Successes to recover",
        description="One report of success ends a failure.",
        json_schema_extra={"rare": True},
    )
    breaker_failures: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Breaker opens after",
        description="Nobody is asked, so there is nothing to pause: 0 never does.",
        json_schema_extra={"unit": "failures", "rare": True},
    )

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, text: str) -> str:
        return checked_cron(text) if text else ""

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        return checked_timezone(name)

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise ValueError("must be 22 to 128 letters, digits, hyphens and underscores")
        return token

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.period_seconds is None and not self.cron:
            raise wrong_fields({"period_seconds": "must be given, or a cron expression instead"})
        if self.period_seconds is not None and self.cron:
            raise wrong_fields({"cron": "must be blank when a period is given"})
        return self

    @property
    def target(self) -> str:
        """When reports are due."""
        if self.period_seconds is not None:
            return f"a report every {in_words(self.period_seconds)}"
        return f"a report by cron {self.cron}" + (f" ({self.timezone})" if self.timezone != "UTC" else "")

    @property
    def limit_key(self) -> str:
        """Nothing is asked, so nothing is limited."""
        return "push"

    @property
    def heartbeat_token(self) -> str:
        """The secret part of the address that reports are sent to."""
        return self.token

    def due_after(self, moment: datetime) -> datetime:
        """When the report after this moment is due."""
        return due_after(moment, self.period_seconds, self.cron, self.timezone)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`push:300` is a period in seconds, `push:30 2 * * *` a cron expression."""
        address = address.strip()
        if not address.lower().startswith(_PREFIX):
            return []
        rest = address[len(_PREFIX) :].strip()
        try:
            config = cls.model_validate({"cron": rest} if " " in rest else {"period_seconds": rest})
        except ValidationError as err:
            text = next(iter(field_messages(err, {"token"}).values()))
            raise InvalidInput({"address": text}) from err
        return [config]


def in_words(seconds: float) -> str:
    """A length of time in the largest unit that leaves a whole number: 90 s, 5 min, 12 h, 7 days."""
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} days" if unit == "day" and count > 1 else f"{count} {unit}"
    return f"{seconds:g} s"
