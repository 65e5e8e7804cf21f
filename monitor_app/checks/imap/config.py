"""How a mail server that keeps mail is checked."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.mail import MailConfig, Tls


class Config(MailConfig):
    """Greets a mailbox server, asks for TLS, and may log in."""

    kind_title: ClassVar[str] = "Mail (IMAP)"
    kind_description: ClassVar[str] = "Greets a mailbox server, asks for TLS, and may log in."
    address_form: ClassVar[str] = "imap://HOST, imaps://HOST"
    usual_ports: ClassVar[Mapping[Tls, int]] = {"none": 143, "starttls": 143, "tls": 993}
    schemes: ClassVar[Mapping[str, tuple[int, tuple[Tls, ...]]]] = {
        "imap": (143, ("starttls", "none")),
        "imaps": (993, ("tls",)),
    }
    bare_ports: ClassVar[Mapping[int, tuple[Tls, ...]]] = {143: ("starttls", "none"), 993: ("tls",)}

    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="Port",
        description="Empty: 993 with tls, else 143.",
    )
