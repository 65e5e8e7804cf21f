"""Status pages on a real database: publishing them, what readers get, and what they never get."""

import json
import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.domain.status import Status
from monitor_app.security.permissions import VIEWER
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from tests.integration.api.past import begin
from tests.integration.api.served import Served
from tests.unit.api.people import with_cookie

PAGES, NOTICES = "/api/admin/status-pages", "/api/admin/notices"
# Of each of these a reader may see nothing.
CANARY = "k4nary"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def reader(api: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody from outside, who comes through the door."""
    settings = load_settings(port=3000)
    transport = httpx.ASGITransport(Doorman(create_api(settings), settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


async def publish(api: Served, slug: str = "shop", **values: Any) -> dict[str, Any]:
    given = {"slug": slug, "title": "Shop status"} | values
    answer = await api.ask("POST", PAGES, json=given)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def tell(api: Served, **values: Any) -> dict[str, Any]:
    given = {"title": "Orders take long", "text": "We are looking into it.", "pages": ["shop"]} | values
    answer = await api.ask("POST", NOTICES, json=given)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_page_tells_what_was_chosen_and_nothing_else(api: Served, reader: httpx.AsyncClient) -> None:
    """Canaries stand in all that a service has, in who wrote what, and in services that are on no page."""
    url = f"https://{CANARY}-target.example.org/"
    marked = {"label": f"{CANARY} label", "group": f"{CANARY} group", "environment": f"{CANARY}-env"}
    shown = await api.add(f"{CANARY}-shown", tags=[f"{CANARY}-tag"], status_config={"url": url}, **marked)
    await api.add(f"{CANARY}-hidden", **marked)
    past = await begin(api)
    for name in ("shown", "hidden"):
        await past.results(f"{CANARY}-{name}", (90, Status.OK), (30, Status.FAILED))
        await past.down(f"{CANARY}-{name}", 30, 20, cause=f"{CANARY} cause")
    entry = {"service_id": shown["service_id"], "public_name": "Web shop", "description": "Orders", "section": "Shop"}
    await publish(api, description="How we are doing", entries=[entry])
    await publish(api, "internal", title=f"{CANARY} other page", entries=[])
    notice = await tell(api, services=[f"{CANARY}-shown", f"{CANARY}-hidden"])
    async with api.database.write() as conn:
        for table in ("notice", "notice_update"):
            await conn.exec_driver_sql(f"UPDATE {table} SET who = '{CANARY} person'")
    await tell(api, title=f"{CANARY} elsewhere", pages=["internal"])
    window = {"name": f"{CANARY} window", "reason": f"{CANARY} reason", "public_title": "New disks", "minutes": 90}
    window["starts_at"] = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M}"
    planned = await api.ask("POST", "/api/maintenance-windows", json=window)
    assert planned.status_code == 201, planned.text
    await api.running.status_press.read_now()
    await api.ask("POST", f"{NOTICES}/{notice['notice_id']}/updates", json={"text": "Found it.", "state": "identified"})
    names = ("", "/feed.atom", "/feed.rss", "/feed.json", "/summary.json")
    answers = [await reader.get(f"/status/shop{name}") for name in names]
    answers += [await reader.get(f"/badge/shop.web-shop/{sort}") for sort in ("status", "uptime", "response")]
    assert [answer.status_code for answer in answers] == [200] * 8
    for answer in answers:
        told = answer.text + json.dumps(dict(answer.headers))
        assert CANARY not in told, (answer.url, told[max(0, told.find(CANARY) - 80) :][:200])
    text = answers[0].text
    for wanted in (
        "Shop status",
        "How we are doing",
        "Web shop",
        "Orders",
        "Down",
        "Found it.",
        "We are looking into it",
        "New disks",
    ):
        assert wanted in text, wanted
    assert "<script" not in text


async def test_answers_may_be_kept_and_are_made_once(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    made = api.running.status_press.renderings
    answer = await reader.get("/status/shop")
    again = await reader.get("/status/shop", headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert answer.headers["content-encoding"] == "gzip"
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    for _ in range(50):
        await reader.get("/status/shop")
    assert api.running.status_press.renderings == made
    assert (await reader.get("/status/shop", headers={"Accept-Encoding": "identity"})).text == answer.text
    assert (await reader.get("/status/shop/")).headers["location"] == "/status/shop"
    assert (await reader.head("/status/shop")).status_code == 200
    assert (await reader.post("/status/shop")).status_code == 405
    assert (await reader.get("/status/none")).status_code == 404
    assert (await reader.get("/status/shop/nothing")).status_code == 404


async def test_bars_and_uptime_are_of_confirmed_downtimes(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    past = await begin(api)
    yesterday = past.now.replace(hour=0, minute=0, second=0) - timedelta(hours=12)
    ago = (past.now - yesterday).total_seconds() / 60
    await past.results("web", (ago, Status.OK), (ago - 10, Status.FAILED), (ago - 20, Status.OK), (0.5, Status.OK))
    await past.down("web", ago - 5, ago - 19)
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    text = (await reader.get("/status/shop")).text
    assert "down for 14 min" in text
    assert "1 day not all right" in text
    assert "All services are operational" in text
    levels = [day.level for day in api.running.status_press.find("shop").public.services[0].days]
    assert (len(levels), levels[-2:], set(levels[:-2])) == (90, ["down", "ok"], {"none"})


async def test_status_follows_the_board(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    assert "cannot be judged" in (await reader.get("/status/shop")).text
    past = await begin(api)
    await past.results("web", (1, Status.FAILED))
    await api.running.status_press.read_now()
    text = (await reader.get("/status/shop")).text
    assert "Major outage" in text
    assert "down" in (await reader.get("/badge/shop.web/status.svg")).text
    assert (await api.ask("DELETE", "/api/admin/services/web")).status_code in (200, 204)
    await api.running.status_press.read_now()
    assert "Web" not in (await reader.get("/status/shop")).text


async def test_database_that_is_gone_leaves_the_last_page_with_its_age(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])

    class Trouble:
        since = round((datetime.now(UTC) - timedelta(minutes=12)).timestamp() * 1000)

    press = api.running.status_press
    press._judge = Trouble
    await api.database.close()
    await press._print_all()
    text = (await reader.get("/status/shop")).text
    assert "The present state is not known" in text
    assert "12 min ago" in text
    assert "Web" in text


async def test_notice_goes_its_way(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    made = await tell(api, impact="major", services=["web"], text="See https://example.org/why. <b>bold</b>")
    path = f"{NOTICES}/{made['notice_id']}"
    text = (await reader.get("/status/shop")).text
    assert "Partial outage" in text
    assert '<a href="https://example.org/why" rel="nofollow noopener">https://example.org/why</a>.' in text
    assert "&lt;b&gt;bold" in text
    first = made["updates"][0]["update_id"]
    assert (await api.ask("DELETE", f"{path}/updates/{first}")).status_code == 409
    told = await api.ask("POST", f"{path}/updates", json={"text": "It is over.", "state": "resolved"})
    assert (told.json()["state"], told.json()["phase"]) == ("resolved", "past")
    assert told.json()["ends_at"] is not None
    text = (await reader.get("/status/shop")).text
    assert "Partial outage" not in text
    assert text.index("Past notices") < text.index("It is over.")
    last = told.json()["updates"][0]["update_id"]
    reworded = await api.ask("PATCH", f"{path}/updates/{last}", json={"state": "monitoring", "text": "Not quite."})
    assert (reworded.json()["phase"], reworded.json()["ends_at"]) == ("current", None)
    assert (await api.ask("PATCH", path, json={"impact": "minor"})).json()["impact"] == "minor"
    listed = (await api.ask("GET", NOTICES, params={"status_page": "shop", "is_open": "true"})).json()
    assert [one["title"] for one in listed["items"]] == ["Orders take long"]
    assert (await api.ask("DELETE", path)).status_code == 204
    assert "Orders take long" not in (await reader.get("/status/shop")).text


async def test_announced_maintenance_alarms_nobody(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    soon = datetime.now(UTC) + timedelta(hours=1)
    span = {"starts_at": soon.isoformat(), "ends_at": (soon + timedelta(hours=1)).isoformat()}
    made = await tell(api, kind="maintenance", title="New disks", services=["web"], **span)
    text = (await reader.get("/status/shop")).text
    assert text.index("Planned") < text.index("New disks")
    assert "Maintenance under way" not in text
    began = (soon - timedelta(hours=2)).isoformat()
    await api.ask("PATCH", f"{NOTICES}/{made['notice_id']}", json={"starts_at": began})
    assert "Maintenance under way" in (await reader.get("/status/shop")).text
    wrong = await api.ask("PATCH", f"{NOTICES}/{made['notice_id']}", json={"ends_at": "2020-01-01T00:00:00Z"})
    assert wrong.status_code == 422


async def test_all_that_is_wrong_with_a_notice_is_told_at_once(api: Served) -> None:
    wrong = await api.ask("POST", NOTICES, json={"title": " ", "text": "", "state": "completed"})
    assert (wrong.status_code, wrong.json()["errors"].keys()) == (422, {"title", "text", "state"})


async def test_each_change_of_a_notice_is_taken_back(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    await publish(api, "other")
    ends_at = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    made = await tell(api, kind="maintenance", title="New disks", services=["web"], ends_at=ends_at)
    path = f"{NOTICES}/{made['notice_id']}"
    await api.ask("POST", f"{path}/updates", json={"text": "We have begun.", "state": "in-progress"})
    before = timeless((await api.ask("GET", path)).json())
    newest = (await api.ask("GET", path)).json()["updates"][0]["update_id"]
    changes: list[tuple[str, str, dict[str, Any] | None]] = [
        ("PATCH", path, {"title": "Old disks", "ends_at": None, "pages": ["other"], "services": []}),
        # It ends the notice earlier than was planned.
        ("POST", f"{path}/updates", {"text": "All done.", "state": "completed"}),
        ("PATCH", f"{path}/updates/{newest}", {"text": "Something else.", "state": "completed"}),
        ("DELETE", f"{path}/updates/{newest}", None),
    ]
    for method, where, body in changes:
        changed = await api.ask(method, where, json=body)
        assert changed.status_code in (200, 201), changed.text
        assert timeless(changed.json()) != before
        back = await api.ask("POST", f"{path}/undo", json={"updated_at": changed.json()["updated_at"]})
        assert back.status_code == 200, back.text
        assert timeless(back.json()) == timeless((await api.ask("GET", path)).json()) == before
        text = (await reader.get("/status/shop")).text
        assert text.index("New disks") < text.index("We have begun.")
        again = await api.ask("POST", f"{path}/undo", json={"updated_at": changed.json()["updated_at"]})
        assert again.status_code == 404


async def test_change_of_a_notice_is_not_taken_back_over_that_of_somebody_else(api: Served) -> None:
    await publish(api)
    made = await tell(api)
    path = f"{NOTICES}/{made['notice_id']}"
    first = (await api.ask("PATCH", path, json={"impact": "major"})).json()
    await api.ask("POST", f"{path}/updates", json={"text": "We know why."})
    refused = await api.ask("POST", f"{path}/undo", json={"updated_at": first["updated_at"]})
    assert (refused.status_code, "changed since" in refused.json()["detail"]) == (412, True)
    assert (await api.ask("GET", path)).json()["impact"] == "major"
    assert (await api.ask("POST", f"{path}/undo", json={"updated_at": "2026-05-17T12:00:00Z"})).status_code == 404
    assert (await api.ask("POST", f"{path}/undo", VIEWER, json={"updated_at": first["updated_at"]})).status_code == 403


async def test_undo_leaves_out_pages_and_services_that_are_gone(api: Served) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    made = await tell(api, services=["web"])
    path = f"{NOTICES}/{made['notice_id']}"
    changed = (await api.ask("PATCH", path, json={"pages": [], "services": []})).json()
    await api.ask("DELETE", f"{PAGES}/shop")
    back = await api.ask("POST", f"{path}/undo", json={"updated_at": changed["updated_at"]})
    assert (back.json()["pages"], back.json()["services"]) == ([], ["web"])


def timeless(notice: dict[str, Any]) -> dict[str, Any]:
    """A notice but for when it was changed, and for the numbers of what was told."""
    told = [{name: value for name, value in update.items() if name != "update_id"} for update in notice["updates"]]
    return {**notice, "updated_at": None, "updates": told}


async def test_feeds_tell_each_notice(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, title="A & B <status>")
    await tell(api, title="One & two")
    atom = ET.fromstring((await reader.get("/status/shop/feed.atom")).content)
    rss = ET.fromstring((await reader.get("/status/shop/feed.rss")).content)
    feed = (await reader.get("/status/shop/feed.json")).json()
    titles = {
        atom.findtext(f"{ATOM}entry/{ATOM}title"),
        rss.findtext("channel/item/title"),
        feed["items"][0]["title"],
    }
    assert titles == {"Investigating: One & two"}
    assert atom.findtext(f"{ATOM}title") == rss.findtext("channel/title") == feed["title"] == "A & B <status>"
    assert feed["home_page_url"] == "http://localhost:3000/status/shop"
    assert feed["feed_url"] == "http://localhost:3000/status/shop/feed.json"


async def test_password_page_shows_nothing_before_the_password(api: Served, reader: httpx.AsyncClient) -> None:
    refused = await api.ask("POST", PAGES, json={"slug": "vip", "title": "Secret title", "access": "password"})
    assert refused.json()["errors"].keys() == {"password"}
    made = await publish(api, "vip", title="Secret title", access="password", password="quiet-harbour")
    assert made["has_password"]
    assert "quiet-harbour" not in json.dumps(made)
    form = await reader.get("/status/vip")
    assert (form.status_code, form.headers["cache-control"]) == (200, "private, no-store")
    assert "Secret title" not in form.text
    assert "form-action 'self'" in form.headers["content-security-policy"]
    for name in ("feed.atom", "summary.json", "logo"):
        assert (await reader.get(f"/status/vip/{name}")).status_code == 401
    foreign = {"Origin": "https://evil.example"}
    enter = "/status/vip/enter"
    assert (await reader.post(enter, data={"password": "quiet-harbour"}, headers=foreign)).status_code == 403
    wrong = await reader.post(enter, data={"password": "wrong"})
    assert (wrong.status_code, "not the password" in wrong.text) == (401, True)
    right = await reader.post(enter, data={"password": "quiet-harbour"})
    assert (right.status_code, right.headers["location"]) == (303, "/status/vip")
    assert "HttpOnly" in right.headers["set-cookie"]
    shown = await reader.get("/status/vip")
    assert "Secret title" in shown.text
    assert (shown.headers["cache-control"], shown.headers["x-robots-tag"]) == ("private, no-store", "noindex")
    assert (await reader.get("/status/vip/feed.atom")).status_code == 200
    await api.ask("PATCH", f"{PAGES}/vip", json={"password": "another-harbour"})
    assert "Secret title" not in (await reader.get("/status/vip")).text


async def test_who_guesses_the_password_is_slowed_down(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, "vip", access="password", password="quiet-harbour")
    statuses = [(await reader.post("/status/vip/enter", data={"password": f"guess {n}"})).status_code for n in range(6)]
    assert statuses[-1] == 429
    slowed = await reader.post("/status/vip/enter", data={"password": "quiet-harbour"})
    assert (slowed.status_code, "Retry-After" in slowed.headers) == (429, True)


async def test_who_has_said_the_password_can_log_out(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, "vip", title="Secret title", access="password", password="quiet-harbour")
    assert "Log out" not in (await reader.get("/status/vip")).text
    await reader.post("/status/vip/enter", data={"password": "quiet-harbour"})
    shown = await reader.get("/status/vip")
    assert '<form method="post" action="/status/vip/leave"' in shown.text
    assert "form-action 'self'" in shown.headers["content-security-policy"]
    foreign = await reader.post("/status/vip/leave", headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, "Secret title" in (await reader.get("/status/vip")).text) == (403, True)
    left = await reader.post("/status/vip/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/status/vip")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert "Secret title" not in (await reader.get("/status/vip")).text
    await publish(api)
    assert (await reader.post("/status/shop/leave")).status_code == 404
    assert "Log out" not in (await reader.get("/status/shop")).text


async def test_address_after_a_wrong_password_leads_to_the_page(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, "vip", access="password", password="quiet-harbour", host_name="vip.example.org")
    for name in ("enter", "leave"):
        answer = await reader.get(f"/status/vip/{name}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/status/vip")
        own = await reader.get(f"/{name}", headers={"Host": "vip.example.org"})
        assert (own.status_code, own.headers["location"]) == (303, "/")
    await publish(api)
    assert (await reader.get("/status/shop/enter")).status_code == 404


async def test_address_in_large_letters_leads_to_the_page(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api)
    answer = await reader.get("/status/Shop/feed.atom")
    assert (answer.status_code, answer.headers["location"]) == (308, "/status/shop/feed.atom")
    assert (await reader.get("/status/Other")).status_code == 404


async def test_feeds_keep_their_ids_when_the_page_gets_another_name(api: Served, reader: httpx.AsyncClient) -> None:
    """Ids are unique in the world: two installations with a page of one name are two feeds."""
    await publish(api)
    await publish(api, "other")
    await tell(api, pages=["shop", "other"])

    async def ids(slug: str) -> list[str | None]:
        atom = ET.fromstring((await reader.get(f"/status/{slug}/feed.atom")).content)
        rss = ET.fromstring((await reader.get(f"/status/{slug}/feed.rss")).content)
        feed = (await reader.get(f"/status/{slug}/feed.json")).json()
        entry = atom.findtext(f"{ATOM}entry/{ATOM}id")
        assert entry == rss.findtext("channel/item/guid") == feed["items"][0]["id"]
        return [atom.findtext(f"{ATOM}id"), entry]

    before = await ids("shop")
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one or "") for one in before)
    assert len({*before, *await ids("other")}) == 4
    await api.ask("PATCH", f"{PAGES}/shop", json={"slug": "store"})
    assert await ids("store") == before


async def test_feed_readers_say_the_password_in_a_header(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, "vip", title="Secret title", access="password", password="quiet-harbour: ü")
    feed = "/status/vip/feed.atom"
    refused = await reader.get(feed)
    assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Basic ")
    told = await reader.get(feed, auth=httpx.BasicAuth("anybody", "quiet-harbour: ü".encode()))
    assert (told.status_code, "Secret title" in told.text) == (200, True)
    assert told.headers["cache-control"] == "private, no-store"
    for header in ("Basic", "Basic ?", "Basic " + b64encode(b"no colon").decode(), "Bearer quiet-harbour: x"):
        answer = await reader.get(feed, headers={"Authorization": header})
        assert (answer.status_code, "Secret" in answer.text) == (401, False), header
    # The page itself asks in its own form, as it asks everybody.
    assert "Secret title" not in (await reader.get("/status/vip", auth=("a", "quiet-harbour"))).text
    statuses = [(await reader.get(feed, auth=("a", f"guess {n}"))).status_code for n in range(6)]
    assert (statuses[0], statuses[-1]) == (401, 429)


async def test_page_for_who_is_logged_in(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, "team", title="Secret title", access="login")
    away = await reader.get("/status/team")
    assert (away.status_code, away.headers["location"]) == (303, "/login?next=/status/team")
    assert (await reader.get("/status/team/feed.json")).status_code == 401
    shown = await reader.get("/status/team", headers=with_cookie(VIEWER))
    assert "Secret title" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"


async def test_host_of_a_page_shows_that_page_and_nothing_else(api: Served, reader: httpx.AsyncClient) -> None:
    own = {"Host": "status.example.org"}
    assert (await reader.get("/", headers=own)).status_code == 421
    await api.add("web")
    await api.add("db")
    await publish(api, host_name="Status.Example.org", entries=[{"service_id": "db", "public_name": "Data"}])
    for key in ("data", "shop.data"):
        assert (await reader.get(f"/badge/{key}/status", headers=own)).status_code == 200
    page = await reader.get("/", headers=own)
    assert "Shop status" in page.text
    assert '<link rel="canonical" href="https://status.example.org/">' in page.text
    assert (await reader.get("/feed.atom", headers=own)).headers["content-type"].startswith("application/atom+xml")
    assert (await reader.get("/status/shop", headers=own)).status_code == 200
    assert (await reader.get("/robots.txt", headers=own)).text == "User-agent: *\nAllow: /\n"
    await publish(api, "other")
    badge = {"entries": [{"service_id": "web", "public_name": "Web"}]}
    await api.ask("PATCH", f"{PAGES}/other", json=badge)
    assert (await reader.get("/badge/other.web/status")).status_code == 200
    for path in (
        "/badge/other.web/status",
        "/badge/web/status",
        "/status/other",
        "/api/services",
        "/login",
        "/metrics",
        "/livez2",
        "/_event",
        "/status/shop2",
    ):
        assert (await reader.get(path, headers=own)).status_code == 404, path
    taken = await api.ask("POST", PAGES, json={"slug": "b", "title": "B", "host_name": "status.example.org"})
    assert (taken.status_code, taken.json()["errors"].keys()) == (409, {"host_name"})
    ours = await api.ask("PATCH", f"{PAGES}/other", json={"host_name": "localhost"})
    assert ours.status_code == 422
    await api.ask("DELETE", f"{PAGES}/shop")
    assert (await reader.get("/", headers=own)).status_code == 421


async def test_search_engines_are_told_of_public_pages_and_of_nothing_else(
    api: Served, reader: httpx.AsyncClient
) -> None:
    await publish(api)
    await publish(api, "unlisted", is_indexed=False)
    await publish(api, "team", access="login")
    await publish(api, "own", host_name="status.example.org")
    rules = (await reader.get("/robots.txt")).text.splitlines()
    assert rules[:4] == ["User-agent: *", "Disallow: /", "Allow: /status/", "Allow: /badge/"]
    assert rules[4:] == []
    assert "<loc>" not in (await reader.get("/sitemap.xml")).text
    runtime.install(replace(api.running, public_url="https://lightbulb.example.org"))
    assert (await reader.get("/robots.txt")).text.endswith("\nSitemap: https://lightbulb.example.org/sitemap.xml\n")
    listed = ET.fromstring((await reader.get("/sitemap.xml")).content)
    places = [place.text for place in listed.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == ["https://lightbulb.example.org/status/shop"]


async def test_badges_of_services_on_no_public_page_are_for_readers_of_the_board(
    api: Served, reader: httpx.AsyncClient
) -> None:
    await api.add("web")
    await publish(api, "vip", access="login", entries=[{"service_id": "web", "public_name": "Shop front"}])
    for key in ("web", "shop-front", "vip.shop-front", "nothing"):
        answer = await reader.get(f"/badge/{key}/status")
        assert (answer.status_code, "no such badge" in answer.text) == (404, True), key
    seen = await reader.get("/badge/web/status", headers=with_cookie(VIEWER))
    assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, no-store")
    assert seen.headers["content-type"].startswith("image/svg+xml")
    await api.ask("PATCH", f"{PAGES}/vip", json={"access": "public"})
    for key in ("shop-front", "vip.shop-front"):
        answer = await reader.get(f"/badge/{key}/uptime", params={"days": "90"})
        assert (answer.status_code, answer.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
    assert (await reader.get("/badge/web/status")).status_code == 404
    assert (await reader.get("/badge/shop-front/uptime", params={"days": "5"})).status_code == 404


async def test_logo_is_a_picture(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for data in (svg, b"", PNG + b"\0" * 200_000):
        body = {"base64": b64encode(data).decode()}
        assert (await api.ask("PUT", f"{PAGES}/shop/logo", json=body)).status_code == 422
    assert (await api.ask("PUT", f"{PAGES}/shop/logo", json={"base64": "?"})).status_code == 422
    assert (await reader.get("/status/shop/logo")).status_code == 404
    made = await api.ask("PUT", f"{PAGES}/shop/logo", json={"base64": b64encode(PNG).decode()})
    picture = await reader.get(made.json()["logo"])
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert f'<img src="{made.json()["logo"]}" alt="">' in (await reader.get("/status/shop")).text
    assert (await api.ask("DELETE", f"{PAGES}/shop/logo")).json()["has_logo"] is False


async def test_page_is_changed_by_who_has_read_it(api: Served) -> None:
    await api.add("web")
    await api.add("db")
    made = await publish(api, entries=[{"service_id": "web", "public_name": "Web", "section": "A"}])
    read = await api.ask("GET", f"{PAGES}/shop")
    entries = [
        {"service_id": "db", "public_name": "Data", "section": "B"},
        {"service_id": "web", "public_name": "Web", "section": "A"},
    ]
    match = {"If-Match": read.headers["etag"]}
    changed = await api.ask("PATCH", f"{PAGES}/shop", json={"slug": "store", "entries": entries}, headers=match)
    assert [one["service_id"] for one in changed.json()["entries"]] == ["db", "web"]
    assert changed.json()["badges"] == ["store.data", "store.web"]
    late = await api.ask("PATCH", f"{PAGES}/store", json={"title": "Late"}, headers=match)
    assert late.status_code == 412
    assert (await api.ask("GET", f"{PAGES}/shop")).status_code == 404
    wrong = await api.ask("PUT", f"{PAGES}/store", json=made_wrong(made))
    assert wrong.json()["errors"].keys() == {"slug", "title", "colour", "host_name", "entries.0.public_name"}
    gone = [{"service_id": "gone", "public_name": "Gone"}]
    assert (await api.ask("PATCH", f"{PAGES}/store", json={"entries": gone})).json()["errors"].keys() == {
        "entries.0.service_id"
    }


def made_wrong(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "slug": "No slug",
        "title": " ",
        "colour": "red",
        "host_name": "no host",
        "entries": [{"service_id": "web", "public_name": "\n"}],
    }


async def test_preview_shows_what_is_not_saved(api: Served) -> None:
    await api.add("web")
    body = {"title": "", "colour": "#ff0000", "entries": [{"service_id": "web", "public_name": "Not <yet>"}]}
    answer = await api.ask("POST", f"{PAGES}/preview", json=body)
    shown = json.dumps(answer.json()["nodes"])
    assert '["h3", {}, ["Not <yet>"]]' in shown
    assert '["h1", {}, ["Untitled"]]' in shown
    assert "--brand:#ff0000" in answer.json()["style"]
    assert (await api.ask("GET", PAGES)).json()["items"] == []
    assert (await api.ask("POST", f"{PAGES}/preview", VIEWER, json=body)).status_code == 403


async def test_both_databases_keep_pages_and_notices(api_on_both: Served) -> None:
    """Whatever their SQL is: pictures, days, what is taken, what goes along with a page."""
    api, press = api_on_both, api_on_both.running.status_press
    await api.add("web")
    past = await begin(api)
    await past.results("web", (60, Status.OK), (30, Status.FAILED), (20, Status.OK))
    await past.down("web", 30, 20)
    entries = [{"service_id": "web", "public_name": "Web"}]
    await publish(api, host_name="status.example.org", entries=entries)
    for taken in ({"slug": "shop"}, {"slug": "other", "host_name": "status.example.org"}):
        answer = await api.ask("POST", PAGES, json={"title": "Other", **taken})
        assert (answer.status_code, list(answer.json()["errors"])) == (409, list(taken)[-1:])
    await api.ask("PUT", f"{PAGES}/shop/logo", json={"base64": b64encode(PNG).decode()})
    assert press.logo(press.find("shop")) == PNG
    levels = {day.level for day in press.find("shop").public.services[0].days}
    assert levels <= {"down", "ok", "none"}
    assert "down" in levels
    made = await tell(api, services=["web"])
    assert [one.title for one in press.find("shop").public.of_phase("current")] == ["Orders take long"]
    assert (await api.ask("DELETE", f"{PAGES}/shop")).status_code == 204
    left = (await api.ask("GET", f"{NOTICES}/{made['notice_id']}")).json()
    assert (left["pages"], left["services"]) == ([], ["web"])


async def test_what_was_deleted_comes_back_as_it_was(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    entries = [{"service_id": "web", "public_name": "Web shop", "description": "", "section": ""}]
    await publish(api, entries=entries, access="password", password="quiet-harbour")
    await api.ask("PUT", f"{PAGES}/shop/logo", json={"base64": b64encode(PNG).decode()})
    notice = await tell(api, services=["web"])
    await api.ask("POST", f"{NOTICES}/{notice['notice_id']}/updates", json={"text": "We know why."})
    before = (await api.ask("GET", f"{PAGES}/shop")).json()
    told = (await api.ask("GET", f"{NOTICES}/{notice['notice_id']}")).json()
    assert (await api.ask("DELETE", f"{PAGES}/shop")).status_code == 204
    assert (await reader.get("/status/shop")).status_code == 404
    back = await api.ask("POST", f"{PAGES}/shop/restore")
    assert back.status_code == 201, back.text
    changed = ("revision", "updated_at", "logo")
    assert {k: v for k, v in back.json().items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert (await api.ask("GET", f"{NOTICES}/{notice['notice_id']}")).json()["pages"] == ["shop"]
    page = await reader.get("/status/shop")
    assert "Web shop" not in page.text
    assert 'type="password"' in page.text
    assert (await api.ask("DELETE", f"{NOTICES}/{notice['notice_id']}")).status_code == 204
    again = await api.ask("POST", f"{NOTICES}/{notice['notice_id']}/restore")
    assert again.status_code == 201, again.text
    timeless = ("updated_at", "updates")
    assert {k: v for k, v in again.json().items() if k not in timeless} == {
        k: v for k, v in told.items() if k not in timeless
    }
    assert [one["text"] for one in again.json()["updates"]] == ["We know why.", "We are looking into it."]
    for path in (f"{PAGES}/shop", f"{NOTICES}/{notice['notice_id']}"):
        assert (await api.ask("POST", f"{path}/restore")).status_code == 404
