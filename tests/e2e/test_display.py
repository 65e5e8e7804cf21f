"""How people see the screens, in a real browser: bars of 24 hours, live or fetched anew, and what is kept of it."""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from monitor_app.bench.board_data import BoardData
from monitor_app.bench.history_bars import fill_day
from tests.e2e.conftest import LiveApp, until

pytestmark = pytest.mark.e2e

SERVICES = 12
WALKS = 3
# What "Refresh now" says while it refreshes is over in a third of a second, and may be so before a look at it.
NOTE_WORDS = """button => {
  window.said = [];
  const note = () => window.said.push([button.textContent, button.getAttribute("aria-disabled")]);
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(note).observe(button, options);
}"""
SHARE = re.compile(r"([\d.]+) % (up|degraded|down)")
WORDS = {"up": "passing", "degraded": "warning", "down": "critical"}


class Checks:
    """Writes results in the place of an engine. The browser's driver runs a loop in the test's own thread."""

    def __init__(self, app: LiveApp) -> None:
        self._pool, self._loop = ThreadPoolExecutor(1), asyncio.new_event_loop()
        self._data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        self._do(self._data.fill(SERVICES))
        self._do(fill_day(self._data))

    def again(self) -> None:
        """One more result of each service."""
        self._do(self._data.change(range(SERVICES)))

    def close(self) -> None:
        self._do(self._data.close())
        self._pool.submit(self._loop.close).result()
        self._pool.shutdown()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._pool.submit(self._loop.run_until_complete, work).result()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> LiveApp:
    """A public board on which no engine works."""
    return LiveApp(tmp_path_factory.mktemp("display"), settings={"SCHEDULER_ENABLED": "false"})


@pytest.fixture(scope="module", autouse=True)
def checks(app: LiveApp) -> Iterator[Checks]:
    """A day of history of some services, and the program over it."""
    checks = Checks(app)
    app.start()
    yield checks
    app.stop()
    checks.close()


def open_board(page: Page, app: LiveApp, address: str = "/?sort=label") -> None:
    page.goto(app.url + address)
    expect(page.locator("tr[data-id]")).to_have_count(SERVICES)


def bars(page: Page) -> Locator:
    """Those of the first row."""
    return page.locator("tr[data-id]").first.locator(".day-history")


def choose(page: Page, *texts: str) -> None:
    """In the menu, which is closed afterwards; when it is done the server has kept it."""
    page.get_by_role("button", name="Display").click()
    for text in texts:
        with page.expect_response(lambda answer: answer.url.endswith("/api/preferences")) as kept:
            page.locator(".display-settings").get_by_text(text, exact=True).click()
        assert kept.value.status == 200
    page.keyboard.press("Escape")
    expect(page.locator(".display-settings")).to_be_hidden()


def every(page: Page, seconds: int) -> None:
    """How often it is fetched anew, chosen in the same way."""
    page.get_by_role("button", name="Display").click()
    with page.expect_response(lambda answer: answer.url.endswith("/api/preferences")) as kept:
        page.get_by_label("Every").select_option(str(seconds))
    assert kept.value.status == 200
    page.keyboard.press("Escape")
    expect(page.locator(".display-settings")).to_be_hidden()


def expect_every(page: Page, minutes: int) -> None:
    """It says how often it is fetched anew; of a program that stood still it says that instead, until the next time."""
    said, every_so_often = page.locator(".connection"), f"Every {minutes} min"
    expect(said).to_have_text(re.compile(f"^({every_so_often}|Not current)$"))
    if said.inner_text() != every_so_often:
        page.get_by_role("button", name="Refresh now").click()
    expect(said).to_have_text(every_so_often)


def ages(page: Page) -> list[str]:
    """When each row was checked, to the second."""
    return page.locator("td.cell-age time").evaluate_all("times => times.map(time => time.dateTime)")


def told(page: Page, service_id: str, minutes: int) -> list[dict[str, float]]:
    """The windows of the API."""
    answer = page.request.get(f"{page.url.partition('?')[0]}api/services/{service_id}/history?granularity={minutes}")
    return [{name: window[name] for name in (*WORDS.values(), "samples")} for window in answer.json()["data"]]


def shown(walk: Locator) -> list[dict[str, float]]:
    """What the bars say, walked from the first to the last."""
    found: list[dict[str, float]] = []
    walk.focus()
    walk.press("Home")
    for number in range(int(walk.get_attribute("aria-valuemax") or 0)):
        expect(walk).to_have_attribute("aria-valuenow", str(number + 1))
        text = walk.get_attribute("aria-valuetext") or ""
        shares = dict.fromkeys(WORDS.values(), 0.0) | {WORDS[word]: float(share) for share, word in SHARE.findall(text)}
        checks = re.search(r"(\d+) checks?$", text)
        found.append(shares | {"samples": int(checks[1]) if checks else 0})
        walk.press("ArrowRight")
    return found


def test_bars_show_the_numbers_of_the_api(page: Page, app: LiveApp) -> None:
    service_id = "service-0010"  # for half of the day nothing, then up, degraded and down
    open_board(page, app)
    choose(page, "60")
    page.locator(f'tr[data-sid="{service_id}"]').click()
    walk = page.get_by_role("slider")
    expect(walk).to_have_attribute("aria-valuemax", "24")
    before = told(page, service_id, 60)
    assert all(any(window[name] for window in before) for name in WORDS.values())
    assert any(window["samples"] == 0 for window in before)
    # An hour may begin while they are walked.
    assert any(shown(walk) == told(page, service_id, 60) for _ in range(WALKS))


def test_choices_hold_at_once_and_survive_reload_and_restart(page: Page, app: LiveApp) -> None:
    app.log_in(page.context)
    open_board(page, app)
    expect(bars(page)).to_have_attribute("data-bars", "96")
    page.get_by_role("button", name="Display").click()
    expect(page.get_by_label("Every")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.locator(".display-settings")).to_be_hidden()
    other = page.context.new_page()  # takes over what is chosen elsewhere, as it is
    open_board(other, app)
    choose(page, "30", "Compact")
    expect(bars(page)).to_have_attribute("data-bars", "48")
    expect(bars(other)).to_have_attribute("data-bars", "48")
    expect(other.locator("html")).to_have_attribute("data-density", "compact")
    other.close()
    choose(page, "Refresh by itself")
    every(page, 300)
    page.get_by_role("button", name="Display").click()
    expect(page.get_by_label("Every")).to_have_value("300")
    expect_every(page, 5)
    violations = Axe().run(page).response["violations"]
    assert [found["id"] for found in violations if found["impact"] in ("serious", "critical")] == []
    for again in (page.reload, lambda: (app.stop(), app.start(), page.reload())):
        again()
        expect(bars(page)).to_have_attribute("data-bars", "48")
        expect_every(page, 5)
        expect(page.locator("html")).to_have_attribute("data-density", "compact")
        config = page.request.get(f"{app.url}/api/config").json()
        assert (config["autoRefresh"]["enabled"], config["autoRefresh"]["interval"]) == (True, 300)
        assert config["display"]["historyGranularity"] == 30


def test_live_rests_until_a_refresh(browser: Browser, app: LiveApp, checks: Checks) -> None:
    looks: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
    contexts: list[BrowserContext] = [browser.new_context(**looks) for _ in range(2)]
    live, resting = (context.new_page() for context in contexts)  # visitors, each with a cookie of its own
    for page in (live, resting):
        open_board(page, app)
    choose(resting, "Refresh by itself")
    expect_every(resting, 1)
    every(resting, 600)  # so seldom that it does not come by itself meanwhile
    expect_every(resting, 10)
    before = ages(resting)
    checks.again()
    live.wait_for_function("before => document.querySelector('td.cell-age time').dateTime !== before", arg=before[0])
    # Whoever is live has it; one message goes to all who are.
    assert ages(resting) == before
    drawn = bars(resting).get_by_role("img").get_attribute("aria-label") or ""
    refresh = resting.get_by_role("button", name="Refresh")
    refresh.evaluate(NOTE_WORDS)
    refresh.click()
    resting.wait_for_function("() => window.said.at(-1)?.[0] === 'Refresh now'")
    assert ["Refreshing…", "true"] in resting.evaluate("window.said")
    until(lambda: ages(resting) == ages(live))
    expect(bars(resting).get_by_role("img")).not_to_have_attribute("aria-label", drawn)
    resting.reload()
    expect_every(resting, 10)
    expect(live.locator(".connection")).to_have_text("Live")
    # Live again, with what came meanwhile, and with what comes.
    choose(resting, "Refresh by itself")
    expect(resting.locator(".connection")).to_have_text("Live")
    before = ages(resting)
    checks.again()
    resting.wait_for_function("before => document.querySelector('td.cell-age time').dateTime !== before", arg=before[0])
    for context in contexts:
        context.close()
