"""Every page in a real browser: everybody can read it, wide and on a phone, in both themes, and use its keys."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitor_app.bench.board_data import BoardData
from monitor_app.pages import NEEDS
from tests.e2e.conftest import LiveApp, expect_uncovered, wear

pytestmark = pytest.mark.e2e

SERVICES = 14
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# What is there once a page shows what it is about; a page that has no line here turns the test red.
READY = {
    "/": "tr[data-id]",
    "/map": ".react-flow__node [data-service]",
    "/group": "tr[data-id]",
    "/reports": ".heat tbody tr",
    "/services/[service_id]": "[data-chart=response] .main-svg",
    "/help": ".help-contents a",
    "/help/[help_page]": ".help-text table",
    "/profile": ".profile section .rows",
    "/admin/services": "tr[data-service]",
    "/admin/relations": "table.relations .relation-arrow",
    "/admin/groups": ".group-tree .branch",
    "/admin/status-pages": ".admin-page .empty-list",
    "/consul": ".admin-page .empty-list",
    "/queue-monitoring": ".queue-card",
    "/alerts": ".admin-page .empty-list",
    "/incidents/[incident_id]": ".empty-board",
    "/alerting/channels": ".admin-page .empty-list",
    "/alerting/rules": ".rule-list",
    "/alerting/on-call": ".admin-page .empty-list",
    "/alerting/maintenance": ".admin-page .empty-list",
    "/alerting/sent": ".sent-log .empty-list",
    "/admin/users": "table.accounts",
    "/admin/audit": ".audit-line",
    "/admin/security": ".settings-form",
}
ADDRESSES = {
    "/group": "/group?group=shop",
    "/services/[service_id]": "/services/service-0000",
    "/incidents/[incident_id]": "/incidents/4711",
    "/help/[help_page]": "/help/kinds-http",
    "/404": "/groups/nowhere",
}
# What people see who are not logged in, and at addresses of no page.
ENTRANCE = {"/login": "form[data-ready]", "/setup": "h1", "/invitation": "h1", "/wall": "h1", "/404": "main a"}
WITHOUT_CONTENT = {"/empty"}
# What the palette offers for a service or at all, and the dialog that it opens.
DIALOGS = {
    "Edit": "Edit Service 0001",
    "Pause": "Pause Service 0001",
    "Maintenance": "Maintenance of Service 0001",
    "Open the circuit breaker": "Open the circuit breaker of Service 0001",
    "History of its changes": "History of changes of Service 0001",
    "Delete": "Delete Service 0001?",
    "New relation": "New relation",
    "Recently deleted": "Recently deleted",
    "Paste a list of addresses": "Paste a list",
    "Show all keys": "Keys",
}
# Rules that depend on the theme; all others are looked at once for each width.
OF_THEME = {"runOnly": ["color-contrast"]}
ALL_RULES = {"rules": {"target-size": {"enabled": True}}}
FOUND = """async options => {
  const place = document.querySelector("dialog[open]") ?? document; // all else is out of reach
  const { violations } = await axe.run(place, { resultTypes: ["violations"], ...options });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  const told = ({ id, nodes }) => nodes.slice(0, 4).map((node) =>
    `${id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 220)}`);
  return violations.filter(isSerious).flatMap(told);
}"""
WATCH = """
window.reports = []; window.shift = 0; window.moved = [];
document.addEventListener("securitypolicyviolation", (report) => window.reports.push(report.effectiveDirective));
const placeOf = ({ x, y, height }) => [x, y, height].map(Math.round).join(" ");
const moved = ({ node, previousRect, currentRect }) =>
  `${node?.nodeName}.${node?.className}: ${placeOf(previousRect)} to ${placeOf(currentRect)}`;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.shift += entry.value;
    window.moved.push(`${entry.value.toFixed(3)}: ${entry.sources.map(moved).join(", ")}`);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
SHIFT_LIMIT = 0.05
TRIES = 5
# What is said while a first key waits for the second.
NOTE_WAITING = """() => {
  window.waited = [];
  const place = document.querySelector(".waiting-key");
  new MutationObserver(() => window.waited.push(place.textContent)).observe(place, { subtree: true, childList: true });
}"""
# What each page looked like, kept after the tests: artefacts/screens/NAME-wide-light.jpg and so on.
SCREENS = Path(__file__).parents[2] / "artefacts" / "screens"
NO_OVERFLOW = "() => document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Services with history in groups, some of them down, and relations between them; no engine."""
    app = LiveApp(tmp_path_factory.mktemp("pages"), settings={"SCHEDULER_ENABLED": "false"})

    async def fill() -> None:
        data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        await data.fill(SERVICES)
        await data.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    app.start()
    for source, target in ((1, 2), (2, 0), (3, 0)):
        relate(app, f"service-{source:04}", f"service-{target:04}")
    yield app
    app.stop()


def relate(app: LiveApp, source: str, target: str) -> None:
    """The one depends on the other."""
    ends = {"source_service_id": source, "target_service_id": target, "relation_type": "dependency"}
    answer = httpx.post(f"{app.url}/api/admin/relations", json=ends, cookies=app.cookies, headers={"Origin": app.url})
    assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def context(app: LiveApp, browser: Browser) -> Iterator[BrowserContext]:
    """The administrator's browser."""
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    context.add_init_script(WATCH)
    app.log_in(context)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of it; an uncaught exception fails the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    yield page
    page.close()
    assert problems == []


def serious(page: Page, options: dict[str, Any] = ALL_RULES) -> list[str]:
    """What axe-core finds that keeps people out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(FOUND, options)
    return found


def name_of(route: str) -> str:
    """What its pictures are called: board, admin-services, services-service-id."""
    return "-".join(re.findall(r"[a-z]+", route)) or "board"


def keep_screen(page: Page, name: str, how: str) -> None:
    """A picture of the page as it stands, over the one of an earlier run."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-{how}.jpg", type="jpeg", quality=60, animations="disabled")


def serious_everywhere(page: Page, name: str) -> list[str]:
    """The same in both themes, wide and on a phone; nothing goes beyond the screen, with large letters neither.

    A picture of each is kept under the page's name.
    """
    keep_screen(page, name, "wide-light")
    found = [f"wide, light: {text}" for text in serious(page)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_function(NO_OVERFLOW)
    page.evaluate("document.documentElement.style.fontSize = ''")
    wear(page, "dark")
    keep_screen(page, name, "wide-dark")
    found += [f"wide, dark: {text}" for text in serious(page, OF_THEME)]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_function(NO_OVERFLOW)
    keep_screen(page, name, "phone-dark")
    found += [f"phone, dark: {text}" for text in serious(page)]
    wear(page, "light")
    keep_screen(page, name, "phone-light")
    return found + [f"phone, light: {text}" for text in serious(page, OF_THEME)]


def serious_here(page: Page) -> list[str]:
    """What axe-core finds as it stands, in both themes."""
    found = serious(page)
    wear(page, "dark")
    found += [f"dark: {text}" for text in serious(page, OF_THEME)]
    wear(page, "light")
    return found


def test_every_page_is_looked_at() -> None:
    assert set(NEEDS) == {*READY, *ENTRANCE, *WITHOUT_CONTENT}


@pytest.mark.parametrize("route", READY)
def test_everybody_can_read_it(app: LiveApp, page: Page, route: str) -> None:
    page.goto(app.url + ADDRESSES.get(route, route))
    page.wait_for_selector(READY[route])
    assert page.evaluate(f"window.shift < {SHIFT_LIMIT} ? [] : window.moved") == []
    assert serious_everywhere(page, name_of(route)) == []
    assert page.evaluate("window.reports") == []


def ask_palette(page: Page, text: str, first: str) -> None:
    """Open the palette, type, and take what comes first."""
    expect_uncovered(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to or do")).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator(".palette [aria-selected=true] .title")).to_have_text(first)
    page.keyboard.press("Enter")


def test_everybody_can_read_the_dialogs(app: LiveApp, page: Page) -> None:
    """Each is opened by the palette, and gives the focus back to the row."""
    page.goto(f"{app.url}/?sort=label")
    row = page.locator("tr[data-id]").nth(1)
    row.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Edit").first).to_have_attribute("aria-selected", "true")
    found = {"palette": serious_here(page)}
    page.keyboard.press("Escape")
    for command, title in DIALOGS.items():
        expect_uncovered(page)
        expect(row).to_be_focused()
        ask_palette(page, command, f"{command}: Service 0001" if "Service 0001" in title else command)
        dialog = page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        found[command] = serious_here(page)
        if command == "Edit":
            found |= {step: form_step(page, step) for step in ("How", "JSON")}
        page.keyboard.press("Escape")
        if page.locator("dialog[open] [role=combobox]").count():
            page.keyboard.press("Escape")  # the first one closed its list
        expect(dialog).to_be_hidden()
    expect_uncovered(page)
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector("aside.details")
    found["details"] = serious_here(page)
    assert {name: texts for name, texts in found.items() if texts} == {}


def form_step(page: Page, name: str) -> list[str]:
    """What is wrong with a step of the form, with all that is folded away."""
    page.locator("dialog[open]").get_by_role("button", name=name, exact=True).click()
    page.evaluate("document.querySelectorAll('dialog[open] details').forEach(fold => { fold.open = true; })")
    return serious_here(page)


def go_to_services(page: Page) -> None:
    """By "g s". A second after the first key it is forgotten: on a busy machine once more."""
    page.evaluate(NOTE_WAITING)
    heading = page.get_by_role("heading", name="Services", exact=True)
    for _ in range(TRIES):
        page.keyboard.press("g")
        page.keyboard.press("s")
        with suppress(AssertionError):
            expect(heading).to_be_visible(timeout=10_000)
            break
    expect(heading).to_be_visible()
    assert any("Services" in text for text in page.evaluate("window.waited"))


def test_whole_task_by_keyboard_alone(app: LiveApp, page: Page) -> None:
    page.goto(app.url)
    page.wait_for_selector("tr[data-id]")
    ask_palette(page, "new serv", "New service")
    expect(page.get_by_label("URL", exact=True)).to_be_focused()
    page.keyboard.type("http://127.0.0.1:1/")
    page.keyboard.press("Tab")
    page.keyboard.type("Till")
    page.keyboard.press("Control+Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Till is watched now")

    ask_palette(page, "till", "Till")
    details = page.locator("aside.details")
    expect(details.get_by_role("heading", name="Till")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("dialog", name="Pause Till")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(toast).to_contain_text("Till is paused")
    ask_palette(page, "resume", "Resume: Till")
    expect(toast).to_contain_text("Till is checked again")

    ask_palette(page, "delete", "Delete: Till")
    expect(page.get_by_role("button", name="Delete Till")).to_be_focused()
    page.keyboard.press("Enter")
    expect(toast).to_contain_text("Till is deleted")
    expect_uncovered(page)
    go_to_services(page)
    till = page.locator("tr[data-service]", has_text="Till")
    page.wait_for_selector(READY["/admin/services"])
    expect(till).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(till).to_be_visible()

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Go to the map")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect_uncovered(page)
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.locator("dialog[open], .waiting-key:not(:empty)")).to_have_count(0)
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize("route", ENTRANCE)
def test_everybody_can_come_in(app: LiveApp, page: Page, route: str) -> None:
    page.context.clear_cookies()
    page.goto(app.url + ADDRESSES.get(route, route))
    page.wait_for_selector(ENTRANCE[route])
    assert serious_everywhere(page, name_of(route)) == []
    app.log_in(page.context)
