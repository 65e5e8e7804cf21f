"""Which web addresses may be checked, and why another one may not."""

import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

import idna

from monitor_app.plugins.forms import shown_value

SCHEMES = ("http", "https")
HOST_LIMIT = 253
URL_LIMIT = 2048
TARGET_LIMIT = 100

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


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
        raise ValueError("must not contain a user name or password; put them into a header, such as Authorization")
    if "\\" in parts.netloc:
        raise ValueError("must not contain a backslash before the path")
    checked_host(parts.hostname or "")
    _checked_port(parts)
    return url


def checked_host(host: str) -> str:
    """The host as it goes over the wire (IDNA). Raises ValueError."""
    if not host:
        raise ValueError("must name a host, such as https://example.org/")
    if ":" in host:
        return _checked_ipv6(host)
    name = host.removesuffix(".")
    if name.startswith("-"):
        raise ValueError(f"must have a host that does not begin with '-', got {shown_value(host)}")
    if not name.isascii():
        try:
            name = idna.encode(name.lower()).decode("ascii")
        except idna.IDNAError as err:
            raise ValueError(f"must have a valid host name, got {shown_value(host)}: {err}") from err
    labels = name.split(".")
    if len(name) > HOST_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            "must have a host made of letters, digits, hyphens and dots "
            f"(1-63 characters between dots, {HOST_LIMIT} in all), got {shown_value(host)}"
        )
    if _NUMBER.fullmatch(labels[-1]) and not _IPV4.fullmatch(name):
        raise ValueError(f"must have a name or a full IPv4 address such as 192.0.2.1 as host, got {shown_value(host)}")
    return name.lower()


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
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


def _checked_port(parts: SplitResult) -> None:
    text = parts.netloc.rpartition("]")[2].rpartition(":")
    if not text[1]:
        return
    if not (text[2].isascii() and text[2].isdigit() and 1 <= int(text[2]) <= 65535):
        raise ValueError(f"must have a port from 1 to 65535, got {shown_value(text[2])}")


def _checked_ipv6(host: str) -> str:
    try:
        if "%" in host:
            raise ValueError("zones belong to link-local addresses, which are not checked")
        return str(IPv6Address(host))
    except ValueError as err:
        raise ValueError(f"must have a valid IPv6 address in brackets, got {shown_value(host)}") from err
