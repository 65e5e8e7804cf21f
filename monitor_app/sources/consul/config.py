"""How a Consul agent or server is reached."""

from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from monitor_app.net.tls import TlsOptions
from monitor_app.plugins import pem
from monitor_app.plugins.forms import shown_value, wrong_fields
from monitor_app.plugins.hosts import checked_host, checked_port, shown_host_port
from monitor_app.plugins.source_kinds import SourceConfig

_PORT = 8500
_TLS_PORT = 8501
_NAME = r"^[A-Za-z0-9_.-]*$"


class Config(SourceConfig):
    """One connection: an agent or server, as one datacentre, namespace and partition see it."""

    kind_title: ClassVar[str] = "Consul"
    kind_description: ClassVar[str] = "Services and health checks of a Consul datacentre, with a memory."
    check_kind: ClassVar[str] = "consul"
    service_type: ClassVar[str] = "consul_service"

    address: str = Field(
        max_length=512,
        title="Address",
        description="Of an agent or a server. Without a port it is 8500, with https 8501.",
        examples=["http://127.0.0.1:8500"],
    )
    token: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        default="",
        max_length=4096,
        title="ACL token",
        description="Needs node:read, service:read and agent:read. Blank: what the agent lets everybody see.",
        json_schema_extra={"secret": True},
    )
    datacentre: str = Field(
        default="",
        max_length=128,
        pattern=_NAME,
        title="Datacentre",
        description="Blank: that of the agent.",
        examples=["dc1"],
    )
    watch_changes: bool = Field(
        default=True,
        title="See changes at once",
        description="Blocking queries tell of changes within a second; the poll stays as the truth.",
        json_schema_extra={"rare": True},
    )
    deadline_seconds: float = Field(
        default=10.0,
        ge=0.5,
        le=60.0,
        title="Deadline",
        description="For each answer.",
        json_schema_extra={"unit": "s", "rare": True},
    )
    namespace: str = Field(
        default="",
        max_length=128,
        pattern=_NAME,
        title="Namespace",
        description="Consul Enterprise only.",
        json_schema_extra={"rare": True},
    )
    partition: str = Field(
        default="",
        max_length=128,
        pattern=_NAME,
        title="Partition",
        description="Consul Enterprise only.",
        json_schema_extra={"rare": True},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )
    ca_certificate: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="CA certificate",
        description="PEM of the authority that Consul's own certificates are from.",
        json_schema_extra={"rare": True, "multiline": True},
    )
    client_certificate: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="Client certificate",
        description="PEM, with its chain, where Consul asks for one (verify_incoming).",
        json_schema_extra={"rare": True, "multiline": True},
    )
    client_key: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="Client key",
        description="PEM of the client certificate's private key, not encrypted.",
        json_schema_extra={"rare": True, "multiline": True, "secret": True},
    )

    @field_validator("address")
    @classmethod
    def _check_address(cls, text: str) -> str:
        return _checked_address(text)

    @field_validator("token")
    @classmethod
    def _check_token(cls, text: str) -> str:
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("must be one word of letters, digits and signs, as Consul has it")
        return text

    @field_validator("ca_certificate")
    @classmethod
    def _check_authority(cls, text: str) -> str:
        if text:
            pem.check_authorities(text)
        return text

    @field_validator("client_certificate")
    @classmethod
    def _check_certificate(cls, text: str) -> str:
        if text:
            pem.certificates(text)
        return text

    @field_validator("client_key")
    @classmethod
    def _check_key(cls, text: str) -> str:
        if text:
            pem.private_key(text)
        return text

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if bool(self.client_certificate) != bool(self.client_key):
            missing = "client_key" if self.client_certificate else "client_certificate"
            raise wrong_fields({missing: "must be given, too: certificate and key go together"})
        if self.client_certificate and not pem.belong_together(self.client_certificate, self.client_key):
            raise wrong_fields({"client_key": "must be the key of the client certificate"})
        if self.address.startswith("http://") and (self.client_certificate or self.ca_certificate):
            raise wrong_fields({"address": "must begin with https:// where there are certificates"})
        return self

    @property
    def target(self) -> str:
        """The address."""
        return self.address

    @property
    def limit_key(self) -> str:
        """Host and port."""
        parts = urlsplit(self.address)
        return shown_host_port(parts.hostname or "", parts.port or _PORT)

    @property
    def tls(self) -> TlsOptions:
        """How a connection is encrypted, where it is."""
        return TlsOptions(self.verify_tls, self.ca_certificate, self.client_certificate, self.client_key)


def _checked_address(text: str) -> str:
    """Scheme, host and port, nothing else. Raises ValueError."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as err:
        raise ValueError(f"must be an address such as http://127.0.0.1:8500, got {shown_value(text)}") from err
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"must begin with http:// or https://, got {shown_value(text)}")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password; the token has a field of its own")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must end after the port: paths are added here")
    host = checked_host(parts.hostname or "")
    port = checked_port(port) if port is not None else (_TLS_PORT if parts.scheme == "https" else _PORT)
    return f"{parts.scheme}://{shown_host_port(host, port)}"
