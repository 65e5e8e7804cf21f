"""Web addresses in configs: which may be given, and where they lead."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.hosts import checked_host, checked_port, shown_host_port, split_url

URL_LIMIT = 2048
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_USUAL_PORTS = {"https": 443, "http": 80}


def checked_web_url(url: str) -> str:
    """The URL as it was given. Raises ValueError, which repeats at most the host: the rest may be a secret."""
    if re.search(r"\s", url) or not url.isprintable() or "\\" in url:
        raise ValueError("must be a web address without spaces, backslashes and control characters")
    if not _SCHEME.match(url):
        scheme = url.partition("://")[0] if "://" in url else ""
        raise ValueError(
            "must begin with http:// or https://" + (f", got {shown_value(scheme[:20])}" if scheme else "")
        )
    parts = split_url(url)
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    if parts.fragment:
        raise ValueError("must not contain #")
    place_of(url)
    return url


def place_of(url: str) -> tuple[str, int]:
    """Host and port that a web address leads to. Raises ValueError."""
    parts = split_url(url)
    host, colon, port = parts.netloc[parts.netloc.rfind("]") + 1 :].partition(":")
    if "[" in parts.netloc and host:
        raise ValueError("must have an IPv6 address in brackets, then :port")
    name = checked_host(parts.hostname or "")
    return name, checked_port(port) if colon else _USUAL_PORTS[parts.scheme.lower()]


def host_port(url: str) -> str:
    """The same as `host:port`."""
    return shown_host_port(*place_of(url))


def secrets_in(url: str) -> tuple[str, ...]:
    """What of an address nobody may see when it is a secret itself: all of it, its path, the last part of that."""
    parts = split_url(url)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return tuple(text for text in (url, rest.strip("/"), parts.path.rpartition("/")[2]) if text)


# For the fields of a config.
WebUrl = Annotated[str, Field(max_length=URL_LIMIT), AfterValidator(checked_web_url)]
