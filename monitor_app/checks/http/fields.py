"""The fields of the http kind, in the order of the form."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from monitor_app.checks.http.auth import Auth
from monitor_app.checks.http.content import BodyType
from monitor_app.checks.http.headers import SECRET_HEADERS, check_each_once, check_sent_headers, header_conditions
from monitor_app.checks.http.json_conditions import parse_conditions
from monitor_app.checks.http.patterns import PATTERN_LIMIT, Pattern
from monitor_app.checks.http.statuses import normal_statuses
from monitor_app.checks.http.url import checked_proxy_url, checked_url
from monitor_app.plugins import pem
from monitor_app.plugins.protocols import CheckConfig

BODY_LIMIT = 64 * 1024
TEXT_LIMIT = 1000
CONDITIONS_TEXT_LIMIT = 10_000
SECRET_LIMIT = 8192
DAYS_LIMIT = 3650


def _rare(**extra: Any) -> dict[str, Any]:
    return {"rare": True, **extra}


class Fields(CheckConfig):
    """Each field is checked for itself here; what goes together is Config's."""

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
    body_contains: str = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Body contains",
        description="The answer must hold this text, upper and lower case as written. The first 256 KB are searched.",
        examples=["All systems operational"],
        json_schema_extra=_rare(),
    )
    body_lacks: str = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Body lacks",
        description="The answer must not hold this text.",
        examples=["Fatal error"],
        json_schema_extra=_rare(),
    )
    body_pattern: str = Field(
        default="",
        max_length=PATTERN_LIMIT,
        title="Body pattern",
        description="The answer must have a match for this pattern (RE2: no look-around, no back-references).",
        examples=[r"(?i)version\s+\d+\.\d+"],
        json_schema_extra=_rare(),
    )
    body_json: str = Field(
        default="",
        max_length=CONDITIONS_TEXT_LIMIT,
        title="JSON conditions",
        description=(
            'What holds of a JSON answer, one JSONPath a line: $.state == "ok", $.queue < 100, $.items for "is there", '
            '!$.error for "is not there"; == != > >= < <= contains.'
        ),
        examples=['$.data.state == "closed"'],
        json_schema_extra=_rare(multiline=True),
    )
    expected_headers: dict[str, str] = Field(
        default_factory=dict,
        title="Expected headers",
        description="The answer's headers: `name: value` is the whole value, `name: /pattern/` a match, `name:` any.",
        json_schema_extra=_rare(),
    )
    is_inverted: bool = Field(
        default=False,
        title="Inverted",
        description="Up when the answer is not as described above; without an answer it is down all the same.",
        json_schema_extra=_rare(),
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        title="Headers",
        description="Sent along. Not sent on when a redirect leads to another host, port or scheme.",
        json_schema_extra={"rare": True, "secret_names": list(SECRET_HEADERS)},
    )
    body_type: BodyType = Field(
        default="raw",
        title="Body type",
        description="json and form set the Content-Type; the body of a form is one `name: value` a line.",
        json_schema_extra=_rare(),
    )
    body: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=BODY_LIMIT,
        title="Body",
        description=(
            "Sent along as UTF-8, for POST, PUT and PATCH. "
            "A redirect that asks for it at another host, port or scheme fails."
        ),
        json_schema_extra={"rare": True, "multiline": True},
    )
    auth: Auth = Field(
        default="none",
        title="Authentication",
        description="How the service knows us. What it needs shows below once it is chosen.",
        json_schema_extra=_rare(),
    )
    username: str = Field(
        default="",
        max_length=SECRET_LIMIT,
        title="User name",
        description="For basic.",
        json_schema_extra=_rare(when="auth=basic"),
    )
    password: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=SECRET_LIMIT,
        title="Password",
        description="For basic.",
        json_schema_extra=_rare(when="auth=basic", secret=True),
    )
    token: str = Field(
        default="",
        max_length=SECRET_LIMIT,
        title="Token",
        description="For bearer.",
        json_schema_extra=_rare(when="auth=bearer", secret=True),
    )
    token_url: str = Field(
        default="",
        title="Token URL",
        description="For oauth2_client_credentials: where tokens are asked for, before the check and not in its time.",
        examples=["https://login.example.org/oauth2/token"],
        json_schema_extra=_rare(when="auth=oauth2_client_credentials"),
    )
    client_id: str = Field(
        default="",
        max_length=SECRET_LIMIT,
        title="Client ID",
        description="For oauth2_client_credentials.",
        json_schema_extra=_rare(when="auth=oauth2_client_credentials"),
    )
    client_secret: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=SECRET_LIMIT,
        title="Client secret",
        description="For oauth2_client_credentials.",
        json_schema_extra=_rare(when="auth=oauth2_client_credentials", secret=True),
    )
    scope: str = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Scope",
        description="For oauth2_client_credentials: what the token is to be good for, with spaces between.",
        json_schema_extra=_rare(when="auth=oauth2_client_credentials"),
    )
    audience: str = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Audience",
        description="For oauth2_client_credentials: for whom the token is; some servers ask for it.",
        json_schema_extra=_rare(when="auth=oauth2_client_credentials"),
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
    send_traceparent: bool = Field(
        default=False,
        title="Send traceparent",
        description="Tell the service the trace of this check (W3C Trace Context), so that its own traces show it.",
        json_schema_extra={"rare": True},
    )
    verify_tls: bool = Field(
        default=True,
        title="Verify TLS",
        description="Refuse certificates that are expired, for another host, or from an unknown issuer.",
        json_schema_extra={"rare": True},
    )

    certificate_warning_days: int = Field(
        default=14,
        ge=0,
        le=DAYS_LIMIT,
        title="Certificate warning",
        description="DEGRADED when the certificate expires in fewer days; 0 never. For https with Verify TLS only.",
        json_schema_extra=_rare(unit="days"),
    )
    certificate_failure_days: int = Field(
        default=0,
        ge=0,
        le=DAYS_LIMIT,
        title="Certificate failure",
        description="FAILED when it expires in fewer days; 0 only when it has expired. For https with Verify TLS only.",
        json_schema_extra=_rare(unit="days"),
    )
    ca_certificate: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="CA certificate",
        description="PEM of a private authority that is trusted for this service, beside those of this machine.",
        json_schema_extra=_rare(multiline=True),
    )
    client_certificate: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="Client certificate",
        description="PEM, with its chain. Shown to this host and port only, not to where redirects lead.",
        json_schema_extra=_rare(multiline=True),
    )
    client_key: str = Field(
        default="",
        max_length=pem.PEM_LIMIT,
        title="Client key",
        description="PEM of the client certificate's private key, not encrypted.",
        json_schema_extra=_rare(multiline=True, secret=True),
    )
    proxy_url: str = Field(
        default="",
        title="Proxy",
        description=(
            "An HTTP proxy to go through (CONNECT). It looks up names and connects, so Lightbulb cannot refuse "
            "addresses behind it."
        ),
        examples=["http://proxy.example.org:3128"],
        json_schema_extra=_rare(),
    )
    proxy_username: str = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Proxy user name",
        description="When the proxy asks for one (basic).",
        json_schema_extra=_rare(),
    )
    proxy_password: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        default="",
        max_length=TEXT_LIMIT,
        title="Proxy password",
        description="Goes with the proxy's user name.",
        json_schema_extra=_rare(secret=True),
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
        check_sent_headers(headers)
        return headers

    @field_validator("expected_headers")
    @classmethod
    def _check_expected_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        check_each_once(headers)
        header_conditions(headers)
        return headers

    @field_validator("body_pattern")
    @classmethod
    def _check_pattern(cls, text: str) -> str:
        if text:
            Pattern(text)
        return text

    @field_validator("body_json")
    @classmethod
    def _check_conditions(cls, text: str) -> str:
        parse_conditions(text)
        return text

    @field_validator("token_url")
    @classmethod
    def _check_token_url(cls, url: str) -> str:
        return checked_url(url) if url else ""

    @field_validator("proxy_url")
    @classmethod
    def _check_proxy_url(cls, url: str) -> str:
        return checked_proxy_url(url) if url else ""

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
