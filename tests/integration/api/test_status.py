"""`/api/status`: all services at once, and one of them."""

import json
from typing import Any

from monitor_app.domain.status import Status
from monitor_app.engine.status_object import status_object
from tests.integration.api.past import begin
from tests.integration.api.served import Served


async def shown(api: Served, query: str = "") -> list[str]:
    answer = await api.ask("GET", f"/api/status{query}", "viewer")
    assert answer.status_code == 200, answer.text
    return [each["service_id"] for each in answer.json()]


async def test_all_are_the_status_objects(api: Served) -> None:
    await api.add("shop", group="Sales", tags=["public"])
    await api.add("blog")
    past = await begin(api)
    await past.results("shop", (2, Status.OK), (1, Status.FAILED))
    found: list[dict[str, Any]] = (await api.ask("GET", "/api/status", "viewer")).json()
    assert found == [json.loads(json.dumps(status_object(row))) for row in api.running.board]
    assert [(each["service_id"], each["status"]) for each in found] == [("shop", "FAILED"), ("blog", "UNKNOWN")]
    assert found[0]["message"] == "said FAILED"
    assert found[0]["metrics"] == {"status_code": 200.0}
    one = await api.ask("GET", "/api/status/shop", "viewer")
    assert one.json() == found[0]


async def test_it_is_304_until_something_changes(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    for path in ("/api/status", "/api/status?tag=", "/api/status/shop"):
        await past.results("shop", (1, Status.OK))
        first = await api.ask("GET", path)
        known = {"If-None-Match": first.headers["etag"]}
        again = await api.ask("GET", path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        await past.results("shop", (0, Status.OK))
        changed = await api.ask("GET", path, headers=known)
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]


async def test_a_change_of_a_service_is_seen_at_once(api: Served) -> None:
    await api.add("shop")
    await api.ask("PATCH", "/api/admin/services/shop", json={"label": "Store", "enabled": False})
    found = (await api.ask("GET", "/api/status")).json()
    assert [(each["details"]["label"], each["status"]) for each in found] == [("Store", "STOPPED")]
    await api.ask("DELETE", "/api/admin/services/shop", "admin")
    assert await shown(api) == []
    assert (await api.ask("GET", "/api/status/shop")).status_code == 404


async def test_filters(api: Served) -> None:
    await api.add("shop", group="Sales, EU", environment="staging, EU", tags=["public", "web"])
    await api.add("blog", group="Press", tags=["public"])
    await api.add("wiki", enabled=False)
    assert await shown(api) == ["shop", "blog", "wiki"]
    assert await shown(api, "?service_id=wiki, shop,nobody") == ["shop", "wiki"]
    assert await shown(api, "?group=Sales, EU") == ["shop"]
    assert await shown(api, "?group=Press,Sales") == ["blog"]
    assert await shown(api, "?environment=staging, EU") == ["shop"]
    assert await shown(api, "?tag=web,public") == ["shop", "blog"]
    assert await shown(api, "?status=stopped,FAILED") == ["wiki"]
    assert await shown(api, "?status=unknown&tag=web") == ["shop"]


async def test_a_wrong_filter_is_told(api: Served) -> None:
    for query in ("status=GREEN", "page=1", f"service_id={'x' * 9000}"):
        assert (await api.ask("GET", f"/api/status?{query}")).status_code == 422, query


async def test_head_has_the_same_headers(api: Served) -> None:
    await api.add("shop")
    names = ("etag", "content-type", "content-length")
    for path in (
        "/api/status",
        "/api/status/shop",
        "/api/services/shop/history",
        "/api/incidents",
        "/api/websites/shop",
    ):
        answers = [await api.ask(method, path) for method in ("GET", "HEAD")]
        assert [answer.status_code for answer in answers] == [200, 200], path
        kept = [{name: answer.headers[name] for name in names} for answer in answers]
        assert kept[0] == kept[1], path


async def test_nobody_sees_it_without_a_key(api: Served) -> None:
    assert (await api.ask("GET", "/api/status", "nobody")).status_code == 401
