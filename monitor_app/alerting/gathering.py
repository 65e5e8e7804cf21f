"""Gathers alerts into incidents: which one an alert belongs to, what it is called, when it is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor_app.alerting.book import Book
from monitor_app.alerting.draft import Draft
from monitor_app.alerting.holding import Holding
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.correlation import Correlation
from monitor_app.domain.alerting.incident import TITLE_LIMIT, Incident
from monitor_app.domain.alerting.machine import Step
from monitor_app.domain.alerting.severity import worst

RESOLVED = "all of it is over"


class Gathering:
    """The incidents of one turn."""

    def __init__(self, book: Book, holding: Holding, draft: Draft, now: datetime) -> None:
        self._book = book
        self._holding = holding
        self._draft = draft
        self._now = now
        self._known: Correlation | None = None
        self._touched: dict[int, None] = {}

    def take(self, before: Alert | None, after: Alert, step: Step) -> Alert:
        """Note what there is to tell of a change; returns the alert with the incident that it belongs to."""
        if step in ("fired", "unheld"):
            return self._fire(before, after)
        if after.incident_pk is not None:
            incident = self._book.incidents.get(after.incident_pk)
            if incident is not None:
                self._touched[incident.pk] = None
                self._note(incident, after, step)
        return after

    def touch(self, incident_pk: int) -> None:
        """Somebody changed what belongs to an incident."""
        self._touched[incident_pk] = None

    def touch_empty(self) -> None:
        """Services may have been taken away with their alerts while nobody looked: their incidents are over."""
        for pk in self._book.incidents:
            if not self._book.members(pk):
                self.touch(pk)

    def finish(self) -> Iterator[None]:
        """Bring together what is held, then say of each incident how it is now: a step for each of them."""
        for alert in list(self._book.alerts.values()):
            if alert.incident_pk is None and alert.is_held:
                self._join_cause(alert)
                yield
        for incident_pk in list(self._touched):
            if (incident := self._book.incidents.get(incident_pk)) is not None:
                self._settle(incident)
                yield

    def _fire(self, before: Alert | None, alert: Alert) -> Alert:
        was_told = before is not None and before.is_told
        causes = [] if alert.service_pk is None else self._holding.failing_above(alert.service_pk)
        incident = None if alert.incident_pk is None else self._book.incidents.get(alert.incident_pk)
        is_member = incident is not None
        if incident is None and (found := self._correlation.find(alert, self._now, causes)) is not None:
            incident = self._book.incidents.get(found)
        if incident is None:
            incident = self._begin(alert)
            kind, entry = "fired", "fired"
        elif is_member:
            kind, entry = "unheld", "unheld"
        else:
            kind, entry = ("unheld" if was_told else "joined"), "joined"
        alert = replace(alert, incident_pk=incident.pk)
        self._touched[incident.pk] = None
        self._correlation.add(alert, incident.pk, causes)
        self._draft.enter(incident.pk, self._now, entry, self._line(alert), alert)
        self._draft.tell(kind, incident, alert)  # type: ignore[arg-type] # one of the kinds
        return alert

    def _note(self, incident: Incident, alert: Alert, step: Step) -> None:
        if step == "held":
            self._draft.enter(incident.pk, self._now, "held", f"{self._name(alert)}: {alert.held_why}", alert)
        elif step == "resolved" and alert.resolved_at is not None:
            words = alert.why_resolved or "is over"
            self._draft.enter(incident.pk, alert.resolved_at, "recovered", f"{self._name(alert)}: {words}", alert)
            if alert.is_told and not alert.is_held:
                self._draft.tell("alert_resolved", incident, alert)

    def _begin(self, alert: Alert) -> Incident:
        incident = Incident(
            pk=self._draft.new_pk(),
            title=self._title(alert),
            severity=alert.severity,
            started_at=alert.since,
            root_service_pk=alert.service_pk,
            cause=alert.cause,
        )
        self._book.incidents[incident.pk] = self._draft.incidents[incident.pk] = incident
        return incident

    def _join_cause(self, alert: Alert) -> None:
        """What is held because of something belongs to the incident of that."""
        assert alert.service_pk is not None
        if alert.held_by == "dependency":
            sources = self._holding.failing_above(alert.service_pk)
        elif alert.held_by == "flapping":
            sources = [alert.service_pk]
        else:
            return
        for pk in sources:
            for other in self._book.of_service(pk):
                if other.incident_pk is not None and other.incident_pk in self._book.incidents:
                    joined = replace(alert, incident_pk=other.incident_pk)
                    self._book.put(joined)
                    self._draft.alerts[joined.pk] = joined
                    self._touched[other.incident_pk] = None
                    words = f"{self._name(alert)}: {alert.held_why}"
                    self._draft.enter(other.incident_pk, self._now, "held", words, joined)
                    return

    def _settle(self, incident: Incident) -> None:
        members = self._book.members(incident.pk)
        if not members:
            self._end(incident)
            return
        if not any(alert.is_told for alert in members):
            # What is left was caused by what is over: it is told when that is known.
            self._draft.untell(incident.pk, "alert_resolved")
        severity = worst(incident.severity, *(alert.severity for alert in members if alert.is_told))
        now = replace(incident, severity=severity)
        if (root := self._root(incident, members)) is not None:
            now = replace(now, **self._origin(root))
            if now.root_service_pk != incident.root_service_pk:
                name = self._holding.label(now.root_service_pk)
                self._draft.enter(incident.pk, self._now, "cause", f"{name} is taken for the cause", root)
        if severity != incident.severity and not self._draft.is_new(incident.pk):
            self._draft.enter(incident.pk, self._now, "raised", f"it is {severity} now")
            self._draft.tell("raised", now)
        self._book.incidents[incident.pk] = now
        # The page of it shows its timeline, so it counts as changed in any case.
        self._draft.incidents[incident.pk] = now

    def _end(self, incident: Incident) -> None:
        pks = self._draft.untell(incident.pk, "alert_resolved")
        ended = replace(incident, resolved_at=max(self._now, incident.started_at))
        self._draft.enter(incident.pk, self._now, "resolved", RESOLVED)
        self._draft.tell_end(ended, pks)
        self._draft.incidents[incident.pk] = ended
        del self._book.incidents[incident.pk]

    def _root(self, incident: Incident, members: list[Alert]) -> Alert | None:
        """The alert that tells best what it is: nothing that another one of them depends on stands behind it.

        None: it stays as it is. What it began with stays while it is open, unless something behind it fails, too.
        """
        told = [alert for alert in members if alert.is_told]
        services = {alert.service_pk for alert in told}
        above = self._holding.dependencies.above
        roots = [a for a in told if a.service_pk is None or services.isdisjoint(above(a.service_pk))]
        present = [alert for alert in told if alert.service_pk == incident.root_service_pk]
        if present and incident.root_service_pk is not None:
            behind = above(incident.root_service_pk)
            roots = [alert for alert in roots if alert.service_pk in behind] or present
        return min(roots, key=lambda alert: (alert.subject != "flapping", alert.since, alert.pk), default=None)

    def _origin(self, root: Alert) -> dict[str, Any]:
        """What an incident is called by the alert that it began with, or by what no rule tells of behind that."""
        behind = [] if root.service_pk is None else self._holding.failing_above(root.service_pk)
        if behind:
            title = f"{self._holding.label(behind[-1])} is down"[:TITLE_LIMIT]
            return {"title": title, "root_service_pk": behind[-1], "cause": root.cause}
        return {"title": self._title(root), "root_service_pk": root.service_pk, "cause": root.cause}

    @property
    def _correlation(self) -> Correlation:
        if self._known is None:
            self._known = Correlation(self._holding.near)
            for alert in self._book.alerts.values():
                if alert.incident_pk is not None and alert.incident_pk in self._book.incidents:
                    causes = [] if alert.service_pk is None else self._holding.failing_above(alert.service_pk)
                    self._known.add(alert, alert.incident_pk, causes)
        return self._known

    def _title(self, alert: Alert) -> str:
        name = self._name(alert)
        if alert.subject == "flapping":
            title = f"{name} is flapping"
        elif alert.subject == "monitor":
            title = alert.cause
        elif (status := alert.facts.get("status")) is not None:
            title = f"{name} is {'down' if status == 'failed' else status}"
        else:
            title = f"{name}: {alert.rule_name}"
        return title[:TITLE_LIMIT]

    def _name(self, alert: Alert) -> str:
        return self._holding.label(alert.service_pk) or alert.rule_name

    def _line(self, alert: Alert) -> str:
        return f"{self._name(alert)}: {alert.cause or alert.rule_name}"
