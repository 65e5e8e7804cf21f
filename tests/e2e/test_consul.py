"""Consul in a real browser: connected by hand, followed as it changes, away and back."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import LiveApp, expect_uncovered, until
from tests.ports import free_port
from tests.servers.consul import ConsulServer, running_consul, ttl

pytestmark = pytest.mark.e2e

BACK_MS = 330_000
NO_OVERFLOW = "() => document.documentElement.scrollWidth <= innerWidth"
SHOWN = """(isShown) => {
  Object.defineProperty(document, "hidden", { value: !isShown, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
STOCK_IS_PASSING = """async () => {
  const { services } = await (await fetch("/api/services?source=consul")).json();
  return services.some(({ id, current_status: status }) => id === "stock" && status === "passing");
}"""
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("consul"))
    app.start()
    yield app
    app.stop()


def get(app: LiveApp, path: str) -> Any:
    return httpx.get(app.url + path, cookies=app.cookies).json()


def shown_at(app: LiveApp) -> tuple[str, bool]:
    """How the API says that Consul is."""
    told = get(app, "/api/services?source=consul")
    return told["status"], told["consul_available"]


def row(page: Page, label: str) -> Any:
    return page.locator(".consul-table tbody tr").filter(has=page.get_by_role("link", name=label, exact=True))


def serious(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(FOUND)
    return found


def connect(page: Page, server: ConsulServer) -> None:
    page.get_by_role("button", name="Connect to Consul").press("Enter")
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("Main")
    form.get_by_label("Address", exact=True).fill("http://127.0.0.1:1")
    form.get_by_role("button", name="Test now").click()
    expect(form.get_by_role("alert")).to_contain_text("refused")
    form.get_by_label("Address", exact=True).fill(server.address)
    form.get_by_role("button", name="Test now").click()
    expect(form.get_by_text("It answers: 3 services")).to_be_visible()
    assert serious(page) == []
    form.get_by_label("Name", exact=True).press("Control+Enter")
    expect_uncovered(page)


def test_consul_is_connected_followed_away_and_back(app: LiveApp, page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda err: errors.append(str(err)))
    port = free_port()
    with ExitStack() as stack:
        server = stack.enter_context(running_consul(port))
        hostile = "<img src=x onerror=alert(1)>"
        server.register("shop", port=8080, Tags=["public"], checks=[ttl("shop-ttl")], Meta={"depends_on": "stock"})
        server.register("stock", Tags=["internal"], checks=[ttl("stock-ttl", "warning")])
        app.open(page, "/consul")
        expect(page.get_by_role("heading", name=re.compile("does not remember"))).to_be_visible()
        connect(page, server)
        expect(row(page, "shop")).to_contain_text("Passing")
        expect(row(page, "stock")).to_contain_text("Warning")
        link = row(page, "shop").get_by_role("link", name="127.0.0.1:8080")
        expect(link).to_have_attribute("target", "_blank")
        expect(row(page, "shop").locator("svg.day")).to_be_visible()

        # Nobody sees it: nothing is asked, and it is there at once when somebody does.
        page.evaluate(SHOWN, False)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url) if "/api/sources" in one.url else None)
        server.tell("stock-ttl", "passing")
        page.wait_for_function(STOCK_IS_PASSING)
        assert asked == []
        page.evaluate(SHOWN, True)
        expect(row(page, "stock")).to_contain_text("Passing")

        server.tell("shop-ttl", "critical", hostile)
        expect(row(page, "shop")).to_contain_text("Critical")
        row(page, "shop").get_by_role("button", name=re.compile("critical")).press("Enter")
        expect(page.locator(".consul-checks pre").first).to_have_text(hostile)
        # Each check has a day of its own, and tells when it changed.
        check = page.locator(".consul-checks > li").filter(has_text="shop-ttl")
        expect(check.get_by_role("slider", name=re.compile("Last 24 hours of shop-ttl: .* critical"))).to_be_visible()
        check.get_by_text("1 change").click()
        expect(check.get_by_role("listitem")).to_contain_text("passing → then critical")
        page.get_by_role("button", name="Tag", exact=True).click()
        internal = page.get_by_role("checkbox", name=re.compile("internal"))
        internal.click()
        expect(internal).to_be_checked()
        expect(row(page, "shop")).to_have_count(0)
        expect(page).to_have_url(re.compile("tag=internal"))
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Clear").click()
        expect(row(page, "shop")).to_have_count(1)
        page.get_by_label("Search services").fill("nothing such")
        expect(page.get_by_text("No service fits the search nothing such.")).to_be_visible()
        page.get_by_role("button", name="Drop the search").click()
        expect(row(page, "shop")).to_have_count(1)
        assert serious(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function(NO_OVERFLOW)
        page.set_viewport_size({"width": 1440, "height": 900})

        until(lambda: shown_at(app) == ("success", True))
        told = get(app, "/api/services?source=consul")
        assert "error" not in told
        shop = next(each for each in told["services"] if each["id"] == "shop")
        assert shop["current_status"] == "critical"
        assert {"name": "shop", "url": "http://127.0.0.1:8080/", "tags": ["public"]}.items() <= shop.items()
        # The last window may have begun just now.
        windows = get(app, "/api/services/shop/history?granularity=5")["data"]
        assert any(window["samples"] > 0 for window in windows[-3:])
        until(lambda: "meta depends_on" in str(get(app, "/api/admin/relations/suggestions")))

        server.deregister("stock")
        expect(row(page, "stock")).to_contain_text("Gone")
    expect(page.get_by_text("Main does not answer")).to_be_visible()
    until(lambda: shown_at(app) == ("error", False))
    told = get(app, "/api/services?source=consul")
    assert told["error"].startswith("Main: ")
    assert [each["id"] for each in told["services"] if each["current_status"] == "critical"] == ["shop"]
    with running_consul(port) as server:
        server.register("shop", port=8080, checks=[ttl("shop-ttl")])
        # The longer it is away, the longer are the pauses between two tries.
        expect(page.get_by_text("Main does not answer")).to_be_hidden(timeout=BACK_MS)
        expect(row(page, "shop")).to_contain_text("Passing")
    assert errors == []


def test_errors_of_a_history_are_empty_histories(app: LiveApp) -> None:
    missing = get(app, "/api/services/nothing/history")
    assert missing["data"] == []
    assert (missing["service_id"], missing["error"], missing["status"]) == ("nothing", missing["detail"], 404)
    wrong = get(app, "/api/services/shop/history?granularity=7")
    assert (wrong["data"], wrong["service_id"], wrong["status"]) == ([], "shop", 422)
    assert "granularity" in wrong["error"]
