"""What alerting has in memory: as the database says, and nothing that is not written there.

When a transaction fails the book is thrown away and read anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.alert import Alert, Key
from monitor_app.domain.alerting.condition import StatusCondition
from monitor_app.domain.alerting.flapping import SPAN, Flips
from monitor_app.domain.alerting.incident import Incident
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.silence import Silence
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage.alert_rules import load_rules
from monitor_app.storage.alerting_position import AlertingPosition, read_alerting_position, rules_revision
from monitor_app.storage.alerts import load_changed_since, load_open_alerts
from monitor_app.storage.groups import load_groups
from monitor_app.storage.history.states import fetch_states
from monitor_app.storage.incidents import load_open_incidents
from monitor_app.storage.silences import load_active

# A change while one of these held counts for nothing: it was not the service's own.
FOREIGN_HOLDS = ("dependency", "offline", "maintenance")

Matches = Callable[[ServiceDefinition], bool]


@dataclass(frozen=True, slots=True)
class Seen:
    """The status of a service as far as the log has been read, since when, and why."""

    status: Status
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """A rule that is enabled, and which services it is about. `statuses` is None where others watch."""

    rule: AlertRule
    matches: Matches
    statuses: frozenset[Status] | None


@dataclass
class Book:
    """All open alerts and incidents, what the rules say, and how far the log has been read."""

    position: AlertingPosition
    rules_revision: int = -1
    rules: dict[int, ActiveRule] = field(default_factory=dict)
    # Those that are not enabled as well.
    known_rules: dict[int, AlertRule] = field(default_factory=dict)
    silences: list[tuple[Silence, Matches]] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    alerts: dict[Key, Alert] = field(default_factory=dict)
    # Of rules that are gone.
    orphans: list[Alert] = field(default_factory=list)
    incidents: dict[int, Incident] = field(default_factory=dict)
    flips: Flips = field(default_factory=Flips)
    _of_service: dict[int, set[Key]] = field(default_factory=dict)
    _members: dict[int, set[Key]] = field(default_factory=dict)
    # By service: its definition, and the silences that are about it.
    _silenced: dict[int, tuple[ServiceDefinition, Sequence[Silence]]] = field(default_factory=dict)

    @classmethod
    async def load(cls, conn: AsyncConnection, services: Iterable[ServiceDefinition], now: datetime) -> "Book":
        """All that the database says."""
        book = cls(await read_alerting_position(conn))
        for state in await fetch_states(conn):
            book.seen[state.service_pk] = Seen(state.status, state.since, state.cause or state.message)
        await book.read_orders(conn, services, now)
        quiet_since: dict[int, datetime] = {}
        recent = await load_changed_since(conn, now - SPAN)
        for alert in recent:
            if alert.subject == "flapping" and alert.resolved_at is not None and alert.service_pk is not None:
                quiet_since[alert.service_pk] = alert.resolved_at
        for alert in recent:
            if alert.counts and alert.rule_pk is not None and alert.held_by not in FOREIGN_HOLDS:
                book._remember_flips(alert, quiet_since.get(alert.service_pk or 0), now)
        return book

    async def read_orders(self, conn: AsyncConnection, services: Iterable[ServiceDefinition], now: datetime) -> None:
        """What people say: rules, silences, and what they did with alerts and incidents."""
        self.rules_revision = await rules_revision(conn)
        tree = GroupTree(await load_groups(conn), {service.group for service in services})
        rules = await load_rules(conn)
        self.known_rules = {rule.pk: rule for rule in rules}
        self.rules = {rule.pk: _active(rule, tree) for rule in rules if rule.enabled}
        self.silences = [(silence, silence.scope.matcher(tree)) for silence in await load_active(conn, now)]
        self._silenced.clear()
        self.orphans.clear()
        self.alerts.clear()
        self._of_service.clear()
        self._members.clear()
        for alert in await load_open_alerts(conn):
            if alert.subject == "service" and alert.rule_pk is None:
                self.orphans.append(alert)
            else:
                self.put(alert)
        self.incidents = {incident.pk: incident for incident in await load_open_incidents(conn)}

    def put(self, alert: Alert) -> None:
        """Take an alert as it is now; one that is resolved goes."""
        key = alert.key
        if (known := self.alerts.get(key)) is not None and known.incident_pk is not None:
            self._members[known.incident_pk].discard(key)
        if alert.resolved_at is not None:
            self.alerts.pop(key, None)
            self._of_service.get(key[1], set()).discard(key)
            return
        self.alerts[key] = alert
        self._of_service.setdefault(key[1], set()).add(key)
        if alert.incident_pk is not None:
            self._members.setdefault(alert.incident_pk, set()).add(key)

    def of_service(self, pk: int) -> list[Alert]:
        """The open alerts of a service."""
        return [self.alerts[key] for key in sorted(self._of_service.get(pk, ()), key=str)]

    def members(self, incident_pk: int) -> list[Alert]:
        """The open alerts of an incident."""
        return [self.alerts[key] for key in sorted(self._members.get(incident_pk, ()), key=str)]

    def matching(self, service: ServiceDefinition) -> Iterator[ActiveRule]:
        """The rules about a service."""
        return (rule for rule in self.rules.values() if rule.matches(service))

    def silence_of(self, alert: Alert, service: ServiceDefinition, now: datetime) -> Silence | None:
        """What silences an alert now."""
        for silence in self._silences_about(service):
            if silence.is_active(now) and silence.rule_pk in (None, alert.rule_pk):
                return silence
        return None

    def _silences_about(self, service: ServiceDefinition) -> Sequence[Silence]:
        """Asked each second of each open alert: worked out anew only when silences, groups or the service change."""
        known = self._silenced.get(service.pk)
        if known is None or known[0] is not service:
            known = service, tuple(silence for silence, matches in self.silences if matches(service))
            self._silenced[service.pk] = known
        return known[1]

    def _remember_flips(self, alert: Alert, quiet_since: datetime | None, now: datetime) -> None:
        assert alert.rule_pk is not None
        assert alert.service_pk is not None
        moments = [alert.since]
        if alert.resolved_at is not None and not alert.why_resolved:
            moments.append(alert.resolved_at)
        for moment in moments:
            if quiet_since is None or moment > quiet_since:
                # The clock may have been set back since.
                self.flips.add(alert.service_pk, alert.rule_pk, min(moment, now))


def _active(rule: AlertRule, tree: GroupTree) -> ActiveRule:
    statuses = frozenset(rule.condition.statuses) if isinstance(rule.condition, StatusCondition) else None
    return ActiveRule(rule, rule.scope.matcher(tree), statuses)
