"""Every way in which a check connects to somewhere, and a witness of all connections that this process really opens."""

import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from monitor_app.net.guard import Guard
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry

KINDS = KindRegistry()
LOGIN = {"host": "{host}", "user": "anna", "password": "calm-otter"}
OAUTH2 = {"auth": "oauth2_client_credentials", "client_id": "anna", "client_secret": "calm-otter"}


@dataclass(frozen=True)
class Way:
    """`values` hold {host} or {place} (host:port, as in a URL) where a person may name one.

    `server` is what answers in tests that need an answer: "closes", "tls" with a certificate that nobody vouches for,
    "no tls" as PostgreSQL says it, or "cut" for a DNS answer that is too long for UDP. `connections` is how often the
    check connects then. `is_looked_up` is False where another one looks up the name.
    """

    kind: str
    values: Mapping[str, Any]
    server: str = "closes"
    connections: int = 1
    is_looked_up: bool = True
    has_port: bool = True

    @property
    def outward(self) -> list[str]:
        """The fields that say where to."""
        return [name for name, value in self.values.items() if re.search(r"\{(host|place)\}", str(value))]

    def parse(self, host: str, port: int, seconds: float = 60) -> tuple[Kind, CheckConfig]:
        """Raises InvalidInput."""
        return self.parse_values({"deadline_seconds": seconds, **self.filled(host, port)}, port)

    def filled(self, host: str, port: int) -> dict[str, Any]:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        number = next(_numbers)
        return {
            name: value.format(host=host, place=place, number=number) if isinstance(value, str) else value
            for name, value in self.values.items()
        }

    def parse_values(self, values: Mapping[str, Any], port: int) -> tuple[Kind, CheckConfig]:
        """Raises InvalidInput."""
        kind = KINDS[self.kind]
        given = dict(values)
        if "port" in kind.config_model.model_fields:
            given["port"] = port
        return kind, kind.parse(given)


_numbers = count()

WAYS: dict[str, Way] = {
    "http": Way("http", {"url": "http://{place}/"}),
    "https": Way("http", {"url": "https://{place}/"}, "tls", 2),
    "http token": Way("http", {"url": "http://127.0.0.1:9/", "token_url": "http://{place}/token", **OAUTH2}),
    "http proxy": Way("http", {"url": "http://example.org/", "proxy_url": "http://{place}"}),
    "https proxy": Way("http", {"url": "https://example.org/", "proxy_url": "http://{place}"}),
    "http behind a proxy": Way(
        "http", {"url": "http://{place}/", "proxy_url": "http://127.0.0.1:9"}, is_looked_up=False
    ),
    "tcp": Way("tcp", {"host": "{host}"}),
    "tcp tls": Way("tcp", {"host": "{host}", "tls": "direct"}, "tls", 2),
    "tcp starttls": Way("tcp", {"host": "{host}", "tls": "postgres"}),
    "certificate": Way("tls_certificate", {"host": "{host}"}, "tls", 2),
    "certificate versions": Way("tls_certificate", {"host": "{host}", "verify_tls": False}, "tls", 2),
    "certificate starttls": Way("tls_certificate", {"host": "{host}", "starttls": "ldap"}),
    "ping": Way("icmp", {"host": "{host}", "count": 1}, has_port=False),
    "dns": Way("dns", {"name": "example.org", "resolver": "{host}"}, "cut", 2),
    "dns over tcp": Way("dns", {"name": "example.org", "resolver": "{host}", "tcp_only": True}),
    "domain": Way("domain_expiry", {"domain": "d{number}.example", "rdap_base_url": "http://{place}/"}),
    "domain https": Way(
        "domain_expiry", {"domain": "d{number}.example", "rdap_base_url": "https://{place}/"}, "tls", 2
    ),
    "queue": Way("queue", {"url": "http://{place}"}),
    "queue https": Way("queue", {"url": "https://{place}"}, "tls", 2),
    "ws": Way("websocket", {"url": "ws://{place}/"}),
    "wss": Way("websocket", {"url": "wss://{place}/"}, "tls", 2),
    "grpc": Way("grpc", {"host": "{host}"}),
    "grpcs": Way("grpc", {"host": "{host}", "tls": True}, "tls", 2),
    "smtp": Way("smtp", LOGIN),
    "smtps": Way("smtp", {**LOGIN, "tls": "tls"}, "tls", 2),
    "imap": Way("imap", LOGIN),
    "imaps": Way("imap", {**LOGIN, "tls": "tls"}, "tls", 2),
    "postgresql": Way("database", {**LOGIN, "engine": "postgresql"}, "no tls", 2),
    "mysql": Way("database", {**LOGIN, "engine": "mysql"}),
    "redis": Way("database", {**LOGIN, "engine": "redis"}),
    "rediss": Way("database", {**LOGIN, "engine": "redis", "tls": "verify-full"}, "tls", 2),
}
# Kinds that connect to nothing, with a config that is valid.
SILENT: dict[str, Mapping[str, Any]] = {
    "process": {"name": "no-such-process"},
    "push": {"period_seconds": 60},
    "composite": {"members": "a, b"},
    "consul": {"url": "http://127.0.0.1:9/", "address": "127.0.0.1", "port": 9, "name": "shop"},
}


@dataclass
class Witness:
    """`connected` holds address and port of each connection and datagram, `looked_up` what the system was asked for."""

    connected: list[tuple[str, int]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    # Sockets of test servers that answer in this process.
    ignored_ports: set[int] = field(default_factory=set)


_witnesses: list[Witness] = []
_is_hooked: list[bool] = []


@contextmanager
def witness(*ignored_ports: int) -> Iterator[Witness]:
    """See all that Python itself connects to meanwhile, whichever library does it."""
    if not _is_hooked:  # an audit hook cannot be taken away again
        sys.addaudithook(_note)
        _is_hooked.append(True)
    one = Witness(ignored_ports=set(ignored_ports))
    _witnesses.append(one)
    try:
        yield one
    finally:
        _witnesses.remove(one)


def _note(event: str, args: tuple[Any, ...]) -> None:
    """https://docs.python.org/3/library/audit_events.html."""
    if not _witnesses or not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        sock, address = args
        if sock.family in (socket.AF_INET, socket.AF_INET6) and address is not None:
            for one in _witnesses:
                if sock.getsockname()[1] not in one.ignored_ports:
                    one.connected.append((address[0], address[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        for one in _witnesses:
            one.looked_up.append(str(args[0]))


class NotingGuard(Guard):
    """Remembers what it allowed."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard.policy)
        self.allowed: set[tuple[str, int | None]] = set()

    def check(self, address: str, port: int | None = None, host: str = "") -> None:
        super().check(address, port, host)
        self.allowed.add((address, port))
