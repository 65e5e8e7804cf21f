"""SIGTERM under load: the engine ends soon, and everything that it took is there."""

import asyncio
import random
import signal
import time

import pytest

from monitor_app.domain.status import Status
from tests.drills import rounds
from tests.engine_process import add_services
from tests.integration.drills.reports import Reporter, add_push_services
from tests.invariants import must_be_sound, must_hold_acknowledged, must_hold_reports, must_not_be_unknown, read_past
from tests.servers.http import reply, silent
from tests.tuned_engine import Tuning

STOP_SECONDS = 50.0


@pytest.mark.drill
@pytest.mark.timeout(400)
async def test_stop_under_load_loses_nothing(server, database, database_url, launch):
    chance = random.Random(15)
    server.on("/silent", silent)
    server.on("/slow", reply(200, delay_seconds=0.5))
    urls = {f"quick{number}": server.url("/") for number in range(100)}
    urls |= {f"slow{number}": server.url("/slow") for number in range(50)}
    services = await add_services(database, urls, interval_seconds=2, deadline_seconds=30)
    endless = await add_services(
        database, {f"silent{number}": server.url("/silent") for number in range(50)}, interval_seconds=5,
        deadline_seconds=60,
    )  # fmt: skip
    pushed = await add_push_services(database, 4)
    reporter = Reporter(database, pushed)
    last_id = 0
    for _ in rounds(1, 4):
        async with launch(database_url, Tuning(merge_seconds=0.3, silent_intervals=1000)) as engine:
            async with reporter.reporting():
                await engine.until_committed(chance.randint(50, 200))
                await asyncio.sleep(chance.uniform(0, 1))
                await engine.signal(signal.SIGTERM)
                began = time.monotonic()
                assert await engine.ended(STOP_SECONDS) == 0
            assert time.monotonic() - began < STOP_SECONDS
        stats = engine.stats
        assert stats["committed"] == stats["done"] + stats["heartbeats"]
        assert (stats["dropped"], stats["lost"], stats["results_waiting"]) == (0, 0, 0)
        assert "Traceback" not in engine.log
        past = await read_past(database, [*services, *endless, *pushed])
        must_hold_acknowledged(past, engine, last_id)
        await must_be_sound(past)
        await must_hold_reports(past, reporter.acknowledged)
        must_not_be_unknown(past, [*services, *endless])
        # Not each has been checked yet.
        assert past.statuses(services) <= {Status.OK, Status.STARTING}
        assert past.statuses(endless) == {Status.STARTING}
        last_id = past.last_id
