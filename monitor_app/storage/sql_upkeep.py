"""Deletes what is too old, a bite in a transaction, and tells how large everything is."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import Service
from monitor_app.models.types import to_millis
from monitor_app.storage import change_log, partitions, result_details, sqlite
from monitor_app.storage.alerting_position import follow_deleted_events
from monitor_app.storage.database import Database
from monitor_app.storage.history.archive import ARCHIVE, blocks, pieces
from monitor_app.storage.history.changes import downtimes, gaps, heartbeats, service_events
from monitor_app.storage.history.measures import MEASURES
from monitor_app.storage.history.position import lock_position, read_position, remember_last_id, results
from monitor_app.storage.history.summaries import SUMMARIES
from monitor_app.storage.upkeep import DatabaseSize

services = Service.__table__  # type: ignore[attr-defined]
_SUMMED_UP = (SUMMARIES, MEASURES)


class SqlUpkeep:
    """See Upkeep."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def purge_raw(self, before: datetime, limit: int) -> int:
        """See Upkeep."""
        async with self._database.write() as conn:
            if not self._database.is_sqlite:
                return await _drop_partition(conn, before) or await _purge_strays(conn, before, limit)
            deleted = 0
            for table in ARCHIVE:
                old = select(table.c.id).where(table.c.ended_at < before).order_by(table.c.ended_at)
                deleted += await _delete(conn, table, old.limit(limit - deleted))
            return deleted

    async def purge_summaries(self, granularity: int, before: datetime, limit: int) -> int:
        """See Upkeep."""
        deleted = 0
        async with self._database.write() as conn:
            for table in _SUMMED_UP:
                if granularity in table.seconds and deleted < limit:
                    deleted += await table.purge(conn, granularity, to_millis(before) // 1000, limit - deleted)
        return deleted

    async def purge_log(self, before: datetime, limit: int) -> int:
        """See Upkeep."""
        deleted = 0
        async with self._database.write() as conn:
            for table, at in ((downtimes, downtimes.c.ended_at), (gaps, gaps.c.ended_at)):
                deleted += await _delete(conn, table, select(table.c.id).where(at < before).limit(limit - deleted))
            old = select(service_events.c.id).where(service_events.c.at < before).limit(limit - deleted)
            deleted += await _delete(conn, service_events, old)
            await follow_deleted_events(conn)
            return deleted

    async def purge_changes(self, before: datetime, keep: int, limit: int) -> int:
        """See Upkeep."""
        async with self._database.write() as conn:
            return await change_log.purge_changes(conn, before, keep, limit)

    async def purge_details(self, bad: int, limit: int) -> int:
        """See Upkeep."""
        async with self._database.write() as conn:
            return await result_details.purge_details(conn, bad, limit)

    async def purge_told(self, before: datetime, keep: int, limit: int) -> int:
        """See Upkeep."""
        async with self._database.write() as conn:
            return await result_details.purge_told(conn, before, keep, limit)

    async def purge_deleted_services(self, before: datetime, limit: int) -> int:
        """See Upkeep."""
        is_over = or_(services.c.deleted_at < before, services.c.deleted_at.is_not(None) & services.c.is_purged)
        expired = select(services.c.pk).where(is_over).order_by(services.c.pk).limit(1)
        async with self._database.write() as conn:
            pk = (await conn.execute(expired)).scalar()
            if pk is None:
                return 0
            # Before the position of alerting, as each pass of that does it: neither waits for the other for ever.
            await lock_position(conn)
            deleted = 0
            for table in (pieces, blocks, downtimes, gaps, service_events, heartbeats, results):
                own = select(table.c.id).where(table.c.service_pk == pk).limit(limit - deleted)
                if table is results:
                    await remember_last_id(conn)
                deleted += await _delete(conn, table, own)
                if table is service_events:
                    await follow_deleted_events(conn)
                if deleted >= limit:
                    return deleted
            for blocks_of in _SUMMED_UP:
                deleted += await blocks_of.purge_service(conn, pk, limit - deleted)
            if deleted < limit:
                await change_log.forget_services(conn, [pk])
                deleted += (await conn.execute(delete(services).where(services.c.pk == pk))).rowcount
            return deleted

    async def size(self) -> DatabaseSize:
        """See Upkeep."""
        async with self._database.read() as conn:
            rows = await self._raw_rows(conn, None)
            oldest = await self._oldest(conn)
            used, file = await self._bytes(conn)
        return DatabaseSize(used, file, rows, oldest)

    async def used_bytes(self) -> int:
        """See Upkeep."""
        async with self._database.read() as conn:
            return (await self._bytes(conn))[0]

    async def _bytes(self, conn: AsyncConnection) -> tuple[int, int]:
        """What is in use, and what the file takes."""
        if not self._database.is_sqlite:
            used = (await conn.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
            return used, used
        pages, free, page_bytes = [
            (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("page_count", "freelist_count", "page_size")
        ]
        wal_bytes = _size_of(f"{sqlite.file_of(self._database.engine.url)}-wal")
        return (pages - free) * page_bytes + wal_bytes, pages * page_bytes + wal_bytes

    async def raw_rows_since(self, since: datetime) -> int:
        """See Upkeep. A block that lies partly before counts by the share of its time that does not."""
        async with self._database.read() as conn:
            return await self._raw_rows(conn, since)

    async def _raw_rows(self, conn: AsyncConnection, since: datetime | None) -> int:
        rows = select(func.count()).select_from(results)
        if self._database.is_sqlite:
            rows = rows.where((await read_position(conn)).is_fresh())
        if since is not None:
            rows = rows.where(results.c.checked_at >= since)
        counted: int = (await conn.execute(rows)).scalar_one()
        for table in ARCHIVE if self._database.is_sqlite else ():
            columns = (table.c.started_at, table.c.ended_at, table.c.results)
            if since is None:
                counted += (await conn.execute(select(func.coalesce(func.sum(table.c.results), 0)))).scalar_one()
                continue
            for started_at, ended_at, count in await conn.execute(select(*columns).where(table.c.ended_at >= since)):
                span = (ended_at - started_at).total_seconds()
                share = (ended_at - max(since, started_at)).total_seconds() / span if span else 1
                counted += round(count * share)
        return counted

    async def _oldest(self, conn: AsyncConnection) -> datetime | None:
        moments: list[Select[Any]] = [select(func.min(results.c.checked_at))]
        if self._database.is_sqlite:
            moments += [select(func.min(table.c.started_at)) for table in ARCHIVE]
        found = [(await conn.execute(moment)).scalar() for moment in moments]
        return min((moment for moment in found if moment is not None), default=None)


def _size_of(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except FileNotFoundError:
        return 0


async def _delete(conn: AsyncConnection, table: Any, ids: Select[Any]) -> int:
    deleted: int = (await conn.execute(delete(table).where(table.c.id.in_(ids)))).rowcount
    return deleted


async def _drop_partition(conn: AsyncConnection, before: datetime) -> int:
    """Drop the oldest partition whose day has ended before, once everything in it is in the summaries."""
    folded = (await read_position(conn)).folded
    return await conn.run_sync(_drop_first(before, folded))


def _drop_first(before: datetime, folded: int) -> Callable[[Connection], int]:
    def drop(connection: Connection) -> int:
        for name in partitions.ended(connection, before)[:1]:
            query = text(f"SELECT 1 FROM {name} WHERE id > :folded LIMIT 1")  # noqa: S608 - a name of our own
            if connection.execute(query, {"folded": folded}).first() is None:
                partitions.drop(connection, name)
                return 1
        return 0

    return drop


async def _purge_strays(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Results of days that never had a partition."""
    folded = (await read_position(conn)).folded
    strays = (
        f"DELETE FROM {partitions.STRAYS} WHERE (id, checked_at) IN (SELECT id, checked_at FROM {partitions.STRAYS}"  # noqa: S608
        " WHERE checked_at < :before AND id <= :folded LIMIT :limit)"
    )
    values = {"before": to_millis(before), "folded": folded, "limit": limit}
    deleted: int = (await conn.execute(text(strays), values)).rowcount
    return deleted
