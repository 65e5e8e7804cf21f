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
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.browser import SETTLE_MS, browsing, drawn_ms, page_of, update_ms
from monitor_app.bench.map_data import MapData

CHANGED: Final = 10
PAN_SECONDS: Final = 3.0
DRAWN: Final = ".map-canvas:not(.unfitted) .map-node"
# Counts frames until it is asked for them.
COUNT: Final = """() => {
  window.__frames = 0;
  const count = () => { window.__frames += 1; window.__counting = requestAnimationFrame(count); };
  count();
}"""
# What the boxes say of services and folded groups, and where they stand.
SAID: Final = "() => [...document.querySelectorAll('.map-node')].map((node) => node.getAttribute('aria-label')).join()"
PLACES: Final = "() => [...document.querySelectorAll('.react-flow__node')].map((node) => node.style.transform).join()"


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
        async with browsing(folder) as (browser, url):
            return await _look(browser, url, data, rounds)
    finally:
        await data.close()


async def _look(browser: Any, url: str, data: MapData, rounds: int) -> dict[str, Any]:
    await _load(browser, f"{url}/empty")  # the server's own first time
    empty, first = [], []
    for _ in range(rounds):
        empty.append(await _load(browser, f"{url}/empty"))
        first.append(await _load(browser, f"{url}/map"))
    update, layouts = await _update(browser, url, data)
    empty_fps = await _pan(browser, f"{url}/map?tag=nothing-has-this-tag", ".map-canvas .react-flow__pane")
    fps = await _pan(browser, f"{url}/map", DRAWN)
    return {
        "first_ms": round(statistics.median(first), 1),
        "empty_ms": round(statistics.median(empty), 1),
        "update_ms": round(update, 2),
        "fps": round(fps, 1),
        "empty_fps": round(empty_fps, 1),
        "layouts": layouts,
        "all_first_ms": {str(number): round(each, 1) for number, each in enumerate(first, 1)},
    }


async def _load(browser: Any, url: str) -> float:
    """Milliseconds until a page is drawn, with nothing in the cache."""
    async with page_of(browser) as page:
        return await drawn_ms(page, url, DRAWN)


async def _update(browser: Any, url: str, data: MapData) -> tuple[float, int]:
    """Milliseconds of the main thread that an update of 10 statuses takes, and how often boxes moved."""

    async def flip(number: int) -> None:
        await data.flip(range(number * CHANGED, (number + 1) * CHANGED), datetime.now(UTC))

    async with page_of(browser) as page:
        await page.goto(f"{url}/map")
        await page.wait_for_selector(DRAWN)
        await page.wait_for_timeout(SETTLE_MS)
        places = await page.evaluate(PLACES)
        cost = await update_ms(page, SAID, flip)
        return cost, int(await page.evaluate(PLACES) != places)


async def _pan(browser: Any, url: str, ready: str) -> float:
    """Frames a second while the map is dragged to and fro."""
    async with page_of(browser) as page:
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
        return frames / seconds
