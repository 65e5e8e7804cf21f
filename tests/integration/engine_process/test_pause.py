"""A process that is stopped for some seconds, as a laptop's lid or a busy host does it."""

import asyncio
import signal
import time

from monitor_app.domain.status import Status
from tests.engine_process import add_services
from tests.servers.http import Exchange, reply

PAUSE_SECONDS = 3.0


async def test_after_a_pause_nothing_bursts_nothing_is_dropped_silently_and_nobody_is_blamed(
    server, sqlite, sqlite_url, results, launch
):
    arrivals: list[float] = []

    async def slow(exchange: Exchange) -> None:
        arrivals.append(time.monotonic())
        await reply(200, delay_seconds=0.3)(exchange)

    server.on("/slow", slow)
    urls = {f"s{number}": server.url("/slow") for number in range(250)}
    # Checks are under way when it stops, and their deadline is over when it goes on.
    await add_services(sqlite, urls, interval_seconds=5, deadline_seconds=2)
    async with launch(sqlite_url) as engine:
        await engine.until_committed(100)
        await engine.signal(signal.SIGSTOP)
        await asyncio.sleep(PAUSE_SECONDS)
        resumed_at = time.monotonic()
        seen = len(arrivals)
        await engine.signal(signal.SIGCONT)
        await engine.until_committed(engine.committed + 75)
        assert await engine.stop() == 0
    stats = engine.stats
    # 50 checks a second are due; those of the last second may come at once, those before may not.
    first_half_second = sum(1 for moment in arrivals[seen:] if moment < resumed_at + 0.5)
    assert first_half_second <= 120
    assert stats["stalls"] >= 1
    assert 60 <= stats["skipped"] <= 250
    assert set().union(*results.statuses().values()) == {Status.OK}
    ended = stats["done"] + stats["interrupted"] + stats["cancelled"] + stats["expired"]
    assert (ended, stats["lost"], stats["dropped"]) == (len(arrivals), 0, 0)
