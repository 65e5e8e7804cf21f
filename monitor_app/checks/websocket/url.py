"""Which websocket addresses may be checked, and why another one may not."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.hosts import checked_host, checked_port, shown_host_port

URL_LIMIT = 2048
TARGET_LIMIT = 100
# wsproto takes the port for a part of the name's last label.
LAST_PART_LIMIT = 63
PORTS = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class WebsocketUrl:
    """`host` is fit for the wire, an IPv6 address without brackets; `resource` is path and query."""

    is_tls: bool
    host: str
    port: int
    resource: str

    @property
    def host_header(self) -> str:
        """The port only when it is not the scheme's own (RFC 6455, section 4.1)."""
        shown = shown_host_port(self.host, self.port)
        return shown.rpartition(":")[0] if self.port == PORTS[self._scheme] else shown

    @property
    def shown(self) -> str:
        """For messages and table cells: without the query, which may hold secrets."""
        path, _, query = self.resource.partition("?")
        text = f"{self._scheme}://{self.host_header}{path}{'?…' if query else ''}"
        return text if len(text) <= TARGET_LIMIT else text[: TARGET_LIMIT - 1] + "…"

    @property
    def _scheme(self) -> str:
        return "wss" if self.is_tls else "ws"


def is_websocket_address(address: str) -> bool:
    """True for ws://... and wss://..., well-formed or not."""
    return address.lower().startswith(("ws://", "wss://"))


def parsed_url(url: str) -> WebsocketUrl:
    """Raises ValueError, saying what is allowed and what came."""
    if len(url) > URL_LIMIT:
        raise ValueError(f"must have at most {URL_LIMIT} characters, got {len(url)}")
    if re.search(r"\s", url):
        raise ValueError("must not contain spaces or line breaks; write %20 for a space")
    if not url.isprintable() or not is_websocket_address(url):
        raise ValueError(f"must begin with ws:// or wss://, got {shown_value(url)}")
    parts = _split(url)
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password; put them into a header, such as Authorization")
    if parts.fragment:
        raise ValueError("must not contain a fragment (#…): servers never get to see it")
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not resource.isascii():
        raise ValueError("must have other letters than ASCII written as %XX in path and query")
    scheme = parts.scheme.lower()
    host, port = _host_and_port(parts.netloc, PORTS[scheme])
    parsed = WebsocketUrl(scheme == "wss", host, port, resource)
    if len(parsed.host_header.rpartition(".")[2]) > LAST_PART_LIMIT:
        raise ValueError(f"must have a host whose last part is with the port at most {LAST_PART_LIMIT} characters long")
    return parsed


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as err:
        raise ValueError(f"must be a valid URL, got {shown_value(url)}") from err


def _host_and_port(netloc: str, default_port: int) -> tuple[str, int]:
    bracket = netloc.rfind("]")
    host, colon, port = netloc[bracket + 1 :].partition(":")
    return checked_host(netloc[: bracket + 1] + host), checked_port(port) if colon else default_port
