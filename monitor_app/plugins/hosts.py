"""Which hosts and ports may be given, and why another one may not. What `checked_host` returns is fit for the wire."""

import re
from ipaddress import IPv6Address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import idna
from pydantic import AfterValidator

from monitor_app.plugins.forms import shown_value

HOST_LIMIT = 253
PORT_MAX = 65535

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
# Without leading zeros, which some read as octal numbers.
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII)
_NUMBER_LIKE = re.compile(r"[-+]?[0-9.]{0,12}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


def checked_host(text: str) -> str:
    """A host as it goes over the wire: lower-case, IDNA, without a final dot, an IPv6 address without its brackets.

    Raises ValueError, saying what is allowed and what was given.
    """
    if not text:
        raise ValueError("must name a host, such as example.org, 192.0.2.1 or 2001:db8::1")
    if re.search(r"\s", text):
        raise ValueError("must have a host without spaces and line breaks")
    if not text.isprintable():
        raise ValueError("must have a host without control characters and invisible ones")
    if ":" in text:
        return _checked_ipv6(text)
    name = text.removesuffix(".")
    if name.startswith("-"):
        raise ValueError(f"must have a host that does not begin with '-', got {shown_value(text)}")
    if not name.isascii():
        name = _ascii(name, text)
    labels = name.split(".")
    if len(name) > HOST_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            "must have a host made of letters, digits, hyphens and dots "
            f"(1-63 characters between dots, {HOST_LIMIT} in all), got {shown_value(text)}"
        )
    if _NUMBER.fullmatch(labels[-1]) and not _IPV4.fullmatch(name):
        raise ValueError(f"must have a name or a full IPv4 address such as 192.0.2.1 as host, got {shown_value(text)}")
    return name.lower()


def checked_port(text: str | int) -> int:
    """A port, given as a number or its digits. Raises ValueError."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 1 <= int(digits) <= PORT_MAX):
        # What is no number may be half of a password: user:pass/word@host.
        got = shown_value(text) if _NUMBER_LIKE.fullmatch(digits) else "something that is no number"
        raise ValueError(f"must have a port from 1 to {PORT_MAX}, got {got}")
    return int(digits)


# For the fields of a config: kept as it goes over the wire.
Host = Annotated[str, AfterValidator(checked_host)]


def split_url(url: str) -> SplitResult:
    """The parts of a URL that may hold user name and password. Raises ValueError, which repeats neither."""
    try:
        parts = urlsplit(url)
    except ValueError as err:
        raise ValueError(f"must be a valid URL, got {shown_value(url)}") from err
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("must have /, ?, # and @ in user name, password and path written as %2F, %3F, %23 and %40")
    return parts


def host_port_of(text: str, default_port: int | None = None) -> tuple[str, int]:
    """Host and port of "host:port", "[::1]:port" or, with a default port, of a host alone. Raises ValueError."""
    host, port_text = _split(text)
    port: str | int | None = default_port if port_text is None else port_text
    if port is None:
        raise ValueError(f"must name a port, such as example.org:5432 or [2001:db8::1]:5432, got {shown_value(text)}")
    return checked_host(host), checked_port(port)


def shown_host_port(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets: for targets, limit keys and messages."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _split(text: str) -> tuple[str, str | None]:
    """The host, and the port's text when there is one. An IPv6 address without brackets has no port."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"must have an IPv6 address in brackets, then :port, got {shown_value(text)}")
        return f"{host}]", rest[1:] if rest else None
    if text.count(":") != 1:
        return text, None
    host, _, port = text.partition(":")
    return host, port


def _ascii(name: str, given: str) -> str:
    try:
        return idna.encode(name.lower()).decode("ascii")
    except idna.IDNAError as err:
        raise ValueError(f"must have a valid host name, got {shown_value(given)}: {err}") from err


def _checked_ipv6(text: str) -> str:
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        if "%" in inner:
            raise ValueError("zones belong to link-local addresses, which are not checked")
        return str(IPv6Address(inner))
    except ValueError as err:
        raise ValueError(f"must have a valid IPv6 address, such as 2001:db8::1, got {shown_value(text)}") from err
