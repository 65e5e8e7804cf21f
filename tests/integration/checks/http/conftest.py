"""Test servers, a network, and probes over it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.servers.fixtures import authority, names, network, server
from tests.servers.http import Behaviour, HttpServer

__all__ = ["Ask", "authority", "names", "network", "server"]

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
def ask(network: Network) -> Ask:
    """Probes a URL with a deadline of 5 s unless told otherwise."""
    kind = KindRegistry()["http"]

    async def probe(url: str, **values: Any) -> ProbeResult:
        config = kind.parse({"url": url, "deadline_seconds": 60} | values)
        return await kind.probe(ProbeContext(network), config)

    return probe


@pytest.fixture
def answering(server: HttpServer, ask: Ask) -> Ask:
    """Probes a server that behaves like this."""

    async def probe(behaviour: Behaviour, **values: Any) -> ProbeResult:
        server.on("/", behaviour)
        return await ask(server.url(), **values)

    return probe
