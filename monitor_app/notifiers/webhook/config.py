"""Where a webhook leads, and how it is signed."""

import base64
import binascii
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from monitor_app.plugins.headers import check_headers
from monitor_app.plugins.notifier_kinds import NotifierConfig
from monitor_app.plugins.web_url import WebUrl, host_port, place_of

SECRET_MIN = 16
SECRET_PREFIX = "whsec_"  # noqa: S105 - how such secrets begin
# What the connection and the signature need; nobody may set them.
OWN_HEADERS = (
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    "trailer",
    "upgrade",
    "accept-encoding",
    "content-type",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)


class Config(NotifierConfig):
    """Sends JSON to an address, signed."""

    kind_title: ClassVar[str] = "Webhook"
    kind_description: ClassVar[str] = "JSON to an address of yours, signed with HMAC-SHA256."
    menu_rank: ClassVar[int] = 7
    set_up: ClassVar[tuple[str, ...]] = (
        "Have a program ready that takes JSON over HTTP and answers with a 2xx.",
        "Make up a secret of at least 16 characters, for example with `openssl rand -hex 24`, and give it to both.",
    )
    described_at: ClassVar[str] = "https://www.standardwebhooks.com/"

    url: WebUrl = Field(
        title="URL",
        description="Redirects are not followed.",
        examples=["https://hooks.example.org/lightbulb"],
    )
    secret: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=500,
        title="Secret",
        description="Signs each message, so that the receiver knows who sent it. Empty: nothing is signed.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    method: Literal["POST", "PUT", "PATCH"] = Field(
        default="POST", title="Method", description="POST, PUT or PATCH.", json_schema_extra={"rare": True}
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        title="Headers",
        description="One `Name: value` a line, such as an Authorization.",
        json_schema_extra={"rare": True},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, text: str) -> str:
        if text and len(text) < SECRET_MIN:
            raise ValueError(f"must have at least {SECRET_MIN} characters")
        if text.startswith(SECRET_PREFIX):
            try:
                base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
            except (binascii.Error, ValueError) as err:
                raise ValueError(f"must have base64 after {SECRET_PREFIX}") from err
        return text

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        check_headers(headers, OWN_HEADERS)
        return headers

    @property
    def key(self) -> bytes:
        """What is signed with: what stands behind `whsec_` in base64, else the secret's own bytes."""
        if self.secret.startswith(SECRET_PREFIX):
            return base64.b64decode(self.secret.removeprefix(SECRET_PREFIX))
        return self.secret.encode()

    @property
    def place(self) -> tuple[str, int]:
        """The address's host and port."""
        return place_of(self.url)

    @property
    def target(self) -> str:
        """host:port; the path may hold a secret."""
        return host_port(self.url)
