"""The board's other faces in a real browser: headings that fold, root causes, cards, the wall, and what it tells."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from monitor_app.bench.board_patches import PatchMaker
from tests.e2e.conftest import LiveApp, until
from tests.e2e.test_board_screen import filled, open_board, serious

pytestmark = pytest.mark.e2e

SERVICES = 40  # 8 are down, 4 degraded, 28 up; ten in each of four groups
SECOND_PAGE = """() =>
  document.querySelector(".wall").dataset.page === "2" && document.querySelectorAll(".tile").length === 9"""
HEAP_AFTER = (200, 2000)
HEAP_GROWTH = 1.3
RETURNS = 5
DRAWN_AT_ONCE = 40
DRAW = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
# Counts how often permission is asked for, and keeps what would be shown.
NOTIFICATIONS = """
window.asked = 0;
window.told = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() {
    window.asked += 1;
    window.Notification.permission = "granted";
    return "granted";
  }
  constructor(title, options) { window.told.push([title, options.body]); }
  close() {}
};
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A board of 40 services: service-0001 is down because of service-0000."""
    app = filled(tmp_path_factory.mktemp("views"), SERVICES)
    app.start()
    relation = {"source_service_id": "service-0001", "target_service_id": "service-0000"}
    answer = httpx.post(
        f"{app.url}/api/admin/relations",
        json=relation | {"relation_type": "dependency"},
        cookies=app.cookies,
        headers={"Origin": app.url},
    )
    assert answer.status_code == 201, answer.text
    yield app
    app.stop()


def test_root_cause_stands_first_and_shows_who_follows(page: Page, app: LiveApp) -> None:
    app.open(page)
    rows = page.locator("tr[data-id]")
    expect(rows).to_have_count(SERVICES - 1)
    expect(rows.first.locator(".label")).to_have_text("Service 0000")
    page.get_by_role("button", name="1 more because of it").click()
    expect(page.locator("tr.inner .label")).to_have_text(["Service 0001"])
    expect(page).to_have_url(re.compile("follow=service-0000"))
    page.keyboard.press("k")
    page.keyboard.press(" ")
    expect(page.locator("tr.inner")).to_have_count(0)


def test_groups_fold_by_click_and_key_and_stay_folded(page: Page, app: LiveApp) -> None:
    open_board(page, app)
    page.get_by_role("button", name="Headings").click()
    heading = page.locator('tr[data-group="shop"]')
    expect(page.locator("tr[data-group]")).to_have_count(4)
    expect(heading).to_contain_text("4 down, 6 up")
    assert serious(page) == []
    heading.click()
    expect(page.locator("tr[data-id]")).to_have_count(30)
    expect(page).to_have_url(re.compile("fold=shop"))
    page.goto(app.url)  # this browser remembers
    expect(heading).to_have_attribute("aria-expanded", "false")
    heading.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("tr[data-id]")).to_have_count(40)
    page.get_by_role("button", name="Fold all groups").click()
    expect(page.locator("tr[data-id]")).to_have_count(0)
    expect(page.locator("tr[data-group]")).to_have_count(4)
    page.get_by_role("button", name="Headings").click()
    expect(page.locator("tr[data-group]")).to_have_count(0)
    page.goto(app.url)
    expect(page.locator("tr[data-id]").first).to_be_visible()
    expect(page.locator("tr[data-group]")).to_have_count(0)


def test_services_have_room_to_say_what_is_wrong_on_a_tablet(page: Page, app: LiveApp) -> None:
    page.set_viewport_size({"width": 768, "height": 1024})
    open_board(page, app)
    width_of = "cell => cell.clientWidth"
    service = page.get_by_role("columnheader", name="Service")
    alone = service.evaluate(width_of)
    assert page.locator(".target.reason").first.evaluate(width_of) > alone * 0.8
    page.get_by_role("button", name="Headings").click()
    expect(page.locator("tr[data-group]")).to_have_count(4)
    assert service.evaluate(width_of) == alone


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_cards_are_read_and_walked_by_everybody(browser: Browser, app: LiveApp, scheme: Any, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    app.open(page, "/?layout=cards&by=group")
    cards = page.locator(".card[data-id]")
    expect(cards).to_have_count(40)
    assert serious(page) == []
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(cards.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("aside.details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside.details")).to_have_count(0)
    expect(cards.first).to_be_focused()
    page.goto(f"{app.url}/?layout=problems")
    expect(page.locator("tr[data-id]")).to_have_count(11)
    assert serious(page) == []
    context.close()


def test_wall_of_a_group_tells_how_that_is(page: Page, app: LiveApp) -> None:
    app.open(page, "/?layout=wall&group=platform")
    expect(page.locator(".tile")).to_have_count(10)
    expect(page.get_by_role("heading", name="All 10 services are up")).to_be_visible()
    expect(page.locator(".wall-scope")).to_have_text("Group platform")
    page.goto(f"{app.url}/?layout=wall&q=nothing-like-that")
    expect(page.get_by_role("heading", name="No service is called like that or in there")).to_be_visible()


def test_wall_turns_its_pages_and_has_no_controls(page: Page, app: LiveApp) -> None:
    page.clock.install()
    app.open(page, "/?layout=wall")
    expect(page.locator(".tile")).to_have_count(30)
    expect(page.locator(".rail, .top-bar, .board-bar")).to_have_count(0)
    expect(page.get_by_role("heading", name="8 services are down")).to_be_visible()
    assert serious(page) == []
    page.clock.run_for(15_500)
    # On a busy machine it has turned by itself meanwhile: then this comes round again.
    page.wait_for_function(SECOND_PAGE)
    page.keyboard.press("Escape")
    expect(page.locator("tr[data-id]").first).to_be_visible()


def test_wall_stays_small_through_thousands_of_updates(page: Page, app: LiveApp) -> None:
    # As many as `bench board` sends: what the page's code takes until it is warm is no growth with the updates.
    maker, sockets = PatchMaker(rows_each=10), []

    def join(socket: Any) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)
        server.on_message(lambda message: socket.send(message) if maker.take(message) else None)

    page.route_web_socket(lambda address: "/_event" in address, join)
    app.open(page, "/?layout=wall&status=ok")
    expect(page.locator(".tile")).to_have_count(28)
    inspector = page.context.new_cdp_session(page)
    inspector.send("Performance.enable")
    used, done = [], 0
    for wanted in HEAP_AFTER:
        for number, frame in enumerate(maker.frames(wanted - done), 1):
            sockets[-1].send(frame)
            if number % DRAWN_AT_ONCE == 0:
                page.evaluate(DRAW)
        done = wanted
        expect(page.locator(".tiles")).to_contain_text(f"found {maker.seq}")
        used.append(min(heap_used(inspector) for _ in range(5)))
    early, late = used
    until(lambda: min(late, heap_used(inspector)) <= early * HEAP_GROWTH)


def heap_used(inspector: CDPSession) -> float:
    """Bytes in use after a collection. What finalizers let go, only the next one takes away: ask several times."""
    inspector.send("HeapProfiler.collectGarbage")
    metrics = inspector.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))


def test_permission_is_asked_for_on_a_click_only(page: Page, app: LiveApp) -> None:
    page.add_init_script(NOTIFICATIONS)
    maker, sockets = PatchMaker(rows_each=1), []

    def join(socket: Any) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)
        server.on_message(lambda message: socket.send(message) if maker.take(message) else None)

    page.route_web_socket(lambda address: "/_event" in address, join)
    app.open(page)
    expect(page.locator("tr[data-id]").first).to_be_visible()
    page.get_by_role("button", name="Sound and notification: off").click()
    assert page.evaluate("() => window.asked") == 0
    notify = page.get_by_role("checkbox", name="Show a notification")
    notify.click()  # ticked once the browser has said yes
    expect(notify).to_be_checked()
    assert page.evaluate("() => window.asked") == 1
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sound and notification: on")).to_be_focused()
    news = {"down": [[1, "service-0009", "Service 0009", "refused"]], "downs": 3, "back": [], "backs": 0}
    sockets[-1].send(next(maker.frames(1, news=news)))
    page.wait_for_function("() => window.told.length === 1")
    assert page.evaluate("() => window.told") == [["Service 0009 and 2 more are down", "refused"]]


def test_who_comes_back_reads_what_changed(page: Page, app: LiveApp) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with closing(sqlite3.connect(app.database, timeout=60)) as conn, conn:
        conn.execute(
            "INSERT INTO service_event (service_pk, at, kind, who, reason, before, after)"
            " SELECT pk, ?, 'status_changed', '', 'refused', 0, 2 FROM service WHERE service_id = 'service-0000'",
            (round((hour_ago + timedelta(minutes=5)).timestamp() * 1000),),
        )
    line = page.get_by_role("region", name="What changed since you last looked")
    for _ in range(RETURNS):
        with closing(sqlite3.connect(app.database, timeout=60)) as conn, conn:
            conn.execute("UPDATE account SET looked_at = ?", (hour_ago.replace(tzinfo=None).isoformat(" "),))
        open_board(page, app)
        # A page of an earlier test may have told only now that it was looked at.
        with suppress(AssertionError):
            expect(line).to_be_visible(timeout=10_000)
            break
    expect(line).to_contain_text("1 went down")
    line.get_by_role("button", name="Since you last looked").click()
    expect(line.locator(".since-rows li")).to_contain_text("went down: refused")
    assert serious(page) == []
    line.get_by_role("button", name="Seen").click()
    expect(line).to_have_count(0)
