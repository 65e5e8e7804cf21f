"""What checks showed in full, notes, the timeline and the file of downtimes, by the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.domain.changes import Batch, DowntimeClosed, DowntimeOpened, ServiceEvent
from monitor_app.domain.report import ResultDetail, document, facts, text
from monitor_app.domain.status import Status
from monitor_app.security.permissions import ADMIN, VIEWER
from monitor_app.storage.history import SqlHistory
from tests.integration.api.served import Served
from tests.samples import result

SHOP = "/api/services/shop"


async def happen(api: Served) -> int:
    """A service was down for five minutes and is up again; the id of the result that is kept in full."""
    await api.add("shop")
    row = api.running.board.find("shop")
    assert row is not None
    history, now, pk = SqlHistory(api.database), datetime.now(UTC), row.pk
    epoch = await history.begin_epoch()
    number, one = epoch.next_result_id, result(pk, status=Status.FAILED, checked_at=now - timedelta(minutes=9))
    told = document([facts("Answer", {"Status line": "HTTP/1.1 503"}), text("Begin of the body", "<b>down</b>")])
    began, ended = one.checked_at, now - timedelta(minutes=4)
    changes = [
        DowntimeOpened(pk, began, "=503"),
        ServiceEvent(pk, began, "status_changed", before=Status.OK, after=Status.FAILED, reason="503"),
        DowntimeClosed(pk, ended),
        ServiceEvent(pk, ended, "status_changed", before=Status.FAILED, after=Status.OK),
    ]
    kept = ResultDetail(pk, number, one.checked_at, one.status, told)
    await history.record(epoch, Batch([(number, one)], [], changes, number, details=[kept]))
    return number


async def read(api: Served, path: str, **more: Any) -> Any:
    answer = await api.ask("GET", f"{SHOP}/{path}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_headers_and_bodies_are_for_those_who_may_see_them(api: Served) -> None:
    number = await happen(api)
    full = await read(api, f"results/{number}")
    assert full["result"]["id"] == number
    assert [section["text"] for section in full["sections"]] == ["", "<b>down</b>"]
    seen = await read(api, f"results/{number}", role=VIEWER)
    assert [(section["text"], section["is_hidden"]) for section in seen["sections"]] == [("", False), ("", True)]
    report = await read(api, "report", role=VIEWER)
    assert (report["result_id"], report["status"]) == (number, "FAILED")
    assert report["sections"] == seen["sections"]
    assert (await api.ask("GET", f"{SHOP}/results/{number + 1}")).status_code == 404
    await api.add("blog")
    assert (await api.ask("GET", "/api/services/blog/report")).json()["sections"] == []
    assert (await api.ask("GET", f"/api/services/blog/results/{number}")).status_code == 404


async def test_notes_and_the_timeline(api: Served) -> None:
    await happen(api)
    incident = (await read(api, "downtime"))["items"][0]["incident_id"]
    made = await api.ask("POST", f"{SHOP}/notes", json={"text": "a cable\nwas cut", "incident_id": incident})
    assert made.status_code == 201
    path = f"{SHOP}/notes/{made.json()['note_id']}"
    assert (await api.ask("PATCH", path, json={"text": "two cables"})).json()["text"] == "two cables"
    assert [note["text"] for note in (await read(api, "notes", role=VIEWER))["items"]] == ["two cables"]
    items = (await read(api, "timeline"))["items"]
    assert [item["sort"] for item in items] == ["edit", "status", "note", "status"]
    assert [item["after"] for item in items if item["sort"] == "status"] == ["OK", "FAILED"]
    first = await read(api, "timeline?limit=2&fields=sort")
    rest = await read(api, f"timeline?limit=2&fields=sort&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == [{"sort": item["sort"]} for item in items]
    assert rest["next_cursor"] is None
    since = items[1]["at"]
    assert [item["sort"] for item in (await read(api, f"timeline?since={since}"))["items"]] == [
        "edit",
        "status",
        "note",
    ]
    assert (await api.ask("GET", f"{SHOP}/timeline?sorts=nonsense")).status_code == 422
    await api.add("blog")
    assert (await api.ask("DELETE", path.replace("shop", "blog"))).status_code == 404
    assert (await api.ask("DELETE", path, role=VIEWER)).status_code == 403
    assert (await api.ask("DELETE", path, role=ADMIN)).status_code == 204


async def test_downtimes_are_exported(api: Served) -> None:
    await happen(api)
    answer = await api.ask("GET", f"{SHOP}/downtime.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "shop-downtime.csv" in answer.headers["content-disposition"]
    header, row = answer.text.splitlines()
    assert header == "incident_id,started_at,ended_at,duration_seconds,cause,notes"
    assert row.endswith(",300.0,'=503,")
    assert (await api.ask("GET", f"{SHOP}/downtime.csv?since=2100-01-01T00:00:00Z")).status_code == 422
