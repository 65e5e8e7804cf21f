"""A network, and messages to send over it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.domain.alerting.rendering import render
from monitor_app.net import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry, Sending
from tests.servers.fixtures import authority, names, network, server

__all__ = ["authority", "deliver", "names", "network", "server"]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUBLIC_URL = "https://lightbulb.example"
Deliver = Callable[..., Awaitable[str]]


def told(kind: str = "fired", text: str = "connection refused", **values: Any) -> Message:
    """A message about db-main, whose cause is the given text."""
    alerts = (
        ToldAlert("db-main", "db-main", "A service is down", "critical", "firing", NOON - timedelta(minutes=4), text),
        ToldAlert("web-1", "web 1", "A service is down", "warning", "firing", NOON - timedelta(minutes=3), text),
    )
    usual: dict[str, Any] = {
        "kind": kind,
        "title": "db-main is down",
        "severity": "critical",
        "at": NOON,
        "since": NOON - timedelta(minutes=4),
        "cause": text,
        "incident_pk": 12,
        "root_service_id": "db-main",
        "root_label": "db-main",
        "firing": 2,
        "alerts": alerts,
        "affected": ("web 1", "web 2"),
        "affected_count": 23,
        "path": "/incidents/12",
    }
    if kind == "resolved":
        usual |= {"resolved_at": NOON, "firing": 0, "resolved": 2}
    return Message(**usual | values)


def words(message: Message, **more: Any) -> Rendered:
    """The message in words, with links."""
    return render(message, public_url=PUBLIC_URL, **more)


@pytest.fixture
def deliver(network: Network) -> Deliver:
    """Sends a message with a kind of notifier; returns what the provider answered."""
    registry = NotifierRegistry()

    async def send(kind: str, config: dict[str, Any], rendered: Rendered | None = None, **values: Any) -> str:
        sending = {"dedupe_key": "n-1", "now": NOON, "incident_key": "lightbulb-incident-12", "deadline_seconds": 60.0}
        notifier = registry[kind]
        parsed = notifier.parse(config)
        return await notifier.send(parsed, rendered or words(told()), Sending(network, **sending | values))

    return send
