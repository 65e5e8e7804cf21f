"""`/api/admin/services/bulk`: what can be changed is, and each of the others is told."""

from typing import Any

import pytest
from sqlalchemy import text

from monitor_app.security.permissions import ADMIN, SYSTEM
from tests.integration.api.served import SERVICES, Served


async def bulk(api: Served, action: str, *service_ids: str, status: int = 200, **more: Any) -> dict[str, Any]:
    body = {"action": action, "service_ids": list(service_ids)} | more
    answer = await api.ask("POST", f"{SERVICES}/bulk", json=body)
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def values(api: Served, name: str) -> dict[str, Any]:
    items = (await api.ask("GET", SERVICES)).json()["items"]
    return {item["service_id"]: item[name] for item in items}


async def audited(api: Served) -> list[tuple[str, str]]:
    async with api.database.read() as conn:
        rows = await conn.execute(text("SELECT action, target FROM audit_entry ORDER BY id"))
        return [(row.action, row.target) for row in rows]


async def test_every_action_on_both_databases(api_on_both: Served) -> None:
    api = api_on_both
    for name in "abc":
        await api.add(name, tags=["old"])
    assert await bulk(api, "disable", "a", "b", "nothing") == {
        "success_count": 2,
        "failed_count": 1,
        "errors": [{"item_id": "nothing", "error_message": "there is no service nothing"}],
    }
    assert await values(api, "enabled") == {"a": False, "b": False, "c": True}
    assert (await bulk(api, "enable", "a", "c"))["success_count"] == 2
    assert await values(api, "enabled") == {"a": True, "b": False, "c": True}
    assert (await bulk(api, "tag", "a", "b", "a", tags_add=["new"], tags_remove=["old"]))["success_count"] == 2
    assert await values(api, "tags") == {"a": ["new"], "b": ["new"], "c": ["old"]}
    await bulk(api, "group", "b", "c", group="Sales")
    assert await values(api, "group") == {"a": "", "b": "Sales", "c": "Sales"}
    await bulk(api, "environment", "a", "c", environment="staging")
    assert await values(api, "environment") == {"a": "staging", "b": "", "c": "staging"}
    await bulk(api, "interval", "a", "b", "c", interval_seconds=300)
    assert set((await values(api, "interval_seconds")).values()) == {300}
    await bulk(api, "delete", "a", "c")
    assert list(await values(api, "label")) == ["b"]
    assert (await audited(api))[3:] == [
        ("service.pause", "2 services"),
        ("service.resume", "a"),  # c was enabled
        ("service.update", "2 services"),
        ("service.update", "2 services"),
        ("service.update", "2 services"),
        ("service.update", "3 services"),
        ("service.delete", "2 services"),
    ]


async def test_each_refusal_has_its_reason(api: Served) -> None:
    for name in ("own", "related", "full"):
        await api.add(name, tags=[f"t{number}" for number in range(20)] if name == "full" else [])
    given = {"service_id": "others", "status_config": {"url": "https://x.example.org"}}
    await api.running.services.create(SYSTEM, given)
    await api.running.follower.read_now()
    await api.relate("related", "full")
    told = {
        each["item_id"]: each["error_message"]
        for each in (await bulk(api, "tag", "own", "full", tags_add=["x"]))["errors"]
    }
    assert told == {"full": "tags: must be at most 20 tags, would be 21"}
    told = {
        each["item_id"]: each["error_message"]
        for each in (await bulk(api, "delete", "own", "related", "others"))["errors"]
    }
    assert set(told) == {"related", "others"}
    assert "relation" in told["related"]
    assert "may not delete" in told["others"]
    assert (await api.ask("GET", f"{SERVICES}/own")).status_code == 404
    wrong = await bulk(api, "interval", "related", "full", interval_seconds=1)
    assert (wrong["success_count"], wrong["failed_count"]) == (0, 2)
    assert "5 to 86400" in wrong["errors"][0]["error_message"]
    assert (await bulk(api, "delete", "related", cascade=True, purge=True))["success_count"] == 1
    lines = await audited(api)
    assert lines[-1] == ("service.purge", "related")


async def test_nothing_to_change_leaves_no_line(api: Served) -> None:
    await api.add("shop")
    before = await audited(api)
    assert (await bulk(api, "enable", "shop"))["success_count"] == 1
    assert (await bulk(api, "delete", "nothing"))["failed_count"] == 1
    assert await audited(api) == before


@pytest.mark.parametrize(
    "body",
    [
        {"action": "explode", "service_ids": ["a"]},
        {"action": "enable", "service_ids": []},
        {"action": "enable", "service_ids": ["a"] * 1001},
        {"action": "tag", "service_ids": ["a"]},
        {"action": "tag", "service_ids": ["a"], "tags_add": ["x,y"]},
        {"action": "interval", "service_ids": ["a"]},
        {"action": "enable"},
        {"action": "enable", "service_ids": ["a"], "owner": "eve"},
    ],
)
async def test_wrong_bodies(api: Served, body: dict[str, Any]) -> None:
    assert (await api.ask("POST", f"{SERVICES}/bulk", json=body)).status_code == 422


async def test_thousand_at_once(api: Served) -> None:
    config = {"status_config": {"url": "https://x.example.org"}}
    many = [{"service_id": f"s{number}"} | config for number in range(1000)]
    await api.running.services.create_many(SYSTEM, many)
    names = [f"s{number}" for number in range(1000)]
    assert (await bulk(api, "tag", *names, tags_add=["x"]))["success_count"] == 1000
    page = (await api.ask("GET", f"{SERVICES}?tag=x&limit=1", ADMIN)).json()
    assert page["total"] == 1000
