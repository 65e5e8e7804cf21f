"""What the configs of mail servers have in common."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import unquote

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, wrong_fields
from monitor_app.plugins.hosts import checked_host, host_port_of, shown_host_port, split_url
from monitor_app.plugins.protocols import CheckConfig, PluginConfig

Tls = Literal["none", "starttls", "tls"]


class MailServer(PluginConfig):
    """Host, port, encryption and log-in of any mail server."""

    usual_ports: ClassVar[Mapping[Tls, int]]

    host: str = Field(
        title="Host", description="Name or address, without port.", examples=["mail.example.org"], max_length=300
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        title="Port",
        description="Empty: the usual one.",
    )
    tls: Tls = Field(
        default="starttls",
        title="TLS",
        description="From the first byte (tls), asked for in plain text (starttls), or none.",
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )
    user: str = Field(default="", max_length=200, title="User", description="Empty: nobody logs in.")
    password: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=1000,
        title="Password",
        description="Never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )
    allow_plain_login: bool = Field(
        default=False,
        title="Log in without TLS",
        description="Send the password over a connection that is not encrypted, where anybody on the way can read it.",
        json_schema_extra={"rare": True},
    )

    @field_validator("host")
    @classmethod
    def _check_host(cls, host: str) -> str:
        return checked_host(host)

    @field_validator("user", "password")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("must not contain control characters and line breaks")
        return text

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        wrong: dict[str, str] = {}
        if self.user and not self.password:
            wrong |= {"password": "is required with a user"}
        if self.password and not self.user:
            wrong |= {"user": "is required with a password"}
        if self.user and self.tls == "none" and not self.allow_plain_login:
            wrong |= {"tls": "must be starttls or tls to log in, unless logging in without TLS is allowed"}
        if wrong:
            raise wrong_fields(wrong)
        return self

    @property
    def port_number(self) -> int:
        """The port, or the one that is usual for this way of encryption."""
        return self.port or self.usual_ports[self.tls]

    @property
    def target(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port_number)

    @property
    def limit_key(self) -> str:
        """host:port."""
        return self.target


class MailConfig(MailServer, CheckConfig):
    """How a mail server is checked. A kind adds its ports, its schemes, and what it says of the port."""

    default_service_type: ClassVar[str] = "mail"
    # By scheme: the port where none is given, and how it may be encrypted, best first.
    schemes: ClassVar[Mapping[str, tuple[int, tuple[Tls, ...]]]]
    # Ports that are certainly of this kind when a bare host:port is pasted, and how they may be encrypted.
    bare_ports: ClassVar[Mapping[int, tuple[Tls, ...]]]

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """A URL, or a bare `host:port` with a port that is certainly one of ours."""
        address = address.strip()
        scheme, separator, _ = address.partition("://")
        try:
            if separator:
                return cls._from_url(address) if scheme.lower() in cls.schemes else []
            return cls._from_bare(address)
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err, {"password"}).values())}) from err
        except ValueError as err:
            raise InvalidInput({"address": str(err)}) from err

    @classmethod
    def _from_url(cls, url: str) -> list[Self]:
        parts = split_url(url)
        usual_port, ways = cls.schemes[parts.scheme]
        host, port = host_port_of(parts.netloc.rpartition("@")[2], usual_port)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        # A password that was pasted is not sent in plain text because TLS failed.
        return [
            cls(host=host, port=port, tls=tls, user=user, password=password)
            for tls in ways
            if tls != "none" or not (user or password)
        ]

    @classmethod
    def _from_bare(cls, address: str) -> list[Self]:
        for port, ways in cls.bare_ports.items():
            if address.endswith(f":{port}"):
                try:
                    host = host_port_of(address)[0]
                except ValueError:
                    return []
                return [cls(host=host, port=port, tls=tls) for tls in ways]
        return []
