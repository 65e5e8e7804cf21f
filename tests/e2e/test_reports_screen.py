"""Overview, objectives and reports in a real browser, by keyboard, in both themes, wide and on a phone."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from monitor_app.bench.board_data import BoardData
from tests.e2e.conftest import LiveApp, wear

pytestmark = pytest.mark.e2e

TURNS, TURN_MS = 5, 10_000
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NO_OVERFLOW = "() => document.documentElement.scrollWidth <= innerWidth"
# Rules that depend on the theme; all others are looked at once for each width.
RULES: dict[Literal["light", "dark"], dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
FOUND = """async (rules) => {
  const place = document.querySelector("dialog[open]") ?? document;
  const { violations } = await axe.run(place, { resultTypes: ["violations"], ...rules });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Services with some hours behind them; nothing is checked."""
    app = LiveApp(tmp_path_factory.mktemp("reports"), settings={"SCHEDULER_ENABLED": "false"})

    async def fill() -> None:
        data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        await data.fill(12)
        await data.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    app.start()
    yield app
    app.stop()


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out, in both themes, wide and on a phone."""
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_function(NO_OVERFLOW)
        for theme, rules in RULES.items():
            wear(page, theme)
            if not page.evaluate("'axe' in window"):
                page.evaluate(Axe().axe_script)
            found += [f"{theme} {size['width']}: {text}" for text in page.evaluate(FOUND, rules)]
    wear(page, "light")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


def press_in_turn(page: Page, first: str, second: str, there: Locator) -> None:
    """Two keys, until `there` is: the first waits a second for the other, and a busy machine may take longer."""
    for _ in range(TURNS):
        page.keyboard.press(first)
        page.keyboard.press(second)
        with suppress(AssertionError):
            expect(there).to_be_visible(timeout=TURN_MS)
            return
    expect(there).to_be_visible()


def test_overview_objectives_and_reports(app: LiveApp, page: Page) -> None:
    app.open(page, "/")
    page.locator("tr[data-id]").first.wait_for()
    rows = page.locator(".heat tbody tr")
    press_in_turn(page, "g", "e", rows.first)
    expect(rows).to_have_count(12)
    # Days are walked with arrows; the tip says what stands there.
    rows.first.get_by_role("link").focus()
    page.keyboard.press("Home")
    tip = page.locator(".heat-tip")
    expect(tip).to_contain_text("Nothing is known")
    first = tip.inner_text()
    page.keyboard.press("End")
    expect(tip).not_to_have_text(first)
    if "Nothing is known" in tip.inner_text():  # the day has only just begun
        page.keyboard.press("ArrowLeft")
    expect(tip).to_contain_text(re.compile(r"\d %"))
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).get_by_role("link")).to_be_focused()
    assert serious(page) == []
    page.get_by_role("searchbox", name="Search services").fill("nothing like this")
    page.get_by_role("button", name=re.compile("Drop")).press("Enter")
    expect(rows).to_have_count(12)

    page.get_by_role("link", name="Objectives").press("Enter")
    page.get_by_role("button", name="Set the first one").press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("Checkout works")
    page.get_by_label("Target", exact=True).fill("120")
    name.press("Control+Enter")
    expect(page.get_by_text("must be from 50 to 99.999 percent, got “120”")).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Target", exact=True).fill("99,5")
    page.get_by_label("Service", exact=True).fill("service-0001")
    name.press("Control+Enter")
    kept = page.get_by_role("button", name="Checkout works", exact=True)
    expect(kept).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Checkout works"))).to_contain_text("99.5 %")
    assert serious(page) == []
    page.get_by_role("button", name="What can be done with Checkout works").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete Checkout works").press("Enter")
    expect(kept).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(kept).to_be_visible()

    page.get_by_role("link", name="Reports").last.press("Enter")
    page.get_by_label("Title", exact=True).fill("For the customer")
    page.get_by_label("Time", exact=True).select_option("7d")
    page.get_by_role("button", name="Make the report").press("Enter")
    job = page.locator("[data-state=done]")
    expect(job).to_contain_text("For the customer")
    with page.expect_download() as downloading:
        job.get_by_role("link", name=re.compile("PDF")).click()
    assert re.fullmatch(r"lightbulb-report(-\d{4}-\d\d-\d\d){2}\.pdf", downloading.value.suggested_filename)
    job.get_by_role("link", name="Show here").press("Enter")
    expect(page.get_by_role("region", name="Report For the customer").locator(".sla-table tbody tr")).to_have_count(12)
    assert serious(page) == []
    page.get_by_role("button", name="Take away For the customer").press("Enter")
    expect(page.get_by_text("No report yet.")).to_be_visible()


def test_a_report_of_nothing_says_why(app: LiveApp, page: Page) -> None:
    app.open(page, "/reports?tab=reports")
    form = page.get_by_role("form", name="New report")
    services = form.get_by_role("combobox", name="Services")
    services.fill("service-0001")
    services.press("Enter")  # what is typed before the list is there is no choice yet
    chosen = form.get_by_role("list", name="Services of the report").get_by_role("listitem")
    expect(chosen).to_have_text("Service 0001")
    expect(services).to_be_focused()  # for the next one
    height, size = chosen.evaluate("item => [item.clientHeight, Number.parseFloat(getComputedStyle(item).fontSize)]")
    assert height < 2.5 * size, "more than one line"
    form.get_by_role("button", name="Group").press("Enter")
    page.get_by_role("checkbox", name=re.compile("billing|shop|data|edge")).last.check()
    page.keyboard.press("Escape")
    form.get_by_role("button", name="Make the report").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("No service goes through all of these at once")
