"""What stands in a setting, taken apart and checked: addresses, origins, lists, options of the database."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

import idna
from pydantic_core import PydanticCustomError
from sqlalchemy.engine import URL

from monitor_app.redact import MASK, is_secret_name, redact

Network = IPv4Network | IPv6Network
DEFAULT_PORTS = {"http": 80, "https": 443}
# The type of a pydantic error whose message is told as it is.
OWN_WORDS = "own_words"
SECRET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
# Settings whose names do not say that they hold one: whoever knows such an address may call it.
SECRETS = frozenset({"heartbeat_url", "otel_exporter_otlp_headers"})
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_MODES_ALLOWED = "disable, allow, prefer, require, verify-ca or verify-full"
_CANARY_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.:%-]*[a-z0-9])?|[a-f0-9:.]+")


def listed(text: str) -> list[str]:
    """The entries of a comma separated list."""
    return [entry for entry in map(str.strip, text.split(",")) if entry]


def networks(text: str) -> list[Network]:
    """Raises ValueError for what is no address and no network in CIDR notation."""
    return [ip_network(entry) for entry in listed(text)]


def canaries(text: str) -> list[tuple[str, int, bool]]:
    """Host, port, and whether TLS is spoken there. Raises ValueError for what is no address."""
    found = []
    for entry in filter(None, map(str.strip, text.split(","))):
        parts = urlsplit(entry if "://" in entry else f"//{entry}")
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
        if parts.scheme not in ("", *DEFAULT_PORTS) or not parts.hostname or not port or "@" in parts.netloc:
            raise ValueError("not an address")
        if not _CANARY_HOST.fullmatch(parts.hostname) or (not parts.scheme and (parts.path or parts.query)):
            raise ValueError("not a host")
        found.append((parts.hostname, port, parts.scheme == "https"))
    return found


def origin(scheme: str, host: str, port: int | None) -> str:
    """As browsers write it: lower case, letters beyond ASCII encoded, without the default port."""
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    if ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}" if port in (None, DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def database_options(url: URL) -> dict[str, str | tuple[str, ...]]:
    """What follows the `?` of the database's address, in asyncpg's words."""
    options = dict(url.query)
    is_postgres = url.get_backend_name() != "sqlite"
    if is_postgres and "sslmode" in options:  # libpq's name for it
        options.setdefault("ssl", options.pop("sslmode"))
    allowed = ("ssl", "host") if is_postgres else ()
    if unknown := ", ".join(f"?{name}=" for name in options if name not in allowed):
        known = "ssl (or sslmode) and host are allowed" if is_postgres else "SQLite has no options"
        raise PydanticCustomError(
            OWN_WORDS, "does not understand {unknown}; {known}", {"unknown": unknown, "known": known}
        )
    if options.get("ssl", "prefer") not in _SSL_MODES:
        raise PydanticCustomError(OWN_WORDS, "ssl must be {allowed}", {"allowed": _SSL_MODES_ALLOWED})
    return options


def shown(name: str, value: Any) -> str:
    """A setting's value, masked where it is secret."""
    if value is None:
        return ""
    is_secret = name in SECRETS or (is_secret_name(name) and not name.endswith("_file"))
    return MASK if is_secret and value else redact(str(value))
