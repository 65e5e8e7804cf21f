"""Which web addresses may be checked, and why another one may not."""

import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

import httpx

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.hosts import checked_host, checked_port, shown_host_port

SCHEMES = ("http", "https")
URL_LIMIT = 2048
TARGET_LIMIT = 100

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def has_scheme(address: str) -> bool:
    """True for `something://...`."""
    return _SCHEME.match(address) is not None


def is_web_address(address: str) -> bool:
    """True for http://... and https://..., well-formed or not."""
    scheme = _SCHEME.match(address)
    return scheme is not None and scheme.group(1).lower() in SCHEMES


def checked_url(url: str) -> str:
    """The URL as it was given. Raises ValueError, saying what is allowed and what came."""
    if len(url) > URL_LIMIT:
        raise ValueError(f"must have at most {URL_LIMIT} characters, got {len(url)}")
    if re.search(r"\s", url):
        raise ValueError("must not contain spaces or line breaks; write %20 for a space")
    if not url.isprintable():
        raise ValueError("must not contain control characters or invisible ones")
    if not is_web_address(url):
        raise ValueError(f"must begin with http:// or https://, got {shown_value(url)}")
    parts = _split(url)
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password; set auth to basic and put them into its fields")
    if "\\" in parts.netloc:
        raise ValueError("must not contain a backslash before the path")
    if not parts.hostname:
        raise ValueError("must name a host, such as https://example.org/")
    checked_host(parts.hostname)
    _checked_port(url, parts)
    _check_as_it_is_asked(url)
    return url


def checked_proxy_url(url: str) -> str:
    """`http://host:port`, as it was given. Raises ValueError."""
    if has_scheme(url) and not url.lower().startswith("http://"):
        raise ValueError(f"must begin with http://, as HTTP proxies do, got {shown_value(url)}")
    if "@" in url:
        raise ValueError("must not contain a user name or password; they have fields of their own")
    parts = _split(checked_url(url))
    if parts.port is None:
        raise ValueError(f"must name a port, such as http://proxy.example.org:3128, got {shown_value(url)}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must end after the port, got {shown_value(url)}")
    return url


def proxy_place(url: str) -> tuple[str, int]:
    """Host and port of a checked proxy URL."""
    parts = _split(url)
    return checked_host(parts.hostname or ""), parts.port or 0


def shown_url(url: str) -> str:
    """A URL for messages and table cells: without credentials, query and fragment, which may hold secrets."""
    parts = _split(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port is not None else ""
    query = "?…" if parts.query else ""
    shown = f"{parts.scheme}://{host}{port}{parts.path}{query}"
    return shown if len(shown) <= TARGET_LIMIT else shown[: TARGET_LIMIT - 1] + "…"


def host_and_port(url: str) -> str:
    """`host:port` with the scheme's own port filled in."""
    parts = _split(url)
    host = checked_host(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return shown_host_port(host, port)


def bare_address(address: str) -> str:
    """`host`, `host:port` or `host/path` as what comes after `//`; an IPv6 address gets its brackets."""
    try:
        return f"[{IPv6Address(address)}]"
    except ValueError:
        return address


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as err:
        raise ValueError(f"must be a valid URL, got {shown_value(url)}") from err


def _checked_port(url: str, parts: SplitResult) -> None:
    host, colon, port = parts.netloc[parts.netloc.rfind("]") + 1 :].partition(":")
    if "[" in parts.netloc and host:
        raise ValueError(f"must have an IPv6 address in brackets, then :port, got {shown_value(url)}")
    if not colon:
        return
    if "@" in url and not port.isdecimal():
        # Half of a password is not repeated.
        raise ValueError("must not contain a user name or password; set auth to basic and put them into its fields")
    checked_port(port)


def _check_as_it_is_asked(url: str) -> None:
    """The library that asks knows further rules, for example of names that begin with xn--."""
    try:
        asked = httpx.URL(url)
        asked.host  # noqa: B018 - decodes the name
    except (httpx.InvalidURL, ValueError) as err:
        raise ValueError(f"must be a valid URL, got {shown_value(url)}") from err
