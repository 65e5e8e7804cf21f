"""The history in the database, SQLite or PostgreSQL."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.changes import Batch
from monitor_app.domain.result import StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.errors import LeadershipLost
from monitor_app.models.counter import ENGINE_EPOCH
from monitor_app.storage.database import Database
from monitor_app.storage.history import statements as sql
from monitor_app.storage.history.protocol import Epoch, Followed, WindowCount
from monitor_app.storage.services import raise_counter

_WINDOW_CHUNK = 100


class SqlHistory:
    """See History."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_epoch(self) -> Epoch:
        """See History."""
        async with self._database.write() as conn:
            # Waits for the transaction in which the last engine may just be writing; its next one is refused.
            number = await raise_counter(conn, ENGINE_EPOCH)
            return Epoch(number, await sql.last_result_id(conn) + 1)

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        """See History."""
        try:
            async with self._database.write() as conn:
                await _record(conn, epoch, batch)
        except IntegrityError:  # a service has been taken away altogether: once more, without what belongs to it
            pks = {result.service_pk for _, result in batch.results} | {state.service_pk for state in batch.states}
            async with self._database.write() as conn:
                known = await sql.existing_services(conn, pks)
                results = [(number, result) for number, result in batch.results if result.service_pk in known]
                states = [state for state in batch.states if state.service_pk in known]
                await _record(conn, epoch, replace(batch, results=results, states=states))

    async def states(self) -> list[ServiceState]:
        """See History."""
        async with self._database.read() as conn:
            return await sql.fetch_states(conn)

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        """See History."""
        async with self._database.read() as conn:
            found = await sql.fetch_results(conn, sql.newest_of_each_service(limit, conn.dialect.name, service_pks))
            recent = _last_of_each(found, limit)
            missing = {
                state.service_pk: state.result_id
                for state in await sql.fetch_states(conn, service_pks=service_pks)
                if not _holds(recent.get(state.service_pk), state.result_id)
            }
            if not missing:
                return recent
            # The clock was set back: the newest results carry older times. Most of them are at the end of the table.
            tail_id = await sql.last_result_id(conn) - limit * await sql.count_services(conn)
            newest = await sql.fetch_results(conn, sql.results_of(missing, tail_id))
        unique = {result.id: result for result in (*found, *newest) if result.service_pk in missing}
        return recent | _last_of_each(unique.values(), limit)

    async def last_result_id(self) -> int:
        """See History."""
        async with self._database.read() as conn:
            return await sql.last_result_id(conn)

    async def follow(self, after_id: int, limit: int = 5000) -> Followed:
        """See History."""
        async with self._database.read() as conn:
            results = await sql.fetch_results(conn, sql.results_after(after_id, limit))
            # A full page may end before the present; states of later results come with those.
            states = await sql.fetch_states(conn, after_id, results[-1].id if len(results) == limit else None)
        ids = [result.id for result in results[-1:]] + [state.result_id for state in states]
        return Followed(results, states, max(ids, default=after_id))

    async def day_windows(
        self, service_pks: Collection[int], since: datetime, window_seconds: int
    ) -> dict[int, list[WindowCount]]:
        """See History."""
        pks = sorted(service_pks)
        windows: dict[int, list[WindowCount]] = {}
        for start in range(0, len(pks), _WINDOW_CHUNK):
            async with self._database.read() as conn:
                chunk = pks[start : start + _WINDOW_CHUNK]
                rows = (await conn.execute(sql.windows_of(chunk, since, window_seconds))).all()
            for pk, number, ok, degraded, failed in rows:
                begins_at = since + timedelta(seconds=number * window_seconds)
                windows.setdefault(pk, []).append(WindowCount(begins_at, ok, degraded, failed))
        return windows


async def _record(conn: AsyncConnection, epoch: Epoch, batch: Batch) -> None:
    present_epoch, written_id = await sql.lock_counters(conn)
    if present_epoch != epoch.number:
        raise LeadershipLost(f"another engine schedules: epoch {present_epoch} has begun, this is {epoch.number}")
    if batch.last_id <= written_id:
        return
    await sql.insert_results(conn, batch.results)
    await sql.upsert_states(conn, batch.states)
    await sql.set_last_result_id(conn, batch.last_id)


def _last_of_each(results: Iterable[StoredResult], limit: int) -> dict[int, list[StoredResult]]:
    """By service, in the order in which they were recorded."""
    by_service: dict[int, list[StoredResult]] = {}
    for result in sorted(results, key=attrgetter("id")):
        by_service.setdefault(result.service_pk, []).append(result)
    return {pk: ordered[-limit:] for pk, ordered in by_service.items()}


def _holds(results: list[StoredResult] | None, result_id: int) -> bool:
    return results is not None and results[-1].id >= result_id
