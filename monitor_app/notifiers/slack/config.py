"""Which Slack channel: its incoming webhook."""

from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of


class Config(NotifierConfig):
    """Posts to a Slack channel."""

    kind_title: ClassVar[str] = "Slack"
    kind_description: ClassVar[str] = "A message in a Slack channel, through an incoming webhook."
    menu_rank: ClassVar[int] = 1
    set_up: ClassVar[tuple[str, ...]] = (
        "In Slack, make an app (*api.slack.com/apps*), switch on *Incoming Webhooks*, and add one for the channel.",
        "Copy the webhook's URL. Whoever knows it may post there.",
    )
    described_at: ClassVar[str] = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/"
    public_hosts: ClassVar[tuple[str, ...]] = ("hooks.slack.com", "hooks.slack-gov.com")

    url: WebUrl = Field(
        title="Webhook URL",
        description="Begins with https://hooks.slack.com/services/; never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )

    @property
    def place(self) -> tuple[str, int]:
        """The address's host and port."""
        return place_of(self.url)

    @property
    def target(self) -> str:
        """The host; all else is secret."""
        return host_port(self.url)
