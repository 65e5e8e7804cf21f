"""The page of a service in a real browser: its charts show the numbers of the API, and all of them the same time."""

import asyncio
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect
from playwright.sync_api import Error as PlaywrightError

from monitor_app.bench.history_data import MadeUp
from monitor_app.bench.history_load import load
from monitor_app.bench.many_services import add_many
from monitor_app.storage.database import Database
from tests.e2e.conftest import SOON_MS, LiveApp

pytestmark = pytest.mark.e2e
DAYS = 2
PLACE = "/services/service-00000"
# What Plotly was given: the heights of each trace, by the key of its chart.
DRAWN = """() => Object.fromEntries([...document.querySelectorAll("[data-chart]")].map((chart) =>
  [chart.dataset.chart, (chart.querySelector(".chart-plot").data ?? []).map(({ y }) => [...y])]))"""
ALL_DRAWN = """() => { const charts = [...document.querySelectorAll("figure.chart")];
  return charts.length > 4 && charts.every((chart) => chart.querySelector(".main-svg")); }"""
FIRST_DRAWN = """() => ["response", "availability", "errors"].every((key) =>
  document.querySelector(`[data-chart=${key}] .main-svg`))"""
RANGES = """() => [...document.querySelectorAll(".chart-plot")].filter((plot) => plot._fullLayout)
  .map((plot) => plot._fullLayout.xaxis.range.map(Math.round).join())"""
# All charts show the same time, and it is another one than before.
ONE_RANGE = f"""before => {{ const ranges = new Set(({RANGES})());
  return ranges.size === 1 && !before.some((range) => ranges.has(range)); }}"""
DRAGGED = (0.8, 0.82, 0.85, 0.9, 0.95)
READY = ".service-charts[data-ready=true]"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Two days of one service until this midnight; no engine."""
    app = LiveApp(tmp_path_factory.mktemp("service"), settings={"SCHEDULER_ENABLED": "false"})

    async def fill() -> None:
        url = f"sqlite+aiosqlite:///{app.database}"
        database = Database(url)
        pks = await add_many(database, url, 1)
        start = datetime.now(UTC) - timedelta(days=DAYS)
        await load(database, MadeUp(pks, start), DAYS, lambda _: None)
        await database.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    app.start()
    yield app
    app.stop()


@pytest.fixture
def page(app: LiveApp, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    app.log_in(context)
    yield context.new_page()
    context.close()


def answers(page: Page) -> dict[str, Any]:
    """What the API told last, by the last word of the address; filled as it comes."""
    told: dict[str, Any] = {}

    def note(response: Response) -> None:
        name = urlsplit(response.url).path.rpartition("/")[2]
        if name in ("series", "measurements") and response.ok:
            with suppress(PlaywrightError):  # of a page that was left meanwhile
                told[name] = response.json()

    page.on("response", note)
    return told


def differences(drawn: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """The charts that do not show what the API told."""
    if len(told) < 2:
        return ["not told yet"]
    series, measured = told["series"], told["measurements"]
    windows, shown = series["windows"], defaultdict(list, drawn)
    whole = [sum(parts) for parts in zip(*measured["phases"].values(), strict=True) if None not in parts]
    highest = max((value for trace in shown["phases"] for value in trace if value), default=0)
    is_right = {
        "response": all(series["response_ms"][name] in shown["response"] for name in ("p50", "p99")),
        "availability": windows["availability"] in shown["availability"],
        "errors": windows["error_rate"] in shown["errors"],
        "checks": [rate or None for rate in windows["checks_per_minute"]] in shown["checks"],
        "classes": sorted(measured["status_classes"].values()) == sorted(shown["classes"]),
        "metric": measured["metrics"]["body_bytes"]["mean"] in shown["metric-body_bytes"],
        "phases": highest == pytest.approx(max(whole)),
    }
    return [name for name, is_so in is_right.items() if not is_so]


def table_differences(checks: Locator, series: dict[str, Any]) -> list[str]:
    """What of the table of the checks is not what the API told."""
    windows = series["windows"]
    count = sum(sum(windows[name]) for name in ("ok", "degraded", "failed", "other"))
    is_right = {
        "rows": checks.locator("tbody tr").count() == len(windows["timestamps"]),
        "summary": f"{count:,} checks" in checks.locator(".chart-summary").inner_text(),
    }
    return [name for name, is_so in is_right.items() if not is_so]


def test_charts_show_the_numbers_of_the_api(app: LiveApp, page: Page) -> None:
    told = answers(page)
    page.set_viewport_size({"width": 1440, "height": 2400})
    page.goto(f"{app.url}{PLACE}?span=7d")
    page.wait_for_selector(READY)
    page.wait_for_function(ALL_DRAWN)
    # The same as a table.
    checks = page.locator("[data-chart=checks]")
    checks.locator("summary").click()
    expect(checks.locator("tbody tr").first).to_be_visible()
    # What the API tells anew is drawn a moment later.
    deadline = time.monotonic() + SOON_MS / 1000
    while wrong := differences(page.evaluate(DRAWN), told) or table_differences(checks, told["series"]):
        assert time.monotonic() < deadline, wrong
        page.wait_for_timeout(200)


def drag(page: Page, canvas: Locator) -> None:
    """From 80 to 95 percent of its width; each step looks where it is now."""
    canvas.scroll_into_view_if_needed()
    canvas.hover()
    for share in DRAGGED:
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 60)
        if share == DRAGGED[0]:
            page.mouse.down()
    page.mouse.up()


def test_zoom_is_the_same_in_all_charts_and_outlives_a_reload(app: LiveApp, page: Page) -> None:
    with page.expect_response(re.compile(r"/series\b")) as told:
        page.goto(f"{app.url}{PLACE}?span=7d")
    assert told.value.json()["step_seconds"] == 1800
    page.wait_for_selector(READY)
    page.wait_for_function(FIRST_DRAWN)
    before = page.evaluate(RANGES)
    drag(page, page.locator("[data-chart=availability] .chart-canvas"))
    page.wait_for_url("**from=**")
    expect(page.locator(".chart-shown")).to_contain_text("each point 5 min")
    page.wait_for_function(ONE_RANGE, arg=before)
    shown = page.evaluate(RANGES)[0]
    page.reload()
    page.wait_for_function(FIRST_DRAWN)
    page.wait_for_function(f"shown => ({RANGES})().every((range) => range === shown)", arg=shown)
    page.get_by_role("button", name="the last hour").click()
    expect(page.locator(".chart-shown")).to_contain_text("the last hour · each point a check")


def test_values_at_a_time_stay_in_sight_on_a_phone(app: LiveApp, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app.url}{PLACE}?span=7d")
    page.wait_for_selector(READY)
    chart = page.locator("[data-chart=response]")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".main-svg").first).to_be_visible()
    canvas = chart.locator(".chart-canvas").bounding_box()
    assert canvas is not None
    for share in (0.3, 0.45, 0.55, 0.7, 0.95):
        page.mouse.move(canvas["x"] + share * canvas["width"], canvas["y"] + 60)
        tip = chart.locator(".chart-tip")
        expect(tip).to_be_visible()
        box = tip.bounding_box()
        assert box is not None
        assert box["x"] >= canvas["x"] - 1, share
        assert box["x"] + box["width"] <= canvas["x"] + canvas["width"] + 1, share


def test_charts_say_since_when_they_know_what_was_measured(app: LiveApp, page: Page) -> None:
    """An older Lightbulb kept no summaries of it: what it merged is counted bit by bit, which here no engine does."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    change = "UPDATE counter SET value = ? WHERE name = 'measured_since'"
    with closing(sqlite3.connect(app.database, timeout=SOON_MS / 1000)) as database, database:
        database.execute(change, [int(midnight.timestamp())])
    try:
        page.goto(f"{app.url}{PLACE}?span=30d")
        page.wait_for_selector(READY)
        expect(page.locator("[data-chart=classes]")).to_contain_text("Only since")
        expect(page.locator("[data-chart=response]")).not_to_contain_text("Only since")
        told = page.get_by_text("older results are counted a day at a time")
        expect(told.locator("time")).to_have_attribute("datetime", f"{midnight:%Y-%m-%dT00:00:00.000Z}")
    finally:
        with closing(sqlite3.connect(app.database, timeout=SOON_MS / 1000)) as database, database:
            database.execute(change, [0])


def test_pages_of_services_are_found_and_left(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/services/nothing")
    expect(page.get_by_role("heading", name="There is no service nothing")).to_be_visible()
    page.goto(app.url)
    page.locator("tr[data-id]").first.click()
    page.get_by_role("link", name="Open its page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Service 00000 of the online shop")
    expect(page).to_have_title("Service 00000 of the online shop · Lightbulb")
    page.locator("[data-chart=response] .chart-canvas").press("ArrowLeft")
    page.get_by_label("You are here").get_by_role("link", name="Board").click()
    page.wait_for_selector("tr[data-id]")
    expect(page).to_have_url(re.compile(f"{app.url}/(\\?.*)?$"))
