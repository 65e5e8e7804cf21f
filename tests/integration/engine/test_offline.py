"""An engine that loses its own network, with a real database, a real canary and a real service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.status import Status
from monitor_app.engine import canaries, process
from monitor_app.engine.board import Board
from monitor_app.engine.doubts import OFFLINE_MESSAGE
from monitor_app.engine.follower import Follower
from monitor_app.errors import LeadershipLost
from monitor_app.net.canary import AddressCanary
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.monitor_state import offline_since, set_offline_since
from tests.engine_process import add_services
from tests.ports import free_port
from tests.servers.http import http_server, reply

PATIENCE_SECONDS = 200


async def until(condition: Any) -> Any:
    """Wait for something true and return it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (value := await condition()):
            await asyncio.sleep(0.05)
        return value


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setattr(canaries, "ROUND_SECONDS", 0.3)
    monkeypatch.setattr(canaries, "APART_SECONDS", 0.1)
    with (tmp_path / "stdin").open("w+") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield


@pytest.fixture
async def follower(database: Database) -> AsyncIterator[Follower]:
    """A web process on another machine: it has no engine to be told by."""
    bus = Bus()
    running = Follower(database, SqlHistory(database), KindRegistry(), Board(), bus)
    await running.start()
    yield running
    await running.close()
    await bus.close()


async def test_failures_are_unknown_while_the_canary_is_silent_and_web_processes_are_told(
    database, database_url, follower, quick, monkeypatch
):
    history = SqlHistory(database)
    async with http_server() as service, AsyncExitStack() as canaries_there:
        canary_port = free_port()
        await canaries_there.enter_async_context(http_server(port=canary_port))
        service.on("/", reply(200))
        monkeypatch.setattr(
            process, "canaries_of", lambda settings, network: [AddressCanary(network, "127.0.0.1", canary_port)]
        )
        (one,) = await add_services(database, {"one": service.url("/")}, failures_to_fail=2)
        stop = asyncio.Event()
        running = asyncio.create_task(process.run_engine(Settings(database_url=database_url), stop=stop))

        async def is_ok() -> bool:
            return any(state.status is Status.OK for state in await history.states())

        await until(is_ok)
        await canaries_there.aclose()
        service.on("/", reply(503))

        async def offline() -> datetime | None:
            async with database.read() as conn:
                return await offline_since(conn)

        since = await until(offline)
        assert abs((datetime.now(UTC) - since).total_seconds()) < PATIENCE_SECONDS

        async def unknown() -> bool:
            return any(state.status is Status.UNKNOWN for state in await history.states())

        await until(unknown)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while follower.offline_since is None:
                await asyncio.sleep(0.05)
        assert follower.offline_since == since
        assert await history.downtimes(one.pk, datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)) == []
        held = [result for result in (await history.recent())[one.pk] if result.status is Status.UNKNOWN]
        assert all(result.message.startswith(OFFLINE_MESSAGE) for result in held)

        async with http_server(port=canary_port):

            async def failed() -> bool:
                return any(state.status is Status.FAILED for state in await history.states())

            await until(failed)
            assert await offline() is None
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running
    (downtime,) = await history.downtimes(one.pk, datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
    assert downtime.started_at > since


async def test_only_the_engine_that_schedules_tells_of_its_network(database):
    history = SqlHistory(database)
    old = await history.begin_epoch()
    new = await history.begin_epoch()
    since = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)
    with pytest.raises(LeadershipLost):
        async with database.write() as conn:
            await set_offline_since(conn, old.number, since)
    for told in (since, None, since):
        async with database.write() as conn:
            await set_offline_since(conn, new.number, told)
        async with database.read() as conn:
            assert await offline_since(conn) == told
