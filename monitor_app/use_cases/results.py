"""Reading what checks found, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.result import StoredResult
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import Downtime, SqlHistory, Uptime

__all__ = ["LATEST_LIMIT", "Downtime", "Past", "ResultUseCases", "Uptime"]

LATEST_LIMIT = 200
SPANS_DAYS = (1, 7, 30)
PAST_DAYS = 30
PAST_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Past:
    """A service's uptime by the length of the span in days (SPANS_DAYS); its last downtimes and events."""

    uptime: dict[int, Uptime | None]
    downtimes: list[Downtime]
    events: list[ServiceEvent]


class ResultUseCases:
    """What a person or a client does with results."""

    def __init__(self, database: Database) -> None:
        self._history = SqlHistory(database)

    async def latest(self, identity: Identity, service_pk: int, limit: int = 20) -> list[StoredResult]:
        """The last results of a service, newest first; empty for a service that does not exist.

        Raises InvalidInput for a limit outside 1 to 200.
        """
        identity.require(BOARD_READ)
        if not 1 <= limit <= LATEST_LIMIT:
            raise InvalidInput({"limit": f"must be 1 to {LATEST_LIMIT}, got {limit}"})
        recent = await self._history.recent(limit, [service_pk])
        return recent.get(service_pk, [])[::-1]

    async def past(self, identity: Identity, service_pk: int, now: datetime) -> Past:
        """What a person wants to know first of a service's past."""
        identity.require(BOARD_READ)
        uptime = {
            days: (await self._history.uptime([service_pk], now - timedelta(days=days), now)).get(service_pk)
            for days in SPANS_DAYS
        }
        since = now - timedelta(days=PAST_DAYS)
        return Past(
            uptime,
            await self._history.downtimes(service_pk, since, now, PAST_LIMIT),
            await self._history.events(service_pk, PAST_LIMIT),
        )
