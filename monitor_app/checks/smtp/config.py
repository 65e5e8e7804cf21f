"""How a mail server that takes mail is checked."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.mail import MailConfig, Tls


class Config(MailConfig):
    """Greets a mail server, asks for TLS, and may log in."""

    kind_title: ClassVar[str] = "Mail (SMTP)"
    kind_description: ClassVar[str] = "Greets a mail server, asks for TLS, and may log in."
    address_form: ClassVar[str] = "smtp://HOST, smtps://HOST"
    usual_ports: ClassVar[Mapping[Tls, int]] = {"none": 25, "starttls": 587, "tls": 465}
    schemes: ClassVar[Mapping[str, tuple[int, tuple[Tls, ...]]]] = {
        "smtp": (25, ("starttls", "none")),
        "submission": (587, ("starttls",)),
        "smtps": (465, ("tls",)),
        "submissions": (465, ("tls",)),
    }
    bare_ports: ClassVar[Mapping[int, tuple[Tls, ...]]] = {
        25: ("starttls", "none"),
        587: ("starttls", "none"),
        465: ("tls",),
    }

    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="Port",
        description="Empty: 465 with tls, 587 with starttls, 25 with none.",
    )
    deadline_seconds: float = Field(
        default=20.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="All must be done by then. Servers that keep spammers waiting greet after 5 s or more.",
        json_schema_extra={"unit": "s", "rare": True},
    )
