"""Pausing and maintenance by the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.api.service_models import ServiceOut
from monitor_app.security.permissions import VIEWER
from tests.integration.api.served import SERVICES, Served

# Far ahead: the whole of the tests may take hours.
UNTIL = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
STAMP = UNTIL.isoformat().replace("+00:00", ".000Z")


async def status(api: Served) -> dict[str, Any]:
    answer = await api.ask("GET", "/api/status/shop")
    document: dict[str, Any] = answer.json()
    return document


async def test_pause_is_told_everywhere_and_ends_with_resume(api: Served) -> None:
    await api.add("shop")
    answer = await api.ask("POST", f"{SERVICES}/shop/pause", json={"reason": "new disk", "until": UNTIL.isoformat()})
    assert answer.status_code == 200
    document = answer.json()
    ServiceOut.model_validate(document)
    assert (document["enabled"], document["maintenance"]) == (False, None)
    assert {name: document["pause"][name] for name in ("who", "reason", "until")} == {
        "who": "a editor",
        "reason": "new disk",
        "until": STAMP,
    }
    now = await status(api)
    assert (now["status"], now["details"]["pause"]) == ("STOPPED", document["pause"])
    assert now["message"] == f"paused by a editor until {UNTIL:%Y-%m-%d %H:%M} UTC: new disk"
    again = (await api.ask("POST", f"{SERVICES}/shop/pause")).json()
    assert (again["pause"]["reason"], again["pause"]["until"]) == ("", None)
    resumed = (await api.ask("POST", f"{SERVICES}/shop/resume")).json()
    assert (resumed["enabled"], resumed["pause"]) == (True, None)


async def test_maintenance_is_told_everywhere_and_ends(api: Served) -> None:
    await api.add("shop")
    given = {"reason": "new disk", "until": UNTIL.isoformat()}
    document = (await api.ask("POST", f"{SERVICES}/shop/maintenance", json=given)).json()
    assert (document["enabled"], document["pause"], document["maintenance"]["until"]) == (True, None, STAMP)
    now = await status(api)
    assert (now["status"], now["details"]["maintenance"]) == ("STOPPED", document["maintenance"])
    assert now["message"] == f"in maintenance until {UNTIL:%Y-%m-%d %H:%M} UTC: new disk"
    refused = await api.ask("POST", "/api/breakers/shop/open", json={"reason": "x"})
    assert refused.status_code == 409
    ended = (await api.ask("DELETE", f"{SERVICES}/shop/maintenance")).json()
    assert ended["maintenance"] is None
    assert (await status(api))["details"]["maintenance"] is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": "x" * 201, "until": UNTIL.isoformat()}, "reason"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": (UNTIL + timedelta(days=400)).isoformat()}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2030-01-01T00:00:00"}, "until"),
        ({"until": 1_900_000_000}, "until"),
        ({}, "until"),
        ({"until": UNTIL.isoformat(), "why": "x"}, "why"),
    ],
    ids=["reason", "past", "far", "word", "no zone", "number", "none", "stranger"],
)
async def test_wrong_maintenance_is_refused(api: Served, given: dict[str, Any], field: str) -> None:
    await api.add("shop")
    answer = await api.ask("POST", f"{SERVICES}/shop/maintenance", json=given)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {field}


async def test_many_at_once_and_who_may_not(api: Served) -> None:
    await api.add("shop")
    bulk = {"action": "pause", "service_ids": ["shop"], "reason": "disk", "until": UNTIL.isoformat()}
    assert (await api.ask("POST", f"{SERVICES}/bulk", json=bulk)).json()["success_count"] == 1
    assert (await status(api))["details"]["pause"]["reason"] == "disk"
    wrong = await api.ask("POST", f"{SERVICES}/bulk", json={"action": "maintenance", "service_ids": ["shop"]})
    assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"until"})
    for action in ("pause", "resume"):
        assert (await api.ask("POST", f"{SERVICES}/shop/{action}", VIEWER)).status_code == 403
    assert (await api.ask("POST", f"{SERVICES}/nothing/resume")).status_code == 404
