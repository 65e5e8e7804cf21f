"""A service that reports of itself, through the real route, into a real engine."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services
from monitor_app.use_cases.heartbeats import Heartbeats

TOKEN = "a-token-that-nobody-can-guess-1"


async def add_push(database: Database, **config: Any) -> ServiceDefinition:
    now = datetime.now(UTC)
    row = {
        "service_id": "backup",
        "label": "Backup",
        "service_type": "application",
        "kind": "push",
        "status_config": {"period_seconds": 3600, "token": TOKEN} | config,
        "interval_seconds": 5,
        "created_at": now,
        "updated_at": now,
    }
    async with database.write() as conn:
        (service,) = await insert_services(conn, [row])
    return service


@pytest.fixture
async def web(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The route of a web process, which has no engine of its own beside it."""
    service = await add_push(database)
    nothing: Any = None
    taken = Heartbeats(SqlHistory(database), KindRegistry(), SystemClock(), lambda: (1, [service]), lambda: None)
    taken.start()
    runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, heartbeats=taken))
    transport = httpx.ASGITransport(app=create_api())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    await taken.close()
    runtime.uninstall()


async def until_status(database: Database, status: Status, message: str) -> None:
    """Wait until the only service has this status and says this."""
    async with asyncio.timeout(120):
        while not [
            state
            for state in await SqlHistory(database).states()
            if state.status is status and message in state.message
        ]:
            await asyncio.sleep(0.05)


async def test_reports_become_results_in_order_and_leave_the_inbox(database, database_url, web, launch):
    history = SqlHistory(database)
    for path in ("/start", "?msg=done&ping=12.5", "/log?msg=note", "/fail?msg=disk+full"):
        assert (await web.get(f"/push/{TOKEN}{path}")).status_code == 200
    assert (await web.get("/push/another-token-that-nobody-has")).status_code == 404
    async with launch(database_url) as engine:
        await until_status(database, Status.FAILED, "disk full")
        assert (await web.post(f"/push/{TOKEN}", content=b"well again")).status_code == 200
        await until_status(database, Status.OK, "well again")
        assert await engine.stop() == 0
    (service,) = (await history.recent()).items()
    pk, results = service
    told = [(result.status, result.response_ms) for result in results if result.response_ms is not None]
    assert told[0] == (Status.OK, 12.5)
    assert [downtime.cause for downtime in await history.downtimes(pk, datetime(2020, 1, 1, tzinfo=UTC), now())] == [
        next(result.message for result in results if result.status is Status.FAILED)
    ]
    assert await history.heartbeats_done() == 5
    left = await history.heartbeats(0)
    assert sorted(heartbeat.signal for heartbeat in left) == ["fail", "log", "start", "success"]


async def test_restarted_engine_knows_the_last_report_and_takes_none_twice(database, database_url, web, launch):
    history = SqlHistory(database)
    assert (await web.get(f"/push/{TOKEN}/fail?msg=disk+full")).status_code == 200
    async with launch(database_url) as engine:
        await until_status(database, Status.FAILED, "disk full")
        assert await engine.stop() == 0
    before = len((await history.recent())[1])
    async with launch(database_url) as engine:
        await engine.until_committed(1)  # its next slot, at which the last report still counts
        assert await engine.stop() == 0
        assert engine.stats["heartbeats"] == 0
    results = (await history.recent())[1]
    assert len(results) > before
    assert {result.status for result in results[before:]} == {Status.FAILED}


def now() -> datetime:
    return datetime.now(UTC)
