"""The memory of the board's page after thousands of updates."""

from typing import Any, Final

from monitor_app.bench.board_patches import PatchMaker
from monitor_app.bench.browser import page_of

ROWS: Final = 10
AFTER: Final = (200, 2000)
AT_ONCE: Final = 20
DRAW: Final = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


async def heap_mb(browser: Any, url: str) -> list[float]:
    """Megabytes of JavaScript's heap after so many updates of 10 rows (AFTER), garbage taken away.

    The page gets and draws them as fast as it can; they come through its websocket.
    """
    maker, sockets = PatchMaker(ROWS), []

    def join(socket: Any) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)
        server.on_message(lambda message: socket.send(message) if maker.take(message) else None)

    async with page_of(browser, reduced_motion="reduce") as page:
        await page.route_web_socket(lambda address: "/_event" in address, join)
        await page.goto(f"{url}/?sort=label")
        await page.wait_for_selector("tr[data-id]")
        inspector = await page.context.new_cdp_session(page)
        await inspector.send("Performance.enable")
        found, done = [], 0
        for wanted in AFTER:
            for number, frame in enumerate(maker.frames(wanted - done), 1):
                sockets[-1].send(frame)
                if number % AT_ONCE == 0:
                    await page.evaluate(DRAW)
            done = wanted
            await page.wait_for_function(f"() => document.body.textContent.includes('found {maker.seq}')")
            found.append(await used_mb(inspector))
    return found


async def used_mb(inspector: Any) -> float:
    """Megabytes of JavaScript's heap, garbage taken away. `inspector` has Performance enabled."""
    await inspector.send("HeapProfiler.collectGarbage")
    metrics = (await inspector.send("Performance.getMetrics"))["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "JSHeapUsedSize") / 1e6
