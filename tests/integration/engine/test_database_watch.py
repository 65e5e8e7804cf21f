"""Whether the database takes a write: asked by many, tried once, and never waited for too long."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from monitor_app.engine.clock import SystemClock
from monitor_app.engine.own_health import DatabaseWatch
from monitor_app.engine.own_health import database_watch as module
from monitor_app.storage.database import Database
from tests.accounts import HandClock
from tests.paces import at_any_pace


class Hand(HandClock):
    """A clock whose seconds are moved by hand, too."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


async def test_many_who_ask_share_one_write(database: Database) -> None:
    watch, clock = DatabaseWatch(database, hand := Hand()), hand
    first, *others = await asyncio.gather(*(watch.write() for _ in range(20)))
    assert first.trouble == ""
    assert all(other is first for other in others)
    assert await watch.write() is first
    clock.seconds = 2
    assert await watch.write() is not first


@at_any_pace
async def test_locked_database_is_told_in_time_and_found_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, pace: int
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.4 * pace)
    database = Database(sqlite_url)
    watch = DatabaseWatch(database, SystemClock())
    with closing(sqlite3.connect(database.name, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = asyncio.get_running_loop().time()
        found = await watch.write()
        assert "no write got through" in found.trouble
        assert asyncio.get_running_loop().time() - began < 0.8 * pace
        # The same one is waited for: nobody queues up behind it.
        began = asyncio.get_running_loop().time()
        assert (await watch.write()).trouble
        assert asyncio.get_running_loop().time() - began < 0.2 * pace
        other.execute("ROLLBACK")
    async with asyncio.timeout(60):
        while (await watch.write()).trouble:
            await asyncio.sleep(0.1)
    await watch.close()
    await database.close()


async def test_database_that_is_gone_says_why(tmp_path) -> None:
    (tmp_path / "lightbulb.db").mkdir()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'lightbulb.db'}")
    watch = DatabaseWatch(database, SystemClock())
    assert "folder" in (await watch.write()).trouble
    assert (await watch.size()).used_bytes is None
    await database.close()


async def test_size_is_looked_up_once_a_minute(database: Database) -> None:
    hand = Hand()
    hand.seconds = 100
    watch = DatabaseWatch(database, hand)
    size = await watch.size()
    assert size.used_bytes is not None
    assert size.used_bytes > 10_000
    assert (size.free_bytes is None) is (not database.is_sqlite)
    assert await watch.size() is size
    hand.seconds = 161
    assert await watch.size() is not size
