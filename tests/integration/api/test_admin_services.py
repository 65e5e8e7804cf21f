"""`/api/admin/services` on a real database."""

import asyncio
from typing import Any

import pytest

from monitor_app.api.service_models import ServiceOut, ServicePage
from monitor_app.security.permissions import ADMIN, EDITOR, SYSTEM, VIEWER
from monitor_app.storage.services import load_services, update_service
from monitor_app.use_cases.auditing import shown_service
from tests.integration.api.served import SERVICES, Served

SLOW = {"thresholds": [{"metric": "response_ms", "comparison": ">", "value": 500.0, "results": 3}]}


async def one(api: Served, service_id: str = "shop") -> tuple[dict[str, Any], str]:
    """A service and its ETag."""
    answer = await api.ask("GET", f"{SERVICES}/{service_id}")
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["etag"]


async def test_service_comes_back_as_it_was_sent(api: Served) -> None:
    given = {
        "service_id": "shop",
        "label": "Shop",
        "group": "Sales",
        "environment": "production",
        "tags": ["public"],
        "status_config": {"url": "https://shop.example.org/", "deadline_seconds": 5},
        "metric_config": SLOW,
        "interval_seconds": 30,
    }
    made = await api.ask("POST", SERVICES, json=given)
    assert made.status_code == 201
    assert made.headers["location"] == f"{SERVICES}/shop"
    document, tag = await one(api)
    assert made.json() == document
    assert made.headers["etag"] == tag
    assert {name: document[name] for name in given} == given
    assert (document["service_type"], document["kind"], document["enabled"]) == ("website", "http", True)
    assert (document["owner"], document["managed_by"], document["drift"]) == ("a editor", "", [])
    assert document["relations"] == {"incoming": [], "outgoing": []}
    assert document["created_at"].endswith("Z")
    assert list(document) == list(ServiceOut.model_fields)
    ServiceOut.model_validate(document)


async def test_what_is_wrong_is_told_field_by_field(api: Served) -> None:
    answer = await api.ask("POST", SERVICES, json={"service_id": "Shop!", "status_config": {"url": "ftp://x"}})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"service_id", "url"}
    await api.add("shop")
    taken = await api.ask("POST", SERVICES, json={"service_id": "shop", "status_config": {"url": "https://x.org"}})
    assert (taken.status_code, set(taken.json()["errors"])) == (409, {"service_id"})
    assert (await api.ask("GET", f"{SERVICES}/nothing")).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(VIEWER, 403), (EDITOR, 200), (ADMIN, 200)])
async def test_setup_is_for_who_may_change_it(api: Served, role: str, status: int) -> None:
    await api.add("shop")
    assert (await api.ask("GET", SERVICES, role)).status_code == status
    assert (await api.ask("GET", f"{SERVICES}/shop", role)).status_code == status
    assert (await api.ask("PATCH", f"{SERVICES}/shop", role, json={"group": "x"})).status_code == status
    assert (await api.ask("DELETE", f"{SERVICES}/shop", role)).status_code == status


async def test_secrets_are_masked_and_stay_when_the_mask_comes_back(api: Served) -> None:
    config = {"url": "https://shop.example.org/", "auth": "bearer", "token": "wonderful-secret"}
    made = await api.add("shop", status_config=config)
    assert made["status_config"]["token"] == "***"
    patched = await api.ask("PATCH", f"{SERVICES}/shop", json={"status_config": {"deadline_seconds": 3}})
    replaced = await api.ask("PUT", f"{SERVICES}/shop", json={"status_config": made["status_config"]})
    listed = await api.ask("GET", SERVICES)
    for answer in (patched, replaced, listed):
        assert answer.status_code == 200, answer.text
        assert "wonderful-secret" not in answer.text
        assert '"***"' in answer.text
    stored = await api.running.services.get(SYSTEM, "shop")
    kind = api.running.registry["http"]
    assert kind.parse(stored.status_config).token == "wonderful-secret"
    elsewhere = {"status_config": made["status_config"] | {"url": "https://evil.example.com/"}}
    for method in ("PUT", "PATCH"):
        refused = await api.ask(method, f"{SERVICES}/shop", json=elsewhere)
        assert (refused.status_code, set(refused.json()["errors"])) == (422, {"token"})


async def test_put_replaces_and_patch_merges(api: Served) -> None:
    await api.add(
        "shop",
        group="Sales",
        tags=["a"],
        status_config={"url": "https://shop.example.org/", "deadline_seconds": 5, "failures_to_fail": 2},
        metric_config=SLOW,
        interval_seconds=30,
    )
    patch = {"label": "The shop", "status_config": {"failures_to_fail": None, "starting_seconds": 9}}
    patched = (await api.ask("PATCH", f"{SERVICES}/shop", json=patch)).json()
    assert (patched["label"], patched["group"], patched["interval_seconds"]) == ("The shop", "Sales", 30)
    assert patched["status_config"] == {
        "url": "https://shop.example.org/",
        "deadline_seconds": 5.0,
        "starting_seconds": 9,
    }
    assert patched["metric_config"]
    put = await api.ask("PUT", f"{SERVICES}/shop", json={"status_config": {"url": "https://shop.example.org/"}})
    document = put.json()
    assert document["label"] == "https://shop.example.org/"
    assert (document["service_id"], document["group"], document["tags"]) == ("shop", "", [])
    assert (document["metric_config"], document["interval_seconds"]) == ({}, 60)
    assert document["status_config"] == {"url": "https://shop.example.org/"}


async def test_patch_of_the_kind_begins_anew(api: Served) -> None:
    await api.add("shop")
    patch = {"kind": "tcp", "status_config": {"host": "shop.example.org", "port": 443}}
    answer = await api.ask("PATCH", f"{SERVICES}/shop", json=patch)
    assert (answer.json()["kind"], answer.json()["status_config"]) == ("tcp", patch["status_config"])


async def test_renaming_moves_the_address(api: Served) -> None:
    await api.add("shop")
    assert (await api.ask("PATCH", f"{SERVICES}/shop", json={"service_id": "store"})).json()["service_id"] == "store"
    assert (await api.ask("GET", f"{SERVICES}/shop")).status_code == 404
    assert (await api.ask("GET", f"{SERVICES}/store")).status_code == 200


async def test_get_is_304_until_something_of_it_changes(api: Served) -> None:
    await api.add("shop")
    await api.add("database")
    _, tag = await one(api)
    again = await api.ask("GET", f"{SERVICES}/shop", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await api.relate("shop", "database")
    document, other = await one(api)
    assert other != tag
    relation = document["relations"]["outgoing"][0]
    assert relation | {"relation_id": 0} == {
        "relation_id": 0,
        "service_id": "database",
        "label": "Database",
        "relation_type": "dependency",
        "enabled": True,
    }
    # What hangs on it is no part of it: whoever read it before may still change it.
    assert (
        await api.ask("PATCH", f"{SERVICES}/shop", json={"group": "x"}, headers={"If-Match": tag})
    ).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_change_of_what_somebody_else_changed_is_412(api: Served, method: str) -> None:
    await api.add("shop")
    _, tag = await one(api)
    await api.ask("PATCH", f"{SERVICES}/shop", json={"group": "x"})
    body = None if method == "DELETE" else {"status_config": {"url": "https://shop.example.org/"}}
    for given, status in ((tag, 412), ('"x"', 412), ("*", 200)):
        answer = await api.ask(method, f"{SERVICES}/shop", json=body, headers={"If-Match": given})
        assert answer.status_code == status, answer.text


async def test_of_two_changes_at_once_with_the_same_tag_one_wins(api_on_both: Served) -> None:
    api = api_on_both
    await api.add("shop")
    for turn in range(5):
        _, tag = await one(api)
        answers = await asyncio.gather(
            *(
                api.ask("PATCH", f"{SERVICES}/shop", json={"group": f"{turn}{name}"}, headers={"If-Match": tag})
                for name in "ab"
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        winner = next(answer for answer in answers if answer.status_code == 200)
        assert (await one(api))[0] == winner.json()


async def test_delete_says_what_goes_with_it(api_on_both: Served) -> None:
    api = api_on_both
    for name in ("shop", "database", "disk"):
        await api.add(name)
    first, second = await api.relate("shop", "database"), await api.relate("database", "disk")
    relations = [
        {
            "relation_id": relation_id,
            "source_service_id": source,
            "target_service_id": target,
            "relation_type": "dependency",
            "enabled": True,
        }
        for relation_id, source, target in ((first, "shop", "database"), (second, "database", "disk"))
    ]
    refused = await api.ask("DELETE", f"{SERVICES}/database")
    assert (refused.status_code, refused.json()["relations"]) == (409, relations)
    mistyped = await api.ask("DELETE", f"{SERVICES}/disk?cascades=true")
    assert (mistyped.status_code, mistyped.json()["errors"]) == (422, {"cascades": "is not known here"})
    gone = await api.ask("DELETE", f"{SERVICES}/database?cascade=true")
    assert gone.json() == {"service_id": "database", "is_purged": False, "relations": relations}
    assert (await api.ask("GET", f"{SERVICES}/database")).status_code == 404
    assert (await api.ask("GET", "/api/services/database")).status_code == 404
    assert (await one(api))[0]["relations"]["outgoing"] == []
    assert (await api.ask("DELETE", f"{SERVICES}/shop")).json()["relations"] == []
    await api.add("database")


async def test_purged_service_stays_gone(api: Served) -> None:
    await api.add("shop")
    row = api.running.board.find("shop")
    assert row is not None
    assert (await api.ask("DELETE", f"{SERVICES}/shop?purge=true")).json()["is_purged"]
    assert await api.running.services.restore(SYSTEM, [row.pk]) == []
    async with api.database.read() as conn:
        [told] = [service for service in await load_services(conn, 1) if service.pk == row.pk]
    assert told.is_purged


async def test_editor_deletes_only_what_is_theirs(api: Served) -> None:
    await api.running.services.create(SYSTEM, {"service_id": "base", "status_config": {"url": "https://x.org"}})
    await api.running.follower.read_now()
    assert (await api.ask("DELETE", f"{SERVICES}/base")).status_code == 403
    assert (await api.ask("DELETE", f"{SERVICES}/base", ADMIN)).status_code == 200


async def test_drift_is_told(api: Served) -> None:
    await api.add("shop", tags=["a"])
    before = await api.running.services.get(SYSTEM, "shop")
    async with api.database.write() as conn:
        columns = {"managed_by": "services.yaml", "applied": shown_service(before)}
        await update_service(conn, before.pk, columns)
    await api.running.follower.read_now()
    document, _ = await one(api)
    assert (document["managed_by"], document["drift"]) == ("services.yaml", [])
    change = {"tags": ["b"], "status_config": {"deadline_seconds": 2}}
    patched = (await api.ask("PATCH", f"{SERVICES}/shop", json=change)).json()
    assert patched["drift"] == ["tags", "status_config.deadline_seconds"]


async def test_list_is_filtered_sorted_and_paged(api: Served) -> None:
    for number, name in enumerate(["delta", "alpha", "charlie", "bravo"]):
        await api.add(name, group="Odd" if number % 2 else "Even", tags=[f"t{number}"], interval_seconds=10 + number)
    await api.ask("PATCH", f"{SERVICES}/bravo", json={"enabled": False})

    async def names(query: str) -> list[str]:
        answer = await api.ask("GET", f"{SERVICES}?{query}")
        assert answer.status_code == 200, answer.text
        ServicePage.model_validate(answer.json())
        return [item["service_id"] for item in answer.json()["items"]]

    assert await names("") == ["alpha", "bravo", "charlie", "delta"]
    assert await names("sort=-service_id") == ["delta", "charlie", "bravo", "alpha"]
    assert await names("sort=interval") == ["delta", "alpha", "charlie", "bravo"]
    assert await names("sort=-created_at") == ["bravo", "charlie", "alpha", "delta"]
    assert await names("sort=-updated_at&limit=1") == ["bravo"]
    assert await names("group=Odd") == ["alpha", "bravo"]
    assert await names("tag=t0,t2&sort=group") == ["charlie", "delta"]
    assert await names("enabled=false") == ["bravo"]
    assert await names("status=stopped") == ["bravo"]
    assert await names("search=EXAMPLE.org%20alpha") == ["alpha"]
    assert await names("owner=nobody") == []
    assert await names("kind=tcp") == []
    assert await names("managed_by=services.yaml") == []
    assert await names("service_type=website&page=2&limit=3") == ["delta"]
    for wrong in ("status=GREEN", "sort=password", "limit=0", "fields=token", "cursor=x", "colour=red"):
        assert (await api.ask("GET", f"{SERVICES}?{wrong}")).status_code == 422, wrong


async def test_cursor_neither_repeats_nor_leaves_out_one(api: Served) -> None:
    for name in "abcdefg":
        await api.add(f"s-{name}")
    seen, cursor = [], ""
    while cursor is not None:
        page = (await api.ask("GET", f"{SERVICES}?limit=2&fields=service_id&cursor={cursor}")).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if len(seen) == 2:
            await api.add("s-aa")  # before the place
    assert seen == [{"service_id": f"s-{name}"} for name in "abcdefg"]


@pytest.mark.parametrize("gone", ["d", "cd", "bcd", "abcd", "bd"])
async def test_cursor_leaves_out_none_when_what_was_given_is_deleted(api: Served, gone: str) -> None:
    """As when a client deletes what it gets, page by page."""
    for name in "abcdefgh":
        await api.add(f"s-{name}")
    first = (await api.ask("GET", f"{SERVICES}?limit=4&fields=service_id")).json()
    for name in gone:
        assert (await api.ask("DELETE", f"{SERVICES}/s-{name}")).status_code == 200
    second = (await api.ask("GET", f"{SERVICES}?limit=4&fields=service_id&cursor={first['next_cursor']}")).json()
    assert second["items"] == [{"service_id": f"s-{name}"} for name in "efgh"]
    assert second["next_cursor"] is None


async def test_list_is_304_until_something_changes(api: Served) -> None:
    await api.add("shop")
    tag = (await api.ask("GET", SERVICES)).headers["etag"]
    assert (await api.ask("GET", SERVICES, headers={"If-None-Match": tag})).status_code == 304
    await api.ask("PATCH", f"{SERVICES}/shop", json={"group": "x"})
    assert (await api.ask("GET", SERVICES, headers={"If-None-Match": tag})).status_code == 200


async def test_deletion_can_be_taken_back_with_relations_and_history(api: Served) -> None:
    await api.add("shop")
    await api.add("db")
    relation = {"source_service_id": "shop", "target_service_id": "db", "relation_type": "dependency"}
    assert (await api.ask("POST", "/api/admin/relations", json=relation)).status_code == 201
    before, _ = await one(api)
    assert (await api.ask("DELETE", f"{SERVICES}/shop", params={"cascade": "true"})).status_code == 200
    restored = await api.ask("POST", f"{SERVICES}/restore", json={"service_ids": ["shop"]})
    assert (restored.status_code, restored.json()) == (200, {"service_ids": ["shop"], "renamed": {}})
    after, _ = await one(api)
    assert after == before | {"updated_at": after["updated_at"]}
    again = await api.ask("POST", f"{SERVICES}/restore", json={"service_ids": ["shop", "db"]})
    assert (again.status_code, "db, shop" in again.json()["detail"]) == (404, True)


async def test_what_cannot_come_back_is_told(api: Served) -> None:
    await api.add("shop")
    await api.ask("DELETE", f"{SERVICES}/shop")
    await api.add("shop")
    wanted: dict[str, Any] = {"service_ids": ["shop"], "keep_ids": True}
    assert (await api.ask("POST", f"{SERVICES}/restore", json=wanted)).status_code == 409
    again = await api.ask("POST", f"{SERVICES}/restore", json={"service_ids": ["shop"]})
    assert again.json() == {"service_ids": ["shop-2"], "renamed": {"shop": "shop-2"}}
    await api.add("gone")
    await api.ask("DELETE", f"{SERVICES}/gone", params={"purge": "true"})
    assert (await api.ask("POST", f"{SERVICES}/restore", json={"service_ids": ["gone"]})).status_code == 404
