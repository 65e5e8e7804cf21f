"""A web process's hand: stores reports of services while an engine takes them out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services

TOGETHER = 3


async def add_push_services(database: Database, count: int) -> list[ServiceDefinition]:
    """Services that are told instead of asking, and are never asked while a test runs."""
    now = datetime.now(UTC)
    rows = [
        {
            "service_id": f"push{number}",
            "label": f"Push {number}",
            "service_type": "application",
            "kind": "push",
            "status_config": {"period_seconds": 86_400, "token": f"a-token-that-nobody-can-guess-{number}"},
            "interval_seconds": 3600,
            "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]
    async with database.write() as conn:
        return await insert_services(conn, rows)


class Reporter:
    """Stores reports, some of them of failure; `acknowledged` has the ping_ms of each by its id, none twice."""

    def __init__(self, database: Database, services: list[ServiceDefinition]) -> None:
        self.acknowledged: dict[int, float] = {}
        self._history = SqlHistory(database)
        self._services = services
        self._given = 0

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[None]:
        """All the while."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            reports = [self._report() for _ in range(TOGETHER)]
            try:
                last = await self._history.add_heartbeats(reports)
            except DatabaseUnavailable:
                continue  # nothing was acknowledged
            for number, report in enumerate(reports, last - TOGETHER + 1):
                assert report.ping_ms is not None
                self.acknowledged[number] = report.ping_ms
            await asyncio.sleep(0.02)

    def _report(self) -> Heartbeat:
        self._given += 1
        service = self._services[self._given % len(self._services)]
        # Two of five of each service: failures come and go.
        signal = "fail" if self._given // len(self._services) % 5 in (2, 3) else "success"
        return Heartbeat(0, service.pk, datetime.now(UTC), signal, None, f"report {self._given}", float(self._given))  # type: ignore[arg-type]
