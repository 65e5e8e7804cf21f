"""The history in the database, SQLite or PostgreSQL."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from datetime import datetime

from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.measure import Measure
from monitor_app.domain.result import StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.summary import Summary
from monitor_app.domain.uptime import Uptime
from monitor_app.storage.blocks.results import ResultColumns
from monitor_app.storage.database import Database
from monitor_app.storage.history import heartbeats, record, series, spans
from monitor_app.storage.history.export import export, first_after
from monitor_app.storage.history.incidents import read_incidents
from monitor_app.storage.history.measures import read_measured_since, read_measures
from monitor_app.storage.history.pages import read_page
from monitor_app.storage.history.percentiles import read_percentiles
from monitor_app.storage.history.position import read_position
from monitor_app.storage.history.protocol import (
    Downtime,
    Epoch,
    Followed,
    Gap,
    Incident,
    IncidentFilter,
    Place,
    Windows,
)
from monitor_app.storage.history.recent import follow, recent
from monitor_app.storage.history.states import fetch_completed
from monitor_app.storage.history.windows import read_windows

_CHUNK = 1000


class SqlHistory:
    """See History; each question is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_epoch(self) -> Epoch:
        """See History."""
        return await record.begin_epoch(self._database)

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        """See History."""
        await record.record(self._database, epoch, batch)

    async def states(self) -> list[ServiceState]:
        """See History."""
        async with self._database.read() as conn:
            return await fetch_completed(conn, await read_position(conn))

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        """See History."""
        async with self._database.read() as conn:
            return await recent(conn, limit, service_pks)

    async def last_result_id(self) -> int:
        """See History."""
        async with self._database.read() as conn:
            return (await read_position(conn)).last_id

    async def follow(self, after_id: int, limit: int = 5000) -> Followed:
        """See History."""
        async with self._database.read() as conn:
            return await follow(conn, after_id, limit)

    async def windows(
        self, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
    ) -> dict[int, Windows]:
        """See History."""
        pks = sorted(service_pks)
        found: dict[int, Windows] = {}
        for start in range(0, len(pks), _CHUNK):
            async with self._database.read() as conn:
                found |= await read_windows(conn, pks[start : start + _CHUNK], since, until, minutes)
        return found

    async def uptime(self, service_pks: Collection[int] | None, since: datetime, until: datetime) -> dict[int, Uptime]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_uptime(conn, service_pks, since, until)

    async def percentiles(
        self, service_pk: int, since: datetime, until: datetime, shares: Sequence[float]
    ) -> list[float] | None:
        """See History."""
        async with self._database.read() as conn:
            return await read_percentiles(conn, service_pk, since, until, shares)

    async def downtimes(self, service_pk: int, since: datetime, until: datetime, limit: int = 1000) -> list[Downtime]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_downtimes(conn, service_pk, since, until, limit)

    async def incidents(self, wanted: IncidentFilter, limit: int) -> list[Incident]:
        """See History."""
        async with self._database.read() as conn:
            return await read_incidents(conn, wanted, limit)

    async def page(
        self, service_pk: int, since: datetime, until: datetime, limit: int, before: Place | None = None
    ) -> list[StoredResult]:
        """See History."""
        async with self._database.read() as conn:
            return await read_page(conn, service_pk, since, until, before, limit)

    async def gaps(self, service_pk: int, since: datetime, until: datetime, limit: int = 1000) -> list[Gap]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_gaps(conn, service_pk, since, until, limit)

    async def events(self, service_pk: int, limit: int = 100) -> list[ServiceEvent]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_events(conn, service_pk, limit)

    async def status_changes(self, since: datetime, limit: int) -> list[ServiceEvent]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_status_changes(conn, since, limit)

    async def summaries(self, service_pk: int, granularity: int, since: int, until: int) -> dict[int, Summary]:
        """See History."""
        async with self._database.read() as conn:
            return await series.read_summaries(conn, service_pk, granularity, since, until)

    async def measures(self, service_pk: int, granularity: int, since: int, until: int) -> dict[int, Measure]:
        """See History."""
        async with self._database.read() as conn:
            return await read_measures(conn, service_pk, granularity, since, until)

    async def measured_since(self) -> int:
        """See History."""
        async with self._database.read() as conn:
            return await read_measured_since(conn)

    async def columns(self, service_pk: int, since: datetime, until: datetime) -> AsyncGenerator[ResultColumns, None]:
        """See History."""
        async with self._database.read() as conn:
            async for columns in series.read_columns(conn, service_pk, since, until):
                yield columns

    async def unknown(
        self, service_pk: int, since: datetime, until: datetime
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """See History."""
        async with self._database.read() as conn:
            return await spans.read_unknown(conn, service_pk, since, until)

    async def first_result(self, service_pk: int, since: datetime) -> datetime | None:
        """See History."""
        async with self._database.read() as conn:
            return await first_after(conn, service_pk, since)

    def export(self, service_pk: int, since: datetime, until: datetime) -> AsyncIterator[StoredResult]:
        """See History."""
        return export(self._database, service_pk, since, until)

    async def heartbeats(self, after_id: int, limit: int = 1000) -> list[Heartbeat]:
        """See History."""
        async with self._database.read() as conn:
            return await heartbeats.read_heartbeats(conn, after_id, limit)

    async def heartbeats_done(self) -> int:
        """See History."""
        async with self._database.read() as conn:
            return await heartbeats.heartbeats_done(conn)

    async def add_heartbeats(self, reported: Sequence[Heartbeat]) -> int:
        """See History."""
        async with self._database.write() as conn:
            return await heartbeats.add_heartbeats(conn, reported)
