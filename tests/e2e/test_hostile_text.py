"""Hostile names, tags and answers in a real browser: nothing but text, on every page there is."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError

from monitor_app.domain.service import LABEL_LIMIT
from monitor_app.engine.board_query import PAGE_SIZE
from monitor_app.pages import NEEDS
from tests.e2e.conftest import LiveApp
from tests.e2e.hostile_world import hostile_world
from tests.samples_hostile import CALL, NAMES, PAYLOADS

pytestmark = pytest.mark.e2e

NOTHING: Mapping[Any, Any] = MappingProxyType({})
EVERYBODYS = [route for route, permission in NEEDS.items() if permission is None]
EXPECTED = {"/404": 404}
# Where the pages show what is hostile.
FULL = {"/": "tr.row", "/admin/users": "table.list", "/admin/audit": ".audit-line", "/profile": ".rows li"}
CENSUS = """() => ["script", "img", "iframe", "object", "embed", "base", "video", "math", "meta"]
    .map(name => `${name} ${document.getElementsByTagName(name).length}`)"""
# Elements with an attribute that only a payload brings.
MARKED = """() => [...document.querySelectorAll("*")]
    .filter(each => [...each.attributes].some(({name}) => name === "data-hostile" || name.startsWith("on")))
    .map(each => each.outerHTML.slice(0, 200))"""
ALL_CHECKED = (
    "() => [...document.querySelectorAll('tr.row')].every(row => row.querySelector('.cell-age time[datetime]'))"
)
LABELS = "() => [...document.querySelectorAll('tr.row .label')].map(each => each.textContent)"
# Opens these services one after the other; what the panels said once each named its service.
OPEN_THESE = """async (wanted) => {
    const said = [];
    for (const row of document.querySelectorAll("tr.row")) {
        if (!wanted.includes(row.dataset.sid)) continue;
        row.querySelector(".label").click();
        const sid = `Id${row.dataset.sid}`;
        const until = Date.now() + 60000;
        while (!document.querySelector("aside.details")?.textContent.includes(sid)) {
            if (Date.now() > until) throw new Error(`no panel of ${row.dataset.sid} comes up`);
            await new Promise((go) => setTimeout(go, 2));
        }
        said.push(document.querySelector("aside.details").textContent);
    }
    return said;
}"""


@dataclass
class Watch:
    """What a browser must never see."""

    app: LiveApp
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> Page:
        """A page on which somebody has an eye."""
        page = context.new_page()
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.seen.append(f"uncaught: {error}"))
        page.on("popup", lambda popup: self.seen.append(f"popup: {popup.url}"))
        page.on("console", lambda line: self._console(line.text, page.url))
        page.on("request", lambda request: self._request(request.url))
        return page

    def _console(self, text: str, url: str) -> None:
        if "Content Security Policy" in text or "hostile" in text:
            self.seen.append(f"console on {url[:100]}: {text[:300]}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.app.url, self.app.url.replace("http", "ws"), "data:", "blob:")):
            self.seen.append(f"request: {url[:300]}")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("hostile"))
    app.start()
    yield app
    app.stop()


def test_hostile_text_is_nothing_but_text(app: LiveApp, browser: Browser) -> None:
    watch = Watch(app)
    inside, outside = (browser.new_context(reduced_motion="reduce") for _ in range(2))
    app.log_in(inside)
    page = watch.over(inside)
    before = looked_at(watch, inside, outside)
    with hostile_world(app) as services:
        look_at_board(page, app, services)
        for name in ("script-5", "template-0"):
            look_at_service(page, app, NAMES.index(name))
        for name in ("script-5", "template-0", "format-2"):
            change(page, app, NAMES.index(name))
        assert looked_at(watch, inside, outside, FULL, before) == before
        ask_for_what_is_not_there(page, app)
    assert sorted(set(watch.seen)) == []
    inside.close()
    outside.close()
    assert_log_is_lines(app)


def looked_at(
    watch: Watch,
    inside: BrowserContext,
    outside: BrowserContext,
    full: Mapping[str, str] = NOTHING,
    before: Mapping[tuple[str, str], list[str]] = NOTHING,
) -> dict[tuple[str, str], list[str]]:
    """The census of all pages of the app: as the administrator, and what is everybody's also as a stranger.

    `full` names for routes something that is on the page when it shows what is hostile, `before` an earlier census, to
    which they may still be on their way. Pages load at the same time.
    """
    pages = {("admin", route): watch.over(inside) for route in NEEDS}
    pages |= {("nobody", route): watch.over(outside) for route in EVERYBODYS}
    for (_, route), page in pages.items():
        answer = page.goto(watch.app.url + route, wait_until="commit")
        assert answer is not None
        assert answer.status == EXPECTED.get(route, 200), (route, answer.text())
    found = {}
    for (who, route), page in pages.items():
        if who == "admin" and route in full:
            expect(page.locator(full[route]).filter(has_text=CALL).first).to_be_attached()
        found[who, route] = census(page, before.get((who, route)))
        assert_text_only(page)
    for page in pages.values():
        page.close()
    return found


def census(page: Page, before: list[str] | None = None) -> list[str]:
    """How many elements of the kinds that markup likes to bring the page has; as `before` if it comes to that."""
    page.wait_for_function("() => document.title")  # drawn: what only leads there had other scripts
    page.wait_for_load_state("networkidle")
    if before is not None:
        with suppress(BrowserError):
            page.wait_for_function(f"before => ({CENSUS})().join() === before.join()", arg=before)
    found: list[str] = page.evaluate(CENSUS)
    return found


def assert_text_only(page: Page) -> None:
    assert page.evaluate(MARKED) == []


def look_at_board(page: Page, app: LiveApp, services: list[dict[str, Any]]) -> None:
    """Every row, as it was named, and the details of each."""
    labels, said = [], []
    # Each text as an answer or as a report: both come to the same places.
    unopened = {f"{'http' if number % 2 else 'push'}-{name}" for number, name in enumerate(NAMES)}
    wanted = [service["service_id"] for service in services if service["service_id"] not in unopened]
    for number in range(1, -(-len(services) // PAGE_SIZE) + 1):
        page.goto(f"{app.url}/?page={number}&sort=label")
        page.wait_for_selector("tr.row .label")
        page.wait_for_function(ALL_CHECKED)
        labels += page.evaluate(LABELS)
        said += page.evaluate(OPEN_THESE, wanted)
        assert_text_only(page)
    assert sorted(labels) == sorted(service["label"] for service in services)
    # What was answered and reported did arrive.
    assert len(said) == len(wanted)
    assert sum("$.state is " in text for text in said) > len(PAYLOADS) // 3
    assert sum("alert('hostile')" in text for text in said) > len(PAYLOADS) // 3


def look_at_service(page: Page, app: LiveApp, number: int) -> None:
    """The page of one of them, with its charts."""
    page.goto(f"{app.url}/services/http-{NAMES[number]}")
    page.wait_for_selector(".service-charts[data-ready=true]")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAYLOADS[number][:LABEL_LIMIT])
    assert_text_only(page)


def change(page: Page, app: LiveApp, number: int) -> None:
    """Every dialog that names a service, and the message that follows a deletion."""
    page.goto(f"{app.url}/?tag={NAMES[number]}")
    row = page.locator(f"tr.row[data-sid='http-{NAMES[number]}']")
    for entry, key in (("Edit", "Escape"), ("Open the breaker", "Escape"), ("Delete", "Enter")):
        row.focus()
        page.keyboard.press("m")
        page.get_by_role("menuitem", name=entry).click()
        expect(page.locator("dialog[open]")).to_be_visible()
        assert_text_only(page)
        if key == "Enter":
            expect(page.locator("dialog[open] [data-autofocus]")).to_be_focused()
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toasts")).to_contain_text(PAYLOADS[number][:LABEL_LIMIT])
    assert_text_only(page)


def ask_for_what_is_not_there(page: Page, app: LiveApp) -> None:
    """Filters that find nothing are told, and so is a page that does not exist."""
    script, image = PAYLOADS[0], PAYLOADS[5]
    for address in (f"/?q={quote(image)}&tag={quote(script)}&group={quote(script)}", f"/{quote(image, safe='')}"):
        page.goto(app.url + address)
        census(page)
        assert_text_only(page)


def assert_log_is_lines(app: LiveApp) -> None:
    """Each line is an event of ours or a line of the start, and none steers a terminal."""
    text, _, _ = (app.folder / "serve.log").read_bytes().decode().rpartition("\n")  # the last one may not be whole
    lines = text.split("\n")
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert events
    assert {event["level"] for event in events} <= {"info", "warning", "error"}
    assert text.replace("\n", "").isprintable()
    assert not [line for line in lines if not line.startswith("{") and ("hostile" in line or "forged" in line)]
