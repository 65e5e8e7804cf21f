"""What a new user does: paste, save, watch it turn red, restart, open a second browser, lose the connection."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services
from tests.e2e.conftest import LiveApp, expect_uncovered
from tests.e2e.line import Line, line_to
from tests.e2e.target import watched_server
from tests.ports import free_port
from tests.samples import service_row
from tests.servers.http import HttpServer, reply

OK, FAILED = "0", "2"
INTERVAL_SECONDS = 5
DEADLINE_SECONDS = 60
# A result is on every screen three seconds after the check that found it out, on a machine that is not busy.
LIVE_SECONDS = 120
# A silent line is noticed after the websocket's ping interval and time-out: 15 s, there.
SILENCE_SECONDS = HEAL_SECONDS = 120


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with line_to(free_port()) as line:
        yield line


@pytest.fixture(scope="module")
def app(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """The program with an empty database, to be reached over the line, too."""
    public, folder = {"PUBLIC_URL": line.url}, tmp_path_factory.mktemp("hour")
    app = LiveApp(folder, port=line.target_port, settings=public, is_warm=False)
    app.start()
    yield app
    app.stop()


@pytest.fixture
def target() -> Iterator[HttpServer]:
    with watched_server() as server:
        for path in ("/shop", "/pay", "/mail", "/far"):
            server.on(path, reply(200, b"fine", reason="OK"))
        yield server


def seen_after(checks: int) -> int:
    """Milliseconds until so many further checks are on every screen."""
    return (checks * INTERVAL_SECONDS + LIVE_SECONDS) * 1000


def row(page: Page, service: str) -> Locator:
    return page.locator("tr.row").filter(has_text=service)


def paste_and_save(page: Page, addresses: list[str]) -> None:
    """From the empty board to a live one."""
    page.get_by_label("Addresses to watch").fill("\n".join(addresses))
    page.get_by_role("button", name=re.compile("^Check ")).click()
    page.get_by_role("button", name=re.compile(r"^Save \d+ service")).click()
    expect(page.locator("tr.row")).to_have_count(len(addresses))


def check_often(page: Page, service: str, seconds: int) -> None:
    """Every few seconds, and without a circuit breaker that would pause the checks of what is down."""
    # A row may change places under a pointer that is on its way.
    row(page, service).get_by_role("button", name=re.compile("^Actions for")).press("Enter")
    page.get_by_role("menuitem", name=re.compile("^Edit")).click()
    page.locator("dialog[open]").get_by_role("button", name="How", exact=True).click()
    page.locator("dialog[open] input[name=interval_seconds]").fill(str(seconds))
    page.locator("dialog[open] summary").filter(has_text="degraded or down").click()
    page.locator("dialog[open] input[name='config.breaker_failures']").fill("0")
    page.locator("dialog[open]").get_by_role("button", name=re.compile("^Save")).click()
    expect_uncovered(page)


def watch_often(app: LiveApp, url: str) -> None:
    """A service that is checked every few seconds and is down with its first failure."""

    async def add() -> None:
        database = Database(f"sqlite+aiosqlite:///{app.database}")
        # With the first failure down, so none may come of a target that is slow to answer.
        config = {"url": url, "failures_to_fail": 1, "breaker_failures": 0, "deadline_seconds": DEADLINE_SECONDS}
        async with database.write() as conn:
            row = service_row("far", label=url, status_config=config, interval_seconds=INTERVAL_SECONDS)
            await insert_services(conn, [row])
        await database.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, add()).result()


def test_from_an_empty_board_to_a_red_row_and_back(
    app: LiveApp, page: Page, browser: Browser, target: HttpServer
) -> None:
    app.open(page)
    expect(page.get_by_role("heading", name="Watch your first service")).to_be_visible()
    paste_and_save(page, [target.url("/shop"), target.url("/pay"), target.url("/mail")])
    for service in ("/shop", "/pay", "/mail"):
        expect(row(page, service)).to_have_attribute("data-status", OK, timeout=seen_after(2))
    check_often(page, "/shop", INTERVAL_SECONDS)

    # Whoever looks sees it without a reload: the first failure within the interval and three seconds, and the third in
    # a row makes it red.
    second = browser.new_context().new_page()
    app.open(second)
    expect(row(second, "/shop")).to_have_attribute("data-status", OK)
    page.evaluate("window.isTheSamePage = true")
    target.on("/shop", reply(503, b"", reason="Service Unavailable"))
    for screen in (page, second):
        turned = row(screen, "/shop")
        expect(turned).to_contain_text("503 Service Unavailable", timeout=seen_after(1))
        expect(turned).to_have_attribute("data-status", FAILED, timeout=seen_after(3))
        expect(turned).to_contain_text("503 Service Unavailable")
        expect(screen).to_have_title(re.compile(r"1 down"))
    assert page.evaluate("window.isTheSamePage") is True
    second.context.close()

    # A restart loses nothing, and the open page finds its way back by itself.
    app.stop()
    expect(page.locator(".connection-bar")).to_contain_text("Not connected")
    app.start()
    expect(page.locator(".connection-bar")).not_to_contain_text("Not connected")
    expect(page.locator("tr.row")).to_have_count(3)
    expect(row(page, "/shop")).to_have_attribute("data-status", FAILED)
    target.on("/shop", reply(200, b"fine", reason="OK"))
    expect(row(page, "/shop")).to_have_attribute("data-status", OK, timeout=seen_after(2))
    assert page.evaluate("window.isTheSamePage") is True


def test_a_line_that_died_without_a_word_is_told_and_heals(
    app: LiveApp, line: Line, page: Page, target: HttpServer
) -> None:
    watch_often(app, target.url("/far"))
    app.log_in(page.context)
    page.goto(line.url)
    expect(row(page, "/far")).to_have_attribute("data-status", OK)
    line.cut()
    target.on("/far", reply(503, b"", reason="Service Unavailable"))
    expect(page.locator(".connection-bar")).to_contain_text("Not connected", timeout=SILENCE_SECONDS * 1000)
    expect(row(page, "/far")).to_have_attribute("data-status", OK)
    # What happened meanwhile is there as soon as the line is.
    line.mend()
    expect(page.locator(".connection-bar")).not_to_contain_text("Not connected", timeout=HEAL_SECONDS * 1000)
    expect(row(page, "/far")).to_have_attribute("data-status", FAILED, timeout=seen_after(1))
