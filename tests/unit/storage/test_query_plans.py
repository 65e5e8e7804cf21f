"""SQLite answers the questions of the board from the index, however big the table is."""

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.storage.database import Database
from monitor_app.storage.history import statements as sql
from tests.samples import NOON


async def plan(conn: AsyncConnection, statement: Select[tuple[object, ...]]) -> str:
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return "\n".join(row.detail for row in await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))


@pytest.fixture
async def plans(sqlite_url: str) -> dict[str, str]:
    database = Database(sqlite_url)
    statements = {
        "recent": sql.newest_of_each_service(60, "sqlite"),
        "windows": sql.windows_of([1, 2], NOON, 60),
        "follow": sql.results_after(100, 10),
    }
    async with database.read() as conn:
        found = {name: await plan(conn, statement) for name, statement in statements.items()}
    await database.close()
    return found


async def test_recent_walks_the_index_and_then_takes_single_rows(plans: dict[str, str]) -> None:
    assert "SEARCH candidate USING COVERING INDEX ix_check_result_service_time (service_pk=?)" in plans["recent"]
    assert "SEARCH check_result USING INTEGER PRIMARY KEY" in plans["recent"]
    assert "SCAN check_result" not in plans["recent"]
    assert "ORDER BY" not in plans["recent"]


async def test_windows_never_touch_the_rows(plans: dict[str, str]) -> None:
    index = "SEARCH check_result USING COVERING INDEX ix_check_result_service_time (service_pk=? AND checked_at>?)"
    assert index in plans["windows"]


async def test_follow_starts_at_the_id(plans: dict[str, str]) -> None:
    assert plans["follow"] == "SEARCH check_result USING INTEGER PRIMARY KEY (rowid>?)"
