"""An outage in a real browser: seen, acknowledged by keyboard, shown on the board, written about, exported."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered, until
from tests.e2e.target import watched_server
from tests.ports import free_port
from tests.servers.http import reply

pytestmark = pytest.mark.e2e

SIZES = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
DEPENDENTS = 5
WELL = 8
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Services that cannot be reached, since what they depend on cannot."""
    app = LiveApp(tmp_path_factory.mktemp("alerts"))
    app.start()
    yield app
    app.stop()


@pytest.fixture
def well() -> Iterator[str]:
    """The address of something that is well."""
    with watched_server() as server:
        server.on("/", reply(200, b"fine", reason="OK"))
        yield server.url("/")


def fail(app: LiveApp, well: str) -> None:
    """A database without anybody behind it, and shops that depend on it: they are checked once its alert fires.

    An engine that stands still for a quarter of a minute would not wait for the database, and tell of them all. And
    most services are `well`: if not, this machine's network is doubted as soon as its name server is slow to answer.
    """
    url = f"http://127.0.0.1:{free_port()}"
    names = ["Orders <b>DB</b>", *(f"Shop {number}" for number in range(DEPENDENTS))]
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}) as client:
        for number in range(WELL):
            service = {"label": f"Well {number}", "interval_seconds": 86_400, "status_config": {"url": well}}
            answer = client.post("/api/admin/services", json=service)
            assert answer.status_code == 201, answer.text
        until(lambda: client.get("/monitoring/dashboard").json()["counts"]["OK"] == WELL)
        for number, label in enumerate(names):
            config = {"url": f"{url}/{number}", "failures_to_fail": 1}
            service = {"label": label, "service_id": f"s{number}", "interval_seconds": 5, "status_config": config}
            answer = client.post("/api/admin/services", json=service | {"enabled": number == 0})
            assert answer.status_code == 201, answer.text
            if number:
                relation = {"source_service_id": f"s{number}", "target_service_id": "s0"}
                answer = client.post("/api/admin/relations", json=relation | {"relation_type": "dependency"})
                assert answer.status_code == 201, answer.text
        until(lambda: [one["state"] for one in client.get("/api/alerts").json()["items"]] == ["firing"])
        for number in range(1, len(names)):
            answer = client.patch(f"/api/admin/services/s{number}", json={"enabled": True})
            assert answer.status_code == 200, answer.text


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out, wide and on a phone."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        found += [f"{size['width']}: {text}" for text in page.evaluate(FOUND)]
    page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]
    return found


def test_outage_is_acknowledged_by_keyboard_and_written_about(app: LiveApp, browser: Browser, well: str) -> None:
    context = browser.new_context(viewport=SIZES[0], reduced_motion="reduce")  # type: ignore[arg-type]
    app.log_in(context)
    page, board = context.new_page(), context.new_page()
    page.goto(f"{app.url}/alerts")
    expect(page.locator(".empty-list")).to_contain_text("Nothing fires.")
    expect(page.get_by_role("link", name="Add a channel")).to_have_attribute("href", "/alerting/channels")
    board.goto(app.url)

    # A page that is loaded anew is told as well.
    page.reload()
    expect(page.locator(".empty-list")).to_contain_text("Nothing fires.")
    fail(app, well)
    # Nothing is loaded anew: both pages are told.
    first = page.locator("[data-alert]").first
    expect(first).to_contain_text("Orders <b>DB</b>")
    expect(page.locator(".alert-fold")).to_contain_text(f"{DEPENDENTS} held")
    expect(page.locator(".rail-badge")).to_have_text("1, 1 firing, 1 not acknowledged")
    assert serious(page) == []

    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("x")
    expect(first.get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("Escape")
    expect(first.get_by_role("checkbox")).not_to_be_checked()
    # By the pointer, and on with the keys.
    first.get_by_role("checkbox").click()
    expect(first.get_by_role("checkbox")).to_be_checked()
    expect(first).to_be_focused()
    page.keyboard.press("e")
    page.get_by_label("Note").fill("looking at the disks")
    page.get_by_label("Note").press("Control+Enter")
    expect(first).to_contain_text("ada is on it")
    expect(board.locator("tr[data-sid=s0] .on-it")).to_have_text("ada is on it")
    expect(page.locator(".rail-badge")).to_have_text("1, 1 firing, all acknowledged")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(board.locator(".on-it")).to_have_count(0)
    board.close()

    expect_uncovered(page)
    first.press("Enter")
    expect(page).to_have_url(re.compile(r"/incidents/\d+$"))
    story = page.locator(".timeline")
    expect(story).to_contain_text("ada took the acknowledgement back")
    page.keyboard.press("e")
    expect(page.get_by_label("For how long")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".incident-facts")).to_contain_text("ada is on it")
    expect(page.get_by_role("dialog")).to_have_count(0)
    note = page.get_by_label("A note for the timeline")
    note.fill("the disk <b>was</b> full")
    note.press("Control+Enter")
    expect(story).to_contain_text("the disk <b>was</b> full")
    expect(page.locator(".relation-map")).to_contain_text("Shop 3")
    assert serious(page) == []

    page.get_by_label("Select Shop 0").press("Space")
    expect(page.get_by_role("button", name="Split 1 alert off")).to_be_visible()
    page.get_by_role("button", name="Write one").press("Enter")
    area = page.get_by_label("Post-mortem, in Markdown")
    area.fill("## Why\n\n<b>A disk</b>")
    # What is typed is there again after one has been elsewhere.
    page.get_by_role("link", name="Alerts", exact=False).first.click()
    expect(page).to_have_url(re.compile(r"/alerts$"))
    page.go_back()
    expect(area).to_have_value("## Why\n\n<b>A disk</b>")
    area.press("Control+Enter")
    expect(page.locator("pre.post-mortem")).to_have_text("## Why\n\n<b>A disk</b>")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    text = download.value.path().read_text()
    assert text.startswith("# Orders \\<b\\>DB\\</b\\> is down")
    assert text.endswith("## Post-mortem\n\n## Why\n\n<b>A disk</b>\n")
    context.close()
