"""Relations in a real browser: an editor adds several, is refused a circle, cuts a link, goes on."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered

pytestmark = pytest.mark.e2e

PASSWORD = "wobbly-lantern-orchid-72"
NAMES = {"web": "Web shop", "api": "Orders", "auth": "Sign-in", "db": "Store"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Four services, no engine."""
    app = LiveApp(tmp_path_factory.mktemp("relations"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    with client(app) as api:
        for service_id, label in NAMES.items():
            values = {"service_id": service_id, "label": label, "status_config": {"url": f"https://{service_id}.test/"}}
            assert api.post("/api/admin/services", json=values).status_code == 201
    yield app
    app.stop()


def client(app: LiveApp) -> httpx.Client:
    return httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url})


def log_in_editor(app: LiveApp, page: Page) -> None:
    """Somebody with an account of their own."""
    with client(app) as api:
        link = api.post("/api/invitations", json={"role": "editor", "note": "Ed", "days": 3}).json()["link"]
        given = {"token": link.partition("#")[2], "username": "ed", "password": PASSWORD}
        api.cookies.clear()
        answer = api.post("/api/auth/invitation", json=given)
        assert answer.status_code == 200, answer.text
    page.context.add_cookies(
        [{"name": name, "value": value, "url": app.url, "httpOnly": True} for name, value in answer.cookies.items()]
    )


def choose(page: Page, field: str, text: str, name: str) -> None:
    """With the keyboard alone."""
    page.locator("dialog[open]").get_by_role("combobox", name=field, exact=True).fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] .chosen-service", has_text=name)).to_be_visible()


def test_editor_adds_several_is_refused_a_circle_and_cuts_it(app: LiveApp, page: Page) -> None:
    log_in_editor(app, page)
    page.goto(f"{app.url}/admin/relations")
    # The button is there before anything answers it.
    expect(page.get_by_text("No relations yet")).to_be_visible()
    page.get_by_role("button", name="Add relation").press("Enter")
    dialog = page.get_by_role("dialog", name="New relation")
    expect(dialog.get_by_role("combobox", name="Service", exact=True)).to_be_focused()
    choose(page, "Service", "web", "Web shop")
    for text, name in (("orders", "Orders"), ("db", "Store")):
        choose(page, "Services at the other end", text, name)
    expect(dialog.get_by_text("Web shop needs Orders and Store to work")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("table.relations tbody tr")).to_have_count(2)
    expect(page.locator(".toast")).to_contain_text("Web shop depends on Orders and Store")
    expect_uncovered(page)

    page.keyboard.press("n")
    choose(page, "Service", "orders", "Orders")
    page.get_by_role("combobox", name="Services at the other end").fill("web")
    expect(page.get_by_role("option", name=re.compile("would close a circle: api -> web -> api"))).to_be_visible()
    page.keyboard.press("Enter")
    circle = dialog.get_by_role("alert", name="This would close a circle")
    expect(circle.locator(".way")).to_have_text(re.compile("Orders.*Web shop.*Orders"))
    found = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert found == []
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_visible()
    circle.get_by_role("button", name="Disable: Web shop depends on Orders").press("Enter")
    expect(circle).to_have_count(0)
    expect(dialog.locator("[type=submit]")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("table.relations tbody tr")).to_have_count(3)
    switch = page.get_by_role("switch", name="Enabled: Web shop needs Orders to work")
    expect(switch).to_have_attribute("aria-checked", "false")

    switch.click()
    expect(page.get_by_role("dialog", name="Edit relation").locator(".way")).to_contain_text("Web shop")
    expect(switch).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Select all of this page").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No relations yet")).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("table.relations tbody tr")).to_have_count(3)
