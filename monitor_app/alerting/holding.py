"""Why an alert is not told now: the monitor is offline, maintenance, a silence, a dependency, flapping."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from monitor_app.alerting.book import Book
from monitor_app.alerting.desk import Desk
from monitor_app.domain.alerting.alert import Alert, Key
from monitor_app.domain.alerting.dependency import Cause, Dependencies, Trouble, cause_of, to_be_asked, trouble_of
from monitor_app.domain.alerting.machine import OPEN, Gate
from monitor_app.domain.changes import Batch
from monitor_app.domain.hold import maintenance_words
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status

# To be sure of its dependencies an alert waits for so long, or for their deadlines and what it takes to judge them.
SURE_SECONDS: Final = 15.0
JUDGED_SECONDS: Final = 5.0
SURE_LIMIT_SECONDS: Final = 60.0
# A result of a dependency that is so much older is as good as one that was asked for.
FRESH: Final = timedelta(seconds=2)
# What was held because of something else fires when it has failed so often since that was over.
CHECKS: Final = 2
# What comes back needs a moment, and not all are asked at the same time whether they are still down.
APART: Final = timedelta(seconds=10)
ASKED_AT_A_TIME: Final = 50
SURE_WORDS: Final = "making sure: what it depends on is being checked"
UNKNOWN_WORDS: Final = "nothing is known of it now"
FLAPPING_WORDS: Final = "it keeps changing"

_CERTAIN: Final = frozenset({Status.OK, Status.DEGRADED, Status.FAILED})


@dataclass
class _Recheck:
    """What held an alert is over since then; how many results its service has had after it."""

    since: datetime
    checks: int = 0
    asked_at: datetime | None = None


@dataclass
class Waits:
    """What alerts wait for: results that are newer than a moment. Begun anew after a restart."""

    # When it was first asked whether the dependencies of an alert are well, and when each of those was asked.
    sure_since: dict[Key, datetime] = field(default_factory=dict)
    asked: dict[int, datetime] = field(default_factory=dict)
    rechecks: dict[Key, _Recheck] = field(default_factory=dict)
    # Why the monitor is late, and since when.
    late_why: str = ""
    late_since: datetime | None = None

    def take(self, batch: Batch) -> bool:
        """Count the results of services that are looked at anew. True when there was one that somebody waits for."""
        found = bool(self.sure_since) and any(result.service_pk in self.asked for _, result in batch.results)
        if not self.rechecks:
            return found
        keys: dict[int, list[Key]] = {}
        for key in self.rechecks:
            keys.setdefault(key[1], []).append(key)
        for _, result in batch.results:
            for key in keys.get(result.service_pk, ()):
                if result.checked_at > self.rechecks[key].since:
                    self.rechecks[key].checks += 1
                    found = True
        return found

    def move(self, by: timedelta) -> None:
        """The wall clock was set by so much: everything was as long ago as before."""
        self.sure_since = {key: at + by for key, at in self.sure_since.items()}
        self.asked = {pk: at + by for pk, at in self.asked.items()}
        for recheck in self.rechecks.values():
            recheck.since += by
            recheck.asked_at = None if recheck.asked_at is None else recheck.asked_at + by
        self.late_since = None if self.late_since is None else self.late_since + by

    def forget(self, key: Key) -> None:
        """The alert is over, or was told."""
        self.sure_since.pop(key, None)
        self.rechecks.pop(key, None)


class Holding:
    """Says of each alert whether it may be told. Made for one look: what it finds out is kept for that long."""

    def __init__(self, book: Book, desk: Desk, waits: Waits, dependencies: Dependencies, now: datetime) -> None:
        self.dependencies = dependencies
        self._book = book
        self._desk = desk
        self._waits = waits
        self._now = now
        self._troubles: dict[int, Trouble] = {}
        self._told: dict[int, bool] = {}
        self._causes: dict[int, Cause | None] = {}
        self._asked = 0

    @property
    def monitor_trouble(self) -> str:
        """Why nothing that is found out now is to be believed; "" when all is well."""
        if self._desk.stopped:
            return self._desk.stopped
        if self._desk.offline_since is not None:
            return "the monitor itself has no network"
        return f"the monitor itself is late: {self._waits.late_why}" if self._waits.late_why else ""

    def gate(self, alert: Alert) -> Gate:
        """Whether an alert whose rule has held for long enough may be told."""
        service = None if alert.service_pk is None else self._desk.service(alert.service_pk)
        if service is None:
            return OPEN
        if not alert.is_told and (trouble := self.monitor_trouble):
            self._waits.rechecks.pop(alert.key, None)
            return Gate("offline", trouble)
        state = self._desk.state(service.pk)
        if maintenance := self._maintenance(alert, service, state):
            return Gate("maintenance", maintenance)
        if silence := self._book.silence_of(alert, service, self._now):
            return Gate("silence", silence.words)
        if not alert.is_told and self._is_in_doubt(alert, service.pk):
            return Gate(why=UNKNOWN_WORDS, is_waiting=True)
        own = OPEN if alert.is_told else self._because_of_others(alert, service, state)
        is_open = not own.held_by and not own.is_waiting
        if is_open and alert.subject == "service" and ("flapping", service.pk) in self._book.alerts:
            return Gate("flapping", FLAPPING_WORDS)
        return own

    def cause(self, service_pk: int) -> Cause | None:
        """The nearest dependency that holds the alerts of a service."""
        if service_pk not in self._causes:
            above = self.dependencies.above(service_pk)
            self._causes[service_pk] = cause_of(above, self._trouble, self._is_told_of) if above else None
        return self._causes[service_pk]

    def near(self, service_pk: int) -> tuple[int, ...]:
        """All services that one is connected with: by dependencies, or because one is made of the other."""
        return (*self.dependencies.near(service_pk), *self._desk.kin(service_pk))

    def failing_above(self, service_pk: int) -> list[int]:
        """All dependencies of a service that fail for certain, the nearest first."""
        return [pk for pk in self.dependencies.above(service_pk) if self._trouble(pk) == "failing"]

    def label(self, service_pk: int | None) -> str:
        """What people call a service."""
        service = None if service_pk is None else self._desk.service(service_pk)
        return "" if service is None else service.label or service.service_id

    def is_failing(self, service_pk: int) -> bool:
        """Whether it fails for certain."""
        return self._trouble(service_pk) == "failing"

    def _maintenance(self, alert: Alert, service: ServiceDefinition, state: ServiceState | None) -> str:
        """Why it is held by maintenance: while that lasts, and until it is known how the service came out of it."""
        if state is not None and state.in_maintenance:
            return "in maintenance" if service.maintenance is None else maintenance_words(service.maintenance)
        if alert.held_by != "maintenance" or (state is not None and state.status in _CERTAIN):
            return ""
        # Of one that stays unknown, or silent, nothing else is going to be known.
        patience = timedelta(seconds=self._desk.patience_seconds(service.pk))
        is_late = state is not None and self._now - state.since > patience
        return "" if is_late else "the maintenance is over; it is being checked"

    def _is_in_doubt(self, alert: Alert, service_pk: int) -> bool:
        """Whether nothing is known now of the status that the rule waits for."""
        active = self._book.rules.get(alert.rule_pk or 0)
        seen = self._book.seen.get(service_pk)
        if active is None or active.statuses is None or seen is None:
            return False
        return seen.status not in active.statuses and seen.status not in _CERTAIN

    def _because_of_others(self, alert: Alert, service: ServiceDefinition, state: ServiceState | None) -> Gate:
        cause = self.cause(service.pk)
        if cause is not None:
            self._waits.rechecks.pop(alert.key, None)
            verb = "is down" if cause.trouble == "failing" else "begins to fail"
            return Gate("dependency", f"{self.label(cause.service_pk)}, on which it depends, {verb}")
        if alert.held_by in ("dependency", "offline"):
            return self._look_again(alert, state)
        return self._make_sure(alert, service.pk)

    def _look_again(self, alert: Alert, state: ServiceState | None) -> Gate:
        """What held it is over: it may be up again as well, and then nobody is to be told."""
        assert alert.service_pk is not None
        recheck = self._waits.rechecks.setdefault(alert.key, _Recheck(self._now))
        is_recovering = state is not None and state.pending is not None and state.pending.status.is_up
        if recheck.checks >= CHECKS and not is_recovering:
            return OPEN
        patience = timedelta(seconds=self._desk.patience_seconds(alert.service_pk))
        if self._now - recheck.since > patience and not is_recovering:
            return OPEN
        is_due = recheck.asked_at is None or self._now - recheck.asked_at >= APART
        if is_due and self._asked < ASKED_AT_A_TIME:
            recheck.asked_at = self._now
            self._asked += 1
            self._desk.check_now(alert.service_pk)
        return Gate(alert.held_by, f"what held it is over; it fires when it fails in {CHECKS} more checks")

    def _make_sure(self, alert: Alert, service_pk: int) -> Gate:
        """Before an alert is told, everything that its service depends on is checked at once."""
        above = self.dependencies.above(service_pk)
        if not above:
            return OPEN
        since = self._waits.sure_since.setdefault(alert.key, self._now)
        # What was found later than now was found before the clock was set back.
        until = self._now + FRESH
        old = to_be_asked(above, self._desk.state, lambda state: since - FRESH <= state.checked_at <= until)
        if not old:
            return OPEN
        limit = max(self._desk.deadline_seconds(pk) for pk in old) + JUDGED_SECONDS
        if self._now - since >= timedelta(seconds=min(max(limit, SURE_SECONDS), SURE_LIMIT_SECONDS)):
            return OPEN
        for pk in old:
            if (asked := self._waits.asked.get(pk)) is None or asked < since - FRESH:
                self._waits.asked[pk] = self._now
                self._desk.check_now(pk)
        return Gate(why=SURE_WORDS, is_waiting=True)

    def _trouble(self, pk: int) -> Trouble:
        if pk not in self._troubles:
            is_flapping = ("flapping", pk) in self._book.alerts
            self._troubles[pk] = "failing" if is_flapping else trouble_of(self._desk.state(pk))
        return self._troubles[pk]

    def _is_told_of(self, pk: int) -> bool:
        """Whether a rule tells of it when it is down, or somebody was told of it already."""
        if pk not in self._told:
            service = self._desk.service(pk)
            rules: Iterable[frozenset[Status] | None] = (
                () if service is None else (active.statuses for active in self._book.matching(service))
            )
            is_ruled = any(statuses is not None and Status.FAILED in statuses for statuses in rules)
            self._told[pk] = is_ruled or bool(self._book.of_service(pk))
        return self._told[pk]
