"""Undo, redo, versions and what was deleted, over HTTP."""

from typing import Any

from monitor_app.security.permissions import SYSTEM
from tests.integration.api.served import Served

SERVICES, CHANGES = "/api/admin/services", "/api/admin/changes"


async def test_own_changes_are_listed_undone_and_done_again(api: Served) -> None:
    await api.add("shop")
    await api.ask("PATCH", f"{SERVICES}/shop", json={"label": "Store"})
    listed = (await api.ask("GET", CHANGES, params={"limit": 1})).json()
    (last,) = listed["items"]
    assert (last["title"], last["state"], last["objects"]) == ("changing Store", "done", 1)
    assert listed["next_before"] == last["change_id"]
    undone = await api.ask("POST", f"{CHANGES}/undo")
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert (await api.ask("GET", f"{SERVICES}/shop")).json()["label"] != "Store"
    again = await api.ask("POST", f"{CHANGES}/{last['change_id']}/redo")
    assert (again.status_code, again.json()["state"]) == (200, "done")
    assert (await api.ask("POST", f"{CHANGES}/{last['change_id']}/redo")).status_code == 409
    assert (await api.ask("POST", f"{CHANGES}/redo")).status_code == 404
    assert (await api.ask("POST", f"{CHANGES}/4711/undo")).status_code == 404


async def test_conflict_tells_who_changed_what(api: Served) -> None:
    await api.add("shop")
    await api.ask("PATCH", f"{SERVICES}/shop", json={"label": "Store"})
    await api.running.services.update(SYSTEM, "shop", {"label": "Kiosk"}, expected_revision=None)
    refused = await api.ask("POST", f"{CHANGES}/undo")
    (told,) = refused.json()["changed"]
    assert (refused.status_code, told["who"], told["expected"], told["present"]) == (
        409,
        "system",
        {"label": "Store"},
        {"label": "Kiosk"},
    )


async def test_service_goes_back_to_an_earlier_version(api: Served) -> None:
    await api.add("shop")
    etag = (await api.ask("PATCH", f"{SERVICES}/shop", json={"interval_seconds": 30})).headers["etag"]
    versions: list[dict[str, Any]] = (await api.ask("GET", f"{SERVICES}/shop/versions")).json()["items"]
    assert [(one["action"], [each["name"] for each in one["changed"]]) for one in versions] == [
        ("service.update", ["interval_seconds"]),
        ("service.create", []),
    ]
    path = f"{SERVICES}/shop/versions/{versions[1]['change_id']}/rollback"
    await api.ask("PATCH", f"{SERVICES}/shop", json={"group": "Sales"})
    stale = await api.ask("POST", path, headers={"If-Match": etag})
    assert stale.status_code in (409, 412)
    back = await api.ask("POST", path)
    assert (back.status_code, back.json()["interval_seconds"], back.json()["group"]) == (200, 60, "")
    assert (await api.ask("GET", f"{SERVICES}/nothing/versions")).status_code == 404


async def test_deleted_services_are_listed(api: Served) -> None:
    await api.add("shop")
    await api.ask("DELETE", f"{SERVICES}/shop")
    (one,) = (await api.ask("GET", f"{SERVICES}/deleted")).json()["items"]
    assert (one["service_id"], one["is_id_taken"]) == ("shop", False)
    assert one["gone_at"] > one["deleted_at"]
