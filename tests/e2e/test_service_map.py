"""The map in a real browser: a relation is drawn and deleted, circles are refused, keys walk it, a list reads it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LiveApp

# Nobody checks them, and nothing moves because that is told in the middle of a test.
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """web depends on api, api on db, all in the group shop in the group sales; nothing is checked."""
    live = LiveApp(Path(tmp_path_factory.mktemp("map")), settings={"SCHEDULER_ENABLED": "false"})
    live.start()
    with httpx.Client(base_url=live.url, cookies=live.cookies, headers={"Origin": live.url}) as client:
        for name in ("web", "api", "db", "mail"):
            url = f"http://127.0.0.1:1/{name}"
            values = {"service_id": name, "label": name.title(), "status_config": {"url": url}, "group": "shop"}
            values["interval_seconds"] = DAY_SECONDS
            assert client.post("/api/admin/services", json=values).status_code == 201
        assert client.post("/api/admin/groups", json={"name": "sales"}).status_code == 201
        assert client.patch("/api/admin/groups?name=shop", json={"parent": "sales"}).status_code == 200
        for source, target in (("web", "api"), ("api", "db")):
            ends = {"source_service_id": source, "target_service_id": target}
            assert client.post("/api/admin/relations", json=ends).status_code == 201
    yield live
    live.stop()


@pytest.fixture
def drawn(app: LiveApp, page: Page) -> Page:
    """The map, as the administrator sees it."""
    app.open(page, "/map")
    expect(page.locator(".map-canvas:not(.unfitted) .map-node")).to_have_count(4)
    expect(page.locator(".person-button")).to_be_visible()
    return page


def box(page: Page, label: str) -> Locator:
    return page.locator(".react-flow__node-service").filter(has_text=label)


def drag(page: Page, source: str, target: str) -> None:
    """From the dot of one service to the middle of another."""
    box(page, source).hover()
    start = box(page, source).locator(".end-out").bounding_box()
    end = box(page, target).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"], start["y"])
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 10, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)


def test_relation_is_drawn_where_no_circle_forbids_it_and_deleted_with_a_key(drawn: Page) -> None:
    drag(drawn, "Db", "Web")
    expect(box(drawn, "Web").locator(".forbidden")).to_be_visible()
    hint = drawn.get_by_text("this would close a circle: db → web → api → db")
    expect(hint.first).to_be_visible()
    drawn.mouse.up()
    expect(drawn.get_by_role("dialog", name="New relation")).to_have_count(0)

    drag(drawn, "Web", "Mail")
    drawn.mouse.up()
    dialog = drawn.get_by_role("dialog", name="New relation")
    dialog.get_by_role("button", name="Add relation").click()
    expect(drawn.locator(".map-edge")).to_have_count(3)

    # An arrow's middle may lie under a box: it is clicked where it is, not where the mouse could be.
    drawn.locator(".map-edge .map-reach").last.dispatch_event("click")
    expect(drawn.get_by_role("group", name="The chosen relation")).to_contain_text("Web depends on Mail")
    box(drawn, "Web").locator(".map-node").focus()
    drawn.keyboard.press("Delete")
    expect(drawn.locator(".map-edge")).to_have_count(2)
    drawn.get_by_role("button", name="Undo", exact=True).click()
    expect(drawn.locator(".map-edge")).to_have_count(3)


def test_keys_walk_from_service_to_service_and_open_one(drawn: Page) -> None:
    box(drawn, "Web").locator(".map-node").focus()
    drawn.keyboard.press("ArrowRight")
    expect(drawn.locator(".map-node:focus")).to_have_attribute("aria-label", re.compile("^(Api|Mail), "))
    box(drawn, "Api").locator(".map-node").focus()
    drawn.keyboard.press("Enter")
    expect(drawn.locator("aside.details")).to_contain_text("http://127.0.0.1:1/api")


def test_group_in_a_group_is_a_frame_in_a_frame_and_folds_with_all_below(drawn: Page) -> None:
    expect(drawn.locator(".react-flow__node-frame")).to_have_count(2)
    drawn.get_by_role("button", name="Fold sales").press("Enter")
    folded = drawn.get_by_role("button", name="Group sales")
    expect(folded).to_contain_text("4 services")
    expect(drawn.locator(".react-flow__node")).to_have_count(1)
    expect(folded).to_be_focused()
    drawn.keyboard.press("m")
    drawn.get_by_role("menuitem", name="Unfold").press("Enter")
    expect(drawn.locator(".react-flow__node-frame")).to_have_count(2)
    expect(drawn.get_by_role("button", name="Fold sales")).to_be_focused()


def test_what_keys_move_moves_for_others_at_once(drawn: Page, app: LiveApp) -> None:
    other = drawn.context.new_page()
    app.open(other, "/map")
    expect(other.locator(".map-canvas:not(.unfitted) .map-node")).to_have_count(4)
    before = other.locator(".react-flow__node-service").filter(has_text="Mail").get_attribute("style")
    box(drawn, "Mail").locator(".map-node").focus()
    for _ in range(5):
        drawn.keyboard.press("Shift+ArrowDown")
    expect(other.locator(".react-flow__node-service").filter(has_text="Mail")).not_to_have_attribute(
        "style", before or ""
    )


def test_impact_and_simulation_stand_in_the_address_and_are_told_in_words(drawn: Page, app: LiveApp) -> None:
    app.open(drawn, "/map?mode=impact&of=db")
    panel = drawn.get_by_role("complementary", name="Impact")
    expect(panel).to_contain_text("Depends on it 2")
    expect(panel).to_contain_text("ada")
    expect(box(drawn, "Web").locator(".side-above")).to_be_visible()
    app.open(drawn, "/map?mode=what-if")
    expect(drawn.get_by_text("Simulation: nothing is changed.")).to_be_visible()
    expect(drawn.locator(".map-canvas:not(.unfitted) .map-node")).to_have_count(4)
    box(drawn, "Db").click()
    expect(box(drawn, "Web")).to_contain_text("Would fail")
    expect(drawn).to_have_url(re.compile("down=db"))


def test_list_tells_the_same_and_nothing_serious_is_wrong_for_readers(drawn: Page) -> None:
    assert not serious(drawn)
    drawn.get_by_role("button", name="List").click()
    row = drawn.get_by_role("row").filter(has=drawn.get_by_role("rowheader", name="Api"))
    expect(row).to_contain_text("Db")
    expect(row).to_contain_text("Web")
    assert not serious(drawn)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in ("serious", "critical")
    ]
