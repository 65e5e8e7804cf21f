"""Queues in real browsers: changed behind the page's back, operated by hand, lost and back; nobody asks unseen."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import SOON_MS, LiveApp, until
from tests.servers.queue import STATE, Queue, queue_server

pytestmark = pytest.mark.e2e

NO_OVERFLOW = "() => document.documentElement.scrollWidth <= innerWidth"
FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const isSerious = ({ impact }) => ["serious", "critical"].includes(impact);
  return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""
HIDE = """() => {
  Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  delete document.hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# The page asks every 2 s and the server before it answers: what changed is seen within 4 s on a quiet machine. What
# takes several answers, or waits longer after each that did not come, takes more on a busy one.
SLOWLY_MS = 3 * SOON_MS
# So often somebody looks whether for once nothing kept the machine busy.
LOOKS = 12


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("queues"))
    app.start()
    yield app
    app.stop()


@pytest.fixture
def queue() -> Iterator[Queue]:
    with queue_server() as server:
        yield server


@pytest.fixture
def client(app: LiveApp) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=app.url, cookies=app.cookies, headers={"Origin": app.url}) as client:
        yield client


def add(client: httpx.Client, label: str, queue: Queue) -> None:
    # Checked seldom: what is asked here is asked by the page.
    config = {"url": queue.url, "token": queue.token}
    body = {"label": label, "kind": "queue", "interval_seconds": 3600, "status_config": config}
    answer = client.post("/api/admin/services", json=body)
    assert answer.status_code == 201, answer.text


def card(page: Page, label: str) -> Locator:
    return page.locator(".queue-card").filter(has=page.get_by_role("link", name=label, exact=True))


def serious(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(FOUND)
    return found


def noted(page: Page) -> list[str]:
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda err: errors.append(str(err)))
    return errors


def order(page: Page, button: Locator, reason: str, verb: str) -> None:
    button.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name=f"{verb} it").click()
    expect(form.get_by_text("is required")).to_be_visible()
    form.get_by_label("Reason").fill(reason)
    form.get_by_role("button", name=f"{verb} it").dblclick()


def test_queue_is_followed_and_operated(app: LiveApp, client: httpx.Client, queue: Queue, browser: Browser) -> None:
    queue.token = "calm-otter"
    add(client, "Mail jobs", queue)
    first, second = browser.new_context(), browser.new_context()
    pages = [first.new_page(), second.new_page()]
    errors = [noted(page) for page in pages]
    page = pages[0]
    for each in pages:
        app.open(each, "/queue-monitoring")
        expect(card(each, "Mail jobs")).to_contain_text("Closed")

    queue.turn("open", "new disk")
    for each in pages:
        expect(card(each, "Mail jobs")).to_contain_text("Open")
        expect(card(each, "Mail jobs")).to_contain_text("“new disk”")
    expect(card(page, "Mail jobs").get_by_role("img")).to_be_visible()
    assert serious(page) == []

    # An order is given once, shown until it is so, and refused in the queue's own words.
    queue.fault = "refuse"
    order(page, page.get_by_role("button", name="Close the breaker of Mail jobs"), "it is in", "Close")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("a migration is under way")
    queue.fault, queue.delay_seconds = "", None
    page.get_by_role("dialog").get_by_role("button", name="Close it").dblclick()
    expect(card(page, "Mail jobs").get_by_role("button", name="Closing…")).to_be_disabled()
    queue.turn("closed", "it is in")
    for each in pages:
        expect(card(each, "Mail jobs")).to_contain_text("“it is in”")
    expect(card(page, "Mail jobs").get_by_role("button", name="Open the breaker of Mail jobs")).to_be_enabled()
    assert [one["reason"] for one in queue.orders] == ["it is in"]

    # One question serves both: with one each it would be twice as many.
    def is_shared() -> bool:
        begun = queue.asked("GET", STATE)
        page.wait_for_timeout(4500)
        return 1 <= queue.asked("GET", STATE) - begun <= 4

    assert any(is_shared() for _ in range(LOOKS))  # one of them on a machine that is not busy
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(NO_OVERFLOW)

    # A page that nobody sees asks for nothing, and for all at once when it is seen again.
    asked: list[str] = []
    page.evaluate(HIDE)
    page.on("request", lambda sent: asked.append(sent.url) if "/api/queues" in sent.url else None)
    for state in ("open", "closed"):
        queue.turn(state, f"{state} unseen")
        expect(card(pages[1], "Mail jobs")).to_contain_text(f"“{state} unseen”")
    assert asked == []
    page.evaluate(SHOW)
    expect(card(page, "Mail jobs")).to_contain_text("“closed unseen”")

    # Somebody wants it faster.
    page.get_by_label("Seconds between two looks").fill("1")

    # A token that expires, until the connection counts as lost; a good one and it is back by itself.
    queue.token = "another"
    expect(card(page, "Mail jobs")).to_contain_text("Connection lost", timeout=SLOWLY_MS)
    expect(card(page, "Mail jobs")).to_contain_text("the token is not accepted (401): the token has expired")
    expect(card(page, "Mail jobs")).to_contain_text("Unknown")

    def make_good(route: Route) -> None:
        """Not before: the button goes as soon as the queue is back."""
        queue.token = "calm-otter"
        route.continue_()

    page.route("**/api/queues/*/retry", make_good)
    card(page, "Mail jobs").get_by_role("button", name="Try again").click()
    expect(card(page, "Mail jobs").locator(".queue-state")).to_contain_text("Closed")

    # Who goes elsewhere asks no more.
    for each in pages:
        each.goto(f"{app.url}/help")

    def is_left_alone() -> bool:
        left = queue.asked("GET", STATE)
        page.wait_for_timeout(4500)
        return queue.asked("GET", STATE) == left

    page.wait_for_timeout(1000)
    assert any(is_left_alone() for _ in range(LOOKS))  # what was asked last may still be under way
    # The browser itself tells of the order that was refused.
    assert [len(one) for one in errors] == [1, 0]
    assert "409" in errors[0][0]
    first.close()
    second.close()


def test_all_checks_are_stopped_and_go_on(app: LiveApp, client: httpx.Client, queue: Queue, page: Page) -> None:
    add(client, "Bills", queue)
    errors = noted(page)
    app.open(page, "/queue-monitoring")
    page.get_by_role("button", name="Open one…").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Service").fill("bills")
    form.get_by_label("Reason").fill("spare it")
    form.get_by_role("button", name="Open it").click()
    row = page.locator(".queue-breakers li").filter(has_text="Bills")
    expect(row).to_contain_text("spare it")

    def answer_late(route: Route) -> None:
        """When it is carried out already, and the button that the dialog would go back to is gone."""
        answer = route.fetch()
        expect(row).to_have_count(0)
        route.fulfill(response=answer)

    page.route("**/api/breakers/*/close", answer_late)
    row.get_by_role("button", name="Close the breaker of Bills").click()
    form.get_by_label("Reason").fill("it is well")
    form.get_by_role("button", name="Close it").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("button", name="Open one…")).to_be_focused()
    own = page.locator(".queue-card").filter(has_text="Checks of this Lightbulb")
    expect(own).to_contain_text("Checks are started as they come due")
    order(page, page.get_by_role("button", name="Open the breaker of the check queue"), "moving the rack", "Open")
    expect(own).to_contain_text("No check is started")
    expect(page.get_by_role("button", name="Close the breaker of the check queue")).to_be_focused()
    expect(own).to_contain_text("“moving the rack”")
    told = client.get("/api/v1/queue/status").json()
    assert (told["status"], told["data"]["circuit_breaker"]["state"]) == ("success", "open")
    until(lambda: client.get("/api/v1/queue/status").json()["data"]["job_counts"])
    page.goto(app.url)
    expect(page.get_by_role("status").filter(has_text="All checks have been stopped")).to_contain_text(
        "moving the rack"
    )
    # What tells of it lies over nothing that one wants to press.
    page.locator("tr[data-id]").first.click()
    page.get_by_role("link", name="Open its page").click(trial=True)
    assert client.post("/api/v1/queue/open-circuit-breaker", json={}).status_code == 200
    # Whoever looks at alerts is not to take silence for good news.
    page.goto(f"{app.url}/alerts")
    expect(page.get_by_role("status").filter(has_text="All checks have been stopped")).to_be_visible()
    closed = client.post("/api/v1/queue/close-circuit-breaker", json={}).json()["data"]
    assert (closed["state"], closed["metadata"]["reason"]) == ("closed", "no reason given")
    expect(page.get_by_text(re.compile("All checks have been stopped"))).to_have_count(0)
    assert errors == []

    # The page itself hears nothing: it says so, nothing stays green, and it is back by itself.
    page.goto(f"{app.url}/queue-monitoring")
    expect(own).to_contain_text("Closed")
    page.get_by_label("Seconds between two looks").fill("1")
    page.route("**/api/queues?*", lambda route: route.abort())
    lost = re.compile(r"Connection lost\. ([5-9]|\d\d) tries in a row failed")
    expect(page.get_by_role("alert").filter(has_text=lost)).to_be_visible(timeout=SLOWLY_MS)
    expect(own).to_contain_text("It was closed when it was read last")
    expect(own.locator(".queue-state")).to_contain_text("Unknown")
    page.unroute("**/api/queues?*")
    expect(own.locator(".queue-state")).to_contain_text("Closed", timeout=SLOWLY_MS)
