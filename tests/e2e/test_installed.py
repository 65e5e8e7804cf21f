"""The installed app and the first minutes: what is served for it, the page without a server, the tour."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import ADMIN_NAME, READY, SOON_MS, LiveApp
from tests.e2e.test_every_page import OF_THEME, PHONE, WIDE, serious, serious_here

pytestmark = pytest.mark.e2e

RECORD = "last-known"
IS_KNOWN = f"() => JSON.parse(localStorage.getItem('{RECORD}'))?.counts.FAILED === 1"
MADE_OLDER = f"""(minutes) => {{
  const record = JSON.parse(localStorage.getItem("{RECORD}"));
  localStorage.setItem("{RECORD}", JSON.stringify({{ ...record, at: Date.now() - minutes * 60_000 }}));
}}"""
# What is kept is asked for every ten seconds at most, and an age of minutes is told by the minute.
SLOWLY_MS = 3 * SOON_MS
CHECK_ADDRESS = "http://127.0.0.1:1/"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """One service that is down at once."""
    app = LiveApp(tmp_path_factory.mktemp("installed"), is_warm=False)
    app.start()
    config = {"url": CHECK_ADDRESS, "failures_to_fail": 1}
    body = {"label": "Till", "service_id": "till", "interval_seconds": 10, "status_config": config}
    address = f"{app.url}/api/admin/services"
    answer = httpx.post(address, json=body, cookies=app.cookies, headers={"Origin": app.url})
    assert answer.status_code == 201, answer.text
    yield app
    app.stop()


@pytest.fixture
def page(app: LiveApp, browser: Browser) -> Iterator[Page]:
    """The administrator's, in a fresh profile."""
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    app.log_in(context)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    yield page
    context.close()
    assert problems == []


def serious_without_server(page: Page) -> list[str]:
    """The page that is shown then has the theme of the system, by its style alone."""
    found = serious(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {text}" for text in serious(page, OF_THEME)]
    page.emulate_media(color_scheme="light")
    return found


def at_both_widths(page: Page, found_here: Callable[[Page], list[str]]) -> list[str]:
    found = found_here(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += found_here(page)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


def test_browsers_get_what_they_need_to_install_it(app: LiveApp) -> None:
    with httpx.Client(base_url=app.url) as client:
        manifest = client.get("/manifest.webmanifest")
        assert manifest.headers["content-type"].startswith("application/manifest+json")
        assert all(client.get(icon["src"]).status_code == 200 for icon in manifest.json()["icons"])
        worker = client.get("/sw.js")
        assert "connect-src 'self'" in worker.headers["content-security-policy"]
        assert worker.headers["cache-control"] == "no-cache"
        assert "javascript" in worker.headers["content-type"]


def test_tour_is_shown_once_and_comes_back_from_help(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/?tour=first")
    tour = page.get_by_role("dialog")
    heading = tour.get_by_role("heading", name="The board tells what is true now")
    expect(heading).to_be_focused()
    expect(page).to_have_url(f"{app.url}/")
    assert at_both_widths(page, serious_here) == []
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('.tour')")
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()

    page.wait_for_function("() => fetch('/api/preferences').then(answer => answer.json()).then(own => own.tour_seen)")
    page.goto(f"{app.url}/?tour=first")
    expect(page.get_by_role("button", name=f"Your account: {ADMIN_NAME}")).to_be_visible()
    expect(page.locator("tr[data-id]")).to_be_visible()
    expect(page).to_have_url(f"{app.url}/")
    expect(tour).to_be_hidden()

    page.get_by_role("link", name="Help on this page").click()
    expect(page.get_by_role("heading", name="The board", exact=True)).to_be_visible()
    page.get_by_role("link", name="All of help").click()
    page.get_by_role("link", name="Take the tour of the board").click()
    for number in range(1, 5):
        expect(tour).to_contain_text(f"Step {number} of 5")
        tour.get_by_role("button", name="Next", exact=True).click()
    tour.get_by_role("button", name="Done").click()
    expect(tour).to_be_hidden()


def test_what_is_known_is_asked_for_again_when_no_answer_came(app: LiveApp, page: Page) -> None:
    asked: list[Route] = []

    def lose_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/monitoring/dashboard", lose_the_first)
    page.goto(app.url)
    page.wait_for_function(IS_KNOWN, timeout=SLOWLY_MS)
    assert len(asked) > 1


def test_last_known_state_is_told_while_the_server_is_away(app: LiveApp, page: Page) -> None:
    page.goto(app.url)
    page.wait_for_function(IS_KNOWN, timeout=SLOWLY_MS)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    app.stop()

    page.goto(f"{app.url}/map")
    expect(page.get_by_role("heading", name="Lightbulb does not answer")).to_be_visible()
    expect(page.locator("#counts")).to_contain_text("1 down")
    expect(page.locator("#problems")).to_contain_text("Till")
    expect(page.locator("#last")).to_contain_text("This is old")
    expect(page.locator("#age")).to_contain_text("As of")
    told = page.locator("#age").inner_text()
    expect(page.locator("#age")).not_to_have_text(told, timeout=SLOWLY_MS)
    assert CHECK_ADDRESS not in page.evaluate(f"localStorage.getItem('{RECORD}')")
    assert at_both_widths(page, serious_without_server) == []
    for minutes, age in ((80.2, "1 hour 20 minutes"), (60 * 49 + 30, "2 days 1 hour")):
        page.evaluate(MADE_OLDER, minutes)
        page.reload()
        expect(page.locator("#age")).to_have_text(f"As of {age} ago")

    app.start()
    expect(page.get_by_role("navigation", name="Places")).to_be_visible(timeout=SLOWLY_MS)
    page.get_by_role("button", name=f"Your account: {ADMIN_NAME}").click()
    page.get_by_role("menuitem", name="Log out").click()
    page.wait_for_selector(READY)
    page.wait_for_function(f"() => localStorage.getItem('{RECORD}') === null")
