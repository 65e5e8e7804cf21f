"""Which topic of which ntfy server."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of

TAGS_LIMIT = 5


class Config(NotifierConfig):
    """Pushes to phones."""

    kind_title: ClassVar[str] = "ntfy"
    kind_description: ClassVar[str] = "A push message to phones, through ntfy.sh or a server of your own."
    menu_rank: ClassVar[int] = 5
    set_up: ClassVar[tuple[str, ...]] = (
        "Think up a topic. On ntfy.sh everybody who knows it reads along, so take one that nobody guesses.",
        "Subscribe to it in the ntfy app.",
        "For a topic that is reserved or a server that asks who you are, make an access token there.",
    )
    described_at: ClassVar[str] = "https://docs.ntfy.sh/publish/#publish-as-json"
    public_hosts: ClassVar[tuple[str, ...]] = ("ntfy.sh",)

    topic: str = Field(
        max_length=64,
        title="Topic",
        description="Letters, digits, hyphens and underscores.",
        examples=["ops-8f3kq2"],
    )
    token: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=200,
        title="Access token",
        description="Where the topic needs one; never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    url: WebUrl = Field(default="https://ntfy.sh", title="Server", description="The address of another ntfy server.")
    priority: Literal["by severity", "1", "2", "3", "4", "5"] = Field(
        default="by severity",
        title="Priority",
        description="By severity: 5 for critical, 4 for warning, 3 for info and what is over.",
        json_schema_extra={"rare": True},
    )
    tags: str = Field(
        default="",
        max_length=200,
        title="Tags",
        description=f"At most {TAGS_LIMIT}, with commas between them; names of emoji are shown as such.",
        json_schema_extra={"rare": True},
    )

    @field_validator("topic")
    @classmethod
    def _check_topic(cls, topic: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", topic):
            raise ValueError(f"must be 1 to 64 letters, digits, hyphens and underscores, got {shown_value(topic)}")
        return topic

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: str) -> str:
        if not re.fullmatch(r"[!-~]*", token):
            raise ValueError("must be made of letters, digits and signs of ASCII, without spaces")
        return token

    @field_validator("tags")
    @classmethod
    def _check_tags(cls, text: str) -> str:
        tags = [tag.strip() for tag in text.split(",") if tag.strip()]
        if len(tags) > TAGS_LIMIT:
            raise ValueError(f"must be at most {TAGS_LIMIT} tags, got {len(tags)}")
        if wrong := [tag for tag in tags if not re.fullmatch(r"[\w+-]{1,40}", tag)]:
            raise ValueError(f"must be words of letters, digits, hyphens and underscores, got {shown_value(wrong[0])}")
        return ", ".join(tags)

    @property
    def place(self) -> tuple[str, int]:
        """The server's host and port."""
        return place_of(self.url)

    @property
    def target(self) -> str:
        """host:port/topic."""
        return f"{host_port(self.url)}/{self.topic}"
