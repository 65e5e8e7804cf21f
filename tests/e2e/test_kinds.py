"""Services of other kinds than the web's: added by form and by list, reported for, paused by hand and tried again."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import ADMIN_NAME, LiveApp, expect_without
from tests.e2e.target import watched_server
from tests.ports import free_port
from tests.servers.http import HttpServer, reply

pytestmark = pytest.mark.e2e

OK, FAILED, STOPPED = "0", "2", "4"
INTERVAL_SECONDS = "5"
STEPS = {"where": "What and where", "how": "How"}
HTTP = "Asks a web address and judges the answer."


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """One program for the file; each test has services of its own."""
    app = LiveApp(tmp_path_factory.mktemp("kinds"))
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def target() -> Iterator[HttpServer]:
    with watched_server() as server:
        for path in ("/health", "/tried", "/shared"):
            server.on(path, reply(200, b"fine", reason="OK"))
        yield server


def row(page: Page, label: str) -> Locator:
    return page.locator("tr.row").filter(has=page.locator(".label", has_text=re.compile(f"^{re.escape(label)}$")))


def open_board(app: LiveApp, page: Page) -> None:
    """Once rows are there, and who looks is known: from then on it hears its keys."""
    app.open(page)
    expect(page.locator(".connection")).to_have_text("Live")
    expect(page.locator(".person-button")).to_be_visible()


def new_service(page: Page, kind: str, **fields: str) -> Locator:
    """The dialog, filled in by keyboard alone."""
    page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("[name='config.url']")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    chosen = dialog.get_by_label("Kind")
    expect(chosen).to_be_focused()
    if kind != "http":  # which it is; chosen once more, the fields would be drawn anew while they are filled in
        chosen.select_option(kind)
        expect(dialog.locator(".kind .help")).not_to_have_text(HTTP)
        expect(chosen).to_be_focused()
    for name, text in fields.items():
        field = dialog.locator(f"[name='{name.replace('__', '.')}']")
        step = field.locator("xpath=ancestor::*[@data-in]").get_attribute("data-in")
        dialog.get_by_role("button", name=STEPS[step or ""], exact=True).press("Enter")
        expect(field).to_be_visible()
        field.focus()
        expect(field).to_be_focused()
        page.keyboard.type(text)
        expect(field).to_have_value(text)
    return dialog


def try_now(dialog: Locator) -> None:
    """By keyboard; once more where it took longer than a check may, because others kept the machine busy."""
    button, found = dialog.locator("[data-test]"), dialog.locator(".found")
    button.press("Enter")
    expect(found).to_contain_text(re.compile("Up|Down"))
    if "Down" in found.inner_text():
        button.press("Enter")


def throw_away(page: Page) -> None:
    """So that the next test begins with an empty form."""
    page.locator("dialog[open]").get_by_role("button", name="Throw away").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:160]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def test_three_kinds_are_tried_from_the_form(app: LiveApp, page: Page, target: HttpServer) -> None:
    port = str(httpx.URL(target.url("/")).port)
    tried: list[tuple[str, dict[str, str], str]] = [
        ("http", {"config__url": target.url("/tried")}, "first byte"),
        ("tcp", {"config__host": "127.0.0.1", "config__port": port}, "connect"),
        ("process", {"config__name": "python"}, "processes"),
    ]
    open_board(app, page)
    for kind, fields, told in tried:
        dialog = new_service(page, kind, label=f"Tried {kind}", **fields)
        try_now(dialog)
        expect(dialog.locator(".found")).to_contain_text("Up")
        expect(dialog.locator(".found")).to_contain_text(told)
        expect(dialog.locator(".preview-row")).to_contain_text(f"Tried {kind}")
        page.keyboard.press("Control+Enter")
        expect(dialog).to_have_count(0)
        saved = row(page, f"Tried {kind}")
        expect(saved).to_be_visible()

        # Opened again it is the same.
        saved.press("m")
        page.get_by_role("menuitem", name="Edit").click()
        for name, text in fields.items() | {("label", f"Tried {kind}")}:
            expect(dialog.locator(f"[name='{name.replace('__', '.')}']")).to_have_value(text)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_service_of_another_kind_by_form(app: LiveApp, page: Page, target: HttpServer) -> None:
    open_board(app, page)
    dialog = new_service(page, "tcp", config__host="127.0.0.1", config__port="70000", label="Port of the target")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_text(re.compile("at most 65535, got"))).to_be_visible()
    expect(dialog.locator("[name='config.port']")).to_be_focused()
    assert serious(page) == []
    dialog.locator("[name='config.port']").fill(str(httpx.URL(target.url("/")).port))
    page.keyboard.press("Control+Enter")
    expect(dialog).to_have_count(0)
    expect(row(page, "Port of the target")).to_have_attribute("data-status", OK)


def test_only_what_goes_with_a_choice_is_asked_for(app: LiveApp, page: Page) -> None:
    open_board(app, page)
    dialog = new_service(page, "http")
    dialog.get_by_role("button", name="How", exact=True).click()
    dialog.locator("summary").first.click()
    token = dialog.locator("[name='config.token']")
    expect(token).to_be_hidden()
    dialog.locator("[name='config.auth']").select_option("bearer")
    expect(token).to_be_visible()
    expect(dialog.locator("[name='config.username']")).to_be_hidden()
    throw_away(page)


def test_choosing_a_kind_alone_is_nothing_to_lose(app: LiveApp, page: Page) -> None:
    open_board(app, page)
    dialog = new_service(page, "database")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    new_service(page, "database", config__user="ann")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("What you typed is kept as a draft")
    page.keyboard.press("n")
    expect(dialog.locator("[name='config.user']")).to_have_value("ann")
    dialog.get_by_role("button", name="Throw it away").click()
    expect(dialog.locator("[name='config.url']")).to_have_value("")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def joined(app: LiveApp, name: str) -> dict[str, str]:
    """The cookies of an editor who has just joined."""

    def asked(path: str, body: dict[str, object], cookies: dict[str, str]) -> httpx.Response:
        answer = httpx.post(app.url + path, json=body, cookies=cookies, headers={"Origin": app.url})
        assert answer.status_code < 300, answer.text
        return answer

    invited = asked("/api/invitations", {"role": "editor", "note": "", "days": 1}, app.cookies).json()
    account = {"token": invited["token"], "username": name, "password": "wobbly-lantern-orchid-72"}
    return dict(asked("/api/auth/invitation", account, {}).cookies)


def test_two_people_and_a_restart_lose_nothing(app: LiveApp, browser: Browser, page: Page, target: HttpServer) -> None:
    """The administrator and an editor, each in a browser of their own."""
    open_board(app, page)
    new_service(page, "http", config__url=target.url("/shared"), label="Shared")
    page.keyboard.press("Control+Enter")
    shared = row(page, "Shared")
    expect(shared).to_be_visible()
    other = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
    cookies = joined(app, "ben")
    other.context.add_cookies([{"name": name, "value": value, "url": app.url} for name, value in cookies.items()])
    other.goto(app.url)
    for tab in (page, other):
        row(tab, "Shared").press("m")
        tab.get_by_role("menuitem", name="Edit").click()
    mine, theirs = page.locator("dialog[open]"), other.locator("dialog[open]")
    expect(mine).to_contain_text("ben is editing this, too")
    expect(theirs).to_contain_text(f"{ADMIN_NAME} is editing this, too")
    mine.locator("[name=label]").fill("Mine")
    theirs.locator("[name=label]").fill("Theirs")
    theirs.locator("[name=group]").fill("Shop")
    theirs.get_by_role("button", name="Save").click()
    expect(theirs).to_have_count(0)
    other.context.close()
    expect(mine).to_contain_text("ben saved this service while you were editing it")

    app.kill()
    app.start()
    expect(mine.locator("[name=label]")).to_have_value("Mine")
    page.reload()
    expect(mine.locator("[name=label]")).to_have_value("Mine")
    expect(mine).to_contain_text("is restored")
    page.keyboard.press("Control+Enter")
    expect(mine).to_contain_text("ben saved this service while you were editing it")
    assert serious(page) == []
    mine.get_by_role("button", name="Keep mine: Name").click()
    expect(mine.locator("[name=group]")).to_have_value("Shop")
    page.keyboard.press("Control+Enter")
    expect(mine).to_have_count(0)
    expect(row(page, "Mine")).to_contain_text("Shop")


def test_list_of_many_kinds(app: LiveApp, page: Page, target: HttpServer) -> None:
    open_board(app, page)
    box, button = page.get_by_label("Addresses to watch"), page.get_by_role("button", name="Paste a list")
    expect(box.or_(button).first).to_be_visible()
    if button.is_visible():  # on an empty board the box is there at once
        button.click()
    closed = free_port()
    addresses = [
        target.url("/health"),
        f"tcp://127.0.0.1:{closed}",
        f"ws://127.0.0.1:{closed}/live",
        f"redis://127.0.0.1:{closed}",
        "process:lightbulb-e2e-nothing",
        "push:3600",
    ]
    page.get_by_role("button", name="How other kinds of checks are written").click()
    expect(page.get_by_text("push:SECONDS or push:CRON")).to_be_visible()
    box.fill("\n".join(addresses))
    page.get_by_role("button", name="Check 6 addresses").click()
    lines = page.locator(".lines")
    for kind in ("HTTP", "TCP port", "WebSocket", "Database", "Process", "Push"):
        expect(lines.locator(".chip", has_text=re.compile(f"^{kind}$"))).to_have_count(1)
    assert serious(page) == []
    page.get_by_role("button", name="Save 6 services").click()
    expect(page.locator(".toast")).to_contain_text("6 services are watched now")
    expect(row(page, "a report every 1 h")).to_be_visible()


def test_breaker_is_opened_and_closed_without_a_mouse(app: LiveApp, page: Page, target: HttpServer) -> None:
    open_board(app, page)
    new_service(page, "http", config__url=target.url("/health"), label="Spared", interval_seconds=INTERVAL_SECONDS)
    page.keyboard.press("Control+Enter")
    spared = row(page, "Spared")
    expect(spared).to_have_attribute("data-status", OK)

    spared.press("m")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    for _ in range(12):
        if page.get_by_role("menuitem", name="Open the breaker").evaluate("item => item === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_text("is required: others want to know why")).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("new disks")
    expect(dialog.get_by_label("Reason")).to_have_value("new disks")
    page.keyboard.press("Control+Enter")
    expect(spared).to_have_attribute("data-status", STOPPED)
    expect(spared).to_contain_text("checks paused")
    expect(spared).to_contain_text("new disks")

    spared.press("Enter")
    panel = page.locator("aside.details")
    expect(panel).to_contain_text("until somebody closes it")
    assert serious(page) == []
    panel.get_by_role("button", name="Close the breaker").press("Enter")
    expect(spared).to_have_attribute("data-status", OK)
    expect(panel).to_contain_text("circuit breaker closed")


def test_push_address_is_shown_works_and_is_renewed(app: LiveApp, page: Page) -> None:
    open_board(app, page)
    new_service(page, "push", config__period_seconds="3600", label="Nightly backup")
    page.keyboard.press("Control+Enter")
    dialog = page.locator("dialog[open]")
    address = dialog.locator(".copy-line code").first
    expect(address).to_contain_text(f"{app.url}/push/")
    first = address.inner_text()
    assert serious(page) == []
    dialog.get_by_role("button", name="Done", exact=True).click()
    assert httpx.get(first).status_code == 200
    backup = row(page, "Nightly backup")
    expect(backup).to_have_attribute("data-status", OK)

    expect_without(page, first.rpartition("/")[2])
    backup.click()
    show = page.get_by_role("button", name="Show the address")
    expect(show).to_be_visible()
    assert first.rpartition("/")[2] not in page.content()
    show.click()
    expect(address).to_have_text(first)
    dialog.get_by_role("button", name="Renew the address").click()
    dialog.get_by_role("button", name="Renew it now").click()
    expect(address).not_to_have_text(first)
    expect(address).to_contain_text(f"{app.url}/push/")
    second = address.inner_text()
    assert httpx.get(first).status_code == 404
    assert httpx.post(f"{second}/fail", content="no space left").status_code == 200
    page.keyboard.press("Escape")
    expect(backup).to_have_attribute("data-status", FAILED)
    expect(backup).to_contain_text("no space left")
