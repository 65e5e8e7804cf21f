"""`/api/incidents`: when services were down."""

from typing import Any

import pytest

from tests.integration.api.past import Past, begin
from tests.integration.api.served import Served


@pytest.fixture
async def past(api: Served) -> Past:
    """Four downtimes of three services."""
    await api.add("shop", group="Sales")
    await api.add("till", group="Sales")
    await api.add("blog")
    past = await begin(api)
    await past.down("shop", 3000, 2990)
    await past.down("till", 600, 500)
    await past.down("blog", 90, 60)
    await past.down("shop", 30, None, "refused")
    return past


async def told(api: Served, query: str = "") -> list[tuple[str, str]]:
    answer = await api.ask("GET", f"/api/incidents{query}", "viewer")
    assert answer.status_code == 200, answer.text
    return [(*each["service_ids"], each["status"]) for each in answer.json()["items"]]


ALL = [("shop", "open"), ("blog", "ended"), ("till", "ended"), ("shop", "ended")]


async def test_all_of_them_newest_first(api: Served, past: Past) -> None:
    assert await told(api) == ALL
    first: dict[str, Any] = (await api.ask("GET", "/api/incidents")).json()["items"][0]
    assert first == {
        "incident_id": first["incident_id"],
        "started_at": past.at(30).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ended_at": None,
        "duration_seconds": pytest.approx(1800, abs=60),
        "cause": "refused",
        "service_ids": ["shop"],
        "status": "open",
    }


async def test_page_by_page(api: Served, past: Past) -> None:
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = (await api.ask("GET", f"/api/incidents?limit=2&cursor={cursor}")).json()
        found += [(*each["service_ids"], each["status"]) for each in page["items"]]
        cursor = page["next_cursor"]
    assert found == ALL


async def test_filters(api: Served, past: Past) -> None:
    assert await told(api, "?service_id=blog,till") == [("blog", "ended"), ("till", "ended")]
    assert await told(api, "?group=Sales") == [("shop", "open"), ("till", "ended"), ("shop", "ended")]
    assert await told(api, "?group=Nobody") == []
    assert await told(api, "?group=Nobody,Sales&status=open") == [("shop", "open")]
    assert await told(api, "?status=open") == [("shop", "open")]
    assert await told(api, "?status=ended&service_id=shop") == [("shop", "ended")]
    # Those that lasted into the span count, too.
    assert await told(api, f"?since={past.at(550):%Y-%m-%dT%H:%M:%SZ}") == ALL[:3]
    assert await told(api, f"?until={past.at(550):%Y-%m-%dT%H:%M:%SZ}") == ALL[2:]


@pytest.mark.parametrize(
    ("query", "status"),
    [("status=broken", 422), ("service_id=nobody", 404), ("limit=0", 422), ("fields=colour", 422), ("colour=red", 422)],
)
async def test_what_cannot_be_is_told(api: Served, query: str, status: int) -> None:
    assert (await api.ask("GET", f"/api/incidents?{query}")).status_code == status


async def test_those_of_deleted_services_go(api: Served, past: Past) -> None:
    await api.ask("DELETE", "/api/admin/services/shop", "admin")
    assert await told(api) == [("blog", "ended"), ("till", "ended")]
