"""The results of checks: recorded by the one engine that schedules, followed by everybody who shows them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.errors import LeadershipLost
from monitor_app.models.counter import ENGINE_EPOCH
from monitor_app.storage import history_sql as sql
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter

_WINDOW_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Epoch:
    """The time in which one engine schedules. Its first result gets `next_result_id`."""

    number: int
    next_result_id: int


@dataclass(frozen=True, slots=True)
class Followed:
    """What came after an id: results in order of their ids, the states they led to, and the id to go on after."""

    results: list[StoredResult]
    states: list[ServiceState]
    last_id: int


@dataclass(frozen=True, slots=True)
class WindowCount:
    """How many results of a window were OK, DEGRADED and FAILED; `start` belongs to the window, its end does not."""

    start: datetime
    ok: int
    degraded: int
    failed: int


class History(Protocol):
    """Results and states of services. Everything raises DatabaseUnavailable when the database cannot be used."""

    async def begin_epoch(self) -> Epoch:
        """Become the engine that writes: from now on `record` refuses all older epochs."""
        ...

    async def record(
        self, epoch: Epoch, first_id: int, results: Sequence[CheckResult], states: Sequence[ServiceState]
    ) -> None:
        """Write results, with ids from `first_id` in their order, and the states they led to, in one transaction.

        What belongs to a service that does not exist any more is left out. Ids that were written before are skipped, so
        a batch can safely be given again when the answer to its commit was lost. Raises LeadershipLost when another
        epoch has begun; nothing is written then.
        """
        ...

    async def states(self) -> list[ServiceState]:
        """The present state of every service that is not deleted and has one."""
        ...

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        """The last results of every service that is not deleted, or of these, oldest first, by the service's pk."""
        ...

    async def last_result_id(self) -> int:
        """The highest id that a result was ever given; 0 when there is none."""
        ...

    async def follow(self, after_id: int, limit: int = 5000) -> Followed:
        """At most `limit` results with a higher id, and the states that belong to them."""
        ...

    async def day_windows(
        self, service_pks: Collection[int], since: datetime, window_seconds: int
    ) -> dict[int, list[WindowCount]]:
        """Results counted in windows that begin at `since`, `since + window_seconds`, ..., in order.

        Windows without results that are OK, DEGRADED or FAILED are left out, and so are services without any.
        """
        ...


class SqlHistory:
    """The history in the database, SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_epoch(self) -> Epoch:
        """See History."""
        async with self._database.write() as conn:
            # Waits for the transaction in which the last engine may just be writing; its next one is refused.
            number = await raise_counter(conn, ENGINE_EPOCH)
            return Epoch(number, await sql.last_result_id(conn) + 1)

    async def record(
        self, epoch: Epoch, first_id: int, results: Sequence[CheckResult], states: Sequence[ServiceState]
    ) -> None:
        """See History."""
        numbered = list(enumerate(results, first_id))
        try:
            async with self._database.write() as conn:
                await _record(conn, epoch, numbered, states)
        except IntegrityError:  # a service has been taken away altogether: once more, without what belongs to it
            pks = {result.service_pk for result in results} | {state.service_pk for state in states}
            async with self._database.write() as conn:
                known = await sql.existing_services(conn, pks)
                kept = [(number, result) for number, result in numbered if result.service_pk in known]
                await _record(conn, epoch, kept, [state for state in states if state.service_pk in known])

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


async def _record(
    conn: AsyncConnection,
    epoch: Epoch,
    numbered: Sequence[tuple[int, CheckResult]],
    states: Sequence[ServiceState],
) -> None:
    present_epoch, written_id = await sql.lock_counters(conn)
    if present_epoch != epoch.number:
        raise LeadershipLost(f"another engine schedules: epoch {present_epoch} has begun, this is {epoch.number}")
    fresh = [(number, result) for number, result in numbered if number > written_id]
    await sql.insert_results(conn, fresh)
    await sql.upsert_states(conn, states)
    if fresh:
        await sql.set_last_result_id(conn, fresh[-1][0])


def _last_of_each(results: Iterable[StoredResult], limit: int) -> dict[int, list[StoredResult]]:
    """By service, in the order in which they were recorded."""
    by_service: dict[int, list[StoredResult]] = {}
    for result in sorted(results, key=attrgetter("id")):
        by_service.setdefault(result.service_pk, []).append(result)
    return {pk: ordered[-limit:] for pk, ordered in by_service.items()}


def _holds(results: list[StoredResult] | None, result_id: int) -> bool:
    return results is not None and results[-1].id >= result_id
