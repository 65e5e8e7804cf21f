"""The history benchmark: it loads what merging would have come to, and measures on both databases."""

import argparse
from datetime import UTC, datetime, timedelta

from monitor_app.bench import history as benchmark
from monitor_app.bench.history_data import SLOTS, MadeUp
from monitor_app.bench.history_load import load
from monitor_app.domain.status import Status
from monitor_app.domain.summary import summary_of
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from tests.samples import add_services

START = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


async def loaded(database: Database, days: int = 2) -> MadeUp:
    made_up = MadeUp(await add_services(database, "a", "b", "c"), START)
    await load(database, made_up, days, lambda progress: None)
    return made_up


async def test_every_result_is_there(database: Database) -> None:
    made_up = await loaded(database)
    history = SqlHistory(database)
    for number, pk in enumerate(made_up.pks):
        wanted = [row for day in range(2) for row in made_up.day(number, day).rows]
        found = [one async for one in history.export(pk, START, START + 2 * DAY)]
        assert [(one.id, one.response_ms, one.phases) for one in found] == [
            (row[0], row[3], row[5] or {}) for row in wanted
        ]
    assert await history.last_result_id() == made_up.first_id(2 * SLOTS) - 1


async def test_summaries_are_those_of_the_results(database: Database) -> None:
    made_up = await loaded(database)
    history = SqlHistory(database)
    days = [made_up.day(1, day) for day in range(2)]
    statuses = [status for day in days for status in day.statuses]
    times = [ms for day in days for ms in day.response_ms]
    pk = made_up.pks[1]
    windows = (await history.windows([pk], START, START + 2 * DAY, 60))[pk]
    assert (sum(windows.ok), sum(windows.failed)) == (statuses.count(Status.OK), statuses.count(Status.FAILED))
    assert await history.percentiles(pk, START, START + 2 * DAY, [0.5, 0.99]) == summary_of(
        statuses, times
    ).percentiles([0.5, 0.99])


def test_it_measures_on_postgresql(postgres_url: str) -> None:
    args = argparse.Namespace(services=5, days=1, minutes=11, postgres=postgres_url, keep=None)
    found = benchmark.run(args)
    assert found["database"] == "postgresql"
    assert found["rows"] > 5 * 1000
    assert found["bytes_per_row"] > 50
    assert found["disk_kb_per_row"] > 0


def test_it_measures_on_sqlite() -> None:
    args = argparse.Namespace(services=20, days=2, minutes=11, postgres="", keep=None)
    found = benchmark.run(args)
    assert found["live_rows"] == 220
    assert 10 < found["bytes_per_row"] < 40
    assert set(found["queries"]) == {
        "latest_all",
        "bars_24h_100",
        "bars_24h_1000",
        "uptime_30d_all",
        "percentiles_7d_one",
        "downtime_30d_one",
    }
    assert all(answer["ms"] > 0 for answer in found["queries"].values())
    assert set(found["merge_ms"]) == {"p50", "max"}
