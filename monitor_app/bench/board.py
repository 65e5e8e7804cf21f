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
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board_data import BoardData
from monitor_app.bench.browser import browsing, drawn_ms, page_of, update_ms

ROWS: Final = 10
DRAWN: Final = "tr[data-id][tabindex='0']"
# Notes every layout shift.
WATCH: Final = """
window.__shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# The response times on the page, which differ after every update.
SHOWN: Final = "() => [...document.querySelectorAll('td .value')].map((cell) => cell.textContent).join()"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000, help="on the board (default 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="loads of each page; the median counts (default 5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and bytes."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(Path(name), args.services, args.rounds))


async def _measure(folder: Path, services: int, rounds: int) -> dict[str, Any]:
    data = BoardData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
    await data.fill(services)
    try:
        async with browsing(folder) as (browser, url):
            return await _look(browser, url, data, rounds)
    finally:
        await data.close()


async def _look(browser: Any, url: str, data: BoardData, rounds: int) -> dict[str, Any]:
    await _load(browser, f"{url}/empty")  # the server's own first time
    empty, board = [], []
    for _ in range(rounds):
        empty.append(await _load(browser, f"{url}/empty"))
        board.append(await _load(browser, url))
    return {
        "usable_ms": round(statistics.median(load["ready_ms"] for load in board), 1),
        "empty_ms": round(statistics.median(load["ready_ms"] for load in empty), 1),
        "ws_bytes": round(statistics.median(load["ws_bytes"] for load in board)),
        "update_ms": round(await _update(browser, url, data, "reduce"), 2),
        "faded_update_ms": round(await _update(browser, url, data, "no-preference"), 2),
        "transfer_bytes": round(statistics.median(load["transfer_bytes"] for load in board)),
        "layout_shift": round(max(load["shift"] for load in board), 4),
        "all_usable_ms": {str(number): round(load["ready_ms"], 1) for number, load in enumerate(board, 1)},
    }


async def _load(browser: Any, url: str) -> dict[str, float]:
    """Load a page with nothing in the cache."""
    counted = {"ws_bytes": 0, "transfer_bytes": 0}

    def count_frame(frame: str | bytes) -> None:
        counted["ws_bytes"] += len(frame.encode() if isinstance(frame, str) else frame)

    def count_socket(socket: Any) -> None:
        socket.on("framereceived", count_frame)
        socket.on("framesent", count_frame)

    def count_transfer(event: dict[str, Any]) -> None:
        counted["transfer_bytes"] += event["encodedDataLength"]

    async with page_of(browser) as page:
        page.on("websocket", count_socket)
        inspector = await page.context.new_cdp_session(page)
        await inspector.send("Network.enable")
        inspector.on("Network.loadingFinished", count_transfer)
        await page.add_init_script(WATCH)
        ready_ms = await drawn_ms(page, url, DRAWN)
        ws_bytes = counted["ws_bytes"]
        await page.wait_for_timeout(500)  # what still moves
        shift = await page.evaluate("window.__shift")
    return {"ready_ms": ready_ms, "shift": shift, "ws_bytes": ws_bytes, "transfer_bytes": counted["transfer_bytes"]}


async def _update(browser: Any, url: str, data: BoardData, motion: str) -> float:
    """Milliseconds of the main thread that an update of 10 rows takes."""

    async def change(number: int) -> None:
        await data.change(range(number * 2, number * 2 + ROWS))

    async with page_of(browser, reduced_motion=motion) as page:
        await page.goto(f"{url}/?sort=label")
        await page.wait_for_selector("tr[data-id]")
        return await update_ms(page, SHOWN, change)
