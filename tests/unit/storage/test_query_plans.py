"""SQLite answers the questions of the board from the right place, however big the tables are."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.storage.database import Database
from monitor_app.storage.history import IncidentFilter, archive, incidents, pages, summaries
from monitor_app.storage.history.position import results
from tests.samples import NOON


async def plan(conn: AsyncConnection, statement: Any) -> str:
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return "\n".join(row.detail for row in await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))


@pytest.fixture
async def plans(sqlite_url: str) -> dict[str, str]:
    database = Database(sqlite_url)
    blocks = summaries.summary_blocks
    statements = {
        "newest": archive.newest_of(archive.blocks, [1, 2], 0, 1),
        "span": archive.touching(archive.blocks, 1, NOON, NOON),
        "ids": archive.with_ids(archive.blocks, 1, 2),
        "summaries": select(blocks.c.data).where(
            blocks.c.granularity == 300, blocks.c.started_at.in_([0, 21600]), blocks.c.service_pk.in_([1, 2])
        ),
        "page": pages.spans_of(1, NOON, NOON),
        "follow": select(results).where(results.c.id > 100).order_by(results.c.id),
    }
    asked = list(incidents.statements(IncidentFilter(NOON, NOON - timedelta(days=3)), 50))
    statements |= dict(zip(("incidents", "incidents to since", "lasting incidents"), asked, strict=True))
    async with database.read() as conn:
        found = {name: await plan(conn, statement) for name, statement in statements.items()}
    await database.close()
    return found


async def test_newest_blocks_are_a_short_walk_of_the_index(plans: dict[str, str]) -> None:
    assert "SEARCH candidate USING COVERING INDEX ix_result_block_span (service_pk=?)" in plans["newest"]
    assert "SEARCH result_block USING INTEGER PRIMARY KEY" in plans["newest"]
    assert "ORDER BY" not in plans["newest"]


@pytest.mark.parametrize("name", ["span", "ids"])
async def test_the_index_says_which_blocks_to_unpack(plans: dict[str, str], name: str) -> None:
    assert "COVERING INDEX ix_result_block_span" in plans[name]
    assert "SEARCH result_block USING INTEGER PRIMARY KEY (rowid=?)" in plans[name]


async def test_summaries_are_found_by_their_key(plans: dict[str, str]) -> None:
    key = "SEARCH summary_block USING PRIMARY KEY (granularity=? AND started_at=? AND service_pk=?)"
    assert plans["summaries"] == key


async def test_follow_starts_at_the_id(plans: dict[str, str]) -> None:
    assert plans["follow"] == "SEARCH check_result USING INTEGER PRIMARY KEY (rowid>?)"


async def test_the_index_says_which_blocks_make_a_page(plans: dict[str, str]) -> None:
    for table in ("piece", "block"):
        assert f"SEARCH result_{table} USING COVERING INDEX ix_result_{table}_span (service_pk=?)" in plans["page"]


@pytest.mark.parametrize("name", ["incidents", "incidents to since"])
async def test_incidents_are_searched_in_a_span_of_each_service(plans: dict[str, str], name: str) -> None:
    index = "ix_downtime_window_service_pk_started_at (service_pk=? AND started_at>? AND started_at<?)"
    assert f"SEARCH downtime_window USING INDEX {index}" in plans[name]


async def test_incidents_that_began_before_are_found_by_their_end(plans: dict[str, str]) -> None:
    for how in ("ended_at>?", "ended_at=?"):
        assert f"SEARCH downtime_window USING INDEX ix_downtime_window_ended_at ({how})" in plans["lasting incidents"]
    assert "SCAN downtime_window" not in plans["lasting incidents"]
