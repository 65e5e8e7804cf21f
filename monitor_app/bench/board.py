"""How soon the board is usable in a browser, and what an update costs it in time and memory.

The real server on a fresh database with `--services` services and 60 results of each, and a second one with 50;
headless Chromium with a cold cache, `--rounds` times each, in turn. `usable_ms` runs from navigation to the first page
of rows drawn and answering the keyboard, `small_usable_ms` is the same of the small board; `usable_ratio` is the median
of how many times longer the large one took than the small one beside it. `empty_ms` is a page of the same app with
nothing on it. `ws_bytes` are the websocket's bytes of the load, `update_ms` the main-thread time of one update of 10
rows: how much busier the page's thread is while updates come than while none do, divided by their number, with reduced
motion. `faded_update_ms` is the same with the fading tint: without a GPU, as here, each of its frames is the page's
thread's work. `heap_200_mb` and `heap_2000_mb` are the page's memory after so many updates of 10 rows, come as fast
as it takes them, and `heap_ratio` is the later by the earlier.
"""

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board_data import BoardData
from monitor_app.bench.board_heap import heap_mb
from monitor_app.bench.browser import browsing, drawn_ms, page_of, serving, update_ms

ROWS: Final = 10
SMALL: Final = 50
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
    """Milliseconds, bytes and megabytes."""
    with tempfile.TemporaryDirectory() as large, tempfile.TemporaryDirectory() as small:
        return asyncio.run(_measure(Path(large), Path(small), args.services, args.rounds))


async def _measure(large: Path, small: Path, services: int, rounds: int) -> dict[str, Any]:
    data, few = (BoardData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}") for folder in (large, small))
    await data.fill(services)
    await few.fill(SMALL)
    try:
        with serving(small) as small_url:
            async with browsing(large) as (browser, url):
                return await _look(browser, url, small_url, data, rounds)
    finally:
        await data.close()
        await few.close()


async def _look(browser: Any, url: str, small_url: str, data: BoardData, rounds: int) -> dict[str, Any]:
    empty: list[dict[str, float]] = []
    board: list[dict[str, float]] = []
    small: list[dict[str, float]] = []
    for each in (url, small_url):  # the servers' own first times
        await _load(browser, f"{each}/empty")
        await _load(browser, each)
    for number in range(rounds):
        empty.append(await _load(browser, f"{url}/empty"))
        # Each of the two comes first as often as the other.
        for address, loads in ((url, board), (small_url, small))[:: 1 if number % 2 else -1]:
            loads.append(await _load(browser, address))
    ratios = [one["ready_ms"] / other["ready_ms"] for one, other in zip(board, small, strict=True)]
    quiet_ms, faded_ms = [await _update(browser, url, data, motion) for motion in ("reduce", "no-preference")]
    early, late = await heap_mb(browser, url)
    return {
        "usable_ms": round(_median(board, "ready_ms"), 1),
        "small_usable_ms": round(_median(small, "ready_ms"), 1),
        "usable_ratio": round(statistics.median(ratios), 3),
        "empty_ms": round(_median(empty, "ready_ms"), 1),
        "ws_bytes": round(_median(board, "ws_bytes")),
        "update_ms": round(quiet_ms, 2),
        "faded_update_ms": round(faded_ms, 2),
        "heap_200_mb": round(early, 2),
        "heap_2000_mb": round(late, 2),
        "heap_ratio": round(late / early, 3),
        "transfer_bytes": round(_median(board, "transfer_bytes")),
        "layout_shift": round(max(load["shift"] for load in board), 4),
        "all_usable_ms": {str(number): round(load["ready_ms"], 1) for number, load in enumerate(board, 1)},
    }


def _median(loads: list[dict[str, float]], name: str) -> float:
    return statistics.median(load[name] for load in loads)


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
