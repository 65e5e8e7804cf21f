"""Locks of SQLite files belong to processes: what one of them opens and closes must not let go of them."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor_app.storage.database import Database

COUNT = "SELECT count(*) FROM t"


def seen_by_others(path: Path) -> int:
    """What another process reads; it closes its connection, as the last one would."""
    code = f"import sqlite3; c = sqlite3.connect({str(path)!r}); print(c.execute({COUNT!r}).fetchone()[0]); c.close()"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


async def test_further_connections_keep_the_locks_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.write() as conn:
        await conn.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    for written in range(1, 4):
        async with database.read() as reader, database.write() as writer:  # two connections at once
            await reader.exec_driver_sql(COUNT)
            await writer.exec_driver_sql(f"INSERT INTO t VALUES ({written})")
        assert seen_by_others(path) == written
    await database.close()
    connection = sqlite3.connect(path)
    assert connection.execute(COUNT).fetchone() == (3,)
    connection.close()


@pytest.mark.parametrize("access", ["read", "write"])
async def test_a_transaction_that_is_cancelled_ends_although_its_statements_do_not(tmp_path: Path, access: str) -> None:
    path = tmp_path / "shared.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.write() as conn:
        await conn.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        await conn.exec_driver_sql("INSERT INTO t VALUES (1), (2)")
    is_inside = asyncio.Event()
    unfinished: list[Any] = []

    async def never_end() -> None:
        async with getattr(database, access)() as conn:
            driver: Any = (await conn.get_raw_connection()).driver_connection
            unfinished.append(await (await driver.cursor()).execute("SELECT n FROM t"))
            is_inside.set()
            while True:
                await conn.exec_driver_sql(COUNT)

    task = asyncio.create_task(never_end())
    await is_inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    others = sqlite3.connect(path, timeout=0)
    others.execute("INSERT INTO t VALUES (3)")
    others.commit()
    # Not busy: nobody looks at an old state of the file any more, so the log can be folded back and begun anew.
    assert others.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    others.close()
    await database.close()
