"""Which service of PagerDuty: its integration key."""

import re
from typing import ClassVar

from pydantic import Field, field_validator

from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of


class Config(NotifierConfig):
    """Opens, acknowledges and closes incidents at PagerDuty."""

    kind_title: ClassVar[str] = "PagerDuty"
    kind_description: ClassVar[str] = "An incident at PagerDuty for each one here, which ends with it."
    menu_rank: ClassVar[int] = 6
    set_up: ClassVar[tuple[str, ...]] = (
        "In PagerDuty, open the service, *Integrations*, and add *Events API V2*.",
        "Copy the integration key, 32 letters and digits.",
    )
    described_at: ClassVar[str] = "https://developer.pagerduty.com/docs/send-alert-event"
    public_hosts: ClassVar[tuple[str, ...]] = ("events.pagerduty.com", "events.eu.pagerduty.com")
    tells_each_incident: ClassVar[bool] = True

    routing_key: str = Field(
        max_length=100,
        title="Integration key",
        description="32 letters and digits; never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    url: WebUrl = Field(
        default="https://events.pagerduty.com",
        title="Address of the API",
        description="https://events.eu.pagerduty.com for accounts in the EU.",
        json_schema_extra={"rare": True},
    )

    @field_validator("routing_key")
    @classmethod
    def _check_key(cls, key: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{32}", key):
            raise ValueError(f"must be 32 letters and digits, got {len(key)} characters")
        return key

    @property
    def place(self) -> tuple[str, int]:
        """The API's host and port."""
        return place_of(self.url)

    @property
    def target(self) -> str:
        """The API's host; the key is secret."""
        return host_port(self.url)
