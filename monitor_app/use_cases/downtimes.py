"""The downtimes of a service with what people wrote about them, as a table and as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from monitor_app.domain.note import Note
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import Incident, IncidentFilter, Place, SqlHistory
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.portable.cells import as_csv

PAGE_LIMIT: Final = 201
FILE_LIMIT: Final = 10_000
COLUMNS: Final = ("incident_id", "started_at", "ended_at", "duration_seconds", "cause", "notes")
_CHUNK: Final = 500

__all__ = ["COLUMNS", "Downtimes", "Incident", "NotedDowntime"]


@dataclass(frozen=True, slots=True)
class NotedDowntime:
    """A downtime and the notes about it, the oldest first."""

    incident: Incident
    notes: Sequence[Note] = ()

    def lasted_seconds(self, now: datetime) -> float:
        """How long it was; until now while it lasts."""
        return max(0.0, ((self.incident.ended_at or now) - self.incident.started_at).total_seconds())


class Downtimes:
    """For everybody who reads the board; the notes for those who may read notes."""

    def __init__(self, database: Database, notes: Notes) -> None:
        self._history = SqlHistory(database)
        self._notes = notes

    async def page(
        self,
        identity: Identity,
        service_pk: int,
        until: datetime,
        limit: int,
        *,
        since: datetime | None = None,
        before: Place | None = None,
    ) -> list[NotedDowntime]:
        """Those that touch a span, or all until then, the newest first; `before` goes on behind the last of a page."""
        identity.require(BOARD_READ)
        wanted = IncidentFilter(until, since, [service_pk], before=before)
        return await self._noted(identity, await self._history.incidents(wanted, min(limit, PAGE_LIMIT)))

    async def as_csv(self, identity: Identity, service_pk: int, since: datetime | None, until: datetime) -> str:
        """The same as a file, at most the last 10,000. Times are UTC; what lasts has no end and no duration yet."""
        identity.require(BOARD_READ)
        found = await self._history.incidents(IncidentFilter(until, since, [service_pk]), FILE_LIMIT)
        rows: list[Sequence[Any]] = [COLUMNS]
        for start in range(0, len(found), _CHUNK):
            rows += _rows(await self._noted(identity, found[start : start + _CHUNK]))
        return as_csv(rows)

    async def _noted(self, identity: Identity, found: Sequence[Incident]) -> list[NotedDowntime]:
        notes = await self._notes.of_downtimes(identity, [incident.number for incident in found])
        return [NotedDowntime(incident, notes.get(incident.number, ())) for incident in found]


def _rows(downtimes: Sequence[NotedDowntime]) -> Iterator[Sequence[Any]]:
    for downtime in downtimes:
        incident, ended_at = downtime.incident, downtime.incident.ended_at
        yield (
            incident.number,
            _time(incident.started_at),
            None if ended_at is None else _time(ended_at),
            None if ended_at is None else round(downtime.lasted_seconds(ended_at), 3),
            incident.cause,
            "\n".join(f"{note.who}: {note.text}" for note in downtime.notes),
        )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
