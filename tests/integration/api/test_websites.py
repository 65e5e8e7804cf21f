"""`/api/websites`: the simple face of services that check a web address."""

import asyncio
from typing import Any

import httpx

from monitor_app.domain.status import Status
from tests.integration.api.past import begin
from tests.integration.api.served import Served

URL = "https://shop.example.org/"


async def add(api: Served, url: str = URL, **more: Any) -> httpx.Response:
    return await api.ask("POST", "/api/websites", json={"url": url} | more)


async def test_a_website_is_a_service(api: Served) -> None:
    answer = await add(api, name="Shop")
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/websites/shop")
    assert made == {
        "id": "shop",
        "url": URL,
        "name": "Shop",
        "enabled": True,
        "check_interval": 300,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    service = api.running.board.find("shop")
    assert service is not None
    assert (service.definition.kind, service.definition.service_type) == ("http", "website")
    assert service.definition.status_config == {"url": URL, "deadline_seconds": 30.0}
    assert (await api.ask("GET", "/api/websites/shop")).json() == made
    assert (await api.ask("GET", "/api/websites")).json()["items"] == [made]


async def test_services_of_other_types_are_none(api: Served) -> None:
    await api.add("shop")
    await api.add("rest", service_type="api")
    assert [one["id"] for one in (await api.ask("GET", "/api/websites")).json()["items"]] == ["shop"]
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("PATCH", {}), ("DELETE", None)):
        assert (await api.ask(method, "/api/websites/rest", json=body)).status_code == 404


WRONG: tuple[dict[str, Any], ...] = (
    {},
    {"url": "ftp://shop.example.org"},
    {"url": "shop"},
    {"url": ""},
    {"url": None},
    {"url": "https://user:word@shop.example.org/"},
    {"url": URL, "check_interval": 59},
    {"url": URL, "check_interval": 3601},
    {"url": URL, "check_interval": "300"},
    {"url": URL, "enabled": 1},
    {"url": URL, "name": "x" * 121},
    {"url": URL, "id": "mine"},
    {"url": URL, "owner": "me"},
)


async def test_wrong_websites_are_refused(api: Served) -> None:
    for body in WRONG:
        assert (await api.ask("POST", "/api/websites", json=body)).status_code == 422, body
    assert not len(api.running.board)


async def test_messages_have_the_names_of_a_website(api: Served) -> None:
    answer = await add(api, name="two\nlines")
    assert list(answer.json()["errors"]) == ["name"]


async def test_an_address_is_watched_once(api: Served) -> None:
    await add(api)
    for url in (URL, "https://shop.example.org", "HTTPS://Shop.Example.ORG:443/", "https://shop.example.org/#top"):
        answer = await add(api, url)
        assert (answer.status_code, list(answer.json()["errors"])) == (409, ["url"]), url
    assert (await add(api, "https://shop.example.org/?page=2")).status_code == 201
    assert (await add(api, "http://shop.example.org/")).status_code == 201


async def test_of_two_at_once_one_is_told(api_on_both: Served) -> None:
    answers = await asyncio.gather(*(add(api_on_both, name=f"Shop {number}") for number in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_a_change_names_what_is_different(api: Served) -> None:
    await add(api, name="Shop")
    await add(api, "https://blog.example.org/", name="Blog")
    answer = await api.ask("PATCH", "/api/websites/shop", json={"name": "Store", "check_interval": 60})
    assert [answer.json()[name] for name in ("url", "name", "check_interval")] == [URL, "Store", 60]
    assert (await api.ask("PATCH", "/api/websites/shop", json={"url": f"{URL}new"})).json()["url"] == f"{URL}new"
    assert (await api.ask("PATCH", "/api/websites/shop", json={"enabled": False})).json()["enabled"] is False
    before = (await api.ask("GET", "/api/websites/shop")).json()
    assert (await api.ask("PATCH", "/api/websites/shop", json={})).json() == before
    taken = await api.ask("PATCH", "/api/websites/shop", json={"url": "https://blog.example.org"})
    assert taken.status_code == 409
    for wrong in ({"id": "x"}, {"created_at": "now"}, {"name": None}, {"check_interval": 10}, {"url": "mailto:x"}):
        assert (await api.ask("PATCH", "/api/websites/shop", json=wrong)).status_code == 422, wrong
    assert (await api.ask("GET", "/api/websites/shop")).json() == before


async def test_a_change_of_what_was_changed_meanwhile_is_refused(api: Served) -> None:
    tag = (await add(api, name="Shop")).headers["etag"]
    assert (await api.ask("GET", "/api/websites/shop", headers={"If-None-Match": tag})).status_code == 304
    based = {"If-Match": tag}
    assert (await api.ask("PATCH", "/api/websites/shop", json={"name": "A"}, headers=based)).status_code == 200
    assert (await api.ask("PATCH", "/api/websites/shop", json={"name": "B"}, headers=based)).status_code == 412
    assert (await api.ask("DELETE", "/api/websites/shop", headers=based)).status_code == 412


async def test_editors_delete_their_own(api: Served) -> None:
    await add(api, name="Shop")
    made = await api.ask("POST", "/api/websites", "admin", json={"url": "https://blog.example.org/", "name": "Blog"})
    assert (await api.ask("DELETE", f"/api/websites/{made.json()['id']}")).status_code == 403
    assert (await api.ask("DELETE", "/api/websites/shop", "viewer")).status_code == 403
    await api.relate("shop", "blog")
    assert (await api.ask("DELETE", "/api/websites/shop")).status_code == 409
    assert (await api.ask("DELETE", "/api/websites/shop?cascade=true")).status_code == 204
    assert (await api.ask("GET", "/api/websites/shop")).status_code == 404
    assert (await add(api)).status_code == 201


async def test_only_editors_see_what_a_query_holds(api: Served) -> None:
    await add(api, f"{URL}?token=hush", name="Shop")
    assert (await api.ask("GET", "/api/websites/shop")).json()["url"] == f"{URL}?token=hush"
    for path in ("/api/websites/shop", "/api/websites"):
        assert "hush" not in (await api.ask("GET", path, "viewer")).text


async def test_lists_are_ordered_filtered_and_cut(api: Served) -> None:
    for name in ("b", "a", "c"):
        await add(api, f"https://{name}.example.org/", name=name.upper(), enabled=name != "c")

    async def told(query: str) -> list[Any]:
        return (await api.ask("GET", f"/api/websites?{query}")).json()["items"]

    assert [one["name"] for one in await told("")] == ["A", "B", "C"]
    assert [one["name"] for one in await told("sort=-created_at")] == ["C", "A", "B"]
    assert await told("enabled=false&fields=name,url") == [{"name": "C", "url": "https://c.example.org/"}]
    assert [one["name"] for one in await told("search=b.example")] == ["B"]
    first = (await api.ask("GET", "/api/websites?limit=2")).json()
    assert (first["total"], first["pages"]) == (3, 2)
    assert [one["name"] for one in await told(f"limit=2&cursor={first['next_cursor']}")] == ["C"]


async def test_checks_and_downtimes_of_a_website(api: Served) -> None:
    await add(api, name="Shop")
    past = await begin(api)
    await past.results("shop", (3, Status.OK), (2, Status.FAILED), (1, Status.UNKNOWN))
    await past.down("shop", 2, None)
    page = (await api.ask("GET", "/api/websites/shop/checks?limit=2", "viewer")).json()
    unknown, failed = page["items"]
    assert (unknown["is_available"], unknown["error_message"]) == (None, "said UNKNOWN")
    assert failed == {
        "id": 2,
        "website_id": "shop",
        "timestamp": past.at(2).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status_code": 200,
        "response_time": 12.5,
        "is_available": False,
        "error_message": "said FAILED",
    }
    rest = (await api.ask("GET", f"/api/websites/shop/checks?cursor={page['next_cursor']}")).json()
    assert [(one["is_available"], one["error_message"]) for one in rest["items"]] == [(True, None)]
    down = (await api.ask("GET", "/api/websites/shop/downtime", "viewer")).json()
    began = past.at(2).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    expected = {"website_id": "shop", "start_time": began, "end_time": None, "created_at": began}
    assert down == {"items": [expected | {"id": down["items"][0]["id"]}], "next_cursor": None}
