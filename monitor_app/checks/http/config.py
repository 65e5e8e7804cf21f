"""How a web address is checked."""

import re
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

import httpx
from pydantic import Field, StringConstraints, ValidationError, field_validator

from monitor_app.checks.http.redirects import Question
from monitor_app.checks.http.statuses import normal_statuses, parse_statuses
from monitor_app.checks.http.url import (
    bare_address,
    checked_url,
    has_scheme,
    host_and_port,
    is_web_address,
    shown_url,
)
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.protocols import CheckConfig

HEADERS_LIMIT = 50
HEADER_VALUE_LIMIT = 8192
BODY_LIMIT = 64 * 1024
# Their values are secrets: not to be shown, exported or logged.
SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "api-key")

# RFC 9110, section 5.6.2: a token.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = {"content-length", "transfer-encoding", "connection", "upgrade"}


class Config(CheckConfig):
    """Asks a web address and judges the answer."""

    kind_title: ClassVar[str] = "HTTP"
    kind_description: ClassVar[str] = "Asks a web address and judges the answer."
    default_service_type: ClassVar[str] = "website"
    address_form: ClassVar[str] = "http://…, https://… or a bare host name"

    url: str = Field(
        title="URL",
        description="The whole address. Bare host names are for the list of pasted addresses only.",
        examples=["https://example.org/health"],
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        default="GET", title="Method", description="What is asked.", json_schema_extra={"rare": True}
    )
    accepted_statuses: str = Field(
        default="200-299",
        title="Accepted statuses",
        description="Answers that count as good: numbers and ranges with commas between.",
        examples=["200-299,304"],
        max_length=200,
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        title="Headers",
        description="Sent along. Not sent on when a redirect leads to another host, port or scheme.",
        json_schema_extra={"rare": True, "secret_names": list(SECRET_HEADERS)},
    )
    body: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=BODY_LIMIT,
        title="Body",
        description=(
            "Sent along as UTF-8, for POST, PUT and PATCH. Name its type in a Content-Type header. "
            "A redirect that asks for it at another host, port or scheme fails."
        ),
        json_schema_extra={"rare": True, "multiline": True},
    )
    follow_redirects: bool = Field(
        default=True,
        title="Follow redirects",
        description="Judge what a redirect leads to. When off, the redirect itself is judged.",
        json_schema_extra={"rare": True},
    )
    max_redirects: int = Field(
        default=10,
        ge=0,
        le=10,
        title="Most redirects",
        description="One more than this is a failure.",
        json_schema_extra={"rare": True},
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
        return checked_url(url)

    @field_validator("accepted_statuses")
    @classmethod
    def _check_statuses(cls, text: str) -> str:
        return normal_statuses(text)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        if len(headers) > HEADERS_LIMIT:
            raise ValueError(f"must be at most {HEADERS_LIMIT}, got {len(headers)}")
        if len({name.lower() for name in headers}) < len(headers):
            raise ValueError("must name each header once; upper and lower case are the same")
        for name, value in headers.items():
            _check_header(name, value)
        return headers

    @property
    def target(self) -> str:
        """The URL without credentials and query, at most 100 characters."""
        return shown_url(self.url)

    @property
    def limit_key(self) -> str:
        """host:port."""
        return host_and_port(self.url)

    @cached_property
    def _statuses(self) -> tuple[range, ...]:
        return parse_statuses(self.accepted_statuses)

    @cached_property
    def question(self) -> Question:
        """What is asked first."""
        return Question(self.method, httpx.URL(self.url), self.headers, self.body)

    @cached_property
    def request(self) -> httpx.Request:
        """The first request, made once for all checks: building it costs more than sending it."""
        return self.question.request()

    def accepts(self, status_code: int) -> bool:
        """True when an answer with this status is good."""
        return any(status_code in span for span in self._statuses)

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """https and then http for `host`, `host:port` and `host/path`; a URL stands for itself."""
        address = address.strip()
        if has_scheme(address) and not is_web_address(address):
            return []
        rest = bare_address(address)
        urls = [address] if has_scheme(address) else [f"https://{rest}", f"http://{rest}"]
        try:
            return [cls(url=url) for url in urls]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["url"]}) from err


def _check_header(name: str, value: str) -> None:
    """Raises ValueError; the message never holds the value."""
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"must have names of letters, digits and hyphens, got {name[:40]!r}")
    if name.lower() in _OURS:
        raise ValueError(f"must leave {name} to Lightbulb, which sets it as needed")
    if "\n" in value or "\r" in value:
        raise ValueError(f"must have values of one line; that of {name} has a line break")
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in value):
        raise ValueError(f"must have values without control characters; that of {name} has one")
    if len(value) > HEADER_VALUE_LIMIT:
        raise ValueError(f"must have values of at most {HEADER_VALUE_LIMIT} characters; that of {name} is longer")
