"""Many browsers in one process: `python -m monitor_app.bench.live.crowd`.

Told on stdin, one JSON line: {"port", "facts", "queries": [one for each browser]}. Prints `ready` when all have their
rows; when stdin ends, one JSON line with what they got: `receipts` [tenth of a second that the rows carry, monotonic
ns], `bytes` of each patch, `gaps`, `cpu_seconds` of this process, and `reload_ms` from a stale list to its new rows.
"""

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from monitor_app.bench.live.browser import LiveBrowser

READY_SECONDS = 120


class Crowd:
    """The browsers and what they got."""

    def __init__(self, port: int, facts: dict[str, Any], queries: list[dict[str, Any]]) -> None:
        self.receipts: list[tuple[int, int]] = []
        self.sizes: list[int] = []
        self._worked = 0.0
        self.browsers = [LiveBrowser(port, facts, query, self._note) for query in queries]

    async def gather(self) -> None:
        """All of them connect and look."""
        for browser in self.browsers:
            browser.start()
            await browser.until(lambda tab=browser: tab.snapshots > 0, READY_SECONDS)  # type: ignore[misc]
        self._worked = time.process_time()

    def report(self) -> dict[str, Any]:
        """What they got."""
        return {
            "receipts": self.receipts,
            "bytes": self.sizes,
            "cpu_seconds": time.process_time() - self._worked,
            "gaps": sum(browser.gaps for browser in self.browsers),
            "snapshot_bytes": max(browser.snapshot_bytes for browser in self.browsers),
            "reload_ms": [ms for browser in self.browsers for ms in browser.reload_ms],
        }

    def _note(self, patch: dict[str, Any], size: int) -> None:
        if patch["rows"]:
            self.receipts.append(((patch["t"] + patch["rows"][0][3]) // 100, time.monotonic_ns()))
            self.sizes.append(size)


async def main() -> None:
    """Look until stdin ends."""
    order = json.loads(sys.stdin.readline())
    crowd = Crowd(order["port"], order["facts"], order["queries"])
    await crowd.gather()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    report = crowd.report()
    await asyncio.gather(*(browser.close() for browser in crowd.browsers))
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
