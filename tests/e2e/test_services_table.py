"""The table of all services in a real browser: an editor finds, chooses and changes; a viewer has none of it."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from monitor_app.state.admin_services.bulk import ServiceBulkState
from tests.e2e.conftest import LiveApp, until

pytestmark = pytest.mark.e2e

PASSWORD = "wobbly-lantern-orchid-72"
COUNT = 130
PAGE = "/admin/services"
# Nobody checks them, and nothing moves because that is told in the middle of a test.
DAY_SECONDS = 86_400
# In one go, before the router can have gone anywhere.
TICK_ALL = """list => [...list.querySelectorAll("input")].map((box) => {
  box.click();
  return box.checked;
})"""
# An event past all that the page offers, over a socket with the cookie of who looks at it.
CALL = """([name, payload]) => new Promise((resolve, reject) => {
  const address = `${location.origin.replace("http", "ws")}/_event/?EIO=4&transport=websocket&token=x`;
  const socket = new WebSocket(address);
  socket.onclose = reject;
  socket.onmessage = ({ data }) => {
    if (data === "2") socket.send("3");
    else if (data.startsWith("0")) socket.send("40/_event,");
    else if (data.startsWith("40/")) socket.send(`42/_event,${JSON.stringify(["event", { name, payload }])}`);
    else if (data.includes("You may not")) resolve(data);
  };
})"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """130 services, and no engine."""
    app = LiveApp(tmp_path_factory.mktemp("services"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    services = {
        f"shop-{number:03d}": {"label": f"Shop {number:03d}", "group": "Shop" if number % 2 else "Data"}
        | {"status_config": {"url": f"http://127.0.0.1:1/{number}"}, "interval_seconds": DAY_SECONDS}
        for number in range(COUNT)
    }
    asked(app, app.cookies, "/api/import", {"text": json.dumps({"services": services}), "format": "json"})
    yield app
    app.stop()


def asked(app: LiveApp, cookies: dict[str, str], path: str, body: object, status: int = 200) -> httpx.Response:
    answer = httpx.post(app.url + path, json=body, cookies=cookies, headers={"Origin": app.url})
    assert answer.status_code == status, answer.text
    return answer


def joined(app: LiveApp, role: str) -> dict[str, str]:
    """The cookies of somebody of a role."""
    made = asked(app, app.cookies, "/api/invitations", {"role": role, "note": "", "days": 1}, 201).json()
    body = {"token": made["token"], "username": f"{role}-1", "password": PASSWORD}
    return dict(asked(app, {}, "/api/auth/invitation", body).cookies)


def as_somebody(app: LiveApp, page: Page, role: str) -> dict[str, str]:
    cookies = joined(app, role)
    page.context.add_cookies([{"name": name, "value": value, "url": app.url} for name, value in cookies.items()])
    return cookies


def test_editor_finds_chooses_and_changes(app: LiveApp, page: Page) -> None:
    as_somebody(app, page, "editor")
    page.goto(app.url + PAGE)
    expect(page.locator("tbody tr[data-id]")).to_have_count(50)

    # By the keyboard: to the first row, mark it, and with Shift the next one.
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    bar = page.get_by_role("toolbar", name="What to do with the selected services")
    expect(bar).to_contain_text("2 selected")

    # A filter and another page: the selection stays, and grows by all that match.
    page.get_by_role("group", name="Filters").get_by_role("button", name="Group").click()
    page.get_by_role("checkbox", name=re.compile("Data")).check()
    expect(page.get_by_text("1–50 of 65")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("group=Data"))
    bar.get_by_role("button", name="Select all 65 that match").click()
    expect(bar).to_contain_text("66 selected")
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("51–65 of 65")).to_be_visible()
    expect(page.locator("tr[aria-selected=true][data-id]")).to_have_count(15)

    # All get a tag, at once and as one change that can be taken back.
    bar.get_by_role("button", name="Tags…").click()
    page.get_by_label("Add").fill("winter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("66 services are tagged")).to_be_visible()
    expect(page.locator("tbody tr[data-id]").first).to_contain_text("winter")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr[data-id]").first).not_to_contain_text("winter")
    page.get_by_role("button", name="Select none").click()
    expect(bar).to_have_count(0)


def test_boxes_ticked_faster_than_the_router_goes_all_count(app: LiveApp, page: Page) -> None:
    app.open(page, PAGE)
    page.get_by_role("group", name="Filters").get_by_role("button", name="Group").click()
    groups = page.get_by_role("group", name="Group", exact=True)
    expect(groups.get_by_role("checkbox")).to_have_count(2)
    assert groups.evaluate(TICK_ALL) == [True, True]
    expect(page).to_have_url(re.compile("group=(Data%2CShop|Shop%2CData)"))
    assert groups.evaluate(TICK_ALL) == [False, False]
    expect(page).to_have_url(re.compile(f"{PAGE}/?$"))


def test_columns_views_and_switches(app: LiveApp, page: Page) -> None:
    app.open(page, f"{PAGE}?q=shop-00&sort=-label")
    expect(page.locator("tbody tr[data-id]").first).to_contain_text("Shop 009")
    page.get_by_role("button", name="Columns and rows").click()
    page.get_by_role("checkbox", name="Id", exact=True).check()
    page.get_by_role("button", name="Move Id forward").press("Enter")
    page.get_by_role("radio", name="Compact").click()
    page.keyboard.press("Escape")
    heads = page.get_by_role("columnheader")
    expect(heads.nth(-3)).to_have_text("Id")
    expect(page).to_have_url(re.compile("density=compact"))

    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save as…").click()
    page.get_by_label("Name of the view").fill("Nine shops")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="View: Nine shops")).to_be_visible()
    expect(page).to_have_url(re.compile("view=1"))
    page.keyboard.press("Escape")
    page.goto(f"{app.url}{PAGE}?view=1")
    expect(page.locator("tbody tr[data-id]")).to_have_count(10)
    expect(page).to_have_url(re.compile("q=shop"))

    switch = page.get_by_role("switch", name="Check Shop 009")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.get_by_text("Shop 009 is paused")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(switch).to_have_attribute("aria-checked", "true")


def test_file_is_looked_at_before_it_is_brought_in(app: LiveApp, page: Page) -> None:
    app.open(page, f"{PAGE}?q=shop-000")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import services")
    text = (
        "service_id,label,interval_seconds,config.url\nshop-000,The shop,60,http://127.0.0.1:1/0\nnew,New,1,http://x/\n"
    )
    dialog.get_by_label("Or paste it").fill(text)
    dialog.get_by_role("button", name="See what it would do").click()
    expect(dialog.get_by_text("1 changed")).to_be_visible()
    expect(dialog.get_by_text("0 removed")).to_be_visible()
    expect(dialog.locator(".import-problems td").first).to_have_text("3")
    expect(dialog.locator(".import-problems")).to_contain_text("must be")
    expect(dialog.locator("ins", has_text="The shop")).to_be_visible()
    dialog.get_by_label("Bring in what is good, and leave these out").check()
    dialog.get_by_role("button", name="Import 1 change").click()
    expect(page.get_by_text("Imported: 0 added, 1 changed")).to_be_visible()
    expect(page.locator("tbody tr[data-id]").first).to_contain_text("The shop")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: importing The shop")).to_be_visible()
    expect(page.locator("tbody tr[data-id]").first).to_contain_text("Shop 000")

    page.get_by_role("button", name="Export").click()
    page.get_by_role("radio", name=re.compile("CSV")).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert [line.partition(",")[0] for line in download.value.path().read_text().splitlines()] == [
        "service_id",
        "shop-000",
    ]

    page.goto(f"{app.url}{PAGE}?q=nowhere&group=Shop")
    expect(page.get_by_role("button", name=re.compile("Drop the search"))).to_contain_text("65 services")


def test_viewer_has_no_page_and_no_action(app: LiveApp, browser: Browser, page: Page) -> None:
    cookies = as_somebody(app, page, "viewer")
    answer = page.goto(app.url + PAGE)
    assert answer is not None
    assert answer.status == 404
    page.goto(app.url)
    expect(page.locator("tr[data-service]").first).to_be_visible()
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    for name in ("New service", "Add", "Edit", "Pause", "Duplicate", "Delete"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    told = page.evaluate(CALL, [f"{ServiceBulkState.get_full_name()}.delete", {}])
    assert "You may not delete services" in told
    with httpx.Client(base_url=app.url, cookies=app.cookies) as admin:
        denials = "/api/audit.json?who=viewer-1&outcome=denied"
        until(lambda: "event ServiceBulkState.delete" in admin.get(denials).text)  # nobody waits for the audit log
    ids = {"service_ids": ["shop-000"]}
    asked(app, cookies, "/api/admin/services/bulk", ids | {"action": "delete"}, 403)
    asked(app, cookies, "/api/export/selection", ids | {"format": "json"}, 403)
    shared = {"page": "services", "name": "Mine", "query": "", "is_shared": True}
    asked(app, cookies, "/api/views", shared, 403)
    asked(app, cookies, "/api/views", shared | {"is_shared": False}, 201)
