"""Every kind's form: filled, saved and opened again it shows the same, in the form and as JSON."""

import json
from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import MASK
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.use_cases.service_input import parse_config
from tests.integration.screen.conftest import Screen

KINDS = KindRegistry()
# What a source tells of, nobody types.
NAMES = sorted(kind.name for kind in KINDS if not kind.config_model.is_observed)
PARTS = ("fields", "board_fields", "option_fields", "rare_fields", "judging_fields")
COMMON = {
    "label": "Filled",
    "service_id": "filled",
    "service_type": "queue",
    "group": "Shop",
    "environment": "production",
    "tags": "a, b",
    "interval_seconds": "75",
    "metric_config": "response_ms > 500 for 3 results",
}
# What goes together, where a value of the right type alone would not do.
VALUES: dict[str, dict[str, Any]] = {
    "composite": {"members": "part", "mode": "at_least", "percent": "50"},
    "database": {
        "engine": "postgresql",
        "host": "db.example.org",
        "user": "ann",
        "password": "s3cret-typed",
        "query": "SELECT 1",
    },
    "dns": {"name": "example.org", "resolver": "192.0.2.53", "expected": "192.0.2.1"},
    "domain_expiry": {"domain": "example.org"},
    "http": {"url": "https://example.org/", "auth": "bearer", "token": "s3cret-typed", "headers": "X-Site: north"},
    "process": {"name": "nginx"},
    "push": {"period_seconds": "3600", "token": "a" * 32},
    "smtp": {"host": "mail.example.org", "user": "ann", "password": "s3cret-typed"},
    "imap": {"host": "mail.example.org", "user": "ann", "password": "s3cret-typed"},
    "tcp": {"host": "db.example.org", "port": "5432", "send": r"PING\r\n", "expect": "+PONG"},
    "tls_certificate": {"host": "example.org", "port": "8443"},
    "grpc": {"host": "example.org", "metadata": "Authorization: Bearer s3cret-typed\nx-site: north"},
    "icmp": {"host": "192.0.2.1"},
    "queue": {"url": "https://jobs.example.org/api/v1", "token": "s3cret-typed"},
    "websocket": {"url": "wss://example.org/live", "headers": "Cookie: s3cret-typed"},
}
JUDGING = {"failures_to_fail": "4", "deadline_seconds": "9.5", "starting_seconds": "30", "breaker_failures": "7"}


def shown(screen: Screen) -> dict[str, Any]:
    """What stands in the fields."""
    rows = [row for name in PARTS for row in screen.shows(ServiceDialog, name)]
    return {row["key"]: row["is_on"] if row["type"] == "switch" else row["value"] for row in rows}


def filled(kind: str, blank: dict[str, Any]) -> dict[str, Any]:
    """A good value in as many fields as go together: each number and switch that is not set by hand is moved."""
    typed = blank | COMMON | {f"config.{name}": value for name, value in (VALUES[kind] | JUDGING).items()}
    for field in KINDS[kind].fields:
        key = f"config.{field.name}"
        if typed[key] not in ("", False, True) or field.name in VALUES[kind] or field.name in JUDGING:
            continue
        if field.type == "number" and field.default:
            trial = typed | {key: f"{float(field.default) + 1:g}"}
        elif field.type == "switch":
            trial = typed | {key: not typed[key]}
        else:
            continue
        config = {name.removeprefix("config."): value for name, value in trial.items() if name.startswith("config.")}
        try:
            parse_config(KINDS, kind, config)
        except (ValueError, InvalidInput):  # these two do not go together
            continue
        typed = trial
    return typed


def masked(kind: str, typed: dict[str, Any]) -> dict[str, Any]:
    """As the form shows it again."""
    secrets = {f"config.{name}" for name in KINDS[kind].secret_fields}
    lines = {"config.metadata": f"Authorization: {MASK}\nx-site: north"} if kind == "grpc" else {}
    lines |= {"config.headers": f"Cookie: {MASK}"} if kind == "websocket" else {}
    return {key: MASK if key in secrets and value else value for key, value in (typed | lines).items()}


def test_every_kind_has_values() -> None:
    assert sorted(VALUES) == NAMES


@pytest.mark.parametrize("kind", NAMES)
async def test_form_is_the_same_when_it_is_opened_again(screen: Screen, kind: str) -> None:
    if kind == "composite":
        await screen.add("Part")
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.choose_kind, kind=kind, form={})
    typed = filled(kind, shown(screen))
    await screen.send(ServiceDialog.save, form=typed)
    assert screen.shows(ServiceDialog, "errors") == {}
    await screen.running.follower.read_now()
    row = screen.running.board.find("filled")
    assert row is not None
    saved = row.definition

    await screen.send(RowActions.act, action="edit", pk=saved.pk)
    assert shown(screen) == masked(kind, typed)

    # As JSON and back nothing changes, and what is saved from there is the same, secrets included.
    await screen.send(ServiceDialog.show_view, view="json", form=shown(screen))
    text = screen.shows(ServiceDialog, "document")
    assert "s3cret" not in text
    assert json.loads(text)["tags"] == ["a", "b"]
    await screen.send(ServiceDialog.show_view, view="form", form={"form.document": text})
    assert screen.shows(ServiceDialog, "document_errors") == []
    assert shown(screen) == masked(kind, typed)
    await screen.send(ServiceDialog.show_view, view="json", form=shown(screen))
    await screen.send(ServiceDialog.save, form={"form.document": text})
    assert screen.shows(ServiceDialog, "document_errors") == []
    await screen.running.follower.read_now()
    row = screen.running.board.find("filled")
    assert row is not None
    after = row.definition
    for name in ("label", "service_type", "group", "environment", "tags", "interval_seconds", "metric_config"):
        assert getattr(after, name) == getattr(saved, name)
    assert after.status_config == saved.status_config
    assert not any("s3cret" in str(value) for value in screen.seen)
