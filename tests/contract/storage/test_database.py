"""Transactions of `Database`, the same on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter, service_revision


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened once more: as another process would."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def revision(database: Database) -> int:
    async with database.read() as conn:
        return await service_revision(conn)


async def test_what_is_written_is_there_for_others(database: Database, other: Database) -> None:
    async with database.write() as conn:
        await raise_counter(conn, "service")
    assert await revision(other) == 1


async def test_an_exception_takes_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as conn:
            assert await raise_counter(conn, "service") / 0
    assert await revision(database) == 0


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailable), match=r"(?i)attempt to write a readonly|only lets us read"):
        async with database.read() as conn:
            await conn.execute(text("UPDATE counter SET value = 9"))
    assert await revision(database) == 0
    async with database.write() as conn:  # the same connection can write again
        assert await raise_counter(conn, "service") == 1


async def test_a_reader_sees_one_state_however_long_it_reads(database: Database, other: Database) -> None:
    async with database.read() as conn:
        before = await service_revision(conn)
        async with other.write() as writing:
            await raise_counter(writing, "service")
        assert await service_revision(conn) == before
    assert await revision(database) == before + 1


async def test_a_reader_does_not_wait_for_a_writer(database: Database, other: Database) -> None:
    async with database.write() as conn:
        await raise_counter(conn, "service")
        async with asyncio.timeout(60):
            assert await revision(other) == 0


async def test_many_writers_of_two_processes_wait_for_each_other(database: Database, other: Database) -> None:
    async def raise_once(opened: Database) -> int:
        async with opened.write() as conn:
            before = await service_revision(conn) if database.is_sqlite else None
            after = await raise_counter(conn, "service")
            assert before in (None, after - 1)
            return after

    raised = await asyncio.gather(*(raise_once(opened) for opened in (database, other) for _ in range(20)))
    assert sorted(raised) == list(range(1, 41))


async def test_a_cancelled_writer_leaves_nothing_behind(database: Database) -> None:
    is_inside = asyncio.Event()

    async def write_slowly() -> None:
        async with database.write() as conn:
            await raise_counter(conn, "service")
            is_inside.set()
            await _slow_statement(conn)

    task = asyncio.create_task(write_slowly())
    await is_inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as conn:
        assert await raise_counter(conn, "service") == 1


async def _slow_statement(conn: AsyncConnection) -> None:
    if conn.dialect.name == "sqlite":
        counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        await conn.execute(text(f"{counting} SELECT count(*) FROM n"))
    else:
        await conn.execute(text("SELECT pg_sleep(5)"))


async def test_what_was_to_be_stored_is_not_in_the_error(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as conn:
            await conn.execute(
                text("INSERT INTO counter (name, value) VALUES (:name, 0), (:name, 0)"), {"name": "s3cret"}
            )
    assert "[SQL: INSERT INTO counter" in str(caught.value)
    assert "s3cret" not in str(caught.value).split("[SQL:")[1]


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        async with database.write() as conn:
            await conn.execute(
                text("INSERT INTO check_result (id, service_pk, checked_at, status, message) VALUES (1, 99, 0, 0, '')")
            )


async def test_the_check_for_writing_changes_nothing(database: Database) -> None:
    await database.check_writable()
    assert await revision(database) == 0
