"""Every result of a span, a day a transaction."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import StoredResult
from monitor_app.storage.database import Database
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.rows import COLUMNS, fetch_results

_STEP = timedelta(days=1)


async def export(database: Database, service_pk: int, since: datetime, until: datetime) -> AsyncIterator[StoredResult]:
    """See History."""
    begin: datetime | None = since
    while begin is not None and begin < until:
        async with database.read() as conn:
            begin = await first_after(conn, service_pk, begin)
            if begin is None or begin >= until:
                return
            end = min(begin + _STEP, until)
            found = await _page(conn, service_pk, begin, end)
        for result in found:
            yield result
        begin = end


async def first_after(conn: AsyncConnection, service_pk: int, begin: datetime) -> datetime | None:
    """From when on there are results: the same moment, or later where time is empty; None when there are none."""
    moments = [
        select(func.min(results.c.checked_at)).where(results.c.service_pk == service_pk, results.c.checked_at >= begin)
    ]
    if conn.dialect.name == "sqlite":
        moments += [
            select(func.min(table.c.started_at)).where(table.c.service_pk == service_pk, table.c.ended_at >= begin)
            for table in archive.ARCHIVE
        ]
    found = [moment for statement in moments if (moment := (await conn.execute(statement)).scalar())]
    return max(begin, min(found)) if found else None


async def _page(conn: AsyncConnection, service_pk: int, since: datetime, until: datetime) -> list[StoredResult]:
    rows = select(*COLUMNS).where(
        results.c.service_pk == service_pk, results.c.checked_at >= since, results.c.checked_at < until
    )
    found: list[StoredResult] = []
    if conn.dialect.name == "sqlite":
        rows = rows.where((await read_position(conn)).is_fresh())
        found = await archive.by_time(conn, service_pk, since, until)
    return sorted([*found, *await fetch_results(conn, rows)], key=attrgetter("checked_at", "id"))
