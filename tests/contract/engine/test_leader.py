"""The scheduler's lock, the same beside SQLite and in PostgreSQL, however the database's address is written."""

import asyncio

import pytest
from sqlalchemy import make_url

from monitor_app.engine import leader as leader_module
from monitor_app.engine.leader import Leader, leader_for
from monitor_app.errors import DatabaseUnavailable
from monitor_app.settings import load_settings
from monitor_app.storage import postgres
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory


@pytest.fixture(params=["sqlite", "postgres", "postgres?ssl=prefer", "postgres?sslmode=disable"])
def address(request: pytest.FixtureRequest) -> str:
    """What the settings make of an address that somebody wrote."""
    name, _, query = request.param.partition("?")
    url: str = request.getfixturevalue(f"{name}_url")
    return load_settings(database_url=f"{url}?{query}" if query else url).database_url


async def test_only_one_holds_the_lock(address: str) -> None:
    first, second = leader_for(address), leader_for(address)
    assert await first.try_acquire()
    assert not await second.try_acquire()
    assert await first.is_held()
    await first.release()
    assert not await first.is_held()
    assert await second.try_acquire()
    await second.release()


async def test_tls_that_the_server_refuses_is_told(postgres_url: str) -> None:
    leader: Leader = leader_for(f"{postgres_url}?ssl=require")
    with pytest.raises(DatabaseUnavailable, match="rejected SSL upgrade"):
        await leader.try_acquire()


async def test_new_holder_ends_what_a_frozen_one_keeps_locked(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen between preparing a statement and asking for its rows: PostgreSQL itself never ends such a transaction."""
    monkeypatch.setattr(leader_module, "FROZEN_SECONDS", 0.0)
    frozen, slow = [await postgres.connect(make_url(postgres_url)) for _ in range(2)]
    await frozen.execute("BEGIN; SELECT * FROM counter FOR UPDATE")
    await frozen.prepare("SELECT value FROM counter")
    await slow.execute("BEGIN; SELECT * FROM counter")
    lock = leader_for(postgres_url)
    async with asyncio.timeout(60):
        while not frozen.is_closed():
            assert await lock.try_acquire()
            await asyncio.sleep(0.01)
    database = Database(postgres_url)
    await SqlHistory(database).begin_epoch()
    assert await slow.fetchval("SELECT 1") == 1
    await lock.release()
    await slow.close()
    await database.close()
