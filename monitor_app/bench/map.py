"""How soon the map is drawn in a browser, what a change of statuses costs it, and how smoothly it is panned.

The real server on a fresh database with `--services` services in groups of 15 and `--relations` relations without a
circle; headless Chromium, which draws by software. `first_ms` runs from navigation with a cold cache to the first
picture of the map, the median of `--rounds` loads; `empty_ms` is a page of the same app with nothing on it, loaded in
turn with the map. `update_ms` is the main-thread time of one update in which 10
services change their status: how much busier the page's thread is while such updates come than while none do. `fps`
are the frames a second while the map is dragged with the pointer, `empty_fps` the same on a map that holds nothing, in
the same run. `layouts` is how often the updates laid the map out anew: never.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board import BROWSER_FLAGS, BROWSERS, busy_ms, serving
from monitor_app.bench.map_data import MapData

UPDATES: Final = 10
CHANGED: Final = 10
PAN_SECONDS: Final = 3.0
SETTLE_MS: Final = 2000
DRAWN: Final = ".map-canvas:not(.unfitted) .map-node"
# Notes when the map is drawn: the first frame after its boxes are there and it is fitted into the window.
WATCH: Final = """
const isEmpty = location.pathname.startsWith("/empty");
const wanted = isEmpty ? "#ready[data-ready=yes]" : ".map-canvas:not(.unfitted) .map-node";
new MutationObserver((_, observer) => {
  if (!document.querySelector(wanted)) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__drawnAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""
# Counts frames until it is asked for them.
COUNT: Final = """() => {
  window.__frames = 0;
  const count = () => { window.__frames += 1; window.__counting = requestAnimationFrame(count); };
  count();
}"""
# What the boxes say of services and folded groups.
SAID: Final = "[...document.querySelectorAll('.map-node')].map((node) => node.getAttribute('aria-label')).join()"
PLACES: Final = "[...document.querySelectorAll('.react-flow__node')].map((node) => node.style.transform).join()"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=300, help="on the map (default 300)")
    parser.add_argument("--relations", type=int, default=600, help="between them (default 600)")
    parser.add_argument("--rounds", type=int, default=3, help="loads; the median counts (default 3)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds, and frames a second."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(Path(name), args.services, args.relations, args.rounds))


async def _measure(folder: Path, services: int, relations: int, rounds: int) -> dict[str, Any]:
    data = MapData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
    await data.fill_map(services, relations)
    try:
        with serving(folder) as url:
            return await _browse(url, data, rounds)
    finally:
        await data.close()


async def _browse(url: str, data: MapData, rounds: int) -> dict[str, Any]:
    from playwright.async_api import async_playwright  # comes with requirements-dev.txt only

    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        await _load(browser, f"{url}/empty")  # the server's own first time
        empty, first = [], []
        for _ in range(rounds):
            empty.append(await _load(browser, f"{url}/empty"))
            first.append(await _load(browser, f"{url}/map"))
        update_ms, layouts = await _update(browser, url, data)
        empty_fps = await _pan(browser, f"{url}/map?tag=nothing-has-this-tag", ".map-canvas .react-flow__pane")
        fps = await _pan(browser, f"{url}/map", DRAWN)
        await browser.close()
    return {
        "first_ms": round(statistics.median(first), 1),
        "empty_ms": round(statistics.median(empty), 1),
        "update_ms": round(update_ms, 2),
        "fps": round(fps, 1),
        "empty_fps": round(empty_fps, 1),
        "layouts": layouts,
        "all_first_ms": {str(number): round(each, 1) for number, each in enumerate(first, 1)},
    }


async def _load(browser: Any, url: str) -> float:
    """Milliseconds until a page is drawn, with nothing in the cache."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = await context.new_page()
    await page.add_init_script(WATCH)
    await page.goto(url, wait_until="commit")
    await page.wait_for_function("window.__drawnAt !== undefined", polling=50)
    drawn_at: float = await page.evaluate("window.__drawnAt")
    await context.close()
    return drawn_at


async def _update(browser: Any, url: str, data: MapData) -> tuple[float, int]:
    """Milliseconds of the main thread that an update of 10 statuses takes, and how often boxes moved."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = await context.new_page()
    await page.goto(f"{url}/map")
    await page.wait_for_selector(DRAWN)
    inspector = await context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    await page.wait_for_timeout(SETTLE_MS)  # whatever the load left to do
    places, layouts = await page.evaluate(PLACES), 0
    started, before = time.monotonic(), await busy_ms(inspector)
    for number in range(UPDATES):
        said = await page.evaluate(SAID)
        await data.flip(range(number * CHANGED, (number + 1) * CHANGED), datetime.now(UTC))
        await page.wait_for_function(f"said => {SAID} !== said", arg=said, polling=200)
    seconds = time.monotonic() - started
    with_updates = await busy_ms(inspector) - before
    layouts += await page.evaluate(PLACES) != places
    await page.wait_for_timeout(SETTLE_MS)
    before, started = await busy_ms(inspector), time.monotonic()
    while time.monotonic() - started < seconds:  # the same looks at the page, and nothing to see
        await page.evaluate(SAID)
        await page.wait_for_timeout(200)
    without = (await busy_ms(inspector) - before) * seconds / (time.monotonic() - started)
    await context.close()
    return (with_updates - without) / UPDATES, layouts


async def _pan(browser: Any, url: str, ready: str) -> float:
    """Frames a second while the map is dragged to and fro."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(ready, state="attached")
    await page.wait_for_timeout(SETTLE_MS)
    box = await page.locator(".map-canvas").bounding_box()
    assert box is not None
    # A corner that nothing stands in: a box would be dragged instead.
    x, y = box["x"] + 8, box["y"] + 8
    await page.mouse.move(x, y)
    await page.mouse.down()
    started = time.monotonic()
    await page.evaluate(COUNT)
    step = 0
    while time.monotonic() - started < PAN_SECONDS:
        step += 1
        swing = step % 120
        await page.mouse.move(x + 5 * min(swing, 120 - swing), y + 2 * min(swing, 120 - swing))
    frames: int = await page.evaluate("window.__frames")
    seconds = time.monotonic() - started
    await page.mouse.up()
    await context.close()
    return frames / seconds
