"""Reading what checks found, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.report import ResultDetail, sections_of
from monitor_app.domain.result import StoredResult
from monitor_app.domain.uptime import mean_uptime
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, RESULT_DETAIL, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import Downtime, Incident, IncidentFilter, Place, SqlHistory, Uptime
from monitor_app.storage.result_details import detailed_ids, find_detail, newest_detail

__all__ = ["LATEST_LIMIT", "Downtime", "GroupPast", "Incident", "Past", "Place", "ResultUseCases", "Uptime"]

LATEST_LIMIT = 200
PERCENTILES = (0.5, 0.9, 0.95, 0.99)
SPANS_DAYS = (1, 7, 30)
PAST_DAYS = 30
PAST_LIMIT = 8
GROUP_PAST_LIMIT = 20
# Times are kept to the millisecond.
_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Past:
    """A service's uptime by the length of the span in days (SPANS_DAYS); its last downtimes and events."""

    uptime: dict[int, Uptime | None]
    downtimes: list[Downtime]
    events: list[ServiceEvent]


@dataclass(frozen=True, slots=True)
class GroupPast:
    """The uptime of a group by the length of the span in days (SPANS_DAYS); when its services were down last."""

    uptime: dict[int, Uptime | None]
    incidents: list[Incident]


def sections_for(identity: Identity, detail: ResultDetail) -> list[dict[str, Any]]:
    """What somebody may see of a result in full.

    Who has no account sees on an open board that a service is down and why, but not the addresses, processes and
    records that checks found on the way: nobody chose to publish those.
    """
    return sections_of(
        detail.document, with_private=identity.may(RESULT_DETAIL), with_others=identity.may(MONITOR_READ)
    )


class ResultUseCases:
    """What a person or a client does with results."""

    def __init__(self, database: Database) -> None:
        self._database = database
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

    async def page(
        self,
        identity: Identity,
        service_pk: int,
        since: datetime,
        until: datetime,
        limit: int,
        before: Place | None = None,
    ) -> list[StoredResult]:
        """Results of a service in a span, newest first; `before` goes on behind the last one of the page before.

        At most LATEST_LIMIT, and one more, which tells that there are more.
        """
        identity.require(BOARD_READ)
        return await self._history.page(service_pk, since, until, min(limit, LATEST_LIMIT + 1), before)

    async def in_full(self, identity: Identity, service_pk: int, result_id: int) -> tuple[StoredResult, ResultDetail]:
        """A result, and what it found in full; private parts are in it: see `sections_for`.

        Raises NotFound: only some are kept in full, and not for ever.
        """
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            detail = await find_detail(conn, service_pk, result_id)
        at = None if detail is None else detail.checked_at
        place = None if at is None else Place(at, result_id + 1)
        some = [] if at is None else await self._history.page(service_pk, at, at + _MOMENT, 1, place)
        if detail is None or not some or some[0].id != result_id:
            raise NotFound(f"the result {result_id} is not kept in full")
        return some[0], detail

    async def newest_in_full(self, identity: Identity, service_pk: int) -> ResultDetail | None:
        """What the last check showed that is kept in full; private parts are in it."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            return await newest_detail(conn, service_pk)

    async def kept_in_full(self, identity: Identity, service_pk: int, results: Sequence[StoredResult]) -> set[int]:
        """Which of some results, by their ids, are kept in full."""
        identity.require(BOARD_READ)
        if not results:
            return set()
        async with self._database.read() as conn:
            found = await detailed_ids(conn, service_pk, min(result.id for result in results), LATEST_LIMIT)
        return found & {result.id for result in results}

    async def incidents(self, identity: Identity, wanted: IncidentFilter, limit: int) -> list[Incident]:
        """Downtimes of many services, newest first; as many as `page` gives."""
        identity.require(BOARD_READ)
        return await self._history.incidents(wanted, min(limit, LATEST_LIMIT + 1))

    async def uptime(self, identity: Identity, service_pk: int, since: datetime, until: datetime) -> Uptime | None:
        """How long a service was up in a span; None when there is no such service."""
        identity.require(BOARD_READ)
        return (await self._history.uptime([service_pk], since, until)).get(service_pk)

    async def mean_uptime(
        self, identity: Identity, weights: Mapping[int, int], since: datetime, until: datetime
    ) -> Uptime | None:
        """The uptime of several services together, by their weights; None when none of them weighs anything."""
        identity.require(BOARD_READ)
        found = await self._history.uptime([pk for pk, weight in weights.items() if weight], since, until)
        return mean_uptime((weights[pk], uptime) for pk, uptime in found.items())

    async def group_past(self, identity: Identity, weights: Mapping[int, int], now: datetime) -> GroupPast:
        """What a person wants to know first of the past of a group, whose services have these weights."""
        identity.require(BOARD_READ)
        uptime = {
            days: await self.mean_uptime(identity, weights, now - timedelta(days=days), now) for days in SPANS_DAYS
        }
        wanted = IncidentFilter(now, now - timedelta(days=PAST_DAYS), list(weights))
        return GroupPast(uptime, await self._history.incidents(wanted, GROUP_PAST_LIMIT) if weights else [])

    async def percentiles(
        self, identity: Identity, service_pk: int, since: datetime, until: datetime
    ) -> list[float] | None:
        """PERCENTILES of the response times of a span in ms; None without any."""
        identity.require(BOARD_READ)
        return await self._history.percentiles(service_pk, since, until, PERCENTILES)

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
