"""A database that is away for some seconds: nothing is lost, nothing doubled, nobody is called down or unknown."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history.position import results
from tests.engine_process import add_services
from tests.integration.drills.conftest import AtPace, Launch
from tests.integration.drills.reports import Reporter, add_push_services
from tests.invariants import (
    log_lines,
    must_be_sound,
    must_be_stored_once,
    must_be_summed_once,
    must_have_sound_spans,
    must_hold_acknowledged,
    must_hold_reports,
    must_not_be_doubled,
    must_not_be_unknown,
    must_not_miss_slots,
    read_past,
)
from tests.paces import at_any_pace
from tests.postgres import Outages, unreliable_postgres
from tests.servers.http import HttpServer, reply
from tests.tuned_engine import Tuning

IS_LONG = os.environ.get("DRILL") == "1"
AWAY = "results cannot be written; they are kept and tried again"
BACK = "results can be written again"


def victim_asked(server: HttpServer) -> int:
    return sum(request.path == "/victim" for request in server.requests)


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Another process (this one) writes and does not end."""
    path = Database(database_url).name
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.drill
@at_any_pace
async def test_database_that_another_process_locks_keeps_what_was_found_in_order(
    server: HttpServer, sqlite_at: AtPace, launch: Launch, pace: int
) -> None:
    limit = 60
    sqlite, sqlite_url = sqlite_at(pace)
    services = await add_services(
        sqlite, {f"s{number}": server.url("/") for number in range(100)}, interval_seconds=2 * pace, deadline_seconds=60
    )
    (victim,) = await add_services(sqlite, {"victim": server.url("/victim")}, failures_to_fail=2)
    server.on("/victim", reply(200))
    async with launch(sqlite_url, Tuning(merge_seconds=0.5, waiting_limit=limit)) as engine:
        await engine.until_committed(110)
        with locked(sqlite_url):
            server.on("/victim", reply(503))
            asked = victim_asked(server)
            # SQLite itself waits 5 s.
            async with asyncio.timeout(120):
                while (
                    not log_lines(engine, "kept it locked")
                    or not log_lines(engine, "the oldest are dropped")
                    or victim_asked(server) < asked + 4
                ):
                    await asyncio.sleep(0.1)
        await engine.until_committed(engine.committed + limit + 60)
        assert await engine.stop() == 0
    stats = engine.stats
    # Whoever wants to write waits 5 s, one after the other; the one that gives up says so.
    assert log_lines(engine, AWAY) == log_lines(engine, BACK) <= 1
    assert 1 <= log_lines(engine, "kept it locked") <= 2
    assert log_lines(engine, "the oldest are dropped") == 1
    assert stats["dropped"] > 0
    assert (stats["done"], stats["lost"]) == (stats["committed"] + stats["dropped"], 0)
    past = await read_past(sqlite, [*services, victim])
    must_hold_acknowledged(past, engine, 0)
    await must_be_stored_once(past)
    await must_be_summed_once(past)
    must_not_be_doubled(past)
    must_have_sound_spans(past)
    must_not_be_unknown(past)
    assert past.statuses(services) == {Status.OK}
    # The results of the first failures were dropped; that it is down, and since when, was not.
    (downtime,) = past.downtimes[victim.pk]
    assert (past.states[victim.pk].status, downtime.ended_at) == (Status.FAILED, None)
    assert past.states[victim.pk].since == downtime.started_at


@pytest.fixture(scope="module")
def outages() -> Iterator[Outages]:
    with unreliable_postgres() as made:
        yield made


@pytest.fixture
async def database(outages: Outages) -> AsyncIterator[Database]:
    opened = Database(outages.server.url(await outages.server.new_database()))
    yield opened
    await opened.close()


async def has_results_after(database: Database, services: list[ServiceDefinition], moment: datetime) -> bool:
    """Whether one of these services was checked since and its result is stored."""
    is_theirs = results.c.service_pk.in_([service.pk for service in services])
    async with database.read() as conn:
        found = await conn.execute(select(results.c.id).where(is_theirs, results.c.checked_at > moment).limit(1))
        return found.first() is not None


@pytest.mark.drill
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["killed", "frozen"])
async def test_server_that_is_away_costs_no_result_and_no_report(outages, database, server, launch, way):
    url = database.engine.url.render_as_string(hide_password=False)
    services = await add_services(
        database, {f"s{number}": server.url("/") for number in range(150)}, interval_seconds=5, deadline_seconds=60
    )
    pushed = await add_push_services(database, 2)
    reporter = Reporter(database, pushed)
    async with launch(url, Tuning(merge_seconds=0.5)) as engine:
        async with reporter.reporting():
            await engine.until_committed(170)
            if way == "killed":
                outages.kill()
                await asyncio.sleep(11 if IS_LONG else 3)
                outages.start()
            else:
                with outages.frozen():
                    await asyncio.sleep(12 if IS_LONG else 4)
            back_at = datetime.now(UTC)
            await engine.until_committed(engine.committed + 200)
            # What was kept while the server was away is written first, and may be more than that.
            async with asyncio.timeout(60):
                while not await has_results_after(database, services, back_at):
                    await asyncio.sleep(0.1)
        assert await engine.stop() == 0
    stats = engine.stats
    assert log_lines(engine, AWAY) == log_lines(engine, BACK) <= 1
    assert log_lines(engine, "the scheduler's lock is out of reach") <= 1
    assert "Traceback" not in engine.log
    assert (stats["dropped"], stats["lost"]) == (0, 0)
    past = await read_past(database, [*services, *pushed])
    must_hold_acknowledged(past, engine, 0)
    await must_be_sound(past)
    await must_hold_reports(past, reporter.acknowledged)
    must_not_be_unknown(past, services)
    assert past.statuses(services) == {Status.OK}
    must_not_miss_slots(past, services, besides=stats["skipped"] + stats["interrupted"])
