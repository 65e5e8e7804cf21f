"""What has become of services since somebody looked last, made from the changes of their statuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status

# Pauses, starts and maintenance are somebody's doing, and no news of the service.
_TOLD = (Status.OK, Status.DEGRADED, Status.FAILED, Status.UNKNOWN)
_AT_REST = (None, Status.STARTING, Status.STOPPED)


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """One service: what it was then (None: nobody knew) and what it was at last, how often it went down meanwhile,
    when it changed last, and what was said when it went down last.
    """

    service_pk: int
    before: Status | None
    after: Status
    downs: int
    at: datetime
    reason: str


def changed_since(events: Iterable[ServiceEvent]) -> list[ChangedSince]:
    """Of `events`, which come newest first, what a person wants to know: the latest change first.

    Who is what it was, and was not down meanwhile, has not changed.
    """
    by_service: dict[int, list[ServiceEvent]] = {}
    for event in events:
        if event.after in _TOLD:
            by_service.setdefault(event.service_pk, []).append(event)
    found = [_summed_up(own) for own in by_service.values()]
    return [each for each in found if each.downs or not _is_as_before(each)]


def _is_as_before(each: ChangedSince) -> bool:
    """Also one that was just begun with, or paused, and is well: nobody was in trouble."""
    return each.before is each.after or (each.after is Status.OK and each.before in _AT_REST)


def _summed_up(events: list[ServiceEvent]) -> ChangedSince:
    """Of one service, newest first."""
    newest, oldest = events[0], events[-1]
    assert newest.after is not None
    falls = [event for event in events if event.after is Status.FAILED]
    return ChangedSince(
        newest.service_pk,
        oldest.before,
        newest.after,
        len(falls),
        newest.at,
        falls[0].reason if falls else newest.reason,
    )
