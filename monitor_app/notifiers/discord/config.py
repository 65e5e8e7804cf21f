"""Which channel of Discord: its webhook."""

from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of


class Config(NotifierConfig):
    """Posts to a Discord channel."""

    kind_title: ClassVar[str] = "Discord"
    kind_description: ClassVar[str] = "A message in a Discord channel, through a webhook."
    menu_rank: ClassVar[int] = 3
    set_up: ClassVar[tuple[str, ...]] = (
        "In Discord, open the channel's settings, *Integrations*, *Webhooks*, and make one.",
        "Copy the webhook's URL. Whoever knows it may post there.",
    )
    described_at: ClassVar[str] = "https://discord.com/developers/docs/resources/webhook#execute-webhook"
    public_hosts: ClassVar[tuple[str, ...]] = ("discord.com", "discordapp.com")

    url: WebUrl = Field(
        title="Webhook URL",
        description="Begins with https://discord.com/api/webhooks/; never shown again.",
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
