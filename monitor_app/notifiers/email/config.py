"""How mail is sent, and to whom."""

import re
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.hosts import checked_host, shown_host_port
from monitor_app.plugins.mail import MailServer, Tls
from monitor_app.plugins.notifier_kinds import NotifierConfig

RECIPIENTS_LIMIT = 50
ADDRESS_LIMIT = 254

# RFC 5322, section 3.2.3: a dot-atom. What needs quotes is not worth the trouble.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class Config(MailServer, NotifierConfig):
    """Sends mail through a mail server."""

    kind_title: ClassVar[str] = "E-mail"
    kind_description: ClassVar[str] = "Mail with a picture of the last checks; an incident is a thread."
    menu_rank: ClassVar[int] = 0
    set_up: ClassVar[tuple[str, ...]] = (
        "You need a mail server that takes mail from this machine: your company's, your provider's, or a mail service. "
        "Ask for its host, port, and a user with a password of its own.",
        "Most services want mail to come from an address that they know: enter that one as *From*.",
    )
    place_field: ClassVar[str] = "host"
    # Servers that keep spammers waiting greet after 5 s or more.
    deadline_seconds: ClassVar[float] = 18.0
    usual_ports: ClassVar[Mapping[Tls, int]] = {"none": 25, "starttls": 587, "tls": 465}

    recipients: str = Field(
        title="To",
        description="Mail addresses, with commas between them. All see each other.",
        examples=["ops@example.org, ann@example.org"],
        max_length=RECIPIENTS_LIMIT * ADDRESS_LIMIT,
    )
    sender: str = Field(
        title="From",
        description="The address that it comes from.",
        examples=["lightbulb@example.org"],
        max_length=ADDRESS_LIMIT,
    )
    host: str = Field(
        title="Mail server",
        description="Name or address, without port.",
        examples=["mail.example.org"],
        max_length=300,
    )
    port: int | None = Field(
        default=None, ge=1, le=65535, title="Port", description="Empty: 587 with starttls, 465 with tls, 25 with none."
    )
    with_picture: bool = Field(
        default=True,
        title="With a picture",
        description="Of the last checks of the service that it began with.",
        json_schema_extra={"rare": True},
    )

    @field_validator("recipients")
    @classmethod
    def _check_recipients(cls, text: str) -> str:
        found = list(dict.fromkeys(checked_address(part) for part in re.split(r"[,;\s]+", text) if part))
        if not found:
            raise ValueError("must name at least one mail address, such as ops@example.org")
        if len(found) > RECIPIENTS_LIMIT:
            raise ValueError(f"must be at most {RECIPIENTS_LIMIT} addresses, got {len(found)}")
        return ", ".join(found)

    @field_validator("sender")
    @classmethod
    def _check_sender(cls, text: str) -> str:
        return checked_address(text)

    @property
    def to(self) -> list[str]:
        """The addresses, one by one."""
        return self.recipients.split(", ")

    @property
    def target(self) -> str:
        """The first address, and how many more."""
        first, *others = self.to
        return f"{first} and {len(others)} more" if others else first

    @property
    def place(self) -> tuple[str, int]:
        """The mail server."""
        return self.host, self.port_number

    @property
    def limit_key(self) -> str:
        """host:port of the mail server, which gets the password."""
        return shown_host_port(*self.place)


def checked_address(text: str) -> str:
    """A mail address as it goes over the wire, its host lower-case and IDNA. Raises ValueError."""
    local, at, host = text.strip().rpartition("@")
    if not at or ":" in host or not _LOCAL.fullmatch(local):
        raise ValueError(f"must be mail addresses such as ops@example.org, got {shown_value(text)}")
    try:
        address = f"{local}@{checked_host(host)}"
    except ValueError as err:
        raise ValueError(f"must be mail addresses such as ops@example.org: {err}") from err
    if len(address) > ADDRESS_LIMIT or len(local) > 64:
        raise ValueError(f"must be addresses of at most {ADDRESS_LIMIT} characters, 64 before the @")
    return address
