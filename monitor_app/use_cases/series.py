"""What became of one service over a span: the head of its page, and what its charts draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor_app.domain.uptime import Uptime
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

# How far back the head of a service's page tells its uptime, in days.
UPTIME_DAYS: Final = (1, 7, 30, 90, 365)
HEAD_SHARES: Final = (0.5, 0.95, 0.99)
HEAD_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServiceHead:
    """Uptime by the length of the span in days; p50, p95 and p99 of the last day in ms, None without any response."""

    uptime: Mapping[int, Uptime | None]
    percentiles: tuple[float, ...] | None


class SeriesUseCases:
    """What a person or a client asks of the history of one service."""

    def __init__(self, database: Database) -> None:
        self._history = SqlHistory(database)

    async def head(self, identity: Identity, service_pk: int, now: datetime) -> ServiceHead:
        """What a person wants to know first; all of it unknown for a service that does not exist."""
        identity.require(BOARD_READ)
        uptime = {
            days: (await self._history.uptime([service_pk], now - timedelta(days=days), now)).get(service_pk)
            for days in UPTIME_DAYS
        }
        found = await self._history.percentiles(service_pk, now - HEAD_DAY, now, HEAD_SHARES)
        return ServiceHead(uptime, None if found is None else tuple(found))
