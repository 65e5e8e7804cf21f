"""Deleting with what hangs on it, undo by the toast and by keys, an earlier version, what was deleted: in a browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered

SERVICES = "/api/admin/services"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """With two services, of which one depends on the other."""
    folder: Path = tmp_path_factory.mktemp("undo")
    app = LiveApp(folder)
    app.start()
    for name in ("Shop", "Database"):
        values = {"label": name, "enabled": False, "status_config": {"url": f"http://127.0.0.1:1/{name}"}}
        ask(app, "POST", SERVICES, values)
    ends = {"source_service_id": "shop", "target_service_id": "database"}
    ask(app, "POST", "/api/admin/relations", ends)
    yield app
    app.stop()


def ask(app: LiveApp, method: str, path: str, body: object = None) -> None:
    headers = {"Origin": app.url, "Content-Type": "application/json"}
    answer = httpx.request(method, app.url + path, json=body, headers=headers, cookies=app.cookies)
    assert answer.status_code < 300, answer.text


def opened(app: LiveApp, page: Page, name: str) -> Locator:
    """The panel of a service."""
    app.open(page, f"/?open={name.split()[0].lower()}")
    panel = page.locator("aside.details")
    expect(panel.get_by_role("heading", name=name)).to_be_visible()
    return panel


def test_deletion_tells_what_hangs_on_it_and_is_undone_by_toast_and_keys(app: LiveApp, page: Page) -> None:
    opened(app, page, "Database").get_by_role("button", name="Delete", exact=True).click()
    question = page.get_by_role("dialog", name="Delete Database?")
    expect(question).to_contain_text("Depend on it")
    expect(question).to_contain_text("Shop")
    question.get_by_role("button", name="Delete Database").click()
    toast, row = page.locator(".toast"), page.locator("tr[data-service]", has_text="Database")
    expect(toast).to_contain_text("Database is deleted")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("Undone: deleting Database")
    expect(row.first).to_be_visible()
    page.keyboard.press("Control+Shift+Z")
    expect(toast).to_contain_text("Done again: deleting Database")
    expect(row).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(toast).to_contain_text("Undone: deleting Database")
    expect(row.first).to_be_visible()


def test_earlier_version_is_taken_back_and_deleted_one_restored(app: LiveApp, page: Page) -> None:
    ask(app, "PATCH", f"{SERVICES}/shop", {"label": "Shop two", "interval_seconds": 30})
    opened(app, page, "Shop two").get_by_role("button", name="History of changes").click()
    history = page.get_by_role("dialog", name="History of changes of Shop two")
    history.get_by_role("button", name="added").click()
    expect(history.locator(".looked-at")).to_contain_text("Interval, seconds")
    history.get_by_role("button", name="Roll back to this").click()
    expect(page.locator(".toast")).to_contain_text("Shop is as it was")
    expect_uncovered(page)
    ask(app, "DELETE", f"{SERVICES}/shop?cascade=true")
    ask(
        app, "POST", SERVICES, {"label": "Other", "service_id": "shop", "status_config": {"url": "http://127.0.0.1:1/"}}
    )
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to or do")).to_be_focused()
    page.keyboard.type("recently deleted")
    page.keyboard.press("Enter")
    deleted = page.get_by_role("dialog", name="Recently deleted")
    expect(deleted).to_contain_text("Another service has this id by now")
    deleted.get_by_role("button", name="Restore Shop").click()
    expect(page.locator(".toast")).to_contain_text("Shop is back as shop-2, because shop is another service by now")
