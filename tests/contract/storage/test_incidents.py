"""Downtimes of many services, page by page, on SQLite and PostgreSQL."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from monitor_app.storage.database import Database
from monitor_app.storage.history import Incident, IncidentFilter, Place, SqlHistory
from monitor_app.storage.history import incidents as module
from monitor_app.storage.history.changes import downtimes
from monitor_app.storage.services import delete_services
from tests.samples import NOON, add_services

HOUR = timedelta(hours=1)


async def fill(database: Database, pks: list[int], chance: random.Random) -> list[Incident]:
    """Downtimes of two years, some at the same moment, one that lasts for some services; in the order of a list."""
    rows: list[Incident] = []
    for pk in pks:
        spans = [(chance.randrange(17_000), chance.randrange(1, 200)) for _ in range(chance.randrange(40))]
        for hours_ago, lasts in spans:
            begin = NOON - hours_ago * HOUR
            rows.append(Incident(len(rows) + 1, pk, begin, begin + lasts * HOUR, f"said {len(rows)}"))
        if chance.random() < 0.5:
            rows.append(Incident(len(rows) + 1, pk, NOON - chance.randrange(3000) * HOUR, None, "lasts"))
    columns = ("id", "service_pk", "started_at", "ended_at", "cause")
    values = [
        dict(zip(columns, (row.number, row.service_pk, row.started_at, row.ended_at, row.cause), strict=True))
        for row in rows
    ]
    async with database.write() as conn:
        await conn.execute(insert(downtimes), values)
    return sorted(rows, key=lambda row: (row.started_at, row.number), reverse=True)


@pytest.fixture(params=[0, 20])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to search, whatever the number of services."""
    monkeypatch.setattr(module, "_FEW", request.param)


def touches(row: Incident, since: datetime | None, until: datetime) -> bool:
    return row.started_at < until and (since is None or row.ended_at is None or row.ended_at > since)


@pytest.mark.parametrize("seed", range(2))
async def test_pages_together_are_all_that_is_wanted(
    database: Database, history: SqlHistory, seed: int, few: None
) -> None:
    chance = random.Random(seed)
    pks = await add_services(database, *"abcdefgh")
    rows = await fill(database, pks, chance)
    for _ in range(30):
        since = chance.choice([None, NOON - chance.randrange(9000) * HOUR])
        until = chance.choice([NOON, NOON - chance.randrange(9000) * HOUR])
        chosen = chance.choice([None, pks[:3], [pks[4]]])
        is_open, limit = chance.choice([None, True, False]), chance.choice([1, 7, 50, 500])
        expected = [
            row
            for row in rows
            if touches(row, since, until)
            and (chosen is None or row.service_pk in chosen)
            and (is_open is None or is_open is (row.ended_at is None))
        ]
        found, place = list[Incident](), None
        for _ in range(8):
            wanted = IncidentFilter(until, since, chosen, is_open, place)
            page = await history.incidents(wanted, limit)
            found += page
            if len(page) < limit:
                break
            place = Place(page[-1].started_at, page[-1].number)
        assert found == expected[: 8 * limit], (since, until, chosen, is_open, limit)


async def test_those_of_deleted_services_are_left_out(database: Database, history: SqlHistory) -> None:
    pks = await add_services(database, "shop", "blog")
    values = [{"service_pk": pk, "started_at": NOON, "ended_at": None, "cause": ""} for pk in pks]
    async with database.write() as conn:
        await conn.execute(insert(downtimes), values)
        await delete_services(conn, [pks[0]], NOON)
    found = await history.incidents(IncidentFilter(NOON + HOUR), 10)
    assert [one.service_pk for one in found] == [pks[1]]
