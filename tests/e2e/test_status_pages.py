"""Status pages in a real browser: arranged by keyboard, and read by people whose browser runs no script."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e.conftest import SOON_MS, LiveApp, wear

pytestmark = pytest.mark.e2e

CANARY = "k4nary"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NO_OVERFLOW = "() => document.documentElement.scrollWidth <= innerWidth"
# Rules that depend on the theme; all others are looked at once for each width.
RULES: dict[Literal["light", "dark"], dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
FOUND = """async (rules) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """Three services with telling names, and nothing checked."""
    app = LiveApp(tmp_path_factory.mktemp("status"), settings={"SCHEDULER_ENABLED": "false"})
    app.start()
    for name in ("web", "pay", "secret"):
        values = {"service_id": f"{CANARY}-{name}", "label": f"{CANARY} {name}", "group": f"{CANARY} group"}
        ask(app, "POST", "/api/admin/services", values | {"status_config": {"url": f"http://127.0.0.1:9/{CANARY}"}})
    yield app
    app.stop()


def ask(app: LiveApp, method: str, path: str, body: Any = None) -> Any:
    answer = httpx.request(method, app.url + path, json=body, cookies=app.cookies, headers={"Origin": app.url})
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def serious(page: Page, wear: Callable[[Page, Literal["light", "dark"]], None] = wear) -> list[str]:
    """What axe-core finds that keeps people out, in both themes, wide and on a phone."""
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_function(NO_OVERFLOW)
        for theme, rules in RULES.items():
            wear(page, theme)
            if not page.evaluate("'axe' in window"):
                page.evaluate(Axe().axe_script)
            found += [f"{theme} {size['width']}: {text}" for text in page.evaluate(FOUND, rules)]
    wear(page, "light")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return found


def opened(page: Page, address: str, text: str) -> Response:
    """A public page, once it is printed with this text: a moment after it is published."""
    deadline = time.monotonic() + SOON_MS / 1000
    while True:
        answer = page.goto(address)
        assert answer is not None
        if text in answer.text():
            return answer
        assert time.monotonic() < deadline, f"{address} does not tell “{text}”"
        page.wait_for_timeout(500)


def test_page_and_notice_are_published_by_keyboard_and_read_without_scripts(
    app: LiveApp, page: Page, browser: Browser
) -> None:
    app.open(page, "/admin/status-pages")
    page.get_by_role("button", name="Make the first one").press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("Acme Status")
    expect(page.get_by_label("Address", exact=True)).to_have_value("acme-status")
    for name in ("web", "pay"):
        page.get_by_label("Add services").fill(f"{CANARY} {name}")
        page.get_by_role("button", name=re.compile(f"{CANARY} {name}")).press("Enter")
    page.get_by_label(f"Public name of {CANARY}-web").fill("Web shop")
    payments = page.get_by_label(f"Public name of {CANARY}-pay")
    payments.fill("Payments")
    payments.press("Alt+ArrowUp")
    expect(payments).to_be_focused()
    expect(page.locator("[data-entry]").first).to_have_attribute("data-entry", f"{CANARY}-pay")
    preview = page.locator(".preview-frame")
    expect(preview.get_by_role("heading", name="Payments", include_hidden=True)).to_have_count(1)
    assert serious(page) == []
    payments.press("Control+Enter")
    expect(page.get_by_text("Acme Status is published.")).to_be_visible()
    expect(page.get_by_role("button", name="Acme Status", exact=True)).to_be_focused()

    page.get_by_role("link", name="Notices").press("Enter")
    page.get_by_role("button", name="Tell something").press("Enter")
    page.get_by_label("Title", exact=True).fill("Orders take long")
    page.get_by_label("What readers are told").fill("We are looking into it.")
    page.get_by_label("Web shop").check()
    assert serious(page) == []
    page.get_by_label("Title", exact=True).press("Control+Enter")
    page.get_by_role("button", name="Update", exact=True).press("Enter")
    page.get_by_label("State", exact=True).select_option("identified")
    page.get_by_label("What readers are told").fill("The disk was full.")
    page.get_by_role("button", name="Tell readers").press("Enter")
    expect(page.get_by_text("The disk was full.")).to_be_visible()
    assert serious(page) == []

    reader = browser.new_context(java_script_enabled=False)
    public = reader.new_page()
    answer = opened(public, f"{app.url}/status/acme-status", "The disk was full.")
    expect(public.get_by_role("heading", level=1)).to_have_text("Acme Status")
    expect(public.locator("#services .row :is(h3, h4)")).to_have_text(["Payments", "Web shop"])
    expect(public.get_by_text("The disk was full.")).to_be_visible()
    assert CANARY not in answer.text()
    assert len(answer.body()) < 50_000
    reader.close()
    page.goto(f"{app.url}/status/acme-status")
    # Without scripts, it has the theme of the system by its style alone.
    assert serious(page, lambda page, scheme: page.emulate_media(color_scheme=scheme)) == []


def test_private_page_opens_without_scripts(app: LiveApp, browser: Browser) -> None:
    values = {"slug": "vip", "title": "For our partners", "access": "password", "password": "quiet-harbour"}
    ask(app, "POST", "/api/admin/status-pages", values)
    reader = browser.new_context(java_script_enabled=False)
    page = reader.new_page()
    opened(page, f"{app.url}/status/vip", "Password")
    for password in ("wrong", "quiet-harbour"):
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        if password == "wrong":
            expect(page.get_by_role("alert")).to_have_text("That is not the password of this page.")
    expect(page.get_by_role("heading", level=1)).to_have_text("For our partners")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("For our partners")
    reader.close()


def test_no_word_is_too_long_for_a_phone(app: LiveApp, page: Page, browser: Browser) -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 2
    entry = {"service_id": f"{CANARY}-web", "public_name": word, "description": word, "section": word[:80]}
    values = {"slug": "long", "title": word, "description": word, "entries": [entry]}
    ask(app, "POST", "/api/admin/status-pages", values)
    notice = {"title": word, "text": f"{word} https://example.org/{word}", "pages": ["long"]}
    ask(app, "POST", "/api/admin/notices", notice | {"services": [f"{CANARY}-web"]})
    reader = browser.new_context(viewport={"width": 320, "height": 844})
    public = reader.new_page()
    opened(public, f"{app.url}/status/long", "https://example.org/")
    assert public.evaluate("document.documentElement.scrollWidth") == 320
    reader.close()
    for path in ("/admin/status-pages", "/admin/status-pages?tab=notices"):
        app.open(page, path)
        expect(page.get_by_text(word).first).to_be_visible()
        for width in (390, 768):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_function(NO_OVERFLOW)


def test_what_was_saved_is_taken_back(app: LiveApp, page: Page) -> None:
    ask(app, "POST", "/api/admin/status-pages", {"slug": "shops", "title": "Shop status"})
    app.open(page, "/admin/status-pages?edit=shops")
    title = page.get_by_label("Title", exact=True)
    title.fill("All of our shops")
    title.press("Control+Enter")
    expect(page.get_by_text("All of our shops is published.")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Shop status", exact=True)).to_be_visible()
    expect(page.get_by_text("Shop status is as it was.")).to_be_visible()


def test_badges_are_seen_and_copied_for_where_they_are_to_stand(app: LiveApp, page: Page) -> None:
    entries = [{"service_id": f"{CANARY}-web", "public_name": 'Shop [new] & "old"'}]
    ask(app, "POST", "/api/admin/status-pages", {"slug": "badged", "title": "Badged", "entries": entries})
    app.open(page, "/admin/status-pages")
    page.get_by_role("button", name="What can be done with Badged").press("Enter")
    page.get_by_role("menuitem", name="Badges and feeds").press("Enter")
    badge = page.locator(".badge-line")
    page.wait_for_function("() => document.querySelector('.badge-line img')?.naturalWidth > 50")
    page.get_by_label("Badges that tell").select_option("uptime?days=7")
    address = f"{app.url}/badge/badged.shop-new-old/uptime?days=7"
    expect(badge.locator("code")).to_have_text(address)
    page.get_by_label("To be copied as").select_option("markdown")
    home = f"{app.url}/status/badged"
    expect(badge.locator("code")).to_have_text(f'[![Shop \\[new\\] & "old"]({address})]({home})')
    page.get_by_label("To be copied as").select_option("html")
    alt = "Shop [new] &amp; &quot;old&quot;"
    expect(badge.locator("code")).to_have_text(f'<a href="{home}"><img src="{address}" alt="{alt}"></a>')
    assert serious(page) == []


def test_changes_of_a_notice_are_taken_back(app: LiveApp, page: Page) -> None:
    page_values = {"slug": "news", "title": "News"}
    ask(app, "POST", "/api/admin/status-pages", page_values)
    made = ask(app, "POST", "/api/admin/notices", {"title": "Mail is late", "text": "We look.", "pages": ["news"]})
    ask(app, "POST", f"/api/admin/notices/{made['notice_id']}/updates", {"text": "We know why."})
    app.open(page, "/admin/status-pages?tab=notices")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Mail is", exact=False)).last
    undo = page.get_by_role("button", name="Undo", exact=True)

    def taken_back(said: str) -> None:
        expect(page.get_by_text(said)).to_be_visible()
        undo.press("Enter")
        expect(page.get_by_role("status").get_by_text("The notice is as it was.")).to_have_count(1)
        expect(undo).to_have_count(0)

    page.get_by_role("button", name="New notice").press("Enter")
    page.get_by_label("Title", exact=True).press("Control+Enter")
    expect(page.get_by_role("alert")).to_have_text(["is required", "is required"])
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.get_by_role("button", name="Cancel").press("Enter")

    card.get_by_role("button", name="What can be done with").press("Enter")
    page.get_by_role("menuitem", name="Edit").press("Enter")
    page.get_by_label("Title", exact=True).fill("Mail is gone")
    page.get_by_label("Title", exact=True).press("Control+Enter")
    expect(page.get_by_role("heading", name="Mail is gone")).to_be_visible()
    taken_back("“Mail is gone”: changed.")
    expect(page.get_by_role("heading", name="Mail is late")).to_be_visible()

    card.get_by_role("button", name="Take back the update").first.press("Enter")
    page.get_by_role("button", name="Take it back").press("Enter")
    expect(card.get_by_text("We know why.")).to_have_count(0)
    taken_back("“Mail is late”: the update is taken back.")
    expect(card.get_by_text("We know why.")).to_be_visible()

    card.get_by_role("button", name="Update", exact=True).press("Enter")
    page.get_by_label("State", exact=True).select_option("resolved")
    page.get_by_label("What readers are told").fill("It is over.")
    page.get_by_role("button", name="Tell readers").press("Enter")
    expect(card.get_by_text("It is over.")).to_be_visible()
    taken_back("“Mail is late”: readers are told how it goes on.")
    expect(card.get_by_text("It is over.")).to_have_count(0)
    expect(card.get_by_text("We know why.")).to_be_visible()
