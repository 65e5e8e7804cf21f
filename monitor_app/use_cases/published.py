"""What is published, read for who renders it: pages, notices, and the past of the services on them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from monitor_app.domain.alerting.recurrence import Window
from monitor_app.domain.notice import Notice
from monitor_app.domain.past_days import DayCounts, past_days
from monitor_app.domain.public_page import DAYS, NO_DAY, Day
from monitor_app.domain.status_page import StatusPage
from monitor_app.models.types import to_millis
from monitor_app.storage import maintenance_windows, notices, status_pages
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.status_days import load_spans

NOTICES_LIMIT: Final = 500
# So long a notice that is over still stands on its pages.
PAST_NOTICES: Final = timedelta(days=30)
UPTIME_DAYS: Final = (7, 30, DAYS)
_DAY_MINUTES: Final = 1440
# After so many services other tasks have their turn.
_TURN: Final = 20


@dataclass(frozen=True, slots=True)
class ServicePast:
    """The last DAYS days of a service, and its uptime by the length of the span in days."""

    days: tuple[Day, ...] = (NO_DAY,) * DAYS
    uptime: Mapping[int, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """All there is; `signature` differs as soon as any of it may."""

    signature: tuple[Any, ...] = ()
    pages: Sequence[StatusPage] = ()
    notices: Sequence[Notice] = ()
    windows: Sequence[Window] = ()


@dataclass(frozen=True, slots=True)
class Pasts:
    """The past of services by pk; the last day of all of them is `last_day`."""

    last_day: date
    of: Mapping[int, ServicePast]


class PublishedReader:
    """Reads for the whole program, whoever looks at the pages afterwards; it tells nobody anything by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = SqlHistory(database)

    async def read(self, known: Published, now: datetime) -> Published:
        """What is published; `known` itself while nothing has changed. Raises DatabaseUnavailable."""
        async with self._database.read() as conn:
            signature = (*await status_pages.signature(conn), await maintenance_windows.public_revision(conn))
            if signature == known.signature:
                return known
            pages = await status_pages.load_pages(conn)
            shown = await notices.load_shown(conn, now - PAST_NOTICES, NOTICES_LIMIT)
            windows = await maintenance_windows.load_public(conn)
        return Published(signature, pages, shown, windows)

    async def logo(self, pk: int) -> bytes | None:
        """The picture of a page. Raises DatabaseUnavailable."""
        async with self._database.read() as conn:
            return await status_pages.load_logo(conn, pk)

    async def pasts(self, service_pks: Sequence[int], now: datetime) -> Pasts:
        """Of these services, up to now. Raises DatabaseUnavailable."""
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = today - timedelta(days=DAYS - 1)
        if not service_pks:
            return Pasts(today.date(), {})
        windows = await self._history.windows(service_pks, since, now, _DAY_MINUTES)
        uptime = {
            days: await self._history.uptime(service_pks, now - timedelta(days=days), now) for days in UPTIME_DAYS
        }
        async with self._database.read() as conn:
            down, unknown = await load_spans(conn, service_pks, since, now)
        found: dict[int, ServicePast] = {}
        for number, pk in enumerate(service_pks, 1):
            if not number % _TURN:
                await asyncio.sleep(0)
            counted = windows.get(pk)
            counts = DayCounts(counted.ok, counted.degraded, counted.failed) if counted is not None else _NOTHING
            days = past_days(to_millis(since), to_millis(now), counts, down.get(pk, ()), unknown.get(pk, ()))
            shares = {span: known.uptime for span, by_pk in uptime.items() if (known := by_pk.get(pk)) is not None}
            found[pk] = ServicePast(tuple(days), shares)
        return Pasts(today.date(), found)


_NOTHING: Final = DayCounts((0,) * DAYS, (0,) * DAYS, (0,) * DAYS)
