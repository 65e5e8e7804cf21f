"""An incident in two real browsers: written about by both at once, and its map; services that are typed into a rule."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from monitor_app.models.types import to_millis
from tests.e2e.conftest import LiveApp

pytestmark = pytest.mark.e2e

CHAIN = 6
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A chain of services, an incident at its end, another one on a service of its own; nothing is checked."""
    app = LiveApp(tmp_path_factory.mktemp("incident"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}, timeout=30) as client:
        for name in ("mail", "mail-archive", *(f"part-{number}" for number in range(CHAIN))):
            config = {"url": f"https://{name}.example.org/"}
            values = {"service_id": name, "label": name.title(), "status_config": config}
            assert client.post("/api/admin/services", json=values).status_code == 201
        for number in range(1, CHAIN):
            ends = {"source_service_id": f"part-{number}", "target_service_id": f"part-{number - 1}"}
            made = client.post("/api/admin/relations", json=ends | {"relation_type": "dependency"})
            assert made.status_code == 201, made.text
    break_down(app)
    yield app
    app.stop()


def break_down(app: LiveApp) -> None:
    """Write the alerts down as alerting does."""
    now = to_millis(datetime.now(UTC))
    with sqlite3.connect(app.database, timeout=30) as database:
        pks = dict(database.execute("SELECT service_id, pk FROM service"))
        for root, others in (("part-0", [f"part-{number}" for number in range(1, CHAIN)]), ("mail", [])):
            cursor = database.execute(
                "INSERT INTO incident (title, severity, cause, root_service_pk, started_at, acknowledged_by,"
                " post_mortem, revision) VALUES (?, 'critical', 'connection refused', ?, ?, '', '', 0)",
                (f"{root.title()} is down", pks[root], now),
            )
            for service in (root, *others):
                database.execute(
                    "INSERT INTO alert (rule_pk, rule_name, service_pk, subject, severity, state, held_by, held_why,"
                    " cause, facts, since, fired_at, why_resolved, incident_pk, acknowledged_by, revision)"
                    " VALUES (1, 'A service is down', ?, 'service', 'critical', 'firing', '', '', 'connection refused',"
                    " '{}', ?, ?, '', ?, '', 0)",
                    (pks[service], now, now, cursor.lastrowid),
                )


def opened(app: LiveApp, browser: Browser, address: str, **options: object) -> Page:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.add_cookies([{"name": name, "value": value, "url": app.url} for name, value in app.cookies.items()])
    page = context.new_page()
    page.goto(f"{app.url}{address}")
    return page


def test_two_who_write_the_post_mortem_at_once_lose_nothing(app: LiveApp, browser: Browser) -> None:
    pages = [opened(app, browser, "/incidents/1"), opened(app, browser, "/incidents/1")]
    areas = [page.get_by_label("Post-mortem, in Markdown") for page in pages]
    for page, area, text in zip(pages, areas, ("A digger.", "The disk."), strict=True):
        page.get_by_role("button", name="Write one").click()
        area.fill(text)
    areas[0].press("Control+Enter")
    expect(pages[0].locator("pre.post-mortem")).to_have_text("A digger.")
    other = pages[1].locator(".post-mortem-other")
    expect(other).to_contain_text("Somebody else saved it while you wrote.")
    expect(other.locator("pre")).to_have_text("A digger.")
    expect(areas[1]).to_have_value("The disk.")

    # Thrown away by mistake: it is there again, and so is the warning.
    pages[1].get_by_role("button", name="Throw it away").click()
    expect(areas[1]).to_have_count(0)
    pages[1].get_by_role("button", name="Undo").click()
    expect(areas[1]).to_have_value("The disk.")
    expect(other).to_be_visible()
    areas[1].fill("A digger, and the disk.")
    areas[1].press("Control+Enter")
    for page in pages:
        expect(page.locator("pre.post-mortem")).to_have_text("A digger, and the disk.")
        page.context.close()


def test_the_map_of_an_incident_fades_where_there_is_more_of_it(app: LiveApp, browser: Browser) -> None:
    page = opened(app, browser, "/incidents/1", viewport=PHONE)
    drawing = page.locator(".relation-map")
    # It begins at the right end: at what the others depend on.
    expect(drawing).to_have_attribute("data-beyond", "start")
    drawing.evaluate("box => box.scrollTo(60, 0)")
    expect(drawing).to_have_attribute("data-beyond", "start end")
    drawing.evaluate("box => box.scrollTo(0, 0)")
    expect(drawing).to_have_attribute("data-beyond", "end")
    assert "gradient" in drawing.evaluate("box => getComputedStyle(box).maskImage")
    expect(page.get_by_role("navigation", name="Alerting").locator("[aria-current]")).to_have_text("Alerts")
    # A phone has no Escape.
    page.get_by_role("button", name="Rename it").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Part-0 is down")
    page.context.close()


def test_a_service_that_is_typed_into_a_rule_is_taken_or_asked_about(app: LiveApp, browser: Browser) -> None:
    page = opened(app, browser, "/alerting/rules?edit=new")
    dialog = page.get_by_role("dialog", name="A new rule")
    dialog.get_by_label("Name", exact=True).fill("Mail is down")
    dialog.get_by_text("Some of them").click()
    field = dialog.get_by_role("combobox", name="Only these services")
    # By its name, and on the way to a longer one nothing is taken.
    field.press_sequentially("mail-arch")
    field.press("Enter")
    expect(dialog.locator(".picked li")).to_have_text(["mail-archive"])
    field.fill("MAIL")
    field.press("Tab")
    expect(dialog.locator(".picked li")).to_have_text(["mail-archive", "mail"])
    expect(dialog).to_be_visible()
    field.fill("maill")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".scope-fields > .wrong")).to_contain_text('would be without "maill"')
    expect(field).to_have_value("maill")
    field.fill("")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rule-list tbody tr").filter(has_text="Mail is down")).to_contain_text("2 services")
    page.context.close()
