"""One engine process: it checks, follows the service table, and ends cleanly."""

import asyncio
import signal
import time
from datetime import UTC, datetime

import pytest

from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.services import delete_services, update_service
from tests.engine_process import ResultFile, add_services, slots
from tests.servers.http import Exchange, reply
from tests.tuned_engine import Tuning

PATIENCE_SECONDS = 120


class Gate:
    """A path that tells when a request came and waits for permission to answer."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        self.asked.set()
        await self.may_answer.wait()
        await reply(200)(exchange)


class Visits:
    """A path that notes when it is asked."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._arrived = asyncio.Condition()

    async def __call__(self, exchange: Exchange) -> None:
        async with self._arrived:
            self.times.append(time.monotonic())
            self._arrived.notify_all()
        await reply(200)(exchange)

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: len(self.times) >= count)

    async def end(self, other: "Visits") -> None:
        """Wait until it is asked no more, while another one, which is asked as often, still is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                seen = len(self.times)
                await other.wait(len(other.times) + 3)
                if len(self.times) == seen:
                    return


async def test_checks_are_written_and_told(server, sqlite, sqlite_url, results, launch):
    server.on("/bad", reply(503))
    good, bad = await add_services(sqlite, {"good": server.url("/"), "bad": server.url("/bad")})
    async with launch(sqlite_url) as engine:
        await engine.until_committed(6)
        assert len(results.ids()) >= 6
        assert await engine.stop() == 0
    assert results.statuses() == {good.pk: {Status.OK}, bad.pk: {Status.FAILED}}
    assert results.ids() == sorted(set(results.ids()))
    told = [line["last_result_id"] for line in engine.lines if line["event"] == "committed"]
    assert told == sorted(set(told))
    stats = engine.stats
    assert stats["committed"] == stats["done"] == len(results.ids())
    # What a busy machine had not answered when the engine stopped was asked for in vain.
    assert stats["done"] <= len(server.requests) <= stats["done"] + stats["cancelled"]
    assert stats["lost"] == 0


@pytest.mark.parametrize("way", ["stdin", "SIGTERM", "SIGINT"])
async def test_stop_lets_a_running_check_end_and_loses_nothing(server, sqlite, sqlite_url, results, launch, way):
    gate = Gate()
    server.on("/slow", gate)
    await add_services(sqlite, {"slow": server.url("/slow")})
    patient = Tuning(grace_seconds=100.0)  # a busy machine answers late
    async with launch(sqlite_url, program="tests.tuned_engine", **patient.environment) as engine:
        await asyncio.wait_for(gate.asked.wait(), PATIENCE_SECONDS)
        if way == "stdin":
            engine.process.stdin.close()
        else:
            await engine.signal(signal.Signals[way])
            await engine.signal(signal.Signals[way])  # as with Ctrl-C: once to the group, once from the parent
        asyncio.get_running_loop().call_later(0.3, gate.may_answer.set)
        assert await engine.ended() == 0
    assert len(results.ids()) == 1
    assert (engine.stats["done"], engine.stats["committed"], engine.stats["lost"]) == (1, 1, 0)


async def test_stop_does_not_wait_for_silent_targets(server, sqlite, sqlite_url, results, launch):
    gate = Gate()
    server.on("/silent", gate)
    await add_services(sqlite, {"silent": server.url("/silent")}, deadline_seconds=120)
    async with launch(sqlite_url) as engine:
        await asyncio.wait_for(gate.asked.wait(), PATIENCE_SECONDS)
        before = time.monotonic()
        assert await engine.stop() == 0
        assert time.monotonic() - before < 50
    assert engine.stats["cancelled"] == 1


async def test_waiting_engine_ends_cleanly_too(sqlite_url, launch):
    async with launch(sqlite_url) as leader:
        await leader.until_leader()
        async with launch(sqlite_url) as standby:
            await standby.until(lambda engine: engine.lines)
            assert not standby.is_leader
            assert await standby.stop() == 0
        assert await leader.stop() == 0


async def test_changes_of_the_table_take_effect(server, sqlite, sqlite_url, launch):
    old, new, always = Visits(), Visits(), Visits()
    server.on("/old", old)
    server.on("/new", new)
    server.on("/always", always)
    await add_services(sqlite, {"other": server.url("/always")})
    async with launch(sqlite_url) as engine:
        await engine.until_leader()

        (service,) = await add_services(sqlite, {"some": server.url("/old")}, interval_seconds=86_400)
        await old.wait(1)

        now = datetime.now(UTC)
        async with sqlite.write() as conn:
            await update_service(conn, service.pk, {"status_config": {"url": server.url("/new")}, "updated_at": now})
        await new.wait(1)
        assert len(old.times) == 1

        async with sqlite.write() as conn:
            await update_service(conn, service.pk, {"interval_seconds": 1, "updated_at": now})
        await new.wait(4)

        async with sqlite.write() as conn:
            await update_service(conn, service.pk, {"enabled": False, "updated_at": now})
        await new.end(always)

        seen = len(new.times)
        async with sqlite.write() as conn:
            await update_service(conn, service.pk, {"enabled": True, "updated_at": now})
        await new.wait(seen + 1)

        async with sqlite.write() as conn:
            await delete_services(conn, [service.pk], now)
        await new.end(always)
        assert await engine.stop() == 0


async def test_result_of_a_service_deleted_meanwhile_harms_no_other(server, sqlite, sqlite_url, results, launch):
    gone, stays = await add_services(sqlite, {"gone": server.url("/"), "stays": server.url("/")})
    async with launch(sqlite_url) as engine:
        await engine.until_committed(2)
        async with sqlite.write() as conn:
            await delete_services(conn, [gone.pk], datetime.now(UTC))
        before = len(results.seconds_by_service()[stays.pk])
        await engine.until(lambda _: len(results.seconds_by_service()[stays.pk]) >= before + 3)
        assert await engine.stop() == 0
    assert engine.stats["lost"] == 0


async def test_restart_goes_on_where_it_was(server, sqlite, sqlite_url, results, launch):
    services = await add_services(sqlite, {f"s{number}": server.url("/") for number in range(100)}, interval_seconds=5)
    for _ in range(2):
        async with launch(sqlite_url) as engine:
            await engine.until_committed(30)
            assert await engine.stop() == 0
    ids = results.ids()
    assert (len(ids) >= 60, ids) == (True, sorted(set(ids)))
    times = results.seconds_by_service()
    for service in services:
        numbers = slots(service, times.get(service.pk, []))
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("command", ["engine", "serve"])
async def test_engine_that_is_switched_off_refuses_to_start(sqlite_url, launch, command):
    async with launch(sqlite_url, [command], ROLE="engine", SCHEDULER_ENABLED="false") as idle:
        assert await idle.ended() == 2
        assert "SCHEDULER_ENABLED is false" in idle.log
        assert "Traceback" not in idle.log


async def test_engine_alone_writes_nothing_on_its_standard_output(server, sqlite, sqlite_url, results, launch):
    await add_services(sqlite, {"some": server.url("/")})
    async with launch(sqlite_url, ["engine"]) as engine:
        await until_results(results, 2)
        assert await engine.stop() == 0
    assert engine.lines == []


async def test_serve_in_the_role_of_the_engine_runs_the_engine_alone(server, tmp_path, launch):
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    async with launch(url, ["serve"], ROLE="engine", PORT="1") as engine:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "this engine schedules now" not in engine.log:
                await asyncio.sleep(0.05)
        database = Database(url)
        await add_services(database, {"some": server.url("/")})
        await database.close()
        await until_results(ResultFile(url), 2)
        await engine.signal(signal.SIGTERM)
        assert await engine.ended() == 0
    assert engine.lines == []


async def test_missing_tables_are_told_and_waited_for(tmp_path, launch):
    async with launch(f"sqlite+aiosqlite:///{tmp_path}/empty.db") as engine:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "no tables yet" not in engine.log:
                await asyncio.sleep(0.05)
        assert await engine.stop() == 0


async def until_results(results: ResultFile, count: int) -> None:
    """Wait until so many are in the database; of an engine that tells nothing."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(results.ids()) < count:
            await asyncio.sleep(0.05)
