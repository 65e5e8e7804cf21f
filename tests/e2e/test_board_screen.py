"""The board in a real browser: to be read by everybody, used without a mouse, and shared by its address."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor_app.bench.board_data import BoardData
from monitor_app.domain.state import Breaker, Pending, ServiceState
from monitor_app.domain.state_memory import to_memory
from monitor_app.domain.status import Status
from tests.e2e.conftest import LiveApp, expect_uncovered, until
from tests.e2e.target import watched_server
from tests.servers.http import reply

pytestmark = pytest.mark.e2e

SERIOUS = ("serious", "critical")
# Of a row on a phone: the name, two lines of what there is to say, a chip, and the history.
PHONE_ROW_PX = 150
BUNDLES = "**/assets/*.js"
# Whether dialogs are still open when what stood in them goes.
NOTE_CLOSED = """() => {
  window.wereOpen = [];
  const note = ({ target, removedNodes }) =>
    target.tagName === "DIALOG" && removedNodes.length && window.wereOpen.push(target.open);
  new MutationObserver((changes) => changes.forEach(note)).observe(document.body, { subtree: true, childList: true });
}"""
ESCAPE_AT_ONCE = """() => {
  const press = (_, watch) => {
    const panel = document.querySelector("aside.details");
    if (!panel) return;
    watch.disconnect();
    panel.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    window.isPressed = true;
  };
  new MutationObserver(press).observe(document.body, { subtree: true, childList: true });
}"""
NOW = datetime.now(UTC)
PENDING = Pending(Status.FAILED, 1, 3, NOW, "connection refused by pay.example.org:443: nothing listens there")
OPEN = Breaker("open", NOW, NOW + timedelta(days=1), 5)


@pytest.fixture(scope="module", autouse=True)
def unchecked(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page over a board that nobody checks, open while the other tests run: it is to say so after 40 seconds."""
    app = filled(tmp_path_factory.mktemp("unchecked"), 3, interval_seconds=5)
    app.start()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    open_board(page, app)
    page.evaluate("window.isTheSamePage = true")
    yield page
    context.close()
    app.stop()


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """The program with an empty database: first its board is looked at, then services are added."""
    app = LiveApp(tmp_path_factory.mktemp("new"))
    app.start()
    yield app
    app.stop()


def filled(folder: Path, count: int, interval_seconds: int = 3600) -> LiveApp:
    """The program over a board of `count` services with history, on which no engine works."""
    app = LiveApp(folder, settings={"SCHEDULER_ENABLED": "false"})

    async def fill() -> None:
        data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        await data.fill(count)
        await data.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    with closing(sqlite3.connect(app.database, timeout=60)) as conn, conn:
        conn.execute("UPDATE service SET interval_seconds = ?", (interval_seconds,))
    return app


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A board of 60 services: 10 down, 5 degraded, 45 up. Tests that change something take back what they did."""
    app = filled(tmp_path_factory.mktemp("board"), 60)
    remember(app, "service-0003", pending=PENDING)
    remember(app, "service-0004", pending=PENDING, breaker=OPEN)
    remember(app, "service-0000", breaker=OPEN)
    app.start()
    yield app
    app.stop()


@pytest.fixture
def health() -> Iterator[str]:
    """The address of something that is well. The program refuses to watch itself."""
    with watched_server() as server:
        server.on("/health", reply(200, b"fine", reason="OK"))
        yield server.url("/health")


def remember(app: LiveApp, service_id: str, **fields: Any) -> None:
    """Give the state of a service these fields."""
    memory = to_memory(replace(ServiceState(0, Status.OK, NOW, NOW, None, "", 0, settled=Status.OK), **fields))
    with closing(sqlite3.connect(app.database)) as conn, conn:
        conn.execute(
            "UPDATE service_state SET memory = ? WHERE service_pk = (SELECT pk FROM service WHERE service_id = ?)",
            (json.dumps(memory), service_id),
        )


def open_board(page: Page, app: LiveApp, address: str = "/") -> None:
    """When the rows are there, and who looks is known, keys and buttons do what they should."""
    app.open(page, address)
    page.wait_for_selector("tr[data-id]")
    expect(page.locator(".person-button")).to_be_visible()
    expect(page.locator(".connection")).not_to_have_text("Connecting")


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for found in violations
        if found["impact"] in SERIOUS
        for node in found["nodes"]
    ]


def test_rows_stay_low_on_a_phone(browser: Browser, board: LiveApp) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    open_board(page, board)
    expect(page.locator(".chip.breaker")).to_have_count(2)
    heights = page.locator("tr[data-id]").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert max(heights) <= PHONE_ROW_PX
    assert serious(page) == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_board_says_where_to_begin(browser: Browser, new: LiveApp, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    new.open(page)
    expect(page.get_by_role("heading", name="Watch your first service")).to_be_visible()
    expect(page.get_by_role("button", name="Load the demo")).to_be_enabled()
    assert serious(page) == []
    context.close()


def test_whole_board_works_without_a_mouse(page: Page, board: LiveApp) -> None:
    open_board(page, board, "/?sort=label")
    rows = page.locator("tr[data-id]")

    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    tip = page.locator(".bar-tip.shown")
    expect(tip).to_contain_text("Down")
    expect(tip).to_contain_text(re.compile(r"\d\d:\d\d:\d\d UTC|GMT"))
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)

    page.keyboard.press("Enter")
    expect(page.locator("aside.details h2")).to_have_text("Service 0001")
    expect(page).to_have_url(re.compile("open=service-0001"))
    page.keyboard.press("Escape")
    expect(page.locator("aside.details")).to_have_count(0)
    expect(rows.nth(1)).to_be_focused()
    expect(page).not_to_have_url(re.compile("open="))

    page.keyboard.press("m")
    expect(page.get_by_role("menuitem", name="Check details")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows.nth(1)).to_be_focused()

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)  # the focus is below it
    page.keyboard.press("Escape")
    expect_uncovered(page)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jn?")
    expect(page.get_by_role("searchbox")).to_have_value("jn?")
    page.wait_for_url(re.compile(r"q=jn%3F"))
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_filters_live_in_the_address(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.get_by_role("searchbox").fill("service 00")
    page.wait_for_url("**/?q=service+00")
    page.get_by_role("button", name=re.compile("Down")).click()
    page.wait_for_url(re.compile("status=failed"))
    expect(page.locator("tr[data-id]")).to_have_count(10)
    page.get_by_label("Group").select_option("shop")
    page.wait_for_url(re.compile("group=shop"))
    shown = page.locator("tr[data-id] .label")
    expect(shown).to_have_count(5)
    before = shown.all_inner_texts()

    page.goto(page.url)
    expect(shown).to_have_text(before)
    expect(page.get_by_role("searchbox")).to_have_value("service 00")
    expect(page.get_by_role("button", name=re.compile("Down"))).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Group")).to_have_value("shop")

    page.go_back()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("tr[data-id]")).to_have_count(50)


def test_sort_and_pages_live_in_the_address(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.get_by_role("button", name="Service", exact=True).click()
    expect(page.locator("tr[data-id] .label").first).to_have_text("Service 0000")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Service")
    onward = page.get_by_role("button", name="Next page")
    onward.press("Enter")
    expect(page.locator("tr[data-id] .label").first).to_have_text("Service 0050")
    expect(onward).to_be_focused()
    expect(onward).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".pager")).to_contain_text("51–60 of 60")
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_role("button", name="Service", exact=True).click()
    expect(page.locator("tr[data-id] .label").first).to_have_text("Service 0059")
    expect(page).not_to_have_url(re.compile("page="))


def test_filters_that_find_nothing_say_which_to_drop(page: Page, board: LiveApp) -> None:
    board.open(page, "/?q=0003&group=shop")
    expect(page.get_by_role("button", name="Drop the group shop finds 1 service")).to_be_visible()
    page.get_by_role("button", name="Drop the group shop").click()
    expect(page.locator("tr[data-id] .label")).to_have_text(["Service 0003"])


def test_title_and_icon_tell_what_is_down(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    expect(page).to_have_title("(10 down) Lightbulb")
    expect(page.locator('link[rel="icon"]')).to_have_attribute("href", re.compile(r"^data:image/svg\+xml"))
    expect(page.get_by_role("heading", name="10 services are down")).to_be_visible()


def test_wrong_fields_are_told_and_nothing_typed_is_lost(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New service")
    expect(dialog.get_by_label("URL", exact=True)).to_be_focused()
    page.keyboard.type("gopher://example.org")
    dialog.locator("[name=label]").fill("My service")
    dialog.get_by_label("Tags").fill("a, b")
    dialog.get_by_role("button", name="How", exact=True).click()
    dialog.get_by_label("Check every").fill("abc")
    page.keyboard.press("Control+Enter")

    expect(dialog.get_by_label("URL", exact=True)).to_be_focused()
    expect(dialog.get_by_label("URL", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator("#below-config\\.url")).to_contain_text("http://")
    expect(dialog.locator("#below-interval_seconds")).to_contain_text("5 to 86400")
    expect(dialog.get_by_label("URL", exact=True)).to_have_value("gopher://example.org")
    expect(dialog.locator("[name=label]")).to_have_value("My service")
    expect(dialog.get_by_label("Tags")).to_have_value("a, b")

    page.keyboard.press("Escape")
    expect(page.locator(".toast")).to_contain_text("What you typed is kept as a draft")
    expect_uncovered(page)
    page.keyboard.press("n")
    expect(dialog).to_contain_text(re.compile(r"Your draft from (less than a minute|\d+ min) ago is restored\."))
    expect(dialog.locator("[name=label]")).to_have_value("My service")
    dialog.get_by_role("button", name="Throw it away").click()
    expect(dialog.locator("[name=label]")).to_have_value("")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_dialog_without_changes_closes_at_once(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="New service")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="New service")).to_be_hidden()


def test_keys_go_where_one_looks(page: Page, board: LiveApp) -> None:
    """A dialog is closed with what stood in it, and a panel hears Escape as soon as it is there."""
    open_board(page, board)
    page.evaluate(NOTE_CLOSED)
    page.keyboard.press("n")
    expect(page.get_by_role("dialog", name="New service")).to_be_visible()
    page.keyboard.press("Escape")
    expect_uncovered(page)
    assert page.evaluate("window.wereOpen") == [False]

    page.evaluate(ESCAPE_AT_ONCE)
    page.locator("tr[data-id]").first.press("Enter")
    page.wait_for_function("() => window.isPressed")
    expect(page.locator("aside.details")).to_have_count(0)


def test_panel_that_is_opened_before_the_page_is_ready_is_filled(page: Page, board: LiveApp) -> None:
    page.route(BUNDLES, lambda _: None)
    board.log_in(page.context)
    page.goto(board.url, wait_until="commit")
    page.get_by_role("button", name="Sound and notification").click()
    expect(page.locator("[popover]:popover-open")).to_have_count(1)
    page.unroute(BUNDLES)  # and what waited goes on
    expect(page.get_by_role("checkbox", name="Play a sound")).to_be_visible()


def test_paste_keeps_the_good_lines_and_explains_the_bad(page: Page, new: LiveApp, health: str) -> None:
    new.open(page)
    page.get_by_label("Addresses to watch").fill(
        f"{health}\n\nhttp://127.0.0.1:1/nobody\nfile:///etc/passwd\nhttp://u:p@example.org/\n"
        f"http://127.0.0.1:70000/\n{health}\nhttp://exa mple.org/"
    )
    page.get_by_role("button", name="Check 7 addresses").click()
    lines = page.locator(".line")
    expect(lines).to_have_count(7)
    expect(page.locator(".line.refused")).to_have_count(4)
    expect(page.locator(".line.ok")).to_have_count(1)
    expect(page.locator(".line.failing")).to_contain_text("refused")
    expect(page.locator(".line.duplicate")).to_contain_text("line 1")
    expect(lines.nth(2)).to_contain_text("file:///etc/passwd")
    expect(page.locator(".line", has_text="70000")).to_contain_text("65535")
    page.get_by_role("button", name="Save 2 services").click()

    expect(page.locator("tr[data-id]")).to_have_count(2)
    expect(page.locator(".toast")).to_contain_text("2 services are watched now; 5 lines are left out")
    expect(page.get_by_role("dialog", name="Paste a list").locator(".line.refused")).to_have_count(4)


def test_deleted_service_comes_back_with_undo(page: Page, new: LiveApp, health: str) -> None:
    new.open(page, "/?q=shop")  # no other row changes places with it
    page.get_by_role("button", name="New service").click()
    expect(page.get_by_label("URL", exact=True)).to_be_focused()
    page.keyboard.type(health)
    page.locator("[name=label]").fill("The shop")
    page.get_by_role("button", name="Test now").click()
    expect(page.locator(".found")).to_contain_text("Up")
    expect(page.locator(".waterfall")).to_contain_text("first byte")
    page.keyboard.press("Control+Enter")
    row = page.locator("tr[data-id]", has_text="The shop")
    expect(row).to_be_visible()
    expect(row.locator(".status")).to_have_text("Up", timeout=180_000)

    row.click(button="right")
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete The shop").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()


def test_reduced_motion_is_honoured(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.locator("tr[data-id] .value").first.evaluate("cell => cell.classList.add('value-changed-odd')")
    moving = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
    assert moving == 0


def test_theme_is_remembered(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    switch = page.get_by_role("button", name=re.compile("^Theme"))
    for theme in ("light", "dark"):
        switch.click()
        expect(switch).to_have_attribute("aria-label", re.compile(f"Theme: {theme}"))
    expect(page.locator("html")).to_have_class("dark")
    until(lambda: page.request.get(f"{board.url}/api/preferences").json()["theme"] == "dark")
    page.reload()
    page.wait_for_selector("tr[data-id]")
    expect(page.locator("html")).to_have_class("dark")
    expect(switch).to_have_attribute("aria-label", re.compile("Theme: dark"))


def test_text_at_twice_the_size_stays_usable(page: Page, board: LiveApp) -> None:
    open_board(page, board)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Save")).to_be_in_viewport()


def test_board_that_nobody_checks_says_so(unchecked: Page) -> None:
    bar = unchecked.locator(".connection-bar")
    expect(bar).to_contain_text("Nothing has been checked for", timeout=180_000)
    assert unchecked.evaluate("window.isTheSamePage") is True
    expect(bar).to_contain_text("SCHEDULER_ENABLED=false")
    expect(unchecked.get_by_role("heading", level=1)).to_contain_text("Last known:")
    expect(unchecked.locator(".headline.ok")).to_have_count(0)
    expect(unchecked.locator(".connection")).to_have_text("Not current")
    unchecked.reload()
    expect(bar).to_contain_text("Nothing has been checked for")
    assert not serious(unchecked)
