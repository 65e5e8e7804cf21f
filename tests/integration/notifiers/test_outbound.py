"""No kind of notifier connects where the outbound rules forbid it, whatever its address looks like."""

import socket
from typing import Any, Final

import pytest

from monitor_app.errors import DeliveryFailed
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from tests.integration.notifiers.conftest import Deliver

# Each kind with a way to a place; apprise asks in a process of its own (test_apprise.py).
WAYS: Final[dict[str, dict[str, Any]]] = {
    "discord": {"url": "http://{host}/api/webhooks/1/x"},
    "email": {"host": "{host}", "port": 25, "recipients": "a@x.org", "sender": "b@x.org", "tls": "none"},
    "ntfy": {"url": "http://{host}/", "topic": "ops"},
    "pagerduty": {"url": "http://{host}", "routing_key": "0" * 32},
    "slack": {"url": "http://{host}/services/x"},
    "teams": {"url": "http://{host}/workflows/x"},
    "telegram": {"url": "http://{host}", "token": "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", "chat": "1"},
    "webhook": {"url": "http://{host}/hook"},
}
PLACES: Final = ("169.254.169.254", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "0.0.0.0", "metadata.test")


def test_every_kind_is_here() -> None:
    assert {*WAYS, "apprise"} == {kind.name for kind in NotifierRegistry()}


@pytest.mark.parametrize("kind", WAYS)
async def test_no_connection_to_a_forbidden_place(
    deliver: Deliver, names: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.records |= {"metadata.test": ["169.254.169.254"]}
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _, address: tried.append(address) or 111)
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: tried.append(address))
    for place in PLACES:
        host = place.strip("[]") if kind == "email" else place
        config = {
            name: value.replace("{host}", host) if isinstance(value, str) else value
            for name, value in WAYS[kind].items()
        }
        with pytest.raises(DeliveryFailed, match="is not allowed") as info:
            await deliver(kind, config)
        assert info.value.is_final
    assert tried == []
