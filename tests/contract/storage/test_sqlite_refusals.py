"""What SQLite refuses, and whether the message says which file and why."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage import migrations, sqlite
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services, raise_counter
from tests.postgres import NOBODY

ROOT = Path(__file__).resolve().parents[3]
# Tries each file that is named on the command line and prints what it is told; never as root, who may do anything.
TRY_FILES = """
import asyncio, os, sys
from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage import migrations
from monitor_app.storage.database import Database

async def check(path):
    try:
        await Database(f"sqlite+aiosqlite:///{path}").check_writable()
    except DatabaseUnavailable as err:
        print(err)
    else:
        print("no error")

asyncio.run(check(sys.argv[2]))  # imports all there is to import, while this user can still read it
if os.getuid() == 0:
    os.setgid(int(sys.argv[1]))
    os.setuid(int(sys.argv[1]))
for path in sys.argv[3:]:
    asyncio.run(check(path))
"""


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def refusal(path: Path) -> str:
    database = Database(url_of(path))
    with pytest.raises(DatabaseUnavailable) as caught:
        await database.check_writable()
    await database.close()
    return str(caught.value)


async def test_folder_and_file_are_made_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "lightbulb.db"
    await migrations.upgrade(url_of(path))
    database = Database(url_of(path))
    async with database.write() as conn:
        await raise_counter(conn, "service")
        files = sorted(path.parent.iterdir())
        assert [file.name for file in files] == ["lightbulb.db", "lightbulb.db-shm", "lightbulb.db-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    await database.close()


async def test_the_settings_of_a_connection(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sqlite.create_engine.__kwdefaults__, "busy_timeout_seconds", sqlite.BUSY_TIMEOUT_SECONDS)
    database = Database(sqlite_url)
    names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
    async with database.read() as conn:
        found = [(await conn.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names]
    assert found == ["wal", 1, 1, 5000]
    await database.close()


async def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    Database(url_of(tmp_path / "lightbulb.db"))
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    assert await refusal(path) == f"database {path}: the file is not an SQLite database"
    with pytest.raises(DatabaseUnavailable, match=r"letter\.txt: the file is not an SQLite database"):
        await migrations.upgrade(url_of(path))
    assert path.read_text().startswith("Dear Sir")


async def test_a_folder(tmp_path: Path) -> None:
    assert await refusal(tmp_path) == f"database {tmp_path}: this is a folder, not a file"


async def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    path = tmp_path / "data" / "lightbulb.db"
    assert await refusal(path) == f"database {path}: {path.parent} is not a folder"


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="needs the path of a file"):
        Database(url)


async def test_tables_that_are_not_there_yet(tmp_path: Path) -> None:
    database = Database(url_of(tmp_path / "lightbulb.db"))
    await database.check_writable()
    with pytest.raises(DatabaseUnavailable, match="no tables yet: run `python -m monitor_app migrate`"):
        async with database.read() as conn:
            await load_services(conn)
    await database.close()


async def test_a_full_disk(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    async def write_too_much() -> None:
        async with database.write() as conn:
            await conn.execute(text("PRAGMA max_page_count = 20"))
            await conn.execute(text("CREATE TABLE big AS SELECT zeroblob(1000000) AS x"))

    with pytest.raises(DatabaseUnavailable, match="the disk is full"):
        await write_too_much()
    async with database.read() as conn:
        assert await load_services(conn) == []
    await database.close()


def test_a_disk_that_fails_is_told_without_what_was_to_be_stored(tmp_path: Path) -> None:
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    err = DBAPIError("INSERT INTO service VALUES (?)", ("s3cret",), cause)
    told = sqlite.explain(err, tmp_path / "lightbulb.db")
    assert told == "the disk does not read or write properly (disk I/O error)"


async def test_a_damaged_file(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "lightbulb.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    database = Database(sqlite_url)
    with pytest.raises(DatabaseUnavailable, match="damaged: restore a back-up"):
        async with database.read() as conn:
            await load_services(conn)
    await database.close()


async def test_a_file_that_another_process_keeps_locked(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Database(sqlite_url)
    monkeypatch.setattr(sqlite.create_engine, "__kwdefaults__", {"busy_timeout_seconds": 0.1, "has_foreign_keys": True})
    impatient = Database(sqlite_url)
    async with holder.write():
        with pytest.raises(DatabaseUnavailable, match="another process has kept it locked for too long"):
            await impatient.check_writable()
    await impatient.check_writable()
    await impatient.close()
    await holder.close()


async def test_a_mistake_in_a_statement_is_not_blamed_on_the_file(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(DBAPIError, match="no such column"):
        async with database.read() as conn:
            await conn.execute(text("SELECT nonsense FROM service"))
    await database.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in folder.rglob("*"):
            path.chmod(0o700)


def test_what_this_user_may_not_touch(open_folder: Path) -> None:
    names = ("fixed", "hidden", "shared")
    fixed, hidden, shared = folders = [open_folder / name for name in names]
    for folder in folders:
        folder.mkdir()
        (folder / "lightbulb.db").touch()
    for path, mode in ((fixed, 0o555), (hidden, 0o000), (shared, 0o777), (shared / "lightbulb.db", 0o444)):
        path.chmod(mode)
    paths = [
        shared / "fine.db",
        fixed / "new.db",
        fixed / "sub" / "new.db",
        hidden / "lightbulb.db",
        shared / "lightbulb.db",
    ]
    told = subprocess.run(
        [sys.executable, "-c", TRY_FILES, str(NOBODY), *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert told.stdout.splitlines() == [
        "no error",
        f"database {fixed}/new.db: this user may not create files in {fixed}",
        f"database {fixed}/sub/new.db: this user may not create files in {fixed}",
        f"database {hidden}/lightbulb.db: this user may not create files in {hidden}",
        f"database {shared}/lightbulb.db: this user may not read and write the file",
    ], told.stderr
