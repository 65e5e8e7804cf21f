"""How a websocket is checked."""

import re
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator

from monitor_app.checks.websocket.url import WebsocketUrl, is_websocket_address, parsed_url
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value
from monitor_app.plugins.headers import SECRET_HEADERS, check_headers
from monitor_app.plugins.hosts import shown_host_port
from monitor_app.plugins.protocols import CheckConfig

MESSAGE_SENT_LIMIT = 64 * 1024
EXPECTED_LIMIT = 1000
_SUBPROTOCOL = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = {
    "connection",
    "content-length",
    "host",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
}


class Config(CheckConfig):
    """Opens a websocket and may talk over it."""

    kind_title: ClassVar[str] = "WebSocket"
    kind_description: ClassVar[str] = "Opens a websocket, and may send a message and wait for the answer."
    default_service_type: ClassVar[str] = "api"
    address_form: ClassVar[str] = "ws://… or wss://…"

    url: str = Field(
        title="URL",
        description="The whole address, beginning with ws:// or wss://.",
        examples=["wss://example.org/socket"],
    )
    message: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=MESSAGE_SENT_LIMIT,
        title="Message",
        description="Sent as one text message once the websocket is open; then an answer is awaited.",
        examples=['{"type": "ping"}'],
        json_schema_extra={"multiline": True},
    )
    expected: str = Field(
        default="",
        max_length=EXPECTED_LIMIT,
        title="Expected answer",
        description="A text that one of the messages of the server must hold. Empty: any message is an answer.",
        examples=["pong"],
    )
    subprotocol: str = Field(
        default="",
        title="Subprotocol",
        description="Which one the server must agree to.",
        examples=["graphql-transport-ws"],
        json_schema_extra={"rare": True},
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        title="Headers",
        description="Sent along with the handshake.",
        json_schema_extra={"rare": True, "secret_names": list(SECRET_HEADERS)},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        parsed_url(url)
        return url

    @field_validator("subprotocol")
    @classmethod
    def _check_subprotocol(cls, name: str) -> str:
        if name and not _SUBPROTOCOL.fullmatch(name):
            raise ValueError(f"must be one name of letters, digits, dots and hyphens, got {shown_value(name)}")
        return name

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        check_headers(headers, _OURS)
        return headers

    @cached_property
    def parts(self) -> WebsocketUrl:
        """The URL taken apart."""
        return parsed_url(self.url)

    @property
    def target(self) -> str:
        """The URL without its query, at most 100 characters."""
        return self.parts.shown

    @property
    def limit_key(self) -> str:
        """host:port."""
        return shown_host_port(self.parts.host, self.parts.port)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`ws://...` and `wss://...`."""
        address = address.strip()
        if not is_websocket_address(address):
            return []
        try:
            return [cls(url=address)]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["url"]}) from err
