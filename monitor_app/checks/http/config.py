"""How a web address is checked."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Self

import httpx
from pydantic import ValidationError, model_validator

from monitor_app.checks.http.auth import authorization, basic
from monitor_app.checks.http.conflicts import conflicts
from monitor_app.checks.http.content import CONTENT_TYPES, sent_content
from monitor_app.checks.http.fields import Fields
from monitor_app.checks.http.headers import HeaderCondition, header_conditions
from monitor_app.checks.http.json_conditions import Condition, parse_conditions
from monitor_app.checks.http.oauth2 import Grant
from monitor_app.checks.http.patterns import Pattern
from monitor_app.checks.http.redirects import Question
from monitor_app.checks.http.statuses import parse_statuses
from monitor_app.checks.http.url import (
    bare_address,
    has_scheme,
    host_and_port,
    is_web_address,
    proxy_place,
    shown_url,
)
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.errors import InvalidInput
from monitor_app.net.proxy import Proxy
from monitor_app.net.tls import TlsOptions
from monitor_app.plugins.forms import field_messages, wrong_fields
from monitor_app.plugins.hosts import shown_host_port
from monitor_app.redact import is_secret_name


class Config(Fields):
    """Asks a web address and judges the answer."""

    kind_title: ClassVar[str] = "HTTP"
    kind_description: ClassVar[str] = "Asks a web address and judges the answer."
    fact_titles: ClassVar[Mapping[str, str]] = {
        "final_url": "Final address",
        "certificate_expires": "Certificate expires",
        "certificate_issuer": "Certificate issued by",
        "certificate_subject": "Certificate of",
    }
    default_service_type: ClassVar[str] = "website"
    address_form: ClassVar[str] = "http://…, https://… or a bare host name"
    address_rank: ClassVar[int] = 2

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if problems := conflicts(vars(self)):
            raise wrong_fields(problems)
        return self

    @property
    def target(self) -> str:
        """The URL without credentials and query, at most 100 characters."""
        return shown_url(self.url)

    @property
    def limit_key(self) -> str:
        """host:port."""
        return host_and_port(self.url)

    @property
    def secrets_go_to(self) -> list[str]:
        """The server, the proxy, and who gives tokens, each as host:port."""
        proxy = [shown_host_port(*proxy_place(self.proxy_url))] if self.proxy_url else []
        return [self.limit_key, *proxy, *([host_and_port(self.token_url)] if self.token_url else [])]

    @cached_property
    def _statuses(self) -> tuple[range, ...]:
        return parse_statuses(self.accepted_statuses)

    @cached_property
    def question(self) -> Question:
        """What is asked first; with oauth2_client_credentials the token has still to be added."""
        headers = dict(self.headers)
        given = {name.lower() for name in headers}
        if self.body and "content-type" not in given and (content_type := CONTENT_TYPES[self.body_type]):
            headers["Content-Type"] = content_type
        if value := authorization(self.auth, self.username, self.password, self.token):
            headers["Authorization"] = value
        return Question(self.method, httpx.URL(self.url), headers, sent_content(self.body, self.body_type))

    @cached_property
    def request(self) -> httpx.Request:
        """The first request, made once for all checks: building it costs more than sending it."""
        return self.question.request()

    @cached_property
    def tls(self) -> TlsOptions:
        """For the URL's own host and port."""
        return TlsOptions(self.verify_tls, self.ca_certificate, self.client_certificate, self.client_key)

    @cached_property
    def tls_elsewhere(self) -> TlsOptions:
        """For where redirects lead, and for the token: nothing that says who we are."""
        return TlsOptions(self.verify_tls, self.ca_certificate)

    @cached_property
    def proxy(self) -> Proxy | None:
        """The way that all connections of the check take."""
        if not self.proxy_url:
            return None
        host, port = proxy_place(self.proxy_url)
        return Proxy(host, port, basic(self.proxy_username, self.proxy_password) if self.proxy_username else "")

    @cached_property
    def grant(self) -> Grant | None:
        """What a token is asked for with; None when none is needed."""
        if self.auth != "oauth2_client_credentials":
            return None
        return Grant(
            self.token_url,
            self.client_id,
            self.client_secret,
            self.scope,
            self.audience,
            self.tls_elsewhere,
            self.proxy,
        )

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """What an answer might repeat and no result may hold."""
        sent = [value for name, value in self.question.headers.items() if is_secret_name(name)]
        # Whoever repeats a header may leave its first word out.
        sent += [value.partition(" ")[2] for value in sent]
        given = (self.password, self.token, self.client_secret, self.proxy_password, *sent)
        if self.proxy is not None:
            given += (self.proxy.authorization.partition(" ")[2],)
        if self.grant is not None:
            given += (self.grant.authorization.partition(" ")[2],)
        return tuple(sorted({text for text in given if text}, key=len, reverse=True))

    @cached_property
    def repeatable_secrets(self) -> tuple[str, ...]:
        """With how they are sent."""
        return tuple(sorted({*super().repeatable_secrets, *self.secrets}, key=len, reverse=True))

    @cached_property
    def pattern(self) -> Pattern | None:
        """`body_pattern`, ready to search."""
        return Pattern(self.body_pattern) if self.body_pattern else None

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """`body_json`, ready to be looked at."""
        return parse_conditions(self.body_json)

    @cached_property
    def header_conditions(self) -> tuple[HeaderCondition, ...]:
        """`expected_headers`, ready to be looked at."""
        return header_conditions(self.expected_headers)

    @cached_property
    def is_reading(self) -> bool:
        """True when something is expected of the body."""
        return bool(self.body_contains or self.body_lacks or self.body_pattern or self.body_json)

    @property
    def thresholds(self) -> tuple[KindThreshold, ...]:
        """Of the days that a certificate is still good for, where it is verified."""
        if not self.verify_tls:
            return ()
        warning, failure = self.certificate_warning_days, self.certificate_failure_days
        days = [(warning, Status.DEGRADED)] if warning > failure else []
        days += [(failure, Status.FAILED)] if failure else []
        return tuple(KindThreshold("certificate_days", "<", value, status) for value, status in days)

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
