"""How records of a name are checked."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self, get_args
from urllib.parse import unquote

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from monitor_app.checks.dns.values import Match, RecordType, expected_value
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages, shown_value
from monitor_app.plugins.hosts import checked_host, host_port_of, shown_host_port
from monitor_app.plugins.protocols import CheckConfig

DNS_PORT = 53
EXPECTED_LIMIT = 50
VALUE_LIMIT = 4096
ROOT = "."
_ROOT_TYPES = ("NS", "SOA")
# RFC 4501: dns:name?type=MX and dns://resolver/name?type=MX.
_ADDRESS = re.compile(r"dns:(?://(?P<resolver>[^/?]*)(?:/|$))?(?P<name>[^/?]*)(?:\?(?P<query>.*))?", re.IGNORECASE)
_BARE = re.compile(rf"(?:[^:/\[\]]+|\[[^/\]]*\]):{DNS_PORT}")


class Config(CheckConfig):
    """Asks a name server for records of a name."""

    kind_title: ClassVar[str] = "DNS"
    kind_description: ClassVar[str] = "Asks a name server for records and compares them with what is expected."
    fact_titles: ClassVar[Mapping[str, str]] = {"rcode": "Answer code", "dnssec_validated": "Validated by DNSSEC"}
    default_service_type: ClassVar[str] = "dns"
    address_form: ClassVar[str] = "dns:example.org or dns://resolver/example.org?type=MX"

    name: str = Field(
        title="Record name",
        description="Whose records are asked for; it may begin with underscores, as _dmarc.example.org does.",
        examples=["example.org"],
    )
    record_type: RecordType = Field(
        default="A", validate_default=True, title="Record type", description="Which records are asked for."
    )
    expected: str = Field(
        default="",
        max_length=EXPECTED_LIMIT * VALUE_LIMIT,
        title="Expected values",
        description="One a line. Case, a final dot and the pieces of a TXT do not matter. Empty: any record is good.",
        examples=["192.0.2.1", "10 mail.example.org"],
        json_schema_extra={"multiline": True},
    )
    match: Match = Field(
        default="exactly",
        title="Match",
        description="Whether there must be exactly the expected values, at least these, or any of them.",
        json_schema_extra={"rare": True},
    )
    must_not_exist: bool = Field(
        default=False,
        title="Must not exist",
        description="Good is only the answer that there is no such name (NXDOMAIN).",
        json_schema_extra={"rare": True},
    )
    resolver: str = Field(
        default="",
        title="Resolver",
        description="Address or name of the name server to ask. Empty: those that this machine uses.",
        examples=["9.9.9.9"],
    )
    port: int = Field(
        default=DNS_PORT,
        ge=1,
        le=65535,
        title="Port",
        description="Of the resolver.",
        json_schema_extra={"rare": True},
    )
    tcp_only: bool = Field(
        default=False,
        title="TCP only",
        description="Ask over TCP. When off, UDP is used, and TCP when an answer was cut.",
        json_schema_extra={"rare": True},
    )
    require_dnssec: bool = Field(
        default=False,
        title="Require DNSSEC",
        description="Fail unless the resolver says that it has validated the answer.",
        json_schema_extra={"rare": True},
    )
    deadline_seconds: float = Field(
        default=5.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="The answer must be there by then; a question without an answer is sent again each 1.5 s.",
        json_schema_extra={"unit": "s", "rare": True},
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name == ROOT:
            return ROOT
        # Label by label: IDNA knows no underscores.
        labels = [label if label.isascii() else checked_host(label) for label in name.split(".")]
        host = checked_host(".".join(labels))
        if ":" in host or host.replace(".", "").isdigit():
            raise ValueError(f"must be a name, not an address, got {shown_value(name)}")
        return host

    @field_validator("resolver")
    @classmethod
    def _check_resolver(cls, resolver: str) -> str:
        return checked_host(resolver) if resolver else ""

    @field_validator("expected", mode="before")
    @classmethod
    def _join_expected(cls, values: Any) -> Any:
        """A list is taken, too."""
        if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
            return "\n".join(values)
        return values

    @field_validator("expected")
    @classmethod
    def _check_expected(cls, text: str, info: ValidationInfo) -> str:
        values = [line.strip() for line in text.split("\n") if line.strip()]
        if len(values) > EXPECTED_LIMIT:
            raise ValueError(f"must be at most {EXPECTED_LIMIT} values, got {len(values)}")
        if longest := max((len(value) for value in values if len(value) > VALUE_LIMIT), default=0):
            raise ValueError(f"must have values of at most {VALUE_LIMIT} characters, got {longest}")
        if record_type := info.data.get("record_type"):
            for value in values:
                expected_value(record_type, value)
        return "\n".join(values)

    @field_validator("record_type")
    @classmethod
    def _check_type(cls, record_type: RecordType, info: ValidationInfo) -> RecordType:
        if info.data.get("name") == ROOT and record_type not in _ROOT_TYPES:
            raise ValueError(f"must be {' or '.join(_ROOT_TYPES)} for the root, got {record_type}")
        return record_type

    @field_validator("must_not_exist")
    @classmethod
    def _check_must_not_exist(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("expected"):
            raise ValueError("must be off when values are expected")
        return value

    @field_validator("port")
    @classmethod
    def _check_port(cls, port: int, info: ValidationInfo) -> int:
        if port != DNS_PORT and not info.data.get("resolver"):
            raise ValueError(f"must be {DNS_PORT} unless a resolver is named, got {port}")
        return port

    @cached_property
    def expected_values(self) -> tuple[str, ...]:
        """In the one form that answers are compared in."""
        return tuple(expected_value(self.record_type, line) for line in self.expected.split("\n") if line)

    @property
    def target(self) -> str:
        """`example.org MX`, and who is asked."""
        asked = f" at {self.resolver}" if self.resolver else ""
        return f"{self.name} {self.record_type}{asked}"

    @property
    def limit_key(self) -> str:
        """The resolver's host:port; this machine's own resolvers are counted by the name, as it is theirs to answer."""
        return shown_host_port(self.resolver or self.name, self.port)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`dns:name`, `dns://resolver/name?type=MX`; `dns://resolver` and `host:53` ask it for the root's servers."""
        address = address.strip()
        written = _ADDRESS.fullmatch(address)
        try:
            if written and not written["name"].isdigit():
                return [cls(**_fields_of(written))]
            if _BARE.fullmatch(address):
                host, _ = host_port_of(address)
                return [cls(name=ROOT, record_type="NS", resolver=host)]
        except ValidationError as err:
            raise InvalidInput({"address": "; ".join(field_messages(err).values())}) from err
        except ValueError as err:
            raise InvalidInput({"address": str(err)}) from err
        return []


def _fields_of(written: re.Match[str]) -> dict[str, Any]:
    """Raises ValueError."""
    fields: dict[str, Any] = {"name": unquote(written["name"])}
    if written["resolver"] and not fields["name"]:
        fields |= {"name": ROOT, "record_type": "NS"}
    if written["resolver"]:
        fields["resolver"], fields["port"] = host_port_of(written["resolver"], DNS_PORT)
    for part in re.split("[;&]", written["query"] or ""):
        option, _, value = part.partition("=")
        if option.lower() == "type" and value.upper() in get_args(RecordType):
            fields["record_type"] = value.upper()
        elif part and part.lower() != "class=in":
            raise ValueError(f"must have a type of {', '.join(get_args(RecordType))}, got {shown_value(part)}")
    return fields
