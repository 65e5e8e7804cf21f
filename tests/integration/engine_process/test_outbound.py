"""A changed rule holds soon in an engine that runs, without a restart, and after one."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from monitor_app.domain.status import Status
from monitor_app.models.counter import ACCESS_REVISION
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.storage.settings import load_security_settings, save_security_settings
from tests.engine_process import ResultFile, add_services

HOLDS_WITHIN_SECONDS = 100.0


async def change(database: Database, **values: Any) -> None:
    """As an administrator would."""
    async with database.write() as conn:
        await raise_counter(conn, ACCESS_REVISION)
        before = await load_security_settings(conn)
        await save_security_settings(conn, before, before.changed(values), "anna", datetime.now(UTC))


async def seconds_until(results: ResultFile, condition: str) -> float:
    """How long it takes until there is a result, later than those that are there now, that fulfils a condition."""
    last, began = max(results.ids(), default=0), time.monotonic()
    async with asyncio.timeout(120):
        while not results.rows(f"SELECT 1 FROM check_result WHERE id > {last} AND {condition}"):
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_changed_rules_hold_in_a_running_engine(server, sqlite, sqlite_url, launch, results):
    await add_services(sqlite, {"one": server.url("/")})
    good, unknown = f"status = {int(Status.OK)}", f"status = {int(Status.UNKNOWN)} AND message LIKE '%forbids it%'"
    async with launch(sqlite_url) as engine:
        await seconds_until(results, good)
        await change(sqlite, outbound_deny=["127.0.0.0/8"])
        forbidden = await seconds_until(results, unknown)
        asked = len(server.requests)
        await seconds_until(results, unknown)
        assert len(server.requests) == asked
        await change(sqlite, outbound_deny=[f"127.0.0.1:{server.port + 1}"])
        allowed = await seconds_until(results, good)
        await change(sqlite, outbound_private=False)
        closed = await seconds_until(results, f"status = {int(Status.UNKNOWN)} AND message LIKE '%no rule allows it%'")
        assert await engine.stop() == 0
    assert max(forbidden, allowed, closed) < HOLDS_WITHIN_SECONDS
    # An engine that starts knows the rules before its first check.
    asked = len(server.requests)
    async with launch(sqlite_url) as engine:
        await seconds_until(results, f"status = {int(Status.UNKNOWN)}")
        assert await engine.stop() == 0
    assert len(server.requests) == asked


async def test_port_of_the_screens_is_closed_in_the_engine(server, sqlite, sqlite_url, launch, results):
    await add_services(sqlite, {"one": server.url("/")})
    await change(sqlite, outbound_allow=["*", f"127.0.0.1:{server.port}"])
    async with launch(sqlite_url, PORT=str(server.port)) as engine:
        await seconds_until(results, "message LIKE '%the port of Lightbulb itself, which is always refused%'")
        assert await engine.stop() == 0
    assert server.requests == []
