"""How many checks there are, written down by the one engine for all web processes."""

from dataclasses import replace

import pytest

from monitor_app.domain.check_queue import JobCounts
from monitor_app.errors import LeadershipLost
from monitor_app.storage.check_queue import load_job_counts, save_job_counts
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from tests.samples import NOON

COUNTS = JobCounts(NOON, 3, 2, 120, 4, 5, 1.25)


async def test_counts_are_those_of_the_engine_that_schedules(database: Database, history: SqlHistory) -> None:
    first, second = await history.begin_epoch(), await history.begin_epoch()
    async with database.write() as conn:
        assert await load_job_counts(conn) is None
        await save_job_counts(conn, second.number, COUNTS)
        again = replace(COUNTS, waiting=0, done=5_000_000_000)
        await save_job_counts(conn, second.number, again)
    async with database.read() as conn:
        assert await load_job_counts(conn) == again
    with pytest.raises(LeadershipLost):
        async with database.write() as conn:
            await save_job_counts(conn, first.number, COUNTS)
