"""The pages for administrators in a real browser: somebody is invited, joins, is shut out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import READY, LiveApp, expect_without

pytestmark = pytest.mark.e2e

PASSWORD = "wobbly-lantern-orchid-72"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Only the administrator, and no engine."""
    app = LiveApp(tmp_path_factory.mktemp("admin"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    yield app
    app.stop()


def invited(app: LiveApp, page: Page) -> str:
    """The link of a new invitation, made with the keyboard alone."""
    app.open(page, "/admin/users")
    expect(page.get_by_text("Nobody but you yet")).to_be_visible()
    page.get_by_role("button", name="Invite", exact=True).press("Enter")
    expect(page.get_by_role("radio", name=re.compile("Viewer"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Bo from operations")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Copy: Invitation link")).to_be_focused()
    link = page.locator("dialog[open] code").inner_text()
    page.keyboard.press("Escape")
    expect(page.locator("table.invitations .username")).to_have_text("Bo from operations")
    expect_without(page, link)
    return link


def joined(browser: Browser, link: str) -> Page:
    """Somebody who came by the link, on the board."""
    page = browser.new_context().new_page()
    page.goto(link)
    page.wait_for_selector(READY)
    page.get_by_label("Username").fill("bo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Watch your first service")).to_be_visible()
    return page


def test_somebody_joins_and_is_shut_out(app: LiveApp, browser: Browser, page: Page) -> None:
    other = joined(browser, invited(app, page))
    answer = other.goto(f"{app.url}/admin/users")
    assert answer is not None
    assert answer.status == 404
    other.goto(app.url)
    expect(other.get_by_role("heading", name="Watch your first service")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="Actions for bo").press("Enter")
    page.get_by_role("menuitem", name="Disable").press("Enter")
    expect(page.get_by_role("dialog", name="Disable bo?")).to_contain_text("1 session ends")
    page.get_by_role("button", name="Disable bo").press("Enter")
    expect(page.locator("table.accounts tr", has_text="bo")).to_contain_text("Disabled")
    expect(other).to_have_url(re.compile("/login"))
    other.context.close()

    page.get_by_role("link", name="Audit log").click()
    line = page.locator(".audit-line", has_text="invitation.create").first
    line.press("Enter")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".changes-of")).to_contain_text("Bo from operations")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("The chain holds")).to_be_visible()
    page.get_by_label("Action").select_option("account.disable")
    expect(page.locator(".audit-line")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text().count("account.disable") == 1


def test_settings_are_saved_and_what_is_typed_is_not_lost(app: LiveApp, page: Page) -> None:
    app.open(page, "/admin/security")
    field = page.get_by_label("Unused for").first
    field.fill("2")
    field.press("Control+Enter")
    expect(page.get_by_text("from 5 to 10080")).to_be_visible()
    expect(field).to_be_focused()
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="Users").click()
    assert asked.value.message == "What you changed is not saved. Leave all the same?"
    expect(page).to_have_url(re.compile("/admin/security"))
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    field.fill("600")
    field.press("Control+Enter")
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    page.reload()
    expect(field).to_have_value("600")
