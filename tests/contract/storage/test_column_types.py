"""Times in the database: aware and UTC on the way in and out, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from monitor_app.models.types import EpochMillis, UTCDateTime
from monitor_app.storage.database import Database
from tests.samples import NOON

moments = Table(
    "moment",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("exact", UTCDateTime),
    Column("millis", EpochMillis),
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
wall_clock = NOON.replace(tzinfo=None)
aware = st.datetimes(wall_clock.replace(year=1900), wall_clock.replace(year=2999), timezones=zones)


@pytest.fixture
async def table(database: Database) -> Table:
    async with database.write() as conn:
        await conn.run_sync(moments.metadata.create_all)
    return moments


async def there_and_back(database: Database, moment: datetime | None) -> tuple[datetime | None, datetime | None]:
    async with database.write() as conn:
        added = await conn.execute(insert(moments).values(exact=moment, millis=moment).returning(moments.c.id))
        number = added.scalar_one()
    async with database.read() as conn:
        row = (await conn.execute(select(moments.c.exact, moments.c.millis).where(moments.c.id == number))).one()
    return row.exact, row.millis


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(moment=datetime(2515, 1, 1, microsecond=24_499, tzinfo=UTC))  # a float cannot hold it
@given(moment=aware)
async def test_times_come_back_aware_in_utc(database: Database, table: Table, moment: datetime) -> None:
    exact, millis = await there_and_back(database, moment)
    assert exact == moment
    assert exact.tzinfo is UTC or exact.utcoffset() == timedelta(0)
    assert millis is not None
    assert abs(millis - moment) <= timedelta(microseconds=500)
    assert millis.tzinfo is UTC


async def test_no_time_stays_none(database: Database, table: Table) -> None:
    assert await there_and_back(database, None) == (None, None)


async def test_times_sort_as_they_passed(database: Database, table: Table) -> None:
    """Two zones, one moment apart: text in local time would sort the other way round."""
    early = datetime(2026, 5, 17, 23, 30, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 5, 17, 16, 0, tzinfo=UTC)
    for moment in (late, early):
        await there_and_back(database, moment)
    async with database.read() as conn:
        ordered = (await conn.execute(select(moments.c.exact).order_by(moments.c.exact))).scalars().all()
        found = (await conn.execute(select(moments.c.exact).where(moments.c.exact < late))).scalars().all()
    assert ordered == [early, late]
    assert found == [early]


@pytest.mark.parametrize("column", ["exact", "millis"])
async def test_a_naive_time_is_refused(database: Database, table: Table, column: str) -> None:
    with pytest.raises(StatementError, match="a naive datetime cannot be stored"):
        async with database.write() as conn:
            await conn.execute(insert(moments).values({column: datetime(2026, 5, 17, 12)}))  # noqa: DTZ001
