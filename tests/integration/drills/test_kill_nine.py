"""kill -9 at any moment under load: what was acknowledged is there once, and everything agrees with the results."""

import asyncio
import random

import pytest

from tests.drills import rounds
from tests.engine_process import EngineProcess, add_services
from tests.integration.drills.reports import Reporter, add_push_services
from tests.invariants import (
    must_be_sound,
    must_hold_acknowledged,
    must_hold_reports,
    must_not_be_unknown,
    read_past,
)
from tests.servers.http import Behaviour, Exchange, reply
from tests.tuned_engine import Tuning

# In `make test` and in `make drill`.
KILLS = {"sqlite": (2, 70), "postgres": (1, 30)}


def faltering() -> Behaviour:
    """Four good answers, three bad ones, and so on."""
    asked = iter(range(10**9))

    async def behave(exchange: Exchange) -> None:
        await reply(503 if next(asked) % 7 >= 4 else 200)(exchange)

    return behave


@pytest.mark.drill
@pytest.mark.timeout(900)
async def test_killed_engine_loses_nothing_doubles_nothing_and_calls_nobody_down(
    server, database, database_url, launch
):
    chance = random.Random(9)
    for number in range(40):
        server.on(f"/faltering{number}", faltering())
    rules = {"failures_to_fail": 2, "successes_to_recover": 2, "breaker_failures": 3, "breaker_seconds": 10}
    urls = {f"good{number}": server.url("/") for number in range(120)}
    urls |= {f"faltering{number}": server.url(f"/faltering{number}") for number in range(40)}
    services = await add_services(database, urls, interval_seconds=5, **rules)
    pushed = await add_push_services(database, 4)
    reporter = Reporter(database, pushed)
    # Most results of an engine that lives for a second die with it: that is no silence here.
    tuning = Tuning(merge_seconds=0.15, silent_intervals=1000)
    last_id = 0
    few, all_rounds = KILLS["sqlite" if database.is_sqlite else "postgres"]
    for _ in rounds(few, all_rounds):
        async with launch(database_url, tuning) as engine, reporter.reporting():
            await some_moment(engine, chance)
            await engine.kill()
        past = await read_past(database, [*services, *pushed])
        must_hold_acknowledged(past, engine, last_id)
        await must_be_sound(past)
        await must_hold_reports(past, reporter.acknowledged)
        must_not_be_unknown(past, services)
        last_id = past.last_id


async def some_moment(engine: EngineProcess, chance: random.Random) -> None:
    """Seldom while it starts, else while it checks, writes and merges."""
    if chance.random() < 0.1:
        await asyncio.sleep(chance.uniform(0.2, 1.5))
        return
    await engine.until_leader()
    await engine.until_committed(chance.randint(1, 40))
    await asyncio.sleep(chance.uniform(0, 1.0))
