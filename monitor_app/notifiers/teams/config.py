"""Which channel or chat of Microsoft Teams: the webhook of its workflow."""

from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of


class Config(NotifierConfig):
    """Posts a card to Microsoft Teams."""

    kind_title: ClassVar[str] = "Microsoft Teams"
    kind_description: ClassVar[str] = "A card in a channel or chat of Microsoft Teams, through a workflow."
    menu_rank: ClassVar[int] = 2
    set_up: ClassVar[tuple[str, ...]] = (
        "In Teams, open the channel's menu, *Workflows*, and choose *Send webhook alerts to a channel*.",
        "Copy the workflow's URL. Whoever knows it may post there.",
    )
    described_at: ClassVar[str] = "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/"
    public_hosts: ClassVar[tuple[str, ...]] = (".logic.azure.com", ".api.powerplatform.com", ".webhook.office.com")

    url: WebUrl = Field(
        title="Workflow URL",
        description="As the workflow shows it; never shown again here.",
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
