"""Which bot writes to which chat."""

import re
from typing import ClassVar

from pydantic import Field, field_validator

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, place_of


class Config(NotifierConfig):
    """A bot writes to a chat."""

    kind_title: ClassVar[str] = "Telegram"
    kind_description: ClassVar[str] = "A message of a bot in a chat, group or channel of Telegram."
    menu_rank: ClassVar[int] = 4
    set_up: ClassVar[tuple[str, ...]] = (
        "In Telegram, write `/newbot` to *@BotFather*, and copy the token that it gives you.",
        "Add the bot to the group, or write it a first message yourself: bots may not begin a chat.",
        "The chat is `@name` for a public channel; for others, open "
        "`https://api.telegram.org/botTOKEN/getUpdates` and take `chat.id`, for groups with its minus sign.",
    )
    described_at: ClassVar[str] = "https://core.telegram.org/bots/api#sendmessage"
    public_hosts: ClassVar[tuple[str, ...]] = ("api.telegram.org",)

    token: str = Field(
        max_length=120,
        title="Token of the bot",
        description="As BotFather gave it, such as 123456:AbC…; never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    chat: str = Field(
        max_length=40,
        title="Chat",
        description="Its number, or @name of a public channel.",
        examples=["-1001234567890"],
    )
    topic: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        title="Topic",
        description="The number of a topic of a group that has some.",
        json_schema_extra={"rare": True},
    )
    url: WebUrl = Field(
        default="https://api.telegram.org",
        title="Address of the API",
        description="Another one for a Bot API server of your own.",
        json_schema_extra={"rare": True},
    )

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: str) -> str:
        if not re.fullmatch(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}", token):
            raise ValueError("must be a token as BotFather gives it, such as 123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11")
        return token

    @field_validator("chat")
    @classmethod
    def _check_chat(cls, chat: str) -> str:
        if not re.fullmatch(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{4,32}", chat):
            raise ValueError(f"must be a number, such as -1001234567890, or @name, got {shown_value(chat)}")
        return chat

    @property
    def place(self) -> tuple[str, int]:
        """The API's host and port."""
        return place_of(self.url)

    @property
    def target(self) -> str:
        """The chat."""
        return self.chat
