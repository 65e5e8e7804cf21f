"""Groups in a real browser: made and moved with the keyboard, dragged, painted, and looked at on their own page."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered

pytestmark = pytest.mark.e2e

AWKWARD = "Europe / Büro?#1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Two services in two groups, and no engine."""
    app = LiveApp(tmp_path_factory.mktemp("groups"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    for label, group in (("Web", AWKWARD), ("Store", "Data")):
        given = {
            "label": label,
            "group": group,
            "tags": ["db"],
            "status_config": {"url": f"http://127.0.0.1:1/{label}"},
        }
        answer = httpx.post(
            f"{app.url}/api/admin/services", json=given, cookies=app.cookies, headers={"Origin": app.url}
        )
        assert answer.status_code == 201, answer.text
    yield app
    app.stop()


def drag(page: Page, row: Locator, to: Locator) -> None:
    """Step by step: the page says when it knows what is dragged, and that it may be dropped where the pointer is."""
    row.hover()
    page.mouse.down()
    to.hover()
    expect(page.locator(".group-tree.dragging")).to_be_visible()
    to.hover()
    expect(to).to_have_class("over")
    page.mouse.up()


def test_groups_are_arranged_and_looked_at(app: LiveApp, page: Page) -> None:
    app.open(page, "/admin/groups")
    page.get_by_role("button", name="New group").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Shop")
    page.keyboard.press("Control+Enter")
    shop, awkward, data = (
        page.locator(f"tr[data-name={json.dumps(name, ensure_ascii=False)}]") for name in ("Shop", AWKWARD, "Data")
    )
    expect(shop).to_contain_text("Empty")
    expect_uncovered(page)
    # With the keyboard: the menu, and the form that begins with the parent.
    awkward.focus()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name="Move to…").press("Enter")
    expect(page.get_by_label("In the group")).to_be_focused()
    page.get_by_label("In the group").select_option("Shop")
    page.keyboard.press("Control+Enter")
    expect(awkward).to_have_attribute("aria-level", "2")
    expect(shop).to_have_attribute("aria-expanded", "true")
    expect_uncovered(page)
    shop.focus()
    page.keyboard.press("ArrowLeft")
    expect(awkward).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(awkward).to_be_visible()
    # With the mouse.
    drag(page, data, shop)
    expect(data).to_have_attribute("aria-level", "2")
    # The page of a group has what is below it, live.
    awkward.get_by_role("link", name=AWKWARD).click()
    expect(page.get_by_role("heading", name=AWKWARD)).to_be_visible()
    expect(page.locator("tr[data-sid='web']")).to_be_visible()
    page.get_by_role("link", name="Shop").click()
    expect(page.locator(".live-table tr[data-sid]")).to_have_count(2)


def test_tag_gets_a_colour_that_chips_show(app: LiveApp, page: Page) -> None:
    app.open(page, "/admin/groups?tab=tags")
    page.get_by_label("Colour of db").select_option("teal")
    expect(page.locator("tbody .chip.colour-teal")).to_have_text("db")
    app.open(page, "/")
    expect(page.locator("tr[data-sid='web'] .chip.colour-teal")).to_have_text("db")
