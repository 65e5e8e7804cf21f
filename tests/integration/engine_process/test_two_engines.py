"""Two engines on one database: exactly one schedules, and the other takes over."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest

from monitor_app.domain.service import ServiceDefinition
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from tests.engine_process import EngineProcess, add_services, slots
from tests.integration.engine_process.conftest import Launch
from tests.paces import at_any_pace
from tests.servers.http import HttpServer

TAKE_OVER_SECONDS = 100.0


async def add_hundred(database: Database, server: HttpServer, pace: int) -> list[ServiceDefinition]:
    urls = {f"s{number}-{pace}": server.url("/") for number in range(100)}
    return await add_services(database, urls, interval_seconds=5)


async def checked_slots(database: Database, services: Sequence[ServiceDefinition]) -> Counter[tuple[int, int]]:
    """How often each service was recorded in each of its slots."""
    by_pk = {service.pk: service for service in services}
    stored = (await SqlHistory(database).follow(0, 100_000)).results
    assert [result.id for result in stored] == sorted({result.id for result in stored})
    return Counter(
        (result.service_pk, slots(by_pk[result.service_pk], [result.checked_at.timestamp()])[0])
        for result in stored
        if result.service_pk in by_pk
    )


async def leader_of(first: EngineProcess, second: EngineProcess) -> tuple[EngineProcess, EngineProcess]:
    """Who schedules, and the other one."""
    async with asyncio.timeout(TAKE_OVER_SECONDS):
        while not (first.is_leader or second.is_leader):
            await asyncio.sleep(0.05)
    return (first, second) if first.is_leader else (second, first)


# Tried again: on a machine so busy that the database does not answer in time, an engine has to hand over.
@at_any_pace
async def test_other_engine_takes_over_after_kill_nine(
    database: Database, database_url: str, server: HttpServer, launch: Launch, pace: int
) -> None:
    services = await add_hundred(database, server, pace)
    async with launch(database_url) as first:
        await first.until_committed(20)
        async with launch(database_url) as second:
            await second.until(lambda engine: engine.lines)
            await first.until_committed(first.committed + 20)
            assert (first.is_leader, second.is_leader, second.committed) == (True, False, 0)
            await first.kill()
            killed_at = time.monotonic()
            await second.until_leader()
            await second.until_committed(20, TAKE_OVER_SECONDS)
            assert time.monotonic() - killed_at < TAKE_OVER_SECONDS
            assert await second.stop() == 0
    assert max((await checked_slots(database, services)).values()) == 1


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@at_any_pace
async def test_frozen_engine_is_replaced_and_steps_back_when_it_wakes(
    postgres: Database, postgres_url: str, server: HttpServer, launch: Launch, pace: int
) -> None:
    """Only PostgreSQL can take a lock away from somebody who is alive."""
    services = await add_hundred(postgres, server, pace)
    async with launch(postgres_url) as first, launch(postgres_url) as second:
        leader, other = await leader_of(first, second)
        await leader.until_committed(20)
        await leader.signal(signal.SIGSTOP)
        frozen_at = time.monotonic()
        await other.until_leader()
        assert time.monotonic() - frozen_at < TAKE_OVER_SECONDS
        await other.until_committed(10)
        await leader.signal(signal.SIGCONT)
        await leader.until(lambda engine: not engine.is_leader)
        told = leader.committed
        await other.until_committed(other.committed + 20)
        assert leader.committed == told
        assert await leader.stop() == 0
        assert await other.stop() == 0
    assert max((await checked_slots(postgres, services)).values()) == 1


async def test_clean_stop_hands_over_at_once(sqlite_url, launch):
    async with launch(sqlite_url) as first:
        await first.until_leader()
        async with launch(sqlite_url) as second:
            await second.until(lambda engine: engine.lines)
            assert await first.stop() == 0
            await second.until_leader()
            assert await second.stop() == 0
