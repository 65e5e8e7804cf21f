"""Circuit breakers of a real engine: they open by themselves and by hand, and outlive a restart."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from monitor_app.cli import main
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import update_service
from tests.engine_process import add_services
from tests.servers.http import reply


async def state_when(database: Database, condition: Any, seconds: float = 120) -> ServiceState:
    """The state of the only service as soon as it fulfils a condition."""
    async with asyncio.timeout(seconds):
        while True:
            for state in await SqlHistory(database).states():
                if condition(state):
                    return state
            await asyncio.sleep(0.05)


async def test_breaker_outlives_a_restart_and_the_half_open_check_closes_it(server, sqlite, sqlite_url, launch):
    server.on("/", reply(503))
    await add_services(
        sqlite, {"one": server.url("/")}, failures_to_fail=2, successes_to_recover=1, breaker_failures=2,
        breaker_seconds=10,
    )  # fmt: skip
    async with launch(sqlite_url) as engine:
        opened = await state_when(sqlite, lambda state: state.breaker.phase == "open")
        assert await engine.stop() == 0
    asked = len(server.requests)
    server.on("/", reply(200))
    async with launch(sqlite_url) as engine:
        closed = await state_when(sqlite, lambda state: state.breaker.phase == "closed")
        assert await engine.stop() == 0
    assert (opened.status, closed.status) == (Status.FAILED, Status.OK)
    assert opened.breaker.until is not None
    assert closed.since >= opened.breaker.until
    assert len(server.requests) > asked
    assert closed.checked_at >= opened.breaker.until
    (downtime,) = await SqlHistory(sqlite).downtimes(closed.service_pk, datetime(2020, 1, 1, tzinfo=UTC), closed.since)
    assert (downtime.started_at, downtime.ended_at) == (opened.since, closed.since)
    assert await SqlHistory(sqlite).gaps(closed.service_pk, opened.since, closed.since) == []


async def test_person_stops_and_starts_the_checks_from_the_command_line(
    server, sqlite, sqlite_url, launch, monkeypatch, capsys
):
    server.on("/other", reply(200))
    one, _other = await add_services(sqlite, {"one": server.url("/"), "other": server.url("/other")})
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def asked(path: str) -> int:
        return sum(request.path == path for request in server.requests)

    def is_ok(state: ServiceState) -> bool:
        return (state.service_pk, state.status) == (one.pk, Status.OK)

    async with launch(sqlite_url) as engine:
        await state_when(sqlite, is_ok)
        assert await asyncio.to_thread(main, ["breaker", "open", "one", "--reason", "new disk"]) == 0
        stopped = await state_when(sqlite, lambda state: state.breaker.phase == "open")
        before, others_before = asked("/"), asked("/other")
        assert await asyncio.to_thread(main, ["breaker", "list"]) == 0
        async with asyncio.timeout(120):
            while asked("/other") < others_before + 3:  # it was checked as often
                await asyncio.sleep(0.05)
        assert asked("/") <= before + 1
        assert await asyncio.to_thread(main, ["breaker", "close", "one"]) == 0
        closed = await state_when(sqlite, is_ok)
        assert await engine.stop() == 0
    assert (stopped.status, stopped.breaker.who, stopped.breaker.reason) == (Status.STOPPED, "system", "new disk")
    assert closed.breaker.order == 2
    told = capsys.readouterr().out
    assert "one is not checked until it is closed." in told
    assert "one  checks paused by system until it is closed by hand" in told
    assert "one is checked again." in told


async def test_restart_is_no_downtime_and_a_long_one_is_a_gap(server, sqlite, sqlite_url, launch):
    (service,) = await add_services(sqlite, {"one": server.url("/")}, deadline_seconds=2)
    async with launch(sqlite_url) as engine:
        await engine.until_committed(2)
        assert await engine.stop() == 0
    last = (await SqlHistory(sqlite).states())[0].checked_at
    async with asyncio.timeout(120):
        while (datetime.now(UTC) - last).total_seconds() < 5.5:  # two intervals and the deadline are 4 s
            await asyncio.sleep(0.1)
    async with launch(sqlite_url) as engine:
        await engine.until_committed(2)
        assert await engine.stop() == 0
    history, now = SqlHistory(sqlite), datetime.now(UTC)
    gaps = await history.gaps(service.pk, datetime(2020, 1, 1, tzinfo=UTC), now)
    (newest,) = [gap for gap in gaps if abs((gap.started_at - last).total_seconds() - 4) < 0.01]
    assert newest.status is Status.UNKNOWN
    assert newest.ended_at is not None
    assert await history.downtimes(service.pk, datetime(2020, 1, 1, tzinfo=UTC), now) == []


async def test_paused_service_is_stopped_and_resumed_one_starts(server, sqlite, sqlite_url, launch):
    (service,) = await add_services(sqlite, {"one": server.url("/")})
    async with launch(sqlite_url) as engine:
        await state_when(sqlite, lambda state: state.status is Status.OK)
        for enabled, status in ((False, Status.STOPPED), (True, Status.OK)):
            async with sqlite.write() as conn:
                await update_service(conn, service.pk, {"enabled": enabled, "updated_at": datetime.now(UTC)})
            await state_when(sqlite, lambda state, status=status: state.status is status)
        assert await engine.stop() == 0
