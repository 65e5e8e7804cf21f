"""`/api/admin/relations` and `/api/breakers` on a real database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from monitor_app.api.breakers import Breakers
from monitor_app.api.relations import RelationObject, Relations
from monitor_app.domain.changes import Batch
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.domain.status import Status
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.relations import update_relation
from tests.integration.api.served import SERVICES, Served
from tests.samples import NOON

RELATIONS = "/api/admin/relations"


@pytest.fixture
async def four(api: Served) -> Served:
    """Four services."""
    await asyncio.gather(*(api.add(name) for name in ("web", "api", "auth", "db")))
    return api


def ends(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"source_service_id": source, "target_service_id": target, **more}


async def link(api: Served, source: str, target: str, **more: Any) -> int:
    answer = await api.ask("POST", RELATIONS, json=ends(source, target, **more))
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["relation_id"]
    return number


async def pairs(api: Served, **params: Any) -> list[str]:
    """The ends of the listed relations."""
    answer = await api.ask("GET", RELATIONS, params=params)
    assert answer.status_code == 200, answer.text
    Relations.model_validate(answer.json())
    return [f"{one['source_service_id']} {one['target_service_id']}" for one in answer.json()["items"]]


async def test_relation_comes_back_as_it_was_sent(four: Served) -> None:
    given = ends("web", "db", relation_type="data-flow", enabled=False, note="its orders")
    made = await four.ask("POST", RELATIONS, json=given)
    document = made.json()
    assert made.status_code == 201
    assert made.headers["location"] == f"{RELATIONS}/{document['relation_id']}"
    assert {name: document[name] for name in given} == given
    assert (document["managed_by"], document["drift"]) == ("", [])
    assert list(document) == list(RelationObject.model_fields)
    read = await four.ask("GET", made.headers["location"])
    assert read.json() == document
    assert read.headers["etag"] == made.headers["etag"]
    assert await pairs(four) == ["web db"]


async def test_service_tells_its_relations_at_once(four: Served) -> None:
    number = await link(four, "web", "db")
    document = (await four.ask("GET", f"{SERVICES}/web")).json()
    assert [one["relation_id"] for one in document["relations"]["outgoing"]] == [number]


async def test_client_that_has_it_is_told_so(four: Served) -> None:
    number = await link(four, "web", "db")
    for path in (RELATIONS, f"{RELATIONS}/{number}"):
        first = await four.ask("GET", path)
        tag = {"If-None-Match": first.headers["etag"]}
        assert (await four.ask("GET", path, headers=tag)).status_code == 304
        await four.ask("PATCH", f"{RELATIONS}/{number}", json={"note": f"because of {path}"})
        assert (await four.ask("GET", path, headers=tag)).status_code == 200


async def test_change_of_what_was_read_before_another_change_is_refused(four: Served) -> None:
    path = f"{RELATIONS}/{await link(four, 'web', 'db')}"
    tag = (await four.ask("GET", path)).headers["etag"]
    changed = await four.ask("PATCH", path, json={"note": "mine"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["note"]) == (200, "mine")
    for method, body in (("PATCH", {"note": "yours"}), ("PUT", ends("web", "api")), ("DELETE", None)):
        assert (await four.ask(method, path, json=body, headers={"If-Match": tag})).status_code == 412
    assert (await four.ask("PATCH", path, json={}, headers={"If-Match": '"nonsense"'})).status_code == 412
    tag = changed.headers["etag"]
    replaced = await four.ask("PUT", path, json=ends("web", "api"), headers={"If-Match": tag})
    assert (replaced.json()["note"], replaced.json()["target_service_id"]) == ("", "api")
    assert (await four.ask("DELETE", path, headers={"If-Match": replaced.headers["etag"]})).status_code == 204
    assert (await four.ask("GET", path)).status_code == 404
    assert await pairs(four) == []


async def test_circle_is_a_conflict_with_its_path(four: Served) -> None:
    first, second = await link(four, "api", "auth"), await link(four, "auth", "web", relation_type="communication")
    answer = await four.ask("POST", RELATIONS, json=ends("web", "api"))
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["path"], problem["relations"]) == (["web", "api", "auth", "web"], [first, second])
    assert "web -> api -> auth -> web" in problem["errors"]["target_service_id"]
    back = await link(four, "web", "api", enabled=False)
    answer = await four.ask("PATCH", f"{RELATIONS}/{back}", json={"enabled": True})
    assert (answer.status_code, answer.json()["path"]) == (409, ["web", "api", "auth", "web"])


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (ends("web", "web"), 422, "target_service_id"),
        (ends("web", "nowhere"), 422, "target_service_id"),
        (ends("web", "db"), 409, "target_service_id"),
        (ends("web", "db", relation_type="love"), 422, "relation_type"),
        (ends("web", "db", relation_id=5), 422, "relation_id"),
        ({"source_service_id": "web"}, 422, "target_service_id"),
    ],
)
async def test_what_is_wrong_is_told_by_field(four: Served, body: dict[str, Any], status: int, field: str) -> None:
    await link(four, "web", "db")
    answer = await four.ask("POST", RELATIONS, json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])


async def test_several_at_once_each_with_its_error(four: Served) -> None:
    many = [ends("web", "api"), ends("api", "web"), ends("web", "db"), ends("web", "nowhere")]
    answer = (await four.ask("POST", f"{RELATIONS}/bulk", json={"relations": many})).json()
    assert (answer["success_count"], answer["failed_count"]) == (2, 2)
    assert [one["target_service_id"] for one in answer["relations"]] == ["api", "db"]
    assert [one["item_id"] for one in answer["errors"]] == ["2", "4"]
    assert "api -> web -> api" in answer["errors"][0]["error_message"]
    none = await four.ask("POST", f"{RELATIONS}/bulk", json={"relations": many[2:], "all_or_none": True})
    assert (none.status_code, list(none.json()["errors"])) == (422, ["1.target_service_id", "2.target_service_id"])
    assert await pairs(four) == ["web api", "web db"]


async def test_same_key_adds_once(four: Served) -> None:
    headers = {"Idempotency-Key": "k1"}
    answers = [await four.ask("POST", RELATIONS, json=ends("web", "db"), headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await pairs(four) == ["web db"]


async def test_validation_saves_nothing(four: Served) -> None:
    number = await link(four, "web", "api")
    good = (await four.ask("POST", f"{RELATIONS}/validate", json=ends("api", "db"))).json()
    assert good == {"valid": True, "reason": "", "path": [], "relations": [], "message": ""}
    turned = ends("api", "web", relation_id=number)
    assert (await four.ask("POST", f"{RELATIONS}/validate", json=turned)).json()["valid"]
    bad = (await four.ask("POST", f"{RELATIONS}/validate", json=ends("api", "web"))).json()
    assert (bad["valid"], bad["reason"], bad["path"], bad["relations"]) == (
        False,
        "circle",
        ["api", "web", "api"],
        [number],
    )
    assert await pairs(four) == ["web api"]


async def test_list_is_filtered_sorted_and_paged(four: Served) -> None:
    await link(four, "web", "api", note="by HTTP")
    await link(four, "web", "db", relation_type="data-flow")
    await link(four, "api", "db", enabled=False)
    await link(four, "api", "auth")
    assert await pairs(four, service_id="api") == ["web api", "api db", "api auth"]
    assert await pairs(four, service_id="nobody") == []
    assert await pairs(four, source_service_id="web", relation_type="data-flow") == ["web db"]
    assert await pairs(four, target_service_id="db", enabled=False) == ["api db"]
    assert await pairs(four, search="http") == ["web api"]
    assert await pairs(four, sort="target_service_id") == ["web api", "api auth", "api db", "web db"]
    assert await pairs(four, sort="-relation_id", limit=2) == ["api auth", "api db"]
    first = (await four.ask("GET", RELATIONS, params={"limit": 3, "fields": "note,relation_id"})).json()
    assert [list(one) for one in first["items"]] == [["note", "relation_id"]] * 3
    assert await pairs(four, limit=3, cursor=first["next_cursor"]) == ["api auth"]
    await four.ask("DELETE", f"{SERVICES}/db", params={"cascade": True}, role=ADMIN)
    assert await pairs(four) == ["web api", "api auth"]
    for wrong in ({"fields": "secret"}, {"sort": "note"}, {"cursor": "x"}, {"limit": 201}, {"unknown": 1}):
        assert (await four.ask("GET", RELATIONS, params=wrong)).status_code == 422


async def test_file_made_relation_tells_its_drift(four: Served) -> None:
    number = await link(four, "web", "db")
    applied = ends("web", "db", relation_type="dependency", enabled=True, note="as the file says")
    async with four.database.write() as conn:
        await update_relation(conn, number, {"managed_by": "services.yaml", "applied": applied})
    document = (await four.ask("GET", f"{RELATIONS}/{number}")).json()
    assert (document["managed_by"], document["drift"]) == ("services.yaml", ["note"])


async def test_renamed_service_is_another_answer(four: Served) -> None:
    path = f"{RELATIONS}/{await link(four, 'web', 'db')}"
    tag = (await four.ask("GET", path)).headers["etag"]
    renamed = await four.ask("PATCH", f"{SERVICES}/db", json={"service_id": "base"})
    assert renamed.status_code == 200, renamed.text
    answer = await four.ask("GET", path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["target_service_id"]) == (200, "base")


@pytest.mark.parametrize(("role", "status"), [(VIEWER, 403), (EDITOR, 200), (ADMIN, 200)])
async def test_relations_are_for_who_may_change_them(four: Served, role: str, status: int) -> None:
    assert (await four.ask("GET", RELATIONS, role=role)).status_code == status


async def breakers(api: Served, **params: Any) -> list[dict[str, Any]]:
    """The listed ones."""
    answer = await api.ask("GET", "/api/breakers", VIEWER, params=params)
    assert answer.status_code == 200, answer.text
    Breakers.model_validate(answer.json())
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_breakers_that_are_not_closed_are_listed(four: Served) -> None:
    row = four.running.board.find("db")
    assert row is not None
    opened = Breaker("open", NOON, NOON + timedelta(minutes=30), 5, "ann", "new disk", 1)
    state = ServiceState(row.pk, Status.STOPPED, NOON, NOON, None, "", 1, breaker=opened)
    history = SqlHistory(four.database)
    await history.record(await history.begin_epoch(), Batch([], [state], [], 1))
    await four.running.follower.read_now()
    (found,) = await breakers(four)
    assert found == {
        "service_id": "db",
        "label": "Db",
        "phase": "open",
        "opened_at": "2026-05-17T12:00:00.000Z",
        "until": "2026-05-17T12:30:00.000Z",
        "failures": 5,
        "who": "ann",
        "reason": "new disk",
    }
    assert await breakers(four, phase="half_open") == []
    assert [one["service_id"] for one in await breakers(four, phase="closed")] == ["api", "auth", "web"]


async def test_breaker_is_opened_and_closed_by_hand(four: Served) -> None:
    opened = await four.ask("POST", "/api/breakers/db/open", json={"reason": "new disk", "minutes": 30})
    assert opened.status_code == 202
    assert (opened.json()["action"], opened.json()["number"], opened.json()["who"]) == ("open", 1, "a editor")
    assert opened.json()["until"] is not None
    closed = await four.ask("POST", "/api/breakers/db/close")
    assert (closed.status_code, closed.json()["reason"], closed.json()["number"]) == (202, "closed by hand", 2)
    assert (await four.ask("POST", "/api/breakers/db/open", json={"reason": ""})).status_code == 422
    assert (await four.ask("POST", "/api/breakers/db/open", json={"reason": "x", "minutes": -1})).status_code == 422
    assert (await four.ask("POST", "/api/breakers/none/close", json={"reason": "x"})).status_code == 404
    refused = await four.ask("POST", "/api/breakers/db/close", VIEWER, json={"reason": "x"})
    assert refused.status_code == 403


async def test_many_are_switched_and_taken_away_at_once(four: Served) -> None:
    ids = [await link(four, "web", name) for name in ("api", "db")]
    answer = await four.ask("PATCH", f"{RELATIONS}/bulk", json={"relation_ids": ids, "enabled": False})
    assert (answer.status_code, answer.json()) == (200, {"success_count": 2})
    back = await link(four, "api", "web")
    refused = await four.ask("PATCH", f"{RELATIONS}/bulk", json={"relation_ids": ids, "enabled": True})
    assert (refused.status_code, refused.json()["path"]) == (409, ["web", "api", "web"])
    gone = await four.ask("POST", f"{RELATIONS}/bulk/delete", json={"relation_ids": [*ids, back]})
    assert gone.json() == {"success_count": 3}
    assert await pairs(four) == []


async def test_types_are_told_to_who_looks_at_the_board(api: Served) -> None:
    types = (await api.ask("GET", "/api/admin/relation-types", VIEWER)).json()
    assert [one["relation_type"] for one in types] == ["dependency", "communication", "data-flow"]
    assert types[0]["pattern"] == "{source} needs {target} to work"


async def test_suggestions_are_accepted_like_any_relation_or_dismissed(api: Served) -> None:
    await api.add("shop-db", kind="database", group="Shop", status_config={"engine": "redis", "host": "db.example"})
    await api.add("shop", group="Shop", service_type="application")
    await api.add("till", group="Shop", service_type="application")
    place = f"{RELATIONS}/suggestions"
    found = (await api.ask("GET", place)).json()
    assert [one["source_service_id"] for one in found["items"]] == ["shop", "till"]
    assert found["items"][0]["reasons"] == [{"hint": "group", "text": "both are in the group Shop"}]
    await link(api, "till", "shop-db")
    pair = {"source_service_id": "shop", "target_service_id": "shop-db"}
    assert (await api.ask("POST", f"{place}/dismiss", json={"suggestions": [pair]})).status_code == 204
    assert (await api.ask("GET", place)).json() == {"items": [], "dismissed": 1}
    assert (await api.ask("DELETE", f"{place}/dismissed")).status_code == 204
    assert len((await api.ask("GET", place)).json()["items"]) == 1
