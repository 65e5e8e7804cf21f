"""The browser's own word: nothing that the screens do breaks the Content-Security-Policy, and it is in force."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered

pytestmark = pytest.mark.e2e
REPORTS = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (report) =>
  window.reports.push(`${report.effectiveDirective} ${report.blockedURI} ${report.sourceFile}:${report.lineNumber}`));
"""
ATTACKS = """
() => {
  const script = document.createElement("script");
  script.textContent = "window.hacked = 'by an inline script'";
  document.head.append(script);
  document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hacked = 1'><p style='color: red'>x</p>");
  const style = document.createElement("style");
  style.textContent = "body { display: none }";
  document.head.append(style);
}
"""


def reports(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.reports")
    return found


def test_screens_keep_to_the_policy_and_attacks_do_not(live_app: LiveApp, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(REPORTS)
    page = context.new_page()
    live_app.open(page)
    expect(page.get_by_role("heading", name="Watch your first service")).to_be_visible()
    page.get_by_role("button", name="New service").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect_uncovered(page)
    page.get_by_role("button", name="Load the demo").click()
    expect(page.locator("[role=row]", has_text="Checkout API")).to_be_visible()
    page.locator("[role=row]", has_text="Checkout API").click()
    expect(page.locator("aside.details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside.details")).to_have_count(0)
    page.get_by_role("button", name="Paste a list").click()
    page.get_by_role("textbox", name=re.compile("address", re.IGNORECASE)).first.fill("https://127.0.0.1:1/")
    page.keyboard.press("Escape")
    assert reports(page) == []
    for path in ("/help", "/nowhere"):
        page.goto(live_app.url + path)
        page.wait_for_load_state("networkidle")
        assert reports(page) == [], path

    page.evaluate(ATTACKS)
    for directive in ("script-src-elem", "script-src-attr", "style-src-attr", "style-src-elem"):
        page.wait_for_function("name => window.reports.some(report => report.startsWith(name))", arg=directive)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    context.close()
