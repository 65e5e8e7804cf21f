"""How the circuit breaker of a queue is asked for."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

import httpx
from pydantic import Field, ValidationError, field_validator

from monitor_app.errors import InvalidInput
from monitor_app.net.queue_client import QueuePlace
from monitor_app.net.tls import TlsOptions
from monitor_app.plugins import pem
from monitor_app.plugins.forms import field_messages, shown_value
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.web_url import WebUrl, host_port

PATH_LIMIT = 200
TOKEN_LIMIT = 8192
TARGET_LIMIT = 100
_PREFIX = "queue:"
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_TOKEN = re.compile(r"[\x21-\x7e]*")
_Path = Annotated[str, Field(max_length=PATH_LIMIT)]


class Config(CheckConfig):
    """Asks a queue's API how its circuit breaker is, and how many jobs there are."""

    kind_title: ClassVar[str] = "Queue"
    kind_description: ClassVar[str] = "Asks the API of a queue how its circuit breaker is, and how many jobs wait."
    fact_titles: ClassVar[Mapping[str, str]] = {
        "state": "Circuit breaker",
        "opened_at": "Opened",
        "closed_at": "Closed",
    }
    default_service_type: ClassVar[str] = "queue"
    default_interval_seconds: ClassVar[int] = 30
    address_form: ClassVar[str] = "queue:https://…"
    address_prefix: ClassVar[str] = _PREFIX

    url: WebUrl = Field(
        title="Base address",
        description="What the paths below are added to.",
        examples=["https://jobs.example.org/api/v1"],
    )
    token: str = Field(
        default="",
        max_length=TOKEN_LIMIT,
        title="Token",
        description="Sent as Authorization: Bearer. Blank when the API wants none.",
        json_schema_extra={"secret": True},
    )
    state_path: _Path = Field(
        default="/queue/circuit-breaker-status",
        min_length=1,
        title="State",
        description="The path that tells how the circuit breaker is.",
        json_schema_extra={"rare": True},
    )
    counts_path: _Path = Field(
        default="/queue/status",
        title="Job counts",
        description="The path that tells how many jobs there are. Blank: they are not asked for.",
        json_schema_extra={"rare": True},
    )
    open_path: _Path = Field(
        default="/queue/open-circuit-breaker",
        title="Open",
        description="Where the order to open goes. Blank: it cannot be opened from here.",
        json_schema_extra={"rare": True},
    )
    close_path: _Path = Field(
        default="/queue/close-circuit-breaker",
        title="Close",
        description="Where the order to close goes. Blank: it cannot be closed from here.",
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
        description="PEM of a private authority that is trusted for this service, beside those of this machine.",
        json_schema_extra={"rare": True, "multiline": True},
    )
    failures_to_fail: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Failures to fail",
        description="The queue has made up its mind already, so once is enough.",
        json_schema_extra={"rare": True},
    )
    successes_to_recover: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Successes to recover",
        description="The queue has made up its mind already, so once is enough.",
        json_schema_extra={"rare": True},
    )
    breaker_failures: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Breaker opens after",
        description="Our own breaker would hide when the queue's closes: 0 never opens it.",
        json_schema_extra={"unit": "failures", "rare": True},
    )

    @field_validator("url")
    @classmethod
    def _check_base(cls, url: str) -> str:
        if "?" in url:
            raise ValueError("must end before the ?: paths are added to it")
        try:
            httpx.URL(url).host  # noqa: B018 - decodes the name
        except (httpx.InvalidURL, ValueError) as err:
            raise ValueError("must be a valid URL") from err
        return url

    @field_validator("token")
    @classmethod
    def _check_token(cls, token: str) -> str:
        if not _TOKEN.fullmatch(token):
            raise ValueError("must be one line of plain characters without spaces")
        return token

    @field_validator("state_path", "counts_path", "open_path", "close_path")
    @classmethod
    def _check_path(cls, path: str) -> str:
        if path and not _PATH.fullmatch(path):
            raise ValueError(f"must be a path that begins with /, without ? and #, got {shown_value(path)}")
        return path

    @field_validator("ca_certificate")
    @classmethod
    def _check_authority(cls, text: str) -> str:
        if text:
            pem.check_authorities(text)
        return text

    @property
    def target(self) -> str:
        """The base address."""
        return self.url if len(self.url) <= TARGET_LIMIT else f"{self.url[: TARGET_LIMIT - 1]}…"

    @property
    def limit_key(self) -> str:
        """host:port."""
        return host_port(self.url)

    @property
    def place(self) -> QueuePlace:
        """As the client wants it."""
        return QueuePlace(
            self.url,
            self.state_path,
            self.counts_path,
            self.open_path,
            self.close_path,
            self.token,
            TlsOptions(self.verify_tls, self.ca_certificate),
        )

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """`queue:https://...`."""
        address = address.strip()
        if not address.lower().startswith(_PREFIX):
            return []
        try:
            return [cls(url=address[len(_PREFIX) :])]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["url"]}) from err
