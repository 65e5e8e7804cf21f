"""Locks of SQLite files belong to processes: what one of them opens and closes must not let go of them."""

import sqlite3
import subprocess
import sys
from pathlib import Path

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
