"""Channels in a real browser: the first one by keyboard, tried before it is saved, with a text of one's own."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import LiveApp, expect_uncovered

pytestmark = pytest.mark.e2e

PREVIEW = "**/api/channels/preview"
SECRET = "a-secret-of-24-letters-x"
SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


class Receiver(BaseHTTPRequestHandler):
    """Takes a webhook and says thanks."""

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.bodies = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("channels"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    yield app
    app.stop()


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out, wide and on a phone."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        found += [f"{size['width']}: {text}" for text in page.evaluate(FOUND)]
    page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]
    return found


def test_first_channel_is_made_by_keyboard_and_tried_before_it_is_saved(
    app: LiveApp, browser: Browser, receiver: Any
) -> None:
    context = browser.new_context(viewport=SIZES[0], reduced_motion="reduce")  # type: ignore[arg-type]
    app.log_in(context)
    page = context.new_page()
    page.goto(f"{app.url}/alerting/channels")
    expect(page.locator(".empty-list")).to_contain_text("Nobody is told of anything yet.")
    expect(page.locator(".empty-list")).to_contain_text("Add the first one")  # who looks is known
    assert serious(page) == []

    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Webhook")).press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Name").fill("Hook <b>of</b> operations")
    dialog.get_by_label("URL").fill("http://169.254.169.254/")
    dialog.get_by_role("button", name="Send a test").press("Enter")
    expect(dialog.locator(".wrong").filter(has_text="169.254.169.254 is not allowed")).to_be_visible()

    dialog.get_by_label("URL").fill(f"http://127.0.0.1:{receiver.server_port}/hook")
    dialog.get_by_label("Secret").fill(SECRET)
    dialog.locator("summary", has_text="Texts of your own").press("Enter")
    dialog.get_by_label("Title").fill("{{service}} says {{password}}")
    expect(dialog.locator(".wrong").filter(has_text="must only use the names")).to_be_visible()
    held: list[Route] = []
    page.route(PREVIEW, lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(PREVIEW):
        dialog.get_by_label("Title").fill("{{event}}")
    dialog.get_by_label("Title").fill("{{service}}: {{event}}")
    expect(dialog.locator(".message-preview b")).to_have_text("db-main: trigger")
    # An answer that comes late is not that of what stands there now.
    with page.expect_response(PREVIEW):
        held[0].continue_()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(dialog.locator(".message-preview b")).to_have_text("db-main: trigger")
    dialog.get_by_role("button", name="Send a test").press("Enter")
    expect(dialog.get_by_role("status").filter(has_text="Taken")).to_contain_text("200: thanks")
    assert json.loads(receiver.bodies[-1])["title"] == "db-main: trigger"
    assert serious(page) == []
    dialog.get_by_label("Title").press("Control+Enter")
    expect_uncovered(page)

    row = page.locator(".channel-list tbody tr")
    expect(row).to_contain_text("Hook <b>of</b> operations")
    expect(row).to_contain_text("nothing sent yet")
    expect(page.locator(".no-links")).to_contain_text("Messages carry no link")
    assert serious(page) == []
    row.get_by_role("switch").press("Space")
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    row.get_by_role("button", name="Hook <b>of</b> operations", exact=True).press("Enter")
    expect(dialog.get_by_label("Secret")).to_have_value("***")
    assert SECRET not in page.content()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row.locator(".link-button")).to_be_focused()
    context.close()
