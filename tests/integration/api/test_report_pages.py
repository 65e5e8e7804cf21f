"""What the API tells of all services, of objectives, and of reports, page by page."""

from typing import Any

import pytest
from sqlalchemy import update

from monitor_app.domain.status import Status
from monitor_app.storage.services import services
from tests.integration.api.past import begin
from tests.integration.api.served import Served

OK, FAILED = Status.OK, Status.FAILED


async def told(api: Served, path: str, **wanted: Any) -> dict[str, Any]:
    answer = await api.ask("GET", f"/api/{path}", "viewer", params=wanted)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def shops(api: Served) -> None:
    """Three services; `pay` was down for a minute."""
    for name, group in (("web", "Shop"), ("pay", "Shop"), ("wiki", "Office")):
        await api.add(name, group=group, tags=["public"] if name == "web" else [])
    past = await begin(api)
    async with api.database.write() as conn:
        # What was before a service was added does not count.
        await conn.execute(update(services).values(created_at=past.at(61)))
    for name in ("web", "pay"):
        await past.results(name, *((60 - number, OK) for number in range(50)))
    await past.down("pay", 30, 29)
    await api.running.follower.read_now()


async def test_the_overview_comes_in_pages_and_through_filters(api: Served) -> None:
    await shops(api)
    found = await told(api, "fleet", days=30, limit=2)
    assert [one["service_id"] for one in found["items"]] == ["pay", "web"]
    assert (found["total"], found["pages"], len(found["dates"]), len(found["items"][0]["days"])) == (3, 2, 30, 30)
    # An hour ago may have been yesterday.
    pay, web = ({share for share in one["days"] if share is not None} for one in found["items"])
    assert min(pay) < 1
    assert web == {1}
    assert [one["service_id"] for one in (await told(api, "fleet", limit=2, page=2))["items"]] == ["wiki"]
    for wanted, names in (
        ({"search": "PA"}, ["pay"]),
        ({"search": "office"}, ["wiki"]),
        ({"group": "Shop", "sort": "label"}, ["pay", "web"]),
        ({"tag": "public"}, ["web"]),
        ({"search": "nothing"}, []),
    ):
        assert [one["service_id"] for one in (await told(api, "fleet", **wanted))["items"]] == names, wanted


@pytest.mark.parametrize("days", ["31", "0", "9999", "x", "٣٠", ""])
async def test_other_spans_of_days_are_refused(api: Served, days: str) -> None:
    answer = await api.ask("GET", "/api/fleet", "viewer", params={"days": days})
    assert answer.status_code == 422
    assert "days" in answer.json()["errors"]


async def test_objectives_come_in_pages_the_worst_first(api: Served) -> None:
    await shops(api)
    for name, subject in (("A", {"service_id": "web"}), ("B", {"service_id": "pay"}), ("C", {"group": "Office"})):
        body = {"name": name, "target": 0.99, "window_days": 1} | subject
        assert (await api.ask("POST", "/api/admin/objectives", json=body)).status_code == 201
    first = await told(api, "objectives", sort="worst", limit=2)
    assert ([one["name"] for one in first["items"]], first["total"], first["pages"]) == (["B", "A"], 3, 2)
    assert [one["name"] for one in (await told(api, "objectives", sort="worst", limit=2, page=2))["items"]] == ["C"]
    every = (await told(api, "objectives"))["items"]
    assert [(one["name"], one["service_label"]) for one in every] == [("A", "Web"), ("B", "Pay"), ("C", "")]
    assert [one["name"] for one in (await told(api, "objectives", search="off"))["items"]] == ["C"]
    assert [one["name"] for one in (await told(api, "objectives", search="pay"))["items"]] == ["B"]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"target": 7}, "target", "must be a share from 0.5 to 0.99999, got 7"),
        ({"target": 0.1}, "target", "must be a share from 0.5 to 0.99999, got 0.1"),
        ({"window_days": 0}, "window_days", "0"),
        ({"window_days": 400}, "window_days", "366"),
        ({"service_id": "none"}, "service_id", "must be a service that exists: there is no none"),
    ],
)
async def test_an_objective_that_cannot_be_names_field_value_and_what_may_be(
    api: Served, values: dict[str, Any], field: str, words: str
) -> None:
    await api.add("web")
    body = {"name": "A", "service_id": "web", "target": 0.99} | values
    answer = await api.ask("POST", "/api/admin/objectives", json=body)
    assert answer.status_code == 422
    assert words in answer.json()["errors"][field]


async def test_a_report_is_read_page_by_page(api: Served) -> None:
    await shops(api)
    number = await ordered(api)
    content = f"/api/reports/{number}/content"
    first = (await api.ask("GET", content, params={"limit": 2})).json()
    assert [one["service_id"] for one in first["services"]] == ["pay", "web"]
    assert (first["pages"], first["downtimes_total"], first["downtimes_pages"]) == (2, 1, 1)
    assert (first["total"]["services"], first["groups_total"], first["groups"][0]["group"]) == (3, 2, "Shop")
    last = (await api.ask("GET", content, params={"limit": 2, "page": 2, "downtimes_page": 2})).json()
    assert ([one["service_id"] for one in last["services"]], last["downtimes"]) == (["wiki"], [])
    by_name = (await api.ask("GET", content, params={"sort": "label"})).json()
    assert [one["label"] for one in by_name["services"]] == ["Pay", "Web", "Wiki"]


async def ordered(api: Served) -> str:
    """The number of a report that is done."""
    answer = await api.ask("POST", "/api/reports", json={"title": "All"})
    assert answer.status_code == 202, answer.text
    number: str = answer.json()["report_id"]
    await api.running.reports._jobs[number].task
    return number
