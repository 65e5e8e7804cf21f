"""How the health of a gRPC service is checked."""

import re
from typing import ClassVar, Self
from urllib.parse import unquote

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value
from monitor_app.plugins.headers import SECRET_HEADERS, check_headers
from monitor_app.plugins.hosts import Host, checked_host, host_port_of, shown_host_port
from monitor_app.plugins.protocols import CheckConfig

GRPC_PORT = 50051
TLS_PORT = 443
SERVICE_LIMIT = 200
# gRPC's protocol names its own; what begins with "grpc-" belongs to it, too.
_OURS = {"connection", "content-length", "content-type", "host", "te", "transfer-encoding", "upgrade", "user-agent"}
_ADDRESS = re.compile(r"(?P<scheme>grpcs?)://(?P<place>[^/?#]*)(?:/(?P<service>[^?#]*))?", re.IGNORECASE)


class Config(CheckConfig):
    """Asks grpc.health.v1.Health/Check."""

    kind_title: ClassVar[str] = "gRPC health"
    kind_description: ClassVar[str] = "Asks a gRPC server's health service how it, or one of its services, is."
    default_service_type: ClassVar[str] = "api"
    address_form: ClassVar[str] = "grpc://host:port/service or grpcs://…"

    host: Host = Field(title="Host", description="A name or an IP address.", examples=["api.example.org"])
    port: int = Field(default=GRPC_PORT, ge=1, le=65535, title="Port", description="1 to 65535.")
    service: str = Field(
        default="",
        max_length=SERVICE_LIMIT,
        title="Service",
        description="The full name that the health service knows it by. Empty: the server as a whole.",
        examples=["shop.v1.Orders"],
    )
    tls: bool = Field(default=False, title="TLS", description="Whether the connection is encrypted.")
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )
    server_name: str = Field(
        default="",
        title="Server name",
        description="The name that the certificate must be for and that is asked for, when it is not the host.",
        json_schema_extra={"rare": True},
    )
    metadata: dict[str, str] = Field(
        default_factory=dict,
        title="Metadata",
        description="Sent along with the call. Values of names that end in -bin are base64.",
        json_schema_extra={"rare": True, "secret_names": list(SECRET_HEADERS)},
    )

    @field_validator("service")
    @classmethod
    def _check_service(cls, name: str) -> str:
        if not name.isprintable() or " " in name:
            raise ValueError(f"must be a name without spaces and control characters, got {shown_value(name)}")
        return name

    @field_validator("verify_tls")
    @classmethod
    def _check_verify(cls, value: bool, info: ValidationInfo) -> bool:
        if not value and info.data.get("tls") is False:
            raise ValueError("must be on when TLS is off: there is no certificate to trust")
        return value

    @field_validator("server_name")
    @classmethod
    def _check_server_name(cls, name: str, info: ValidationInfo) -> str:
        if name and info.data.get("tls") is False:
            raise ValueError("must be empty when TLS is off: there is no certificate to compare it with")
        return checked_host(name) if name else ""

    @field_validator("metadata")
    @classmethod
    def _check_metadata(cls, metadata: dict[str, str]) -> dict[str, str]:
        check_headers(metadata, _OURS)
        for name, value in metadata.items():
            if name.lower().startswith("grpc-"):
                raise ValueError(f"must leave {name} to Lightbulb, which sets it as needed")
            if not value.isascii():
                raise ValueError(f"must have values of ASCII; for that of {name} use a name that ends in -bin")
        return metadata

    @property
    def target(self) -> str:
        """host:port, and the service when it is a certain one."""
        place = shown_host_port(self.host, self.port)
        return f"{place}/{self.service}" if self.service else place

    @property
    def limit_key(self) -> str:
        """host:port."""
        return shown_host_port(self.host, self.port)

    @property
    def authority(self) -> str:
        """Whom the call is for, as the server hears it."""
        return shown_host_port(self.server_name or self.host, self.port)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`grpc://host:port/service`, and `grpcs://` with TLS."""
        address = address.strip()
        if not address.lower().startswith(("grpc://", "grpcs://")):
            return []
        written = _ADDRESS.fullmatch(address)
        if written is None:
            raise InvalidInput({"address": f"must be grpc://host:port/service, got {shown_value(address)}"})
        is_tls = written["scheme"].lower() == "grpcs"
        try:
            host, port = host_port_of(written["place"], TLS_PORT if is_tls else GRPC_PORT)
            return [cls(host=host, port=port, tls=is_tls, service=unquote(written["service"] or ""))]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err).values())}) from err
        except ValueError as err:
            raise InvalidInput({"address": str(err)}) from err
