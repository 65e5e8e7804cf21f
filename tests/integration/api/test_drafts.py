"""Drafts and duplicates over HTTP."""

from typing import Any

from monitor_app.security.permissions import SYSTEM
from tests.integration.api.served import SERVICES, Served

DRAFTS = "/api/admin/drafts"
URL = "https://shop.example.org/"
TYPED = {"kind": "http", "label": "Half", "tags": ["a", "b"], "status_config": {"url": "https://hal"}}


async def kept(api: Served, draft_id: str, **values: Any) -> dict[str, Any]:
    answer = await api.ask("PUT", f"{DRAFTS}/{draft_id}", json={"values": values})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_draft_is_kept_listed_and_thrown_away(api: Served) -> None:
    made = await kept(api, "new", **TYPED)
    assert (made["draft_id"], made["title"], made["is_outdated"]) == ("new", "Half", False)
    assert {name: made["values"][name] for name in TYPED} == TYPED
    assert (await api.ask("GET", DRAFTS)).json()["items"] == [made]
    assert (await api.ask("DELETE", f"{DRAFTS}/new")).status_code == 204
    assert (await api.ask("DELETE", f"{DRAFTS}/new")).status_code == 404
    assert (await api.ask("GET", f"{DRAFTS}/new")).status_code == 404


async def test_draft_of_a_service_tells_that_it_was_changed_since(api: Served) -> None:
    await api.add("shop", status_config={"url": URL, "auth": "bearer", "token": "s3cret"})
    made = await kept(api, "edit.shop", label="Mine", status_config={"url": URL, "auth": "bearer", "token": "typed"})
    assert (made["values"]["status_config"]["token"], made["is_outdated"]) == ("***", False)
    again = await kept(api, "edit.shop", label="Mine", status_config={"url": URL, "auth": "bearer", "token": "***"})
    assert again["values"]["status_config"]["token"] == "***"
    await api.running.services.update(SYSTEM, "shop", {"label": "Theirs"}, expected_revision=None)
    await api.running.follower.read_now()
    assert (await api.ask("GET", f"{DRAFTS}/edit.shop")).json()["is_outdated"] is True
    refused = await api.ask("PUT", f"{DRAFTS}/edit.shop", json={"values": {"kind": "tcp"}})
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"kind"})
    await api.ask("DELETE", f"{SERVICES}/shop")
    assert (await api.ask("GET", DRAFTS)).json()["items"] == []
    await api.ask("POST", f"{SERVICES}/restore", json={"service_ids": ["shop"]})
    assert [one["draft_id"] for one in (await api.ask("GET", DRAFTS)).json()["items"]] == ["edit.shop"]


async def test_what_is_no_draft_is_refused(api: Served) -> None:
    for name in ("edit.nothing", "other", "copy."):
        assert (await api.ask("PUT", f"{DRAFTS}/{name}", json={"values": {}})).status_code == 404
    for values in ('{"colour": "red"}', '{"status_config": [1]}', '{"label": "\\u0000\\ud800"}', '{"kind": [[]]}'):
        body = f'{{"values": {values}}}'
        headers = {"Content-Type": "application/json"}
        answer = await api.ask("PUT", f"{DRAFTS}/new", content=body, headers=headers)
        assert answer.status_code == 422, answer.text
    assert (await api.ask("GET", f"{DRAFTS}/new")).status_code == 404


async def test_duplicate_takes_all_along_but_what_is_named(api: Served) -> None:
    config = {"url": URL, "auth": "bearer", "token": "s3cret"}
    await api.add("shop", group="Sales", tags=["public"], status_config=config, enabled=False)
    answer = await api.ask("POST", f"{SERVICES}/shop/duplicate", json={"group": "Test"})
    made = answer.json()
    assert (answer.status_code, made["service_id"], made["label"]) == (201, "shop-copy", "Shop copy")
    assert (made["group"], made["tags"], made["enabled"]) == ("Test", ["public"], False)
    assert answer.headers["location"] == f"{SERVICES}/shop-copy"
    rows = [api.running.board.find(name) for name in ("shop", "shop-copy")]
    kind = api.running.registry["http"]
    assert [kind.opened(row.definition.status_config)["token"] for row in rows if row] == ["s3cret", "s3cret"]
    elsewhere = {"status_config": {"url": "https://elsewhere.example.org/"}}
    refused = await api.ask("POST", f"{SERVICES}/shop/duplicate", json=elsewhere)
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"token"})
    assert (await api.ask("POST", f"{SERVICES}/nothing/duplicate", json={})).status_code == 404
    key = {"Idempotency-Key": "once"}
    both = [await api.ask("POST", f"{SERVICES}/shop/duplicate", json={}, headers=key) for _ in range(2)]
    assert both[0].json() == both[1].json()
