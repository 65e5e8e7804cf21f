"""One look at everything: what happened, what is due, and what becomes of the alerts by that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from monitor_app.alerting.book import FOREIGN_HOLDS, ActiveRule, Book, Seen
from monitor_app.alerting.desk import Desk, Verdict
from monitor_app.alerting.draft import Draft
from monitor_app.alerting.gathering import Gathering
from monitor_app.alerting.holding import FLAPPING_WORDS, Holding, Waits
from monitor_app.alerting.own_signs import monitor_alert, monitor_words
from monitor_app.domain.alerting import machine
from monitor_app.domain.alerting.alert import Alert, Key
from monitor_app.domain.alerting.flapping import CHANGES, QUIET, SPAN
from monitor_app.domain.alerting.machine import Gate
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage.alerting_position import StatusChange

RULE_DELETED: Final = "the rule was deleted"
RULE_DISABLED: Final = "the rule was disabled"
RULE_CHANGED: Final = "the rule was changed"
DELETED: Final = "no longer watched: it was deleted"
QUIET_WORDS: Final = f"it has been quiet for {QUIET.seconds // 60} minutes"
# What is told of what depends on a service.
NAMES_LIMIT: Final = 250

_CERTAIN: Final = frozenset({Status.OK, Status.DEGRADED, Status.FAILED})
Verdicts = Mapping[tuple[int, int], Verdict]


class Turn:
    """Changes the book and collects in the draft what is to be written; nothing here waits for anything."""

    def __init__(
        self, book: Book, desk: Desk, waits: Waits, holding: Holding, verdicts: Verdicts, now: datetime
    ) -> None:
        self.draft = Draft()
        self._book = book
        self._desk = desk
        self._waits = waits
        self._holding = holding
        self._verdicts = verdicts
        self._now = now
        self.gathering = Gathering(book, holding, self.draft, now)
        # Services that nobody watches now: what was found out of them counts no more when they are watched again.
        self.forgotten: set[int] = set()

    def take(self, change: StatusChange) -> None:
        """A service took another status."""
        self._book.seen[change.service_pk] = Seen(change.after, change.at, change.reason)
        service = self._desk.service(change.service_pk)
        if service is None or change.after is Status.STOPPED:
            self.look_at(change.service_pk)
            return
        for active in self._book.matching(service):
            if active.statuses is not None:
                self._judge(active, service, change.at)

    def look_at(self, service_pk: int, changed_rules: frozenset[int] = frozenset()) -> None:
        """Hold all rules against what is known of a service: the rules, or the service, may be others than before."""
        service = self._desk.service(service_pk)
        if service is None:
            self._end_all(service_pk, self._now)
            self.forgotten.add(service_pk)
            return
        wanted = {active.rule.pk: active for active in self._book.matching(service)}
        for alert in self._book.of_service(service_pk):
            if alert.rule_pk is not None and alert.rule_pk not in wanted:
                self._resolve(alert, self._now, self._why_gone(alert.rule_pk))
        why = self._gone_words(service)
        if why:
            self.forgotten.add(service_pk)
        for active in wanted.values():
            if active.statuses is not None:
                self._judge(active, service, self._now, is_changed=active.rule.pk in changed_rules)
            elif why and (present := self._book.alerts.get((active.rule.pk, service_pk))) is not None:
                self._resolve(present, self._now, why)
            elif (verdict := self._verdicts.get((active.rule.pk, service_pk))) is not None:
                self.take_verdict(verdict)

    def take_verdict(self, verdict: Verdict) -> None:
        """Somebody who watches says whether a rule holds."""
        active = self._book.rules.get(verdict.rule_pk)
        service = self._desk.service(verdict.service_pk)
        if active is None or service is None or not active.matches(service):
            return
        why = self._gone_words(service)
        holds = False if why else verdict.holds
        self._settle(active, service, holds, verdict.since, verdict.cause, why, verdict.facts)

    def end_orphans(self) -> None:
        """Alerts of rules that somebody deleted."""
        for alert in self._book.orphans:
            self._resolve(alert, self._now, RULE_DELETED)
        self._book.orphans.clear()

    def drop_rule(self, rule_pk: int) -> None:
        """A rule waits for something else now, so nothing is known of it."""
        for key in [key for key in self._book.alerts if key[0] == rule_pk]:
            self._resolve(self._book.alerts[key], self._now, RULE_CHANGED)

    def advance(self, key: Key) -> None:
        """What time, or a change elsewhere, makes of an alert that may be open."""
        if (alert := self._book.alerts.get(key)) is not None and alert.subject != "monitor":
            self._advance(alert)

    def look_after_the_monitor(self) -> None:
        """One alert says that the monitor itself is offline or late."""
        words, since = monitor_words(self._desk, self._waits, self._now)
        alert = self._book.alerts.get(("monitor", 0))
        if words and alert is None:
            self._put(None, replace(monitor_alert(words, since, self._now), pk=self.draft.new_pk()))
        elif not words and alert is not None:
            self._resolve(alert, self._now)

    def end_flapping(self) -> None:
        """Who has been quiet for long enough."""
        for alert in [alert for alert in self._book.alerts.values() if alert.subject == "flapping"]:
            quiet_at = self._book.flips.quiet_at(alert.service_pk or 0)
            if quiet_at is None or quiet_at <= self._now:
                self._resolve(alert, self._now, QUIET_WORDS)
                self._book.flips.clear(alert.service_pk or 0)
                for other in self._book.of_service(alert.service_pk or 0):
                    self._advance(other)
        self._book.flips.forget(self._now)

    # -- rules on a plain status

    def _judge(self, active: ActiveRule, service: ServiceDefinition, at: datetime, *, is_changed: bool = False) -> None:
        seen = self._book.seen.get(service.pk)
        if seen is None:
            return
        assert active.statuses is not None
        why = self._gone_words(service)
        if seen.status in active.statuses:
            holds: bool | None = True
        elif seen.status in _CERTAIN or why:
            holds = False
        else:
            holds = None
        if is_changed and not why:
            why = RULE_CHANGED
        ends_at = at if holds is False else seen.since
        self._settle(active, service, holds, ends_at, seen.reason, why, {"status": seen.status.name.lower()})

    def _settle(
        self,
        active: ActiveRule,
        service: ServiceDefinition,
        holds: bool | None,
        at: datetime,
        cause: str,
        why: str,
        facts: Mapping[str, Any],
    ) -> None:
        """Open, keep or resolve the alert of a rule and a service: `at` is when that began, or ended."""
        alert = self._book.alerts.get((active.rule.pk, service.pk))
        if holds and alert is None:
            # What was found before the clock was set back must not be waited for.
            begun = machine.begun(active.rule, service.pk, min(at, self._now), cause)
            self._advance(replace(begun, pk=self.draft.new_pk(), facts=dict(facts)), is_new=True)
        elif holds is False and alert is not None:
            self._resolve(alert, at, why)
        elif alert is not None:
            rule = active.rule
            if (alert.severity, alert.policy_pk, alert.rule_name) != (rule.severity, rule.policy_pk, rule.name):
                changed = replace(alert, severity=rule.severity, policy_pk=rule.policy_pk, rule_name=rule.name)
                self._put(alert, changed)

    def _gone_words(self, service: ServiceDefinition) -> str:
        """Why a service is not watched now; "" while it is, or rests for maintenance."""
        seen, state = self._book.seen.get(service.pk), self._desk.state(service.pk)
        if service.enabled and (seen is None or seen.status is not Status.STOPPED):
            return ""
        # It may go on already, though the log says so only in a moment.
        if service.enabled and (state is None or state.in_maintenance or state.status is not Status.STOPPED):
            return ""
        reason = seen.reason if seen is not None and seen.status is Status.STOPPED else "it is paused"
        return f"no longer watched: {reason}"

    def _why_gone(self, rule_pk: int) -> str:
        rule = self._book.known_rules.get(rule_pk)
        if rule is None:
            return RULE_DELETED
        return RULE_CHANGED if rule.enabled else RULE_DISABLED

    def _end_all(self, service_pk: int, at: datetime) -> None:
        for alert in self._book.of_service(service_pk):
            self._resolve(alert, at, DELETED)

    # -- one alert

    def _advance(self, alert: Alert, *, is_new: bool = False) -> None:
        before = None if is_new else alert
        after = advanced(alert, self._book, self._holding, self._now)
        if after.counts and not alert.counts and self._flaps(after):
            after = machine.advanced(alert, Gate("flapping", FLAPPING_WORDS), self._now)
        if is_new or after != alert:
            self._put(before, after)

    def _resolve(self, alert: Alert, at: datetime, why: str = "") -> None:
        after = machine.resolved(alert, at, why)
        if after.counts and not why:
            self._flaps(after)
        self._put(alert, after)

    def _flaps(self, alert: Alert) -> bool:
        """Count a change of a service. True when it has flapped since this one."""
        pk, rule_pk = alert.service_pk, alert.rule_pk
        if pk is None or rule_pk is None or alert.held_by in FOREIGN_HOLDS:
            return False
        self._book.flips.add(pk, rule_pk, alert.resolved_at or alert.since)
        if ("flapping", pk) in self._book.alerts or not self._book.flips.is_flapping(pk, self._now):
            return False
        self._advance(_flapping(alert, self.draft.new_pk(), self._now), is_new=True)
        return True

    def _put(self, before: Alert | None, after: Alert) -> None:
        step = machine.step(before, after)
        if after.resolved_at is not None or after.is_told:
            self._waits.forget(after.key)
        if step in ("fired", "unheld") and after.service_pk is not None:
            after = replace(after, facts={**after.facts, "affects": self._affects(after.service_pk)})
        after = self.gathering.take(before, after, step)
        self._book.put(after)
        self.draft.alerts[after.pk] = after

    def _affects(self, service_pk: int) -> Mapping[str, Any]:
        below = self._holding.dependencies.below(service_pk)
        names = sorted(filter(None, (self._holding.label(pk) for pk in below)), key=str.casefold)
        failing = sum(self._holding.is_failing(pk) for pk in below)
        return {"count": len(names), "failing": failing, "names": names[:NAMES_LIMIT]}


def advanced(alert: Alert, book: Book, holding: Holding, now: datetime) -> Alert:
    """What becomes of an open alert now."""
    if alert.state == "pending" and alert.rule_pk is not None:
        active = book.rules.get(alert.rule_pk)
        if active is None or now < machine.due_at(alert, active.rule.for_seconds):
            return alert
    return machine.advanced(alert, holding.gate(alert), now)


def _flapping(alert: Alert, pk: int, now: datetime) -> Alert:
    minutes = SPAN.seconds // 60
    return Alert(
        pk=pk,
        rule_pk=None,
        rule_name="Flapping",
        service_pk=alert.service_pk,
        subject="flapping",
        severity=alert.severity,
        state="pending",
        since=now,
        cause=f"it has changed more than {CHANGES} times in {minutes} minutes: {alert.rule_name}",
        policy_pk=alert.policy_pk,
    )
