"""What outsiders and bad luck may do to status pages: other processes, caches between us and readers, own hosts."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.api.status_pages import serving
from monitor_app.api.status_pages.press import StatusPress
from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import SYSTEM
from monitor_app.settings import load_settings
from monitor_app.storage import status_pages as table
from monitor_app.use_cases.published import PublishedReader
from tests.integration.api.served import Served

PAGES, NOTICES = "/api/admin/status-pages", "/api/admin/notices"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


@pytest.fixture
async def reader(api: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody from outside, who comes through the door."""
    settings = load_settings(port=3000)
    transport = httpx.ASGITransport(Doorman(create_api(settings), settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        yield client


@pytest.fixture
async def elsewhere(api: Served) -> AsyncIterator[StatusPress]:
    """The press of another process, which reads when it is told to."""
    bus = Bus()
    yield StatusPress(PublishedReader(api.database), api.running.board, bus, SystemClock())
    await bus.close()


async def publish(api: Served, slug: str = "shop", **values: Any) -> dict[str, Any]:
    answer = await api.ask("POST", PAGES, json={"slug": slug, "title": slug} | values)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_page_in_place_of_another_is_seen_by_other_processes(api: Served, elsewhere: StatusPress) -> None:
    """Databases give the number of the last row again, so count, highest number and revisions are as before."""
    await api.running.status_pages.create(SYSTEM, {"slug": "gone", "title": "Not for all any more"})
    await elsewhere.read_now()
    assert elsewhere.find("gone") is not None
    await api.running.status_pages.delete(SYSTEM, "gone")
    await api.running.status_pages.create(SYSTEM, {"slug": "new", "title": "New"})
    await elsewhere.read_now()
    assert (elsewhere.find("gone"), elsewhere.find("new") is not None) == (None, True)


async def test_service_that_comes_back_is_on_its_pages_again(api: Served, reader: httpx.AsyncClient) -> None:
    await api.add("web")
    await publish(api, entries=[{"service_id": "web", "public_name": "Web"}])
    assert (await api.ask("DELETE", "/api/admin/services/web")).status_code in (200, 204)
    await publish(api, "other")  # all pages are read while it is away
    assert ">Web</h" not in (await reader.get("/status/shop")).text
    back = await api.ask("POST", "/api/admin/services/restore", json={"service_ids": ["web"]})
    assert back.status_code == 200, back.text
    await api.running.status_press.read_now()
    assert ">Web</h" in (await reader.get("/status/shop")).text


async def test_logo_is_kept_for_ever_only_under_the_address_of_its_revision(
    api: Served, reader: httpx.AsyncClient
) -> None:
    """Who asks for the next one beforehand must not make caches keep the old picture under its address."""
    await publish(api)
    made = await api.ask("PUT", f"{PAGES}/shop/logo", json={"base64": b64encode(PNG).decode()})
    now, revision = made.json()["logo"], made.json()["revision"]
    assert "immutable" in (await reader.get(now)).headers["cache-control"]
    for address in ("/status/shop/logo", f"/status/shop/logo?{revision + 1}", f"{now}&x=1"):
        kept = (await reader.get(address)).headers["cache-control"]
        assert "immutable" not in kept, address


async def test_who_saves_a_page_late_does_not_bring_an_old_password_back(api: Served) -> None:
    pages = api.running.status_pages
    await pages.create(SYSTEM, {"slug": "vip", "title": "V", "access": "password", "password": "old-harbour"})
    async with api.database.write() as conn:
        late = asyncio.create_task(pages.update(SYSTEM, "vip", {"title": "W", "access": "password"}))
        for _ in range(50):  # it has read the page, and waits for its turn to write
            await asyncio.sleep(0.002)
        page = await table.find_page(conn, "vip")
        assert page is not None
        await table.update_page(conn, page.pk, {"password_hash": "hash of a new one"}, SystemClock().now())
    changed = await late
    assert (changed.title, changed.password_hash) == ("W", "hash of a new one")


async def test_page_that_cannot_be_rendered_does_not_keep_others_public(
    api: Served, reader: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await publish(api, "broken", title="Broken")
    await publish(api, "vip", title="Secret title")
    async with api.database.write() as conn:  # by hand, or by a restored backup
        await conn.exec_driver_sql("UPDATE status_page SET colour = 'nonsense', revision = 9 WHERE slug = 'broken'")
    made = await api.ask("PATCH", f"{PAGES}/vip", json={"access": "login"})
    assert made.status_code == 200
    assert (await reader.get("/status/vip")).status_code == 303
    assert (await reader.get("/status/broken")).status_code == 404
    await api.running.status_press.read_now()
    assert caplog.text.count("a status page cannot be rendered") == 1
    assert (await api.ask("PATCH", f"{PAGES}/broken", json={"colour": ""})).status_code == 200
    assert (await reader.get("/status/broken")).status_code == 200


async def test_who_sends_the_password_letter_by_letter_is_not_waited_for(
    api: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(api, "vip", access="password", password="quiet-harbour")
    monkeypatch.setattr(serving, "FORM_SECONDS", 0.05)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"p", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost:3000"), (b"content-type", serving.FORM_TYPE.encode())]
    scope = {"type": "http", "method": "POST", "path": "/status/vip/enter", "headers": headers, "query_string": b""}
    async with asyncio.timeout(60):
        await serving.StatusPages()(scope | {"scheme": "http", "client": ("192.0.2.1", 1)}, receive, send)
    assert sent[0]["status"] == 400


async def test_long_stories_do_not_make_a_page_heavy(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api)
    for number in range(12):
        body = {"title": f"Story {number}", "text": "word " * 900, "pages": ["shop"], "state": "resolved"}
        assert (await api.ask("POST", NOTICES, json=body)).status_code == 201
    answer = await reader.get("/status/shop", headers={"Accept-Encoding": "identity"})
    assert len(answer.content) < 50_000
    assert "Story 11" in answer.text


async def test_under_its_own_host_nothing_but_the_page_answers(api: Served, reader: httpx.AsyncClient) -> None:
    await publish(api, host_name="status.example.org")
    own = {"Host": "status.example.org"}
    for path in ("/badge/%0Ax", "/status/shop/%0Ax", "/badge/..%2f..%2fapi%2fservices", "//api/services"):
        answer = await reader.get(path, headers=own)
        assert answer.status_code == 404, path
        assert "Not Found" not in answer.text, path
