"""A real engine is told to check now, and to forget services at once."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import text

from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import delete_services
from monitor_app.use_cases.check_orders import CheckOrders
from tests.engine_process import add_services


async def test_order_is_carried_out_at_once_and_recorded(server, sqlite, sqlite_url, launch):
    (service,) = await add_services(sqlite, {"one": server.url("/")}, interval_seconds=86_400)
    orders = CheckOrders(sqlite, SystemClock(), lambda: None)
    async with launch(sqlite_url) as engine:
        await engine.until_committed(1)
        asked, before = len(server.requests), (await SqlHistory(sqlite).states())[0]
        order = await orders.give(SYSTEM, "one")
        async with asyncio.timeout(120):
            while len(server.requests) == asked or not await orders.is_taken(order):
                await asyncio.sleep(0.02)
            while len(found := (await SqlHistory(sqlite).follow(0, 10)).results) < 2:
                await asyncio.sleep(0.02)
        assert await engine.stop() == 0
    assert found[-1].service_pk == service.pk
    assert found[-1].checked_at > max(order.at, before.checked_at)


async def test_purged_service_is_gone_in_seconds(server, sqlite, sqlite_url, launch):
    one, other = await add_services(sqlite, {"one": server.url("/"), "other": server.url("/")})
    async with launch(sqlite_url) as engine:
        await engine.until_committed(4)
        async with sqlite.write() as conn:
            await delete_services(conn, [one.pk], datetime.now(UTC), is_purged=True)
        async with asyncio.timeout(120):
            while await rows_of(sqlite, one.pk):
                await asyncio.sleep(0.05)
        assert await engine.stop() == 0
    assert await rows_of(sqlite, other.pk) > 1


async def rows_of(database: Database, pk: int) -> int:
    """Its own row, and those of its results and of what happened to it."""
    tables = {
        "service": "pk",
        "check_result": "service_pk",
        "service_state": "service_pk",
        "service_event": "service_pk",
    }
    count = 0
    async with database.read() as conn:
        for table, column in tables.items():
            found = await conn.execute(text(f"SELECT count(*) FROM {table} WHERE {column} = :pk"), {"pk": pk})
            count += found.scalar_one()
    return count
