"""How soon the page Queues shows what changed behind its back, and whether it costs more the longer and the more look.

The real server over `--queues` services of the kind queue, each with a real HTTP server that implements the API of a
queue; two browsers (headless Chromium) that came at different moments. `seen_..._s` runs from the change of a state at
the queue until a card shows it, of `--changes` changes at moments that have nothing to do with those of the page, in
both browsers. `polls_ratio` is how often two browsers make a queue be asked by how often one does, `after_leaving` how
often a queue is asked when both are elsewhere. `heap_ratio` is the page's memory after `--polls` answers, one a second,
by that after 10.
"""

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from monitor_app.bench.board_heap import used_mb
from monitor_app.bench.browser import browsing, page_of
from monitor_app.bench.open_board import open_board
from monitor_app.bench.queue_server import BenchQueue, bench_queues
from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.services import ServiceUseCases

PATH: Final = "/queue-monitoring"
ANSWER: Final = "/api/queues?"
EARLY_POLLS: Final = 10
COUNT_SECONDS: Final = 20.0
LEFT_SECONDS: Final = 6.0
SETTLE_SECONDS: Final = 1.0
# A change comes so long after the one before was seen, at most.
CHANGE_WITHIN_SECONDS: Final = 2.5
LOOK_SECONDS: Final = 0.05
SEEN_SECONDS: Final = 60.0
# Notes when each card has got another state: when that was drawn, in ms since 1970.
_WATCH: Final = """
window.__turned = {};
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (!target.matches?.(".queue-card")) continue;
    const name = `${target.getAttribute("aria-label")} ${target.classList.contains("open") ? "open" : "closed"}`;
    requestAnimationFrame(() => { window.__turned[name] = Date.now(); });
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--queues", type=int, default=5, help="that are watched (default 5)")
    parser.add_argument("--changes", type=int, default=30, help="of states, behind the page's back (default 30)")
    parser.add_argument("--polls", type=int, default=60, help="after which the memory is measured (default 60)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds, megabytes and how often."""
    with tempfile.TemporaryDirectory() as name, bench_queues(args.queues) as queues:
        return asyncio.run(_measure(Path(name), queues, args.changes, args.polls))


async def _measure(folder: Path, queues: list[BenchQueue], changes: int, polls: int) -> dict[str, Any]:
    await _fill(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}", queues)
    async with browsing(folder) as (browser, url), page_of(browser) as first, page_of(browser) as second:
        await _open(first, url, len(queues))
        one = await _asked(queues, COUNT_SECONDS)
        await _open(second, url, len(queues))
        two = await _asked(queues, COUNT_SECONDS)
        seen = sorted(await _seen([first, second], queues, changes))
        await second.goto(f"{url}/empty")
        early, late = await _heap_mb(first, polls)
        await first.goto(f"{url}/empty")
        await asyncio.sleep(SETTLE_SECONDS)
        left = await _asked(queues, LEFT_SECONDS)
    return {
        "queues": len(queues),
        "changes": changes,
        "seen_p50_s": round(seen[len(seen) // 2], 2),
        "seen_p95_s": round(seen[int(len(seen) * 0.95)], 2),
        "seen_max_s": round(seen[-1], 2),
        "polls_per_s": round(one / len(queues) / COUNT_SECONDS, 2),
        "polls_ratio": round(two / one, 2),
        "after_leaving": left,
        f"heap_{EARLY_POLLS}_mb": round(early, 2),
        f"heap_{polls}_mb": round(late, 2),
        "heap_ratio": round(late / early, 3),
    }


async def _fill(url: str, queues: list[BenchQueue]) -> None:
    await migrations.upgrade(url)
    database, bus = Database(url), Bus()
    await open_board(database)
    rows = [
        {"label": f"Queue {number}", "kind": "queue", "status_config": {"url": queue.url}, "interval_seconds": 86_400}
        for number, queue in enumerate(queues)
    ]
    await ServiceUseCases(database, KindRegistry(), SystemClock(), bus).create_many(SYSTEM, rows)
    await bus.close()
    await database.close()


async def _open(page: Any, url: str, queues: int) -> None:
    await page.add_init_script(_WATCH)
    await page.goto(url + PATH)
    await page.wait_for_function(
        "count => document.querySelectorAll('.queue-card.closed').length > count", arg=queues, polling=100
    )


async def _asked(queues: list[BenchQueue], seconds: float) -> int:
    """How often all of them are asked within so long."""
    before = sum(queue.asked for queue in queues)
    await asyncio.sleep(seconds)
    return sum(queue.asked for queue in queues) - before


async def _seen(pages: list[Any], queues: list[BenchQueue], changes: int) -> list[float]:
    """Seconds from each change until it is seen, in each of the pages."""
    moments = random.Random(7)
    found: list[float] = []
    for number in range(changes):
        await asyncio.sleep(moments.uniform(0, CHANGE_WITHIN_SECONDS))
        at = time.time()
        name = f"Queue {number % len(queues)} {queues[number % len(queues)].turn()}"
        found += [await _turned(page, name, at) - at for page in pages]
    return found


async def _turned(page: Any, name: str, at: float) -> float:
    """When a card got this state, after the moment `at`."""
    deadline = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < deadline:
        turned: float = await page.evaluate("name => (window.__turned[name] ?? 0) / 1000", name)
        if turned >= at:
            return turned
        await asyncio.sleep(LOOK_SECONDS)
    raise RuntimeError(f"{name} was not seen within {SEEN_SECONDS:g} s")


async def _heap_mb(page: Any, polls: int) -> list[float]:
    """Megabytes after 10 answers and after so many, one a second, garbage taken away."""
    await page.get_by_label("Seconds between two looks").fill("1")
    inspector = await page.context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    found = []
    for count in (EARLY_POLLS, polls - EARLY_POLLS):
        for _ in range(count):
            await page.wait_for_event("response", lambda response: ANSWER in response.url)
        found.append(await used_mb(inspector))
    return found
