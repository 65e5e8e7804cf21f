"""`/api/groups`, `/api/tags` and what arranges them, on a real database."""

from typing import Any

import pytest

from monitor_app.api.groups import GroupObject, GroupPage
from monitor_app.security.permissions import VIEWER
from tests.integration.api.served import Served

ONE, ADMIN = "/api/groups/one", "/api/admin/groups"
SLASHED = "Shop / Europe?#ü"


@pytest.fixture
async def tree(api: Served) -> Served:
    """A shop in a group with an awkward name, which is in Shop."""
    await api.add("web", group=SLASHED, tags=["db", "public"], environment="production")
    await api.add("loose")
    for values in ({"name": "Shop", "description": "sells"}, {"name": SLASHED, "parent": "Shop"}):
        answer = await api.ask("POST", ADMIN, json=values)
        assert answer.status_code == 201, answer.text
    return api


async def one(api: Served, name: str) -> dict[str, Any]:
    answer = await api.ask("GET", ONE, params={"name": name})
    assert answer.status_code == 200, answer.text
    GroupObject.model_validate(answer.json())
    document: dict[str, Any] = answer.json()
    return document


async def test_groups_are_told_in_their_tree_whatever_their_names(tree: Served) -> None:
    answer = await tree.ask("GET", "/api/groups")
    GroupPage.model_validate(answer.json())
    assert [group["name"] for group in answer.json()["items"]] == ["Shop", SLASHED]
    inner = await one(tree, SLASHED)
    assert (inner["path"], inner["services"], inner["status"]) == (["Shop", SLASHED], 1, "UNKNOWN")
    assert ((await one(tree, "Shop"))["services"], (await one(tree, "Shop"))["own_services"]) == (1, 0)
    below = await tree.ask("GET", "/api/groups", params={"below": SLASHED, "fields": "name,share"})
    assert below.json()["items"] == [{"name": SLASHED, "share": None}]
    found = await tree.ask("GET", "/api/groups", params={"search": "SELL"})
    assert [group["name"] for group in found.json()["items"]] == ["Shop"]
    assert (await tree.ask("GET", ONE, params={"name": "Nowhere"})).status_code == 404


@pytest.mark.parametrize("path", ["/api/services", "/api/status", "/api/admin/services"])
async def test_filter_by_group_includes_what_is_in_its_groups(tree: Served, path: str) -> None:
    answer = (await tree.ask("GET", path, params={"group": "Shop"})).json()
    found = answer["items"] if isinstance(answer, dict) else answer
    assert [each["service_id"] for each in found] == ["web"]


async def test_circle_is_refused_with_its_path_and_stale_changes_too(tree: Served) -> None:
    answer = await tree.ask("PATCH", ADMIN, params={"name": "Shop"}, json={"parent": SLASHED})
    assert answer.status_code == 409
    assert answer.json()["path"] == ["Shop", SLASHED, "Shop"]
    read = await tree.ask("GET", ONE, params={"name": "Shop"})
    tag = {"If-Match": read.headers["etag"]}
    share = {"rollup": {"how": "share", "degraded_below": 80, "failed_below": 20, "weights": {"web": 4}}}
    changed = await tree.ask("PATCH", ADMIN, params={"name": "Shop"}, json=share, headers=tag)
    assert changed.json()["rollup"] == share["rollup"]
    assert (await tree.ask("PATCH", ADMIN, params={"name": "Shop"}, json=share, headers=tag)).status_code == 412
    wrong = {"rollup": {"how": "share", "weights": {"nobody": 4}}}
    refused = await tree.ask("PATCH", ADMIN, params={"name": "Shop"}, json=wrong)
    assert refused.status_code == 422
    assert "rollup.weights" in refused.text


async def test_rename_and_deletion_tell_what_went_along(tree: Served) -> None:
    renamed = await tree.ask("PUT", ADMIN, params={"name": SLASHED}, json={"name": "Europe", "parent": "Shop"})
    assert (renamed.json()["name"], renamed.json()["services"]) == ("Europe", 1)
    gone = await tree.ask("DELETE", ADMIN, params={"name": "Europe"})
    assert gone.json() == {"name": "Europe", "services_to": "Shop", "services": 1, "groups": 0}
    uptime = await tree.ask("GET", "/api/groups/uptime", params={"name": "Shop", "days": "7"})
    assert (uptime.json()["name"], uptime.json()["uptime"]) == ("Shop", None)


async def test_tags_and_environments_are_painted_and_renamed(tree: Served) -> None:
    painted = await tree.ask("PATCH", "/api/admin/tags", params={"name": "db"}, json={"colour": "teal", "name": "sql"})
    assert painted.json() == {"name": "sql", "services": 1, "colour": "teal"}
    assert [each["name"] for each in (await tree.ask("GET", "/api/tags")).json()["items"]] == ["public", "sql"]
    order = await tree.ask("PUT", "/api/admin/environments/order", json={"names": ["production"]})
    assert order.json() == {"names": ["production"]}
    removed = await tree.ask("DELETE", "/api/admin/environments", params={"name": "production"})
    assert removed.json() == {"name": "production", "services": 1}
    assert (await tree.ask("GET", "/api/environments")).json()["items"] == []
    missing = await tree.ask("PATCH", "/api/admin/tags", params={"name": "nothing"}, json={"colour": "red"})
    assert missing.status_code == 404


async def test_viewer_reads_and_changes_nothing(tree: Served) -> None:
    assert (await tree.ask("GET", "/api/groups", role=VIEWER)).status_code == 200
    for method, path in (("PATCH", ADMIN), ("DELETE", ADMIN), ("DELETE", "/api/admin/tags")):
        answer = await tree.ask(method, path, params={"name": "Shop"}, role=VIEWER)
        assert answer.status_code == 403
