"""What is asked next after a redirect (RFC 9110, section 15.4; the Fetch standard where browsers differ from it)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx

from monitor_app.checks.http.url import SCHEMES, checked_url, shown_url
from monitor_app.net.network import DEFAULT_HEADERS
from monitor_app.plugins.forms import shown_value

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What may go to another origin: nothing that was meant for this one.
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "accept-encoding", "user-agent", "cache-control"})


class BadRedirect(Exception):
    """The redirect leads nowhere, or where the body must not go; the text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request of a check."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: str

    def request(self, cookies: httpx.Cookies | None = None) -> httpx.Request:
        """As it is sent: our headers, those of the service over them, and cookies that a redirect has set."""
        given = {name.lower() for name in self.headers}
        headers = [(name, text.encode()) for name, text in DEFAULT_HEADERS.items() if name.lower() not in given]
        headers += [(name, text.encode()) for name, text in self.headers.items()]
        request = httpx.Request(
            self.method,
            self.url,
            headers=[(name.encode("ascii"), value) for name, value in headers],
            content=self.body.encode() or None,
        )
        if cookies:
            cookies.set_cookie_header(request)
        return request

    def after(self, status_code: int, location: str) -> "Question":
        """The request that the redirect asks for. Raises BadRedirect.

        Another origin (scheme, host or port) gets neither headers of ours nor the body, so nothing goes from https to
        http either.
        """
        url = self._target(location)
        asked = replace(self, url=url)
        is_elsewhere = asked.is_elsewhere(self)
        if is_elsewhere:
            kept = {name: value for name, value in self.headers.items() if name.lower() in _HARMLESS_HEADERS}
            asked = replace(asked, headers=kept)
        becomes_get = (status_code == 303 and self.method != "HEAD") or (
            status_code in (301, 302) and self.method == "POST"
        )
        if becomes_get:
            kept = {name: value for name, value in asked.headers.items() if not name.lower().startswith("content-")}
            asked = replace(asked, method="GET", body="", headers=kept)
        if is_elsewhere and asked.body:
            raise BadRedirect(
                f"redirected to {shown_url(str(url))}, which would be sent the body: "
                "check that address itself, or switch follow_redirects off"
            )
        return asked

    def is_elsewhere(self, before: "Question") -> bool:
        """Whether this goes to another origin than the one before."""
        url, other = self.url, before.url
        return (url.scheme, url.host, url.port) != (other.scheme, other.host, other.port)

    def with_header(self, name: str, value: str) -> "Question":
        """The same with one header more."""
        return replace(self, headers={**self.headers, name: value})

    def _target(self, location: str) -> httpx.URL:
        try:
            url = self.url.join(location)
        except (httpx.InvalidURL, ValueError) as err:
            raise BadRedirect(f"redirected to an address that is not valid: {shown_value(location)}") from err
        if url.scheme not in SCHEMES:
            raise BadRedirect(f"redirected to {shown_value(location)}, which is not http or https")
        url = url.copy_with(username=None, password=None, fragment=None)
        try:
            checked_url(str(url))
        except ValueError as err:
            raise BadRedirect(f"redirected to an address that is not valid: {shown_value(location)} {err}") from err
        return url
