"""Accounts in a real browser, by keyboard alone: set-up, second factor, log-in, what a viewer is offered, log-out."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor_app.bench.board_data import BoardData
from monitor_app.security.totp import STEP_SECONDS
from tests.e2e.conftest import ADMIN_NAME, ADMIN_PASSWORD, READY, LiveApp, expect_without

pytestmark = pytest.mark.e2e

# What is marked, to be typed over, at the moment when something is said.
NOTE_MARKED = """() => {
  const marked = ({ value, selectionStart, selectionEnd }) => value?.slice(selectionStart, selectionEnd);
  const note = () => { window.marked = marked(document.activeElement); };
  new MutationObserver(note).observe(document.querySelector(".said"), { childList: true, characterData: true });
}"""
# A change of another process holds within 5 seconds on a machine that is not busy.
OPENED_SECONDS = 60.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Nobody has an account, nothing is watched."""
    app = LiveApp(tmp_path_factory.mktemp("accounts"), settings={"SCHEDULER_ENABLED": "false"}, is_set_up=False)
    app.start()
    yield app
    app.stop()


def typed(page: Page, *texts: str) -> None:
    """Into the field that has the focus and those after it, then Enter."""
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(texts[0])
    for text in texts[1:]:
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def assert_fit_for_all(page: Page) -> None:
    """What axe-core finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"]) for one in found if one["impact"] in ("serious", "critical")] == []


def expect_focus(page: Page, name: str) -> None:
    expect(page.locator(f"input[name={name}]")).to_be_focused()


def pressed(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def code_of(secret: str) -> str:
    """The code that comes next, which is taken already: it holds for a minute or more."""
    return pyotp.TOTP(secret).at(int(time.time()) + STEP_SECONDS)


def test_from_the_set_up_to_a_log_in_with_a_second_factor_by_keyboard_alone(app: LiveApp, page: Page) -> None:
    page.goto(f"{app.url}/setup")
    expect(page.get_by_role("alert").first).to_contain_text("This link is not whole")
    page.goto("about:blank")
    page.goto(f"{app.url}/setup#{app.setup_token()}")
    page.wait_for_selector(READY)
    expect(page).not_to_have_url(re.compile("#"))
    expect_focus(page, "username")
    assert_fit_for_all(page)
    typed(page, ADMIN_NAME, "password1234")
    expect(page.locator(".wrong")).to_contain_text("too easy to guess")
    expect_focus(page, "password")
    typed(page, ADMIN_PASSWORD)
    expect(page).to_have_url(f"{app.url}/")
    expect(page.get_by_role("dialog", name="The board tells what is true now")).to_be_visible()

    page.goto(f"{app.url}/profile")
    expect(page.locator(".rows li")).to_have_count(1)
    assert_fit_for_all(page)
    pressed(page, "Set up")
    expect(page.locator("img.qr")).to_be_visible()
    expect_focus(page, "code")
    secret = page.locator(".copy-line code").inner_text()
    typed(page, code_of(secret))
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a file").press("Enter")
    assert codes[9] in saved.value.path().read_text()
    pressed(page, "I have kept them")
    expect(page.locator(".standing.ok")).to_have_text("On")
    expect_without(page, secret, *codes)

    second = page.context.new_page()
    second.goto(f"{app.url}/help")
    expect(second.locator(".person-button")).to_be_visible()
    page.locator(".person-button").press("Enter")
    expect(page.get_by_role("menuitem", name="Profile")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Log out")).to_be_focused()
    page.keyboard.press("Enter")
    for tab in (page, second):
        expect(tab).to_have_url(re.compile(r"/login/?(\?|$)"))
    second.close()

    page.wait_for_selector(READY)
    expect_focus(page, "username")
    page.evaluate(NOTE_MARKED)
    typed(page, ADMIN_NAME, "not the password")
    expect(page.locator(".said")).to_have_text("Username or password is not right.")
    expect_focus(page, "password")
    assert page.evaluate("window.marked") == "not the password"
    typed(page, ADMIN_PASSWORD)
    expect_focus(page, "code")
    assert_fit_for_all(page)
    typed(page, "000000")
    expect(page.locator(".said")).to_contain_text("That code is not right")
    expect_focus(page, "code")
    typed(page, codes[0])
    expect(page).to_have_url(f"{app.url}/")


def test_who_is_not_logged_in_looks_at_an_open_board_and_is_offered_nothing_but_the_log_in(
    app: LiveApp, browser: Browser
) -> None:
    async def fill() -> None:
        data = BoardData(f"sqlite+aiosqlite:///{app.database}")
        await data.fill(2)  # and opens the board
        await data.close()

    with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
        pool.submit(asyncio.run, fill()).result()
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    deadline = time.monotonic() + OPENED_SECONDS
    while "login" in page.goto(app.url).url and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    page.locator("tr[data-id]").first.press("m")
    expect(page.locator(".menu:popover-open [role=menuitem]")).to_have_text(
        [re.compile("Check details"), "Open its page"]
    )
    page.get_by_role("menuitem", name="Open its page").click()
    page.wait_for_selector(".service-charts[data-ready=true]")
    expect(page.locator(".service-page [role=alert]")).to_have_count(0)
    page.go_back()
    page.wait_for_selector(".live-table tr[data-id]")
    expect(page.locator(".service-page")).to_have_count(0)
    expect(page.get_by_role("button", name="New service")).to_have_count(0)
    expect(page.locator(".person-button")).to_have_count(0)
    assert_fit_for_all(page)
    page.get_by_role("link", name="Log in").press("Enter")
    expect(page).to_have_url(re.compile(r"/login/?\?next=%2F$"))
    context.close()
