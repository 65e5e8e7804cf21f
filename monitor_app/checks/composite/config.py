"""Which services a composite is made of, and how many of them it needs."""

import math
from typing import ClassVar, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from monitor_app.domain.service import SERVICE_ID_PATTERN
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value, wrong_fields
from monitor_app.plugins.protocols import CheckConfig

MEMBERS_LIMIT = 500
TARGET_LIMIT = 100
_PREFIX = "composite:"


class Config(CheckConfig):
    """Made of other services: up as long as all, any or enough of them are."""

    kind_title: ClassVar[str] = "Composite"
    kind_description: ClassVar[str] = "Made of other services: up as long as all, any or enough of them are."
    default_service_type: ClassVar[str] = "application"
    address_form: ClassVar[str] = "composite:SERVICE_ID,SERVICE_ID"
    address_prefix: ClassVar[str] = _PREFIX
    # Looks into memory only, so it may follow its members closely.
    default_interval_seconds: ClassVar[int] = 15

    members: str = Field(
        title="Members",
        description="The service_ids of what it is made of, with commas between.",
        examples=["web-1, web-2, database"],
    )
    mode: Literal["all", "any", "at_least"] = Field(
        default="all", title="Needs", description="How many of its members have to be up: all, any one, or a share."
    )
    percent: float | None = Field(
        default=None,
        gt=0,
        le=100,
        title="Share",
        description="The share of members that has to be up, where it needs at_least so many.",
        examples=[50],
        json_schema_extra={"unit": "%", "when": "mode=at_least"},
    )
    failures_to_fail: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Failures to fail",
        description="Its members are confirmed already, so once is enough.",
        json_schema_extra={"rare": True},
    )
    successes_to_recover: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Successes to recover",
        description="Its members are confirmed already, so once is enough.",
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

    @field_validator("members", mode="before")
    @classmethod
    def _join(cls, given: object) -> object:
        """A list is taken, too."""
        if isinstance(given, list | tuple) and all(isinstance(entry, str) for entry in given):
            return ",".join(given)
        return given

    @field_validator("members")
    @classmethod
    def _check_members(cls, text: str) -> str:
        names = [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]
        if not names:
            raise ValueError("must name at least one service_id")
        if len(names) > MEMBERS_LIMIT:
            raise ValueError(f"must be at most {MEMBERS_LIMIT}, got {len(names)}")
        for name in names:
            if not SERVICE_ID_PATTERN.fullmatch(name):
                raise ValueError(f"must be service_ids with commas between, got {shown_value(name)}")
            if names.count(name) > 1:
                raise ValueError(f"must name each service once, got {name} twice")
        return ", ".join(names)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.mode == "at_least" and self.percent is None:
            raise wrong_fields({"percent": "must be given when at_least so many have to be up"})
        if self.mode != "at_least" and self.percent is not None:
            raise wrong_fields({"percent": f"must be blank when {self.mode} of them have to be up"})
        return self

    @property
    def target(self) -> str:
        """What it needs, at most 100 characters."""
        text = f"{self._needs}: {self.members}"
        return text if len(text) <= TARGET_LIMIT else f"{text[: TARGET_LIMIT - 1]}…"

    @property
    def limit_key(self) -> str:
        """Nothing is asked, so nothing is limited."""
        return "composite"

    @property
    def member_ids(self) -> tuple[str, ...]:
        """The service_ids that it is made of."""
        return tuple(self.members.split(", "))

    def with_member_renamed(self, before: str, after: str) -> Self:
        """See CheckConfig."""
        names = (after if name == before else name for name in self.member_ids)
        return self.model_copy(update={"members": ", ".join(dict.fromkeys(names))})

    def needed(self, count: int) -> int:
        """How many of so many members have to be up."""
        if self.mode == "any":
            return 1
        return count if self.percent is None else math.ceil(count * self.percent / 100 - 1e-9)

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of the members that are down, as long as none of them is paused."""
        count = len(self.member_ids)
        spare = count - self.needed(count)
        warning = (KindThreshold("members_down", ">", 0),) if spare else ()
        return (*warning, KindThreshold("members_down", ">", spare, Status.FAILED))

    @property
    def _needs(self) -> str:
        return f"at least {self.percent:g} % of" if self.percent is not None else f"{self.mode} of"

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`composite:web-1,web-2` needs all of them."""
        address = address.strip()
        if not address.lower().startswith(_PREFIX):
            return []
        try:
            return [cls(members=address[len(_PREFIX) :])]
        except ValidationError as err:
            raise InvalidInput({"address": next(iter(field_messages(err).values()))}) from err
