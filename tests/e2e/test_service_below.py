"""The page of a service below its charts, with a real engine and a real server: in full, live, and without secrets."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SOON_MS, LiveApp
from tests.e2e.target import watched_server
from tests.servers.http import HttpServer, reply

pytestmark = pytest.mark.e2e

SECRET, MINE = "hunter22-of-the-server", "sesame-of-mine"
BODY = json.dumps({"state": "<b>broken</b>", "access_token": SECRET, "you_sent": MINE}).encode()
HEADERS = {
    "Content-Type": "application/json",
    "X-Shown": "a-header",
    "Set-Cookie": f"sid={SECRET}",
    "X-Api-Key": SECRET,
}


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with watched_server() as server:
        server.on("/", reply(503, BODY, HEADERS, reason="Gone fishing"))
        yield server


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, server: HttpServer) -> Iterator[LiveApp]:
    """A service that is down, which uses the one below it."""
    app = LiveApp(tmp_path_factory.mktemp("below"))
    app.start()
    config = {"url": server.url(), "auth": "bearer", "token": MINE, "failures_to_fail": 1, "successes_to_recover": 1}
    config["deadline_seconds"] = 60  # it fails by what the server says, however busy the machine is
    for label, given in (("Shop", config | {"breaker_failures": 0}), ("Store", {"url": "http://127.0.0.1:1/"})):
        values = {"label": label, "interval_seconds": 5, "status_config": given}
        send(app, "admin/services", values)
    send(app, "admin/relations", {"source_service_id": "shop", "target_service_id": "store"})
    yield app
    app.stop()


def send(app: LiveApp, path: str, values: dict[str, object]) -> None:
    answer = httpx.post(f"{app.url}/api/{path}", json=values, cookies=app.cookies, headers={"Origin": app.url})
    assert answer.status_code == 201, answer.text


def test_what_a_check_showed_is_there_without_secrets(app: LiveApp, page: Page, server: HttpServer) -> None:
    app.open(page, "/services/shop")
    known = page.locator("#known")
    expect(known).to_contain_text("HTTP/1.1 503 Gone fishing")
    expect(known).to_contain_text("a-header")
    # Text stays text.
    expect(known.locator("pre")).to_contain_text("<b>broken</b>")
    result = page.locator("#results tbody tr", has_text="in full").first.get_by_role("button")
    result.press("Enter")
    dialog = page.get_by_role("dialog", name="One result in full")
    expect(dialog).to_contain_text("first byte")
    expect(dialog).to_contain_text("a-header")
    for secret in (SECRET, MINE):
        assert secret not in page.content()
        assert secret.encode() not in app.database.read_bytes()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("group", name="Map of its relations").get_by_role("link", name="Store")).to_be_visible()


def test_results_say_on_a_phone_what_they_found(app: LiveApp, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    app.open(page, "/services/shop")
    said = page.locator("#results tbody tr").first.get_by_role("button", name="503 Service Unavailable")
    expect(said).to_be_visible()
    shown, needed = said.evaluate("button => [button.clientWidth, button.scrollWidth]")
    assert shown >= min(needed, 240)
    app.open(page, "/?open=shop")
    said = page.locator(".details .results .says", has_text="503 Service Unavailable").first
    expect(said).to_be_visible()
    assert said.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_notes_downtimes_and_news_are_there_at_once(app: LiveApp, page: Page, server: HttpServer) -> None:
    app.open(page, "/services/shop")
    downtimes = page.locator("#downtimes")
    downtimes.get_by_role("button", name="Write a note").press("Enter")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("A cable was cut")
    page.keyboard.press("Control+Enter")
    expect(downtimes).to_contain_text("ada: A cable was cut")
    timeline = page.locator("#timeline ol")
    expect(timeline).to_contain_text("ada wrote about a downtime")
    server.on("/", reply(200, b"fine"))
    expect(timeline).to_contain_text("up, was down: 200 OK")
    expect(page.locator("#known")).to_contain_text("HTTP/1.1 200")
    page.get_by_role("button", name="Notes", exact=True).click()
    expect(timeline.locator("li")).to_have_count(1)
    link = downtimes.get_by_role("link", name="Export as CSV").get_attribute("href")
    exported = page.request.get(f"{app.url}{link}", timeout=SOON_MS).text()
    assert "503 Service Unavailable" in exported
    assert "A cable was cut" in exported
