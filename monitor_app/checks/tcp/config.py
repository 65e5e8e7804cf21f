"""How a port is checked."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from monitor_app.checks.tcp.escapes import unescaped
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.hosts import Host, checked_host, host_port_of, shown_host_port
from monitor_app.plugins.protocols import CheckConfig

Tls = Literal["none", "direct", "smtp", "imap", "pop3", "ldap", "postgres"]
TLS_MODES: tuple[str, ...] = get_args(Tls)

SEND_LIMIT = 4096
_URL = re.compile(r"tcp:(?://)?(?P<rest>.*?)/?", re.IGNORECASE)
# Where something listens that certainly does not speak HTTP, and that no kind of its own checks: a bare `host:22` is
# meant for us then.
_KNOWN_PORTS = frozenset(
    {21, 22, 23, 110, 111, 139, 179, 389, 445, 502, 514, 515, 548, 554, 636, 873, 990, 995, 1194, 1433, 1521, 1723}
    | {1883, 2049, 2181, 3260, 3268, 3269, 3389, 4505, 4506, 5038, 5060, 5061, 5222, 5269, 5671, 5672, 5900, 6667}
    | {6697, 8883, 9042, 9092, 9100, 10050, 10051, 11211, 27017, 61613, 61616}
)


class Config(CheckConfig):
    """Connects to a port, and may say something and look at the answer."""

    kind_title: ClassVar[str] = "TCP port"
    kind_description: ClassVar[str] = "Connects to a port, and may say something and look at the answer."
    fact_titles: ClassVar[Mapping[str, str]] = {
        "certificate_issuer": "Certificate issued by",
        "certificate_subject": "Certificate of",
    }
    default_service_type: ClassVar[str] = "application"
    address_form: ClassVar[str] = "tcp://HOST:PORT"
    address_rank: ClassVar[int] = 1

    host: Host = Field(title="Host", description="A name or an IP address.", examples=["db-main.example.org"])
    port: int = Field(ge=1, le=65535, title="Port", description="1 to 65535.", examples=[22])
    send: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=SEND_LIMIT,
        title="Send",
        description=r"Sent once connected; \r, \n, \t, \0, \\ and \xNN stand for bytes. Not for passwords.",
        examples=[r"PING\r\n"],
    )
    expect: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=SEND_LIMIT,
        title="Expect",
        description="Must appear in the answer, written like what is sent; empty takes any or none.",
        examples=["+PONG", "SSH-2.0-"],
    )
    expect_within_bytes: int = Field(
        default=4096,
        ge=1,
        le=65536,
        title="Expect within",
        description="So much of the answer is read at most.",
        json_schema_extra={"unit": "bytes", "rare": True},
    )
    tls: Tls = Field(
        default="none",
        title="TLS",
        description="Direct, or after asking for it as the protocol says (STARTTLS).",
        json_schema_extra={"rare": True},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )
    server_name: str = Field(
        default="",
        title="Server name",
        description="The name that the certificate must be for, and that is asked for (SNI), when it is not the host.",
        examples=["db.example.org"],
        json_schema_extra={"rare": True},
    )

    @field_validator("send", "expect")
    @classmethod
    def _check_escapes(cls, text: str) -> str:
        unescaped(text)
        return text

    @field_validator("expect_within_bytes")
    @classmethod
    def _check_room(cls, limit: int, info: ValidationInfo) -> int:
        wanted = len(unescaped(info.data.get("expect", "")))
        if wanted > limit:
            raise ValueError(f"must be at least the {wanted} bytes of what is expected, got {limit}")
        return limit

    @field_validator("server_name")
    @classmethod
    def _check_server_name(cls, name: str, info: ValidationInfo) -> str:
        if name and info.data.get("tls") == "none":
            raise ValueError("must be empty when TLS is none: there is no certificate to compare it with")
        return checked_host(name) if name else ""

    @property
    def target(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port)

    @property
    def limit_key(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port)

    @cached_property
    def send_bytes(self) -> bytes:
        """What is sent."""
        return unescaped(self.send)

    @cached_property
    def expect_bytes(self) -> bytes:
        """What must come."""
        return unescaped(self.expect)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`tcp://host:port`, and a bare `host:port` for ports where something else than HTTP is at home."""
        address = address.strip()
        match = _URL.fullmatch(address)
        try:
            host, port = host_port_of(match["rest"] if match else address)
            if match is None and port not in _KNOWN_PORTS:
                return []
            return [cls(host=host, port=port)]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err).values())}) from err
        except ValueError as err:
            if match is None:
                return []
            raise InvalidInput({"address": str(err)}) from err
