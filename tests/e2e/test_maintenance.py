"""Maintenance in a real browser: planned by keyboard, seen where it matters, left out again; a silence with its end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import LiveApp, wear

pytestmark = pytest.mark.e2e

SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("maintenance"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}) as client:
        config = {"url": "https://shop.example.org/"}
        made = client.post("/api/admin/services", json={"service_id": "shop", "label": "Shop", "status_config": config})
        assert made.status_code == 201, made.text
    yield app
    app.stop()


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out, wide and on a phone, in both themes."""
    found = []
    schemes: tuple[Literal["dark"], Literal["light"]] = "dark", "light"
    for scheme in schemes:
        wear(page, scheme)
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
            if not page.evaluate("'axe' in window"):
                page.evaluate(Axe().axe_script)
            found += [f"{scheme}, {size['width']}: {text}" for text in page.evaluate(FOUND)]
    page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]
    return found


def sunday_before_clocks_are_set_back() -> date:
    """A week before the last Sunday of October of next year."""
    last = date(datetime.now(UTC).year + 1, 10, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7 + 7)


def test_a_window_is_planned_by_keyboard_and_told_where_it_matters(app: LiveApp, browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES[0], timezone_id="Europe/Berlin")  # type: ignore[arg-type]
    page.context.add_cookies([{"name": name, "value": value, "url": app.url} for name, value in app.cookies.items()])
    day = sunday_before_clocks_are_set_back()
    page.goto(f"{app.url}/alerting/maintenance")
    expect(page.locator(".empty-list")).to_contain_text("Nothing is planned.")
    expect(page.get_by_role("button", name="Plan maintenance")).to_be_visible()  # who looks is known, too

    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(dialog.get_by_label("By the clock of")).to_have_value("Europe/Berlin")
    dialog.get_by_label("Name").fill("Updates")
    dialog.get_by_label("Begins").fill(f"{day}T02:30")
    dialog.get_by_label("Repeats").select_option("custom")
    dialog.get_by_label("Rule").fill("FREQ=HOURLY")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".wrong").filter(has_text="names no service")).to_be_visible()
    dialog.get_by_role("radio", name="Every service").check()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_label("Rule")).to_be_focused()
    expect(dialog.locator(".wrong").filter(has_text="FREQ=DAILY")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_have_value("Updates")

    dialog.get_by_label("Repeats").select_option("weekly")
    # The clocks of Berlin are set back on the second of them.
    expect(dialog.locator(".next-times li")).to_have_count(5)
    expect(dialog.locator(".next-times li").nth(2)).to_contain_text("clocks changed in Europe/Berlin")
    expect(dialog.locator(".next-times b")).to_contain_text("every week on Sunday, 1 h")
    expect(dialog.locator(".next-times li").nth(1)).to_contain_text("02:30:00 GMT+2 –")
    assert serious(page) == []
    dialog.get_by_label("Repeats").press("Control+Enter")

    row = page.locator(".window-list tbody tr")
    expect(row).to_contain_text("every week on Sunday, 1 h")
    expect(row).to_contain_text("1 service")
    page.goto(f"{app.url}/alerting/maintenance?view=week&at={day}")
    expect(page.locator(".calendar .planned")).to_contain_text("02:30 Updates")
    assert serious(page) == []
    row.get_by_role("button", name="What can be done with Updates").press("Enter")
    page.get_by_role("menuitem", name="Leave the next one out").press("Enter")
    dialog.get_by_role("button", name="Leave it out").press("Enter")
    expect(page.locator(".calendar .planned")).to_have_count(0)
    page.close()


def test_what_is_on_is_told_on_the_service_and_ended(app: LiveApp, browser: Browser) -> None:
    page = browser.new_page(viewport=SIZES[0])  # type: ignore[arg-type]
    page.context.add_cookies([{"name": name, "value": value, "url": app.url} for name, value in app.cookies.items()])
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}) as client:
        values = {"name": "Disks", "reason": "full", "scope": {"services": ["shop"]}, "starts_at": "2026-01-01T00:00"}
        made = client.post("/api/maintenance-windows", json=values | {"minutes": 1440, "recurrence": "FREQ=DAILY"})
        assert made.status_code == 201, made.text
    page.goto(f"{app.url}/services/shop")
    expect(page.locator(".service-head .verdict")).to_contain_text("in maintenance until")
    expect(page.locator(".service-head .verdict")).to_contain_text("Disks: full")
    expect(page.locator(".next-maintenance")).to_contain_text("Maintenance is planned: Disks")
    page.goto(f"{app.url}/alerting/maintenance")
    row = page.locator(".window-list tbody tr", has_text="Disks")
    row.get_by_role("button", name="What can be done with Disks").press("Enter")
    page.get_by_role("menuitem", name="Delete").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(row).to_have_count(0)

    page.get_by_role("button", name="Be silent").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("a known defect")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".wrong")).to_contain_text("names no service")
    dialog.get_by_role("radio", name="Every service").check()
    page.keyboard.press("Control+Enter")
    silence = page.locator(".silence-list tbody tr")
    expect(silence).to_contain_text("Silent now")
    silence.get_by_role("button", name="End the silence about every service now").press("Enter")
    expect(silence).to_have_count(0)
    page.close()
