"""Alert rules and on call in a real browser: a rule tried on the past, turns and steps in their order, quiet hours."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor_app.domain.status import Status
from monitor_app.models.types import to_millis
from tests.e2e.conftest import LiveApp, expect_uncovered

pytestmark = pytest.mark.e2e

SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""
# How many days ago, and for how many minutes the shop was down.
OUTAGES = ((20, 30), (9, 45), (6, 2), (3, 60))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("rules"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}) as client:
        for name, tags in (("shop", ["shop"]), ("mail", [])):
            config = {"url": f"https://{name}.example.org/"}
            values = {"service_id": name, "label": name.title(), "tags": tags, "status_config": config}
            assert client.post("/api/admin/services", json=values).status_code == 201
    with sqlite3.connect(app.database, timeout=60) as database:
        (pk,) = database.execute("SELECT pk FROM service WHERE service_id = 'shop'").fetchone()
        for days, minutes in OUTAGES:
            began = datetime.now(UTC) - timedelta(days=days)
            rows = (
                (pk, to_millis(began), "connection refused", Status.OK, Status.FAILED),
                (pk, to_millis(began + timedelta(minutes=minutes)), "", Status.FAILED, Status.OK),
            )
            database.executemany(
                "INSERT INTO service_event (service_pk, at, kind, who, reason, before, after)"
                " VALUES (?, ?, 'status_changed', '', ?, ?, ?)",
                [(*row[:3], int(row[3]), int(row[4])) for row in rows],
            )
    yield app
    app.stop()


@pytest.fixture
def page(app: LiveApp, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZES[0], reduced_motion="reduce")  # type: ignore[arg-type]
    app.log_in(context)
    page = context.new_page()
    yield page
    context.close()


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


def test_a_rule_is_tried_on_the_past_before_anybody_is_told_by_it(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/alerting/rules")
    expect(page.locator(".no-channel")).to_contain_text("Nobody is told yet.")
    expect(page.locator(".rule-list tbody tr")).to_contain_text("A service is down")
    expect(page.get_by_role("button", name="Make a rule")).to_be_visible()
    assert serious(page) == []

    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="A new rule")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    dialog.get_by_label("Name", exact=True).fill("Shop <b>down</b>")
    dialog.get_by_role("radio", name=re.compile("^A metric")).check()
    dialog.get_by_label("Metric", exact=True).fill("answer_ms")
    dialog.get_by_label("Value", exact=True).fill("soon")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.locator(".wrong")).to_contain_text("must be a number, got 'soon'")
    expect(dialog.get_by_label("Value", exact=True)).to_be_focused()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Shop <b>down</b>")

    dialog.get_by_role("radio", name=re.compile("^Status")).check()
    dialog.get_by_label("Has to hold for", exact=True).fill("5")
    dialog.get_by_text("Some of them").click()
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.locator(".scope-fields .wrong")).to_contain_text("names no service: choose a group")
    dialog.get_by_role("button", name="Tag").press("Enter")
    tag = dialog.get_by_role("checkbox", name=re.compile("^shop"))
    expect(tag).to_be_focused()
    page.keyboard.press("Space")
    expect(tag).to_be_checked()
    page.keyboard.press("Escape")
    expect(tag).to_be_hidden()
    expect(dialog.locator(".reached")).to_contain_text("1 service now: Shop")
    dialog.get_by_role("button", name="Try it on the past").press("Enter")
    expect(dialog.locator(".trial-said")).to_contain_text("It would have fired 3 times in 30 days.")
    expect(dialog.locator(".trial-found")).to_contain_text("Once more it held, but not for long enough.")
    expect(dialog.locator(".trial-list tbody tr")).to_have_count(3)
    expect(dialog.locator(".trial-list tbody tr").first).to_contain_text("connection refused")
    assert serious(page) == []
    dialog.get_by_role("button", name="Try it on the past").press("Control+Enter")
    expect_uncovered(page)

    row = page.locator(".rule-list tbody tr").filter(has_text="Shop <b>down</b>")
    expect(row).to_contain_text("is down after 5 min")
    expect(row).to_contain_text("tag shop 1 service")
    row.get_by_role("switch").press("Space")
    # What is said then is so; the switch itself shows at once what it is to be.
    expect(page.locator(".toast")).to_contain_text("down</b> is off")
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    row.get_by_role("button", name="What can be done").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete Shop").press("Enter")
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")

    page.goto(f"{app.url}/services/shop")
    page.get_by_role("button", name="Actions for Shop").click()
    page.get_by_role("menuitem", name="Make a rule").click()
    expect(dialog.locator(".reached")).to_contain_text("1 service now: Shop")


def test_turns_and_steps_have_an_order_and_somebody_stands_in(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/alerting/on-call")
    expect(page.locator(".on-call-part .empty-list")).to_have_count(2)
    assert serious(page) == []
    page.get_by_role("button", name="Add a schedule").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Operations")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.locator(".wrong")).to_contain_text("at least one: without anybody nobody is told")
    dialog.get_by_label("Add somebody", exact=True).select_option("ada")
    dialog.get_by_label("Time zone").select_option("Europe/Berlin")
    dialog.get_by_role("button", name="Save").press("Enter")
    schedule = page.locator(".schedule")
    expect(schedule.locator(".on-call-now")).to_contain_text("ada")
    expect(schedule.locator(".shift-bar").last).to_contain_text("ada")

    schedule.get_by_role("button", name="Stand in").press("Enter")
    dialog.get_by_label("Who", exact=True).select_option("")
    dialog.get_by_label("Until", exact=True).fill(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M}")
    dialog.get_by_role("button", name="Stand in").press("Enter")
    expect(schedule.locator(".nobody-now")).to_contain_text("nobody")
    schedule.get_by_role("button", name=re.compile("^End: nobody")).press("Enter")
    expect(schedule.locator(".nobody-now")).to_have_count(0)

    expect_uncovered(page)
    page.keyboard.press("n")
    dialog.get_by_label("Name", exact=True).fill("Nights")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.locator(".wrong")).to_contain_text("step 1 must name at least one channel, person or schedule")
    dialog.get_by_label("Add somebody to step 1").select_option(label="ada")
    dialog.get_by_role("button", name="Add a step").press("Enter")
    dialog.get_by_label("Add somebody to step 2").select_option(label="Operations")
    dialog.get_by_role("button", name="Move step 2 up").press("Enter")
    expect(dialog.locator(".steps > li").first).to_contain_text("Operations")
    assert serious(page) == []
    dialog.get_by_label("Minutes before step 1").fill("0")
    dialog.get_by_label("Minutes before step 1").press("Control+Enter")
    steps = page.locator(".escalation > li")
    expect(steps).to_have_text([re.compile("at once.*Operations"), re.compile("ada")])
    expect(page.locator(".policy")).to_contain_text("default")
    assert serious(page) == []


def test_quiet_hours_are_ones_own(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/profile")
    page.get_by_role("button", name="Add quiet hours").press("Enter")
    hours = page.locator(".quiet-hours")
    hours.get_by_role("checkbox", name="Sunday").press("Space")
    hours.get_by_label("Time zone").select_option("Asia/Tokyo")
    hours.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Quiet hours are saved")
    page.reload()
    expect(hours.get_by_role("checkbox", name="Sunday")).not_to_be_checked()
    expect(hours.get_by_role("checkbox", name="Monday")).to_be_checked()
    expect(hours.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    assert serious(page) == []
