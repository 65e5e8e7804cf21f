"""A browser before the real server, for benchmarks of pages: how soon they are drawn, and what an update costs them."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.ports import free_port

ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 300
STOP_SECONDS: Final = 20
UPDATES: Final = 10
SETTLE_MS: Final = 3000  # whatever a load left to do
LOOK_MS: Final = 200
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
# Notes when what is waited for has been drawn: the frame after it is there.
_WATCH: Final = """
const wanted = location.pathname.startsWith("/empty") ? "#ready[data-ready=yes]" : WANTED;
new MutationObserver((_, observer) => {
  if (!document.querySelector(wanted)) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__drawnAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[tuple[Any, str]]:
    """A headless browser, and the address of the real server on the database of this folder."""
    from playwright.async_api import async_playwright  # comes with requirements-dev.txt only

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with serving(folder) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
            yield browser, url
            await browser.close()


@asynccontextmanager
async def page_of(browser: Any, **options: Any) -> AsyncIterator[Any]:
    """A page with nothing in its cache. `options` are those of a context."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True, **options)
    yield await context.new_page()
    await context.close()


async def drawn_ms(page: Any, url: str, wanted: str) -> float:
    """Milliseconds from the navigation until what the selector `wanted` names is drawn; /empty has its own."""
    await page.add_init_script(_WATCH.replace("WANTED", repr(wanted)))
    await page.goto(url, wait_until="commit")
    await page.wait_for_function("() => window.__drawnAt !== undefined", polling=50)
    drawn_at: float = await page.evaluate("window.__drawnAt")
    return drawn_at


async def update_ms(page: Any, shown: str, update: Callable[[int], Awaitable[None]]) -> float:
    """Milliseconds of the page's main thread that an update takes: how much busier it is than without any.

    `shown` is a function of the page whose answer is another one after each update.
    """
    inspector = await page.context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    await page.wait_for_timeout(SETTLE_MS)
    started, before = time.monotonic(), await _busy_ms(inspector)
    for number in range(UPDATES):
        said = await page.evaluate(shown)
        await update(number)
        await page.wait_for_function(f"said => ({shown})() !== said", arg=said, polling=LOOK_MS)
    seconds = time.monotonic() - started
    with_updates = await _busy_ms(inspector) - before
    await page.wait_for_timeout(SETTLE_MS)
    before, started = await _busy_ms(inspector), time.monotonic()
    while time.monotonic() - started < seconds:  # the same looks at the page, and nothing to see
        await page.evaluate(shown)
        await page.wait_for_timeout(LOOK_MS)
    without = (await _busy_ms(inspector) - before) * seconds / (time.monotonic() - started)
    return (with_updates - without) / UPDATES


async def _busy_ms(inspector: Any) -> float:
    """Milliseconds that the page's main thread has been busy so far."""
    metrics = (await inspector.send("Performance.getMetrics"))["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration") * 1000


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`python -m monitor_app serve` on this database, without an engine; the benchmark writes in its place."""
    port = free_port()
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SQLITE_DB_PATH": str(folder / "lightbulb.db"),
        "SCHEDULER_ENABLED": "false",
    }
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "monitor_app", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(server, port, folder / "serve.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended:\n{log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not answer in {START_SECONDS} s")
