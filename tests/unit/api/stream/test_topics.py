"""What the messages of websockets say."""

import platform

import pytest

from monitor_app.api.stream.topics import hostname
from monitor_app.engine.board_row import BoardRow
from tests.board_rows import service


@pytest.mark.parametrize(
    ("kind", "target", "service_type", "expected"),
    [
        ("icmp", "192.0.2.9", "device", "192.0.2.9"),
        ("http", "https://router.example.org:8443/x", "device", "router.example.org"),
        ("http", "https://router.example.org/", "website", None),
        ("process", "/python .* serve/", "device", platform.node()),
        ("process", "nginx", "application", platform.node()),
    ],
)
def test_host_of_a_service(kind: str, target: str, service_type: str, expected: str | None) -> None:
    row = BoardRow(service(1, kind=kind, service_type=service_type), target)
    assert hostname(row, {}) == expected
