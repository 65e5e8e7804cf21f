"""Which alerts are one incident."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor_app.domain.alerting.alert import Alert

SPAN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Member:
    incident_pk: int
    since: datetime
    fired_at: datetime


class Correlation:
    """The open alerts of open incidents. What begins within SPAN on connected services, or says the same, is one.

    `near` are all services that one is connected with.
    """

    def __init__(self, near: Callable[[int], Iterable[int]]) -> None:
        self._near = near
        self._by_service: dict[int, list[_Member]] = {}
        self._by_cause: dict[str, list[_Member]] = {}

    def add(self, alert: Alert, incident_pk: int, causes: Collection[int] = ()) -> None:
        """An alert belongs to an incident, and so do the services that caused it."""
        member = _Member(incident_pk, alert.since, alert.fired_at or alert.since)
        for pk in (alert.service_pk, *causes):
            if pk is not None:
                self._by_service.setdefault(pk, []).append(member)
        if cause := alert.cause.strip():
            self._by_cause.setdefault(cause, []).append(member)

    def find(self, alert: Alert, now: datetime, causes: Collection[int] = ()) -> int | None:
        """The incident that an alert which fires now belongs to; None for a new one.

        One on the same service always; the latest of several.
        """
        if alert.service_pk is None:
            return None
        own = self._by_service.get(alert.service_pk, ())
        if own:
            return own[-1].incident_pk
        for pk in (*causes, *self._near(alert.service_pk)):
            if found := self._together(self._by_service.get(pk, ()), alert, now):
                return found
        return self._together(self._by_cause.get(alert.cause.strip(), ()), alert, now)

    def _together(self, members: Sequence[_Member], alert: Alert, now: datetime) -> int | None:
        for member in reversed(members):
            if abs(member.since - alert.since) <= SPAN or abs(member.fired_at - now) <= SPAN:
                return member.incident_pk
        return None
