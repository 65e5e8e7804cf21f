"""What one transaction of alerting changes: collected, then written with as few statements as possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Entry, Incident
from monitor_app.domain.alerting.news import IncidentNews, NewsKind
from monitor_app.domain.alerting.severity import Severity
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.storage.alerts import insert_alerts, update_alerts
from monitor_app.storage.incidents import insert_entries, insert_incidents, update_incidents
from monitor_app.storage.services import raise_counter

# Rows that are written by one statement.
BITE: Final = 100

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _News:
    kind: NewsKind
    incident_pk: int
    alert_pk: int | None
    severity: Severity
    policy_pk: int | None


@dataclass(frozen=True, slots=True)
class _Line:
    entry: Entry
    alert_pk: int | None


@dataclass
class Draft:
    """Alerts and incidents that are new have numbers below zero until they are written."""

    alerts: dict[int, Alert] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    # The counter `alerting` after it was saved; None when nothing was to be written.
    revision: int | None = None
    # What those that were new are called now.
    incident_pks: dict[int, int] = field(default_factory=dict)
    _lines: list[_Line] = field(default_factory=list)
    # By incident: their order matters only within one.
    _news: dict[int, list[_News]] = field(default_factory=dict)
    _next_pk: int = -1

    def new_pk(self) -> int:
        """A number for something new."""
        self._next_pk -= 1
        return self._next_pk

    def enter(self, incident_pk: int, at: datetime, kind: str, text: str, alert: Alert | None = None) -> None:
        """A line for an incident's timeline."""
        service_pk = None if alert is None else alert.service_pk
        entry = Entry(incident_pk, at, kind, text, service_pk)
        self._lines.append(_Line(entry, None if alert is None else alert.pk))

    def tell(self, kind: NewsKind, incident: Incident, alert: Alert | None = None) -> None:
        """News of an incident, or of an alert in it."""
        policy_pk = None if alert is None else alert.policy_pk
        alert_pk = None if alert is None else alert.pk
        self._add(_News(kind, incident.pk, alert_pk, incident.severity, policy_pk))

    def tell_end(self, incident: Incident, alert_pks: Sequence[int]) -> None:
        """An incident is over, and with it these."""
        for alert_pk in alert_pks or (None,):
            self._add(_News("resolved", incident.pk, alert_pk, incident.severity, None))

    def untell(self, incident_pk: int, kind: NewsKind) -> list[int]:
        """Take back what something greater says as well; returns the alerts that it was about."""
        gone = [one for one in self._news.get(incident_pk, ()) if one.kind == kind]
        if gone:
            self._news[incident_pk] = [one for one in self._news[incident_pk] if one.kind != kind]
        return [one.alert_pk for one in gone if one.alert_pk is not None]

    def is_new(self, incident_pk: int) -> bool:
        """Whether the incident begins with this transaction."""
        return incident_pk < 0

    async def save(self, conn: AsyncConnection) -> list[IncidentNews]:
        """Write all of it; returns the news in their order. Afterwards everything has its real number."""
        if not (self.alerts or self.incidents or self._lines):
            return self._told({}, {})
        # In bites: what is made ready for many rows at once keeps the event loop from starting checks.
        self.revision = await raise_counter(conn, ALERTING_REVISION)
        incident_pks = await self._save_incidents(conn, self.revision)
        alert_pks = await self._save_alerts(conn, self.revision, incident_pks)
        for entries in _bites(list(self._entries(incident_pks, alert_pks))):
            await insert_entries(conn, entries)
        saved = [_moved(alert, alert_pks, incident_pks) for alert in self.alerts.values()]
        self.alerts = {alert.pk: alert for alert in saved}
        self.incident_pks = incident_pks
        self.incidents = {
            incident_pks.get(pk, pk): replace(incident, pk=incident_pks.get(pk, pk))
            for pk, incident in self.incidents.items()
        }
        return self._told(incident_pks, alert_pks)

    def _add(self, news: _News) -> None:
        self._news.setdefault(news.incident_pk, []).append(news)

    async def _save_incidents(self, conn: AsyncConnection, revision: int) -> dict[int, int]:
        new = [incident for pk, incident in self.incidents.items() if pk < 0]
        pks = [pk for bite in _bites(new) for pk in await insert_incidents(conn, bite, revision)]
        for bite in _bites([incident for pk, incident in self.incidents.items() if pk > 0]):
            await update_incidents(conn, bite, revision)
        return {incident.pk: pk for incident, pk in zip(new, pks, strict=True)}

    async def _save_alerts(self, conn: AsyncConnection, revision: int, incident_pks: dict[int, int]) -> dict[int, int]:
        moved = [_moved(alert, {}, incident_pks) for alert in self.alerts.values()]
        # What is over makes room first for what begins: a rule has one open alert of a service.
        for bite in _bites([alert for alert in moved if alert.pk > 0]):
            await update_alerts(conn, bite, revision)
        new = [alert for alert in moved if alert.pk < 0]
        pks = [pk for bite in _bites(new) for pk in await insert_alerts(conn, bite, revision)]
        return {alert.pk: pk for alert, pk in zip(new, pks, strict=True)}

    def _entries(self, incident_pks: dict[int, int], alert_pks: dict[int, int]) -> Iterator[Entry]:
        for line in self._lines:
            entry = line.entry
            facts = dict(entry.facts)
            if line.alert_pk is not None:
                facts["alert_pk"] = alert_pks.get(line.alert_pk, line.alert_pk)
            yield replace(entry, incident_pk=incident_pks.get(entry.incident_pk, entry.incident_pk), facts=facts)

    def _told(self, incident_pks: dict[int, int], alert_pks: dict[int, int]) -> list[IncidentNews]:
        """What follows on each other of one kind, incident and policy is one."""
        told: list[IncidentNews] = []
        for one in chain.from_iterable(self._news.values()):
            incident_pk = incident_pks.get(one.incident_pk, one.incident_pk)
            pks: Sequence[int] = () if one.alert_pk is None else (alert_pks.get(one.alert_pk, one.alert_pk),)
            last = told[-1] if told else None
            if last is not None and (last.incident_pk, last.kind, last.policy_pk) == (
                incident_pk,
                one.kind,
                one.policy_pk,
            ):
                told[-1] = replace(last, alert_pks=(*last.alert_pks, *pks), severity=one.severity)
            else:
                told.append(IncidentNews(incident_pk, one.kind, tuple(pks), one.severity, one.policy_pk))
        return told


def _bites(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + BITE] for start in range(0, len(rows), BITE))


def _moved(alert: Alert, alert_pks: dict[int, int], incident_pks: dict[int, int]) -> Alert:
    incident_pk = alert.incident_pk
    if incident_pk is not None and incident_pk < 0:
        incident_pk = incident_pks[incident_pk]
    return replace(alert, pk=alert_pks.get(alert.pk, alert.pk), incident_pk=incident_pk)
