"""kill -9 in the middle of writes: what was acknowledged is there, the database is intact, no check is doubled."""

import asyncio
import random

import pytest

from tests.drills import rounds
from tests.engine_process import add_services, slots


@pytest.mark.drill
@pytest.mark.timeout(400)
async def test_killed_engine_loses_nothing_that_it_acknowledged(server, sqlite, sqlite_url, results, launch):
    chance = random.Random(9)
    services = await add_services(sqlite, {f"s{number}": server.url("/") for number in range(1000)}, interval_seconds=5)
    acknowledged = 0
    for _ in rounds(3, 20):
        async with launch(sqlite_url) as engine:
            # After some batch, and then at any moment of the next ones: 200 checks a second, four writes.
            await engine.until_committed(chance.randint(50, 200))
            await asyncio.sleep(chance.uniform(0, 0.5))
            await engine.kill()
        acknowledged += engine.committed
        ids = results.ids()
        assert len(ids) >= acknowledged
        assert ids == sorted(set(ids))
        assert results.is_intact()
        assert results.rows("PRAGMA foreign_key_check") == []
        times = results.seconds_by_service()
        for service in services:
            numbers = slots(service, times.get(service.pk, []))
            assert len(numbers) == len(set(numbers)), f"{service.service_id} was checked twice in one slot"
