"""How soon the board is usable in a browser, and what an update costs it.

The real server on a fresh database with `--services` services and 60 results of each; headless Chromium with a cold
cache, `--rounds` times. `usable_ms` runs from navigation to the first page of rows drawn and answering the keyboard,
`empty_ms` is a page of the same app with nothing on it, loaded in turn with the board. `ws_bytes` are the websocket's
bytes of the load, `update_ms` the main-thread time of one update of 10 rows: how much busier the page's thread is while
updates come than while none do, divided by their number, with reduced motion. `faded_update_ms` is the same with the
fading tint: without a GPU, as here, each of its frames is the page's thread's work.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitor_app.bench.board_data import BoardData

ROOT = Path(__file__).parents[2]
START_SECONDS = 300
STOP_SECONDS = 20
UPDATES = 10
ROWS = 10
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
# Notes when the page is ready, and every layout shift.
WATCH = """
const wanted = location.pathname.startsWith("/empty") ? "#ready[data-ready=yes]" : "tr[data-id][tabindex='0']";
new MutationObserver((_, observer) => {
  if (!document.querySelector(wanted)) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__readyAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
window.__shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000, help="on the board (default 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="loads of each page; the median counts (default 5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return asyncio.run(_measure(folder, args.services, args.rounds))


async def _measure(folder: Path, services: int, rounds: int) -> dict[str, Any]:
    data = BoardData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
    await data.fill(services)
    try:
        with serving(folder) as url:
            return await _browse(url, data, rounds)
    finally:
        await data.close()


async def _browse(url: str, data: BoardData, rounds: int) -> dict[str, Any]:
    from playwright.async_api import async_playwright  # comes with requirements-dev.txt only

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        await _load(browser, f"{url}/empty")  # the server's own first time
        empty, board = [], []
        for _ in range(rounds):
            empty.append(await _load(browser, f"{url}/empty"))
            board.append(await _load(browser, url))
        update_ms = await _update(browser, url, data, "reduce")
        faded_update_ms = await _update(browser, url, data, "no-preference")
        await browser.close()
    return {
        "usable_ms": round(statistics.median(load["ready_ms"] for load in board), 1),
        "empty_ms": round(statistics.median(load["ready_ms"] for load in empty), 1),
        "ws_bytes": round(statistics.median(load["ws_bytes"] for load in board)),
        "update_ms": round(update_ms, 2),
        "faded_update_ms": round(faded_update_ms, 2),
        "transfer_bytes": round(statistics.median(load["transfer_bytes"] for load in board)),
        "layout_shift": round(max(load["shift"] for load in board), 4),
        "all_usable_ms": {str(number): round(load["ready_ms"], 1) for number, load in enumerate(board, 1)},
    }


async def _load(browser: Any, url: str) -> dict[str, float]:
    """Load a page with nothing in the cache."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = await context.new_page()
    counted = {"ws_bytes": 0, "transfer_bytes": 0}

    def count_frame(frame: str | bytes) -> None:
        counted["ws_bytes"] += len(frame.encode() if isinstance(frame, str) else frame)

    def count_socket(socket: Any) -> None:
        socket.on("framereceived", count_frame)
        socket.on("framesent", count_frame)

    def count_transfer(event: dict[str, Any]) -> None:
        counted["transfer_bytes"] += event["encodedDataLength"]

    page.on("websocket", count_socket)
    inspector = await context.new_cdp_session(page)
    await inspector.send("Network.enable")
    inspector.on("Network.loadingFinished", count_transfer)
    await page.add_init_script(WATCH)
    await page.goto(url, wait_until="commit")
    await page.wait_for_function("window.__readyAt !== undefined", polling=50)
    ready_ms = await page.evaluate("window.__readyAt")
    ws_bytes = counted["ws_bytes"]
    await page.wait_for_timeout(500)  # what still moves
    shift = await page.evaluate("window.__shift")
    await context.close()
    return {"ready_ms": ready_ms, "shift": shift, "ws_bytes": ws_bytes, "transfer_bytes": counted["transfer_bytes"]}


async def _update(browser: Any, url: str, data: BoardData, motion: str) -> float:
    """Milliseconds of the main thread that an update of 10 rows takes."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion=motion, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{url}/?sort=label")
    await page.wait_for_selector("tr[data-id]")
    inspector = await context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    await page.wait_for_timeout(3000)  # whatever the load left to do
    started = time.monotonic()
    before = await busy_ms(inspector)
    for number in range(UPDATES):
        sent = await _shown(page)
        await data.change(range(number * 2, number * 2 + ROWS))
        await page.wait_for_function(f"({_SHOWN}) !== {sent!r}", polling=200)
    seconds = time.monotonic() - started
    with_updates = await busy_ms(inspector) - before
    await page.wait_for_timeout(3000)
    before = await busy_ms(inspector)
    started = time.monotonic()
    while time.monotonic() - started < seconds:  # the same looks at the page, and nothing to see
        await _shown(page)
        await page.wait_for_timeout(200)
    without = (await busy_ms(inspector) - before) * seconds / (time.monotonic() - started)
    await context.close()
    return (with_updates - without) / UPDATES


# The response times on the page, which differ after every update.
_SHOWN = "[...document.querySelectorAll('td .value')].map((cell) => cell.textContent).join()"


async def _shown(page: Any) -> str:
    text: str = await page.evaluate(_SHOWN)
    return text


async def busy_ms(inspector: Any) -> float:
    """Milliseconds that the page's main thread has been busy so far."""
    metrics = (await inspector.send("Performance.getMetrics"))["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration") * 1000


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`python -m monitor_app serve` on this database, without an engine; the benchmark writes in its place."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
