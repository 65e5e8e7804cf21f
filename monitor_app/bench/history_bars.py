"""How long a browser takes to draw the 24 hours of 100 rows.

The real server on a fresh database with 50 services that were checked every 5 minutes of the last day, some with
trouble; headless Chromium, which draws by software. The board shows 50 rows on a page, so each row that the server
sends is doubled on its way: `--rows` are drawn. `draw_ms` runs from the click on another granularity to the
frame that shows all bars anew, the median of `--rounds` times each; `all_draw_ms` the same by minutes of a bar, and
`cpu_ms` is the processor time of the page's thread for one, which says more on a busy machine. `wire_bytes` is what a
day of a row takes in the snapshot.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board_data import BoardData
from monitor_app.bench.browser import browsing, page_of
from monitor_app.domain.account import HISTORY_GRANULARITIES
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status

SERVICES: Final = 50
STEPS: Final = 288
SETTLE_MS: Final = 2000
# Clicks a granularity; how long until the frame with it is drawn.
CHOOSE: Final = """(minutes) => new Promise((done) => {
  const begin = performance.now();
  document.querySelector(`.display-settings input[value="${minutes}"]`).click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
})"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--rows", type=int, default=100, help="that are drawn (default 100)")
    parser.add_argument("--rounds", type=int, default=10, help="of each granularity; the median counts (default 10)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds and bytes."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(Path(name), args.rows, args.rounds))


async def _measure(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    data = BoardData(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
    await data.fill(SERVICES)
    await fill_day(data)
    await data.close()
    async with browsing(folder) as (browser, url), page_of(browser) as page:
        return await _draw(page, url, rows, rounds)


async def fill_day(data: BoardData) -> None:
    """A result of each service for every 5 minutes of the last day, but that each tenth began at noon of it.

    Of three, one is degraded now and then and one was down for a while; each tenth was down for a moment.
    """
    now = datetime.now(UTC)
    for step in range(STEPS):
        at = now - timedelta(minutes=5 * (STEPS - step))
        found = (CheckResult(each.pk, at, _status(number, step), "as found", 40.0) for number, each in
                 enumerate(data.services) if number % 10 or step > STEPS // 2)  # fmt: skip
        await data.record(list(found))


def _status(number: int, step: int) -> Status:
    if (number % 3 == 2 and 100 < step - number < 120) or (number % 10 == 0 and 200 < step < 206):
        return Status.FAILED
    return Status.DEGRADED if number % 3 == 1 and (step * 7 + number) % 11 == 0 else Status.OK


async def _draw(page: Any, url: str, rows: int, rounds: int) -> dict[str, Any]:
    sizes: list[int] = []
    await page.route_web_socket("**/_event/**", lambda socket: _multiply(socket, rows, sizes))
    await page.goto(f"{url}/?sort=label")
    drawn = "rows => document.querySelectorAll('.cell-day svg.day').length >= rows"
    await page.wait_for_function(drawn, arg=rows, polling=100)
    await page.get_by_role("button", name="Display").click()
    await page.wait_for_timeout(SETTLE_MS)  # whatever the load left to do
    inspector = await page.context.new_cdp_session(page)
    await inspector.send("Performance.enable", {"timeDomain": "threadTicks"})
    times: dict[int, list[float]] = {minutes: [] for minutes in HISTORY_GRANULARITIES}
    cpu = []
    for _ in range(rounds):
        for minutes in (60, 5, 30, 15):
            before = await _cpu_ms(inspector)
            times[minutes].append(await page.evaluate(CHOOSE, minutes))
            cpu.append(await _cpu_ms(inspector) - before)
            await page.wait_for_timeout(100)  # the choice is kept
    return {
        "rows": rows,
        "draw_ms": round(statistics.median(each for found in times.values() for each in found), 1),
        "all_draw_ms": {str(minutes): round(statistics.median(found), 1) for minutes, found in times.items()},
        "max_draw_ms": round(max(each for found in times.values() for each in found), 1),
        "cpu_ms": round(statistics.median(cpu), 1),
        "wire_bytes": round(statistics.mean(sizes), 1),
    }


def _multiply(socket: Any, rows: int, sizes: list[int]) -> None:
    """Let the page believe that the list has so many rows."""
    server = socket.connect_to_server()

    def on_message(message: Any) -> None:
        if isinstance(message, str) and '"hs":' in message:
            begin = message.index("[")
            document = json.loads(message[begin:])
            for snapshot in _snapshots(document):
                given = snapshot["rows"]
                sizes.extend(len(json.dumps(row["day"], separators=(",", ":"))) for row in given)
                snapshot["rows"] = [
                    row | {"id": row["id"] + turn * 1_000_000, "sid": f"{row['sid']}-{turn}"}
                    for turn in range(-(-rows // len(given)))
                    for row in given
                ][:rows]
                snapshot.pop("lines", None)
            message = message[:begin] + json.dumps(document)
        socket.send(message)

    server.on_message(on_message)


def _snapshots(document: Any) -> list[dict[str, Any]]:
    """Everything in it that holds rows."""
    if isinstance(document, list):
        return [found for part in document for found in _snapshots(part)]
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("rows"), list) and "load_id" in document:
        return [document]
    return [found for part in document.values() for found in _snapshots(part)]


async def _cpu_ms(inspector: Any) -> float:
    metrics = (await inspector.send("Performance.getMetrics"))["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration") * 1000
