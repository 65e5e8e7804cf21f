"""Sessions in a real browser: what is left of a page when its session ends."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor_app.bench.board_data import BoardData
from monitor_app.models.counter import ACCESS_REVISION
from tests.e2e.conftest import ADMIN_NAME, ADMIN_PASSWORD, READY, SOON_MS, LiveApp

pytestmark = pytest.mark.e2e

# Nothing of what the page showed, and the name of the tab's state is gone.
LEFT = """gone => {
    const left = document.body.innerText + JSON.stringify(sessionStorage) + JSON.stringify(localStorage);
    return gone.every(text => !left.includes(text));
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A few services, and no engine."""
    app = LiveApp(tmp_path_factory.mktemp("sessions"), settings={"SCHEDULER_ENABLED": "false"})

    async def fill() -> None:
        data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        await data.fill(3)
        await data.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    with closing(sqlite3.connect(app.database, timeout=SOON_MS / 1000)) as conn, conn:
        conn.execute("DELETE FROM setting")  # only who is logged in may look
    app.start()
    yield app
    app.stop()


@pytest.fixture
def tabs(browser: Browser, app: LiveApp) -> Iterator[list[Page]]:
    """Two tabs of one session, which show the board."""
    app.log_in_anew()
    context = browser.new_context()
    pages = [context.new_page(), context.new_page()]
    for page in pages:
        app.open(page, "/help")
        page.goto(f"{app.url}/?sort=label")
        page.wait_for_selector("tr[data-id]")
    yield pages
    context.close()


def assert_at_login(page: Page, tab_name: str) -> None:
    expect(page).to_have_url(re.compile(r"/login/?\?next=%2F%3Fsort%3Dlabel$"))
    page.wait_for_selector(READY)
    page.wait_for_function(LEFT, arg=["service-000", tab_name])


def name_of(page: Page) -> str:
    name: str = page.evaluate("sessionStorage.getItem('token')")
    return name


def test_log_out_in_one_tab_takes_all_tabs_along(app: LiveApp, tabs: list[Page]) -> None:
    names = [name_of(page) for page in tabs]
    assert all(names)
    # Not waited for: the page may be gone before the answer is read.
    tabs[0].evaluate(
        "() => void fetch('/api/auth/logout',"
        " {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})"
    )
    for page, name in zip(tabs, names, strict=True):
        assert_at_login(page, name)
    tabs[1].go_back(wait_until="commit")  # it is left again at once
    expect(tabs[1]).to_have_url(re.compile("/login"))

    tabs[0].wait_for_selector(READY)
    tabs[0].get_by_label("Name").fill(ADMIN_NAME)
    tabs[0].get_by_label("Password", exact=True).fill(ADMIN_PASSWORD)
    tabs[0].get_by_role("button", name="Log in").click()
    tabs[0].wait_for_selector("tr[data-id]")
    expect(tabs[0]).to_have_url(f"{app.url}/?sort=label")


def test_session_that_is_ended_by_another_process_is_off_the_screen(app: LiveApp, tabs: list[Page]) -> None:
    name = name_of(tabs[0])
    with closing(sqlite3.connect(app.database, timeout=SOON_MS / 1000)) as conn, conn:
        conn.execute("DELETE FROM session")
        conn.execute("UPDATE counter SET value = value + 1 WHERE name = ?", (ACCESS_REVISION,))
    expect(tabs[0].locator("tr[data-id]").first).to_be_hidden()
    assert_at_login(tabs[0], name)


def test_page_that_comes_back_from_the_browsers_cache_is_loaded_anew(tabs: list[Page]) -> None:
    page = tabs[0]
    page.evaluate("window.isTheSamePage = true")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_selector("tr[data-id]")
    assert page.evaluate("window.isTheSamePage") is None
