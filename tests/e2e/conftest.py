"""The real program, as `make run` starts it, and a real browser in front of it."""

import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.ports import free_port
from tests.program_environment import program_environment
from tests.warm_start import WarmProcess, forge

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 800  # the first start builds the frontend, on a busy machine for ten minutes
STOP_SECONDS = 300
# What is expected of a page is there after this at the latest, on a busy machine too.
SOON_MS = 60_000
expect.set_options(timeout=SOON_MS)
# Before this a key that is pressed in a form of the entrance goes nowhere.
READY = "form[data-ready]"
ADMIN_NAME, ADMIN_PASSWORD = "ada", "correct horse battery staple"
SETUP_LINK = re.compile(r"/setup#(\S+)")
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Toasts stay, and answers are waited for: who looks for them late on a busy machine finds them.
TOAST = ROOT / "monitor_app/components/browser/toast.jsx"
TOAST_MS = [int(ms) for ms in re.findall(r"(?:failed|other): (\d+)", TOAST.read_text())]
assert TOAST_MS, "toasts last by another name now"
PATIENCE = f"""(() => {{
  const start = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => start(act, {TOAST_MS}.includes(ms) ? 60 * ms : ms, ...more);
  const abort = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => abort.call(AbortSignal, 60 * ms);
}})()"""
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class LiveApp:
    """`python -m monitor_app serve` on a port and a database of its own, in a process group of its own.

    The first start makes the administrator, with the link that the terminal shows, unless `is_set_up` is False.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | WarmProcess | None = None
    is_set_up: bool = True
    cookies: dict[str, str] = field(default_factory=dict)  # of the administrator
    # For the coverage.
    is_noted: bool = False
    # Not for tests of the start itself, nor of how a program and its parts end.
    is_warm: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "lightbulb.db"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **program_environment(is_noted=self.is_noted),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SQLITE_DB_PATH": str(self.database),
            "DEMO_PORT": str(free_port()),
            **self.settings,
        }

    def start(self) -> None:
        """Start and wait until the page and the backend answer; what does not come up is not left behind."""
        try:
            self._start()
        except BaseException:
            with suppress(AssertionError):
                self.kill()
            raise

    def _start(self) -> None:
        log = self.folder / "serve.log"
        if self.is_warm and not self.is_noted:
            self.process = forge(ROOT).start(self.environment, log)
        else:
            self.process = self._start_cold(log)
        self._wait_until_it_answers()
        if self.is_set_up and not self.cookies:
            self._set_up()

    def _start_cold(self, path: Path) -> subprocess.Popen[bytes]:
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "monitor_app", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        # One client: to make one costs more than all else that is done here, and others compute meanwhile.
        with httpx.Client(base_url=self.url, timeout=10) as client:
            while time.monotonic() < deadline:
                if self.process is not None and self.process.poll() is not None:
                    raise AssertionError(f"serve ended with {self.process.returncode}:\n{self.log_text()}")
                with suppress(httpx.TransportError):
                    if client.get("/livez").status_code == 200:
                        return
                select_pause()
        raise AssertionError(f"serve did not answer in {START_SECONDS} s:\n{self.log_text()}")

    def setup_token(self) -> str:
        """What the set-up link holds that the terminal shows."""
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if found := SETUP_LINK.findall(self.log_text()):
                token: str = found[-1]
                return token
            select_pause()
        raise AssertionError(f"no set-up link was shown:\n{self.log_text()}")

    def log_in(self, context: BrowserContext) -> None:
        """From now on these pages are the administrator's."""
        context.add_cookies(
            [{"name": name, "value": value, "url": self.url, "httpOnly": True} for name, value in self.cookies.items()]
        )

    def log_in_anew(self) -> None:
        """The administrator's session has ended; here is another one."""
        self._post("login", {"username": ADMIN_NAME, "password": ADMIN_PASSWORD})

    def open(self, page: Page, address: str = "/") -> None:
        """Go to a page of this program as the administrator."""
        self.log_in(page.context)
        page.goto(self.url + address)

    def _set_up(self) -> None:
        self._post("setup", {"token": self.setup_token(), "username": ADMIN_NAME, "password": ADMIN_PASSWORD})

    def _post(self, name: str, body: dict[str, str]) -> None:
        answer = httpx.post(f"{self.url}/api/auth/{name}", json=body, headers={"Origin": self.url}, timeout=60)
        assert answer.status_code == 200, answer.text
        self.cookies = dict(answer.cookies)

    def stop(self) -> None:
        """Ctrl-C: every process of the group gets it, as in a terminal."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9 of the whole group."""
        self._end(signal.SIGKILL)

    def log_text(self) -> str:
        return (self.folder / "serve.log").read_text(errors="replace")[-4000:]

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                raise AssertionError(f"serve did not stop in {STOP_SECONDS} s:\n{self.log_text()}") from None
        self.process = None


def until(holds: Callable[[], bool]) -> None:
    """Waits until this is so, which no page shows."""
    deadline = time.monotonic() + SOON_MS / 1000
    while not holds():
        assert time.monotonic() < deadline, f"{inspect.getsource(holds).strip()} is not so after {SOON_MS / 1000:g} s"
        select_pause()


def expect_uncovered(page: Page) -> None:
    """Waits until no dialog stands before the page: from then on it gets the keys."""
    expect(page.locator("dialog[open]")).to_have_count(0)


def wear(page: Page, scheme: Literal["light", "dark"]) -> None:
    """The page in this theme, once it has taken it on."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_class(scheme)


def expect_without(page: Page, *texts: str) -> None:
    """Waits until none of these is anywhere in the page, shown or not."""
    there = "texts => texts.every(text => !document.documentElement.outerHTML.includes(text))"
    page.wait_for_function(there, arg=texts, timeout=SOON_MS)


def select_pause() -> None:
    """A short wait between two looks at a process that is starting."""
    signal.sigtimedwait([], 0.1)


@pytest.fixture
def live_app(tmp_path: Path) -> Iterator[LiveApp]:
    """The program with an empty database, running."""
    app = LiveApp(tmp_path)
    app.start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium a file: Playwright's event loop runs as long, and no coroutine test could beside it."""
    path = next((found for name in BROWSER_NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        new_context = browser.new_context

        def new_patient_context(**options: Any) -> BrowserContext:
            """Clicks, navigations and waits have as much time as what is expected."""
            context = new_context(**options)
            context.set_default_timeout(SOON_MS)
            context.add_init_script(PATIENCE)
            return context

        browser.new_context = new_patient_context  # type: ignore[method-assign]
        browser.new_page = lambda **options: new_patient_context(**options).new_page()  # type: ignore[method-assign]
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile; an error on its console or an uncaught exception fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
    yield page
    context.close()
    assert not problems, problems
