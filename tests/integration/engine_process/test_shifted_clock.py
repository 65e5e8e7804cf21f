"""A process whose wall clock is set back and forward by an hour while it checks."""

import asyncio
from itertools import pairwise

from tests.engine_process import add_services
from tests.servers.http import Exchange, reply
from tests.shifted_clock import ShiftedClock


class Arrivals:
    """When each path was asked, by this process's clock, which nobody sets."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        self.times.setdefault(exchange.request.path, []).append(asyncio.get_running_loop().time())
        await reply(200)(exchange)


async def test_clock_set_by_an_hour_neither_stops_nor_doubles_checks(server, sqlite, sqlite_url, launch, tmp_path):
    clock = ShiftedClock(tmp_path)
    arrivals = Arrivals()
    paths = [f"/{number}" for number in range(40)]
    for path in paths:
        server.on(path, arrivals)
    await add_services(sqlite, {f"s{path[1:]}": server.url(path) for path in paths}, interval_seconds=2)
    async with launch(sqlite_url, **clock.environment) as engine:
        await engine.until_committed(20)
        for seconds in (-3600, 3600, 0):
            clock.set_by(seconds)
            await engine.until_committed(engine.committed + 50, seconds=10)
        assert await engine.stop() == 0
    assert engine.stats["clock_jumps"] == 3
    for path in paths:
        # The very first check waits for imports.
        gaps = [later - sooner for sooner, later in pairwise(arrivals.times[path][1:])]
        # Each check may be up to a second late, on a machine that is busy.
        assert min(gaps) > 0.9, f"{path} was checked twice: {gaps}"
        assert max(gaps) < 3.1 + 2 * engine.stats["skipped"], f"{path} was left out: {gaps}"
