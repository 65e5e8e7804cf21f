"""Whatever happens in whatever order: fire and resolve alternate, and nothing is told as over that was not told."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from monitor_app.alerting import draft
from monitor_app.alerting.book import ActiveRule, Book
from monitor_app.alerting.holding import Holding, Waits
from monitor_app.alerting.turn import Turn
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.condition import StatusCondition
from monitor_app.domain.alerting.dependency import Dependencies
from monitor_app.domain.alerting.incident import Incident
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.scope import EVERYTHING
from monitor_app.domain.alerting.silence import Silence
from monitor_app.domain.changes import Batch
from monitor_app.domain.graph import graph_of
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import Pending, ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.alerting_position import AlertingPosition, StatusChange
from tests.virtual_time import START

# 2, 3 and 4 depend on 1, and 4 on 3; 5 and 6 are on a circle; 7 is alone.
EDGES = [(2, 1), (3, 1), (4, 3), (5, 6), (6, 5)]
PKS = range(1, 8)
DOWN = AlertRule(1, "Down", True, "critical", StatusCondition((Status.FAILED,)), EVERYTHING)
LONG = AlertRule(2, "Down for long", True, "warning", StatusCondition((Status.FAILED,)), EVERYTHING, 300)
WORSE = AlertRule(3, "Not well", True, "info", StatusCondition((Status.FAILED, Status.DEGRADED)), EVERYTHING)
RULES = (DOWN, LONG, WORSE)


def service(pk: int) -> ServiceDefinition:
    return ServiceDefinition(pk, f"s-{pk}", f"S {pk}", "website", "http", "", (), {}, {}, 60, True, False, 1)


@dataclass
class FakeDesk:
    """An engine that has found out what the test says."""

    services_: dict[int, ServiceDefinition]
    states: dict[int, ServiceState]
    offline_since: datetime | None = None
    stopped: str = ""
    asked: list[int] = field(default_factory=list)

    def services(self) -> Any:
        return iter(self.services_.values())

    def service(self, pk: int) -> ServiceDefinition | None:
        return self.services_.get(pk)

    def state(self, pk: int) -> ServiceState | None:
        return self.states.get(pk)

    def deadline_seconds(self, pk: int) -> float:
        return 10.0

    def patience_seconds(self, pk: int) -> float:
        return 130.0

    def kin(self, pk: int) -> tuple[int, ...]:
        return ()

    def check_now(self, pk: int) -> None:
        self.asked.append(pk)

    def trouble(self) -> str:
        return ""


class Tables:
    """What the storage would have."""

    def __init__(self) -> None:
        self.alerts: dict[int, Alert] = {}
        self.incidents: dict[int, Incident] = {}

    async def insert_alerts(self, conn: Any, new: Sequence[Alert], revision: int) -> list[int]:
        pks = []
        for alert in new:
            assert alert.acknowledged_at is None
            pk = len(self.alerts) + 1
            self.alerts[pk] = replace(alert, pk=pk)
            pks.append(pk)
        self._look()
        return pks

    async def update_alerts(self, conn: Any, changed: Sequence[Alert], revision: int) -> None:
        for alert in changed:
            assert self.alerts[alert.pk].resolved_at is None, "what was resolved came back"
            self.alerts[alert.pk] = alert

    async def insert_incidents(self, conn: Any, new: Sequence[Incident], revision: int) -> list[int]:
        pks = []
        for incident in new:
            pk = len(self.incidents) + 1
            self.incidents[pk] = replace(incident, pk=pk)
            pks.append(pk)
        return pks

    async def update_incidents(self, conn: Any, changed: Sequence[Incident], revision: int) -> None:
        for incident in changed:
            assert self.incidents[incident.pk].resolved_at is None, "what was over came back"
            self.incidents[incident.pk] = incident

    async def insert_entries(self, conn: Any, new: Any) -> None:
        assert all(entry.incident_pk in self.incidents for entry in new)

    async def raise_counter(self, conn: Any, name: str) -> int:
        return 1

    def _look(self) -> None:
        open_keys = [alert.key for alert in self.alerts.values() if alert.resolved_at is None]
        assert len(open_keys) == len(set(open_keys)), "fired twice without an end in between"


class Alerting(RuleBasedStateMachine):
    """Services that fail and recover, holds that come and go, restarts; after each step what was told is looked at."""

    tables: Tables

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.tables.alerts.clear()
        self.tables.incidents.clear()
        states = {pk: ServiceState(pk, Status.OK, START, START, 1.0, "", 1) for pk in PKS}
        self.desk = FakeDesk({pk: service(pk) for pk in PKS}, states)
        self.dependencies = Dependencies(graph_of(EDGES))
        self.told: list[IncidentNews] = []
        self.rules = {rule.pk: rule for rule in RULES}
        self.silence_until: datetime | None = None
        self.events: list[StatusChange] = []
        self._restart()

    @rule()
    def restart(self) -> None:
        """Memory goes; what is in the tables stays."""
        self._restart()
        self._look(set(PKS))

    @rule(pk=st.sampled_from(PKS), status=st.sampled_from(Status))
    def change(self, pk: int, status: Status) -> None:
        if self.desk.states[pk].status is not status:
            self._move(pk, status)
        self._look()

    @rule(pk=st.sampled_from(PKS), times=st.integers(1, 5))
    def flap(self, pk: int, times: int) -> None:
        for _ in range(times):
            was = self.desk.states[pk].status
            self._move(pk, Status.OK if was is Status.FAILED else Status.FAILED)
            self.now += timedelta(seconds=90)
            self._look()

    @rule(pk=st.sampled_from(PKS), status=st.sampled_from([None, Status.OK, Status.FAILED]))
    def doubt(self, pk: int, status: Status | None) -> None:
        pending = None if status is None else Pending(status, 1, 3, self.now, "")
        self.desk.states[pk] = replace(self.desk.states[pk], pending=pending)
        self._look()

    @rule(pk=st.sampled_from(PKS))
    def check(self, pk: int) -> None:
        state = replace(self.desk.states[pk], checked_at=self.now + timedelta(milliseconds=1))
        self.desk.states[pk] = state
        result = CheckResult(pk, state.checked_at, state.status, "", 1.0)
        self.waits.take(Batch([(1, result)], [], [], 1))
        self._look()

    @rule(pk=st.sampled_from(PKS))
    def pause_or_resume(self, pk: int) -> None:
        known = self.desk.services_[pk]
        self.desk.services_[pk] = replace(known, enabled=not known.enabled)
        self._move(pk, Status.STOPPED if known.enabled else Status.STARTING)
        self._look({pk})

    @rule(pk=st.sampled_from(PKS))
    def maintain(self, pk: int) -> None:
        state = self.desk.states[pk]
        self.desk.states[pk] = replace(state, in_maintenance=not state.in_maintenance)
        self._move(pk, Status.STARTING if state.in_maintenance else Status.STOPPED)
        self._look()

    @rule(seconds=st.sampled_from([1, 15, 60, 300, 1800]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self._look()

    @rule(by=st.sampled_from([timedelta(hours=-1), timedelta(hours=1)]))
    def set_the_clock(self, by: timedelta) -> None:
        """What is open moves along with it (alerting/clock_steps.py); what is over stays."""
        self.now += by
        self.waits.move(by)
        self.book.flips.move(by)
        for pk, alert in self.tables.alerts.items():
            if alert.resolved_at is None:
                fired_at = None if alert.fired_at is None else alert.fired_at + by
                self.tables.alerts[pk] = replace(alert, since=alert.since + by, fired_at=fired_at)
        self._read_orders()
        self._look()

    @rule()
    def lose_or_regain_the_network(self) -> None:
        self.desk.offline_since = None if self.desk.offline_since else self.now
        self._look()

    @rule(pk=st.sampled_from([each.pk for each in RULES]))
    def switch_a_rule(self, pk: int) -> None:
        self.rules[pk] = replace(self.rules[pk], enabled=not self.rules[pk].enabled)
        self._read_orders()
        self._look(set(PKS))

    @precondition(lambda self: self.silence_until is None or self.silence_until < self.now)
    @rule(seconds=st.sampled_from([30, 600]))
    def silence(self, seconds: int) -> None:
        self.silence_until = self.now + timedelta(seconds=seconds)
        self._read_orders()
        self._look()

    @rule()
    def acknowledge_all(self) -> None:
        for pk, alert in self.tables.alerts.items():
            if alert.resolved_at is None:
                self.tables.alerts[pk] = replace(alert, acknowledged_at=self.now, acknowledged_by="ada")
        self._read_orders()
        self._look()

    @invariant()
    def what_was_told_makes_sense(self) -> None:
        begun: set[int] = set()
        over: set[int] = set()
        told: set[int] = set()
        ended: set[int] = set()
        for news in self.told:
            assert news.incident_pk not in over, "told of what was over"
            if news.kind == "fired":
                assert news.incident_pk not in begun
                begun.add(news.incident_pk)
            assert news.incident_pk in begun, f"{news.kind} of what was never told"
            if news.kind in ("fired", "joined", "unheld"):
                assert not set(news.alert_pks) & ended, "fired after its end"
                told |= set(news.alert_pks)
            if news.kind in ("alert_resolved", "resolved"):
                assert set(news.alert_pks) <= told, "told as over, but never as firing"
                assert not set(news.alert_pks) & ended, "told as over twice"
                ended |= set(news.alert_pks)
            if news.kind == "resolved":
                over.add(news.incident_pk)
        for alert in self.tables.alerts.values():
            assert (alert.fired_at is not None) == (alert.pk in told)
            if alert.incident_pk is not None and alert.resolved_at is None:
                assert self.tables.incidents[alert.incident_pk].resolved_at is None
        for incident in self.tables.incidents.values():
            assert (incident.resolved_at is not None) == (incident.pk in over)

    def teardown(self) -> None:
        """When all is well again, everything is over."""
        if not hasattr(self, "desk"):
            return
        self.desk.offline_since = None
        for pk in PKS:
            self.desk.services_[pk] = replace(self.desk.services_[pk], enabled=True)
            self.desk.states[pk] = replace(self.desk.states[pk], in_maintenance=False, pending=None)
            self._move(pk, Status.OK)
        self._look(set(PKS))
        self.now += timedelta(hours=1)
        self._look()
        self.what_was_told_makes_sense()
        assert all(alert.resolved_at is not None for alert in self.tables.alerts.values())
        assert all(incident.resolved_at is not None for incident in self.tables.incidents.values())

    def _move(self, pk: int, status: Status) -> None:
        state = self.desk.states[pk]
        settled = status if status in (Status.OK, Status.DEGRADED, Status.FAILED) else state.settled
        self.desk.states[pk] = replace(
            state, status=status, since=self.now, checked_at=self.now, settled=settled, pending=None
        )
        self.events.append(StatusChange(0, pk, self.now, status.name, state.status, status))

    def _restart(self) -> None:
        self.waits = Waits()
        self.book = Book(AlertingPosition(0))
        for alert in self.tables.alerts.values():
            if alert.counts and alert.rule_pk is not None:
                self.book._remember_flips(alert, None, self.now)
        self._read_orders()

    def _read_orders(self) -> None:
        book = Book(self.book.position, seen=self.book.seen, flips=self.book.flips)
        book.known_rules = dict(self.rules)
        for each in self.rules.values():
            if each.enabled:
                assert isinstance(each.condition, StatusCondition)
                book.rules[each.pk] = ActiveRule(each, lambda _: True, frozenset(each.condition.statuses))
        if self.silence_until is not None:
            silence = Silence(1, EVERYTHING, DOWN.pk, START, self.silence_until, "ada", "")
            book.silences.append((silence, lambda _: True))
        for alert in self.tables.alerts.values():
            if alert.resolved_at is None:
                book.put(alert)
        book.incidents = {pk: one for pk, one in self.tables.incidents.items() if one.resolved_at is None}
        self.book = book

    def _look(self, pks: set[int] | None = None) -> None:
        holding = Holding(self.book, self.desk, self.waits, self.dependencies, self.now)  # type: ignore[arg-type]
        turn = Turn(self.book, self.desk, self.waits, holding, {}, self.now)  # type: ignore[arg-type]
        for event in self.events:
            turn.take(event)
        self.events.clear()
        for pk in pks or ():
            turn.look_at(pk)
        for key in list(self.book.alerts):
            turn.advance(key)
        turn.look_after_the_monitor()
        turn.end_flapping()
        for _ in turn.gathering.finish():
            pass
        self.told += asyncio.run(turn.draft.save(None))  # type: ignore[arg-type]
        for temporary in turn.draft.incident_pks:
            self.book.incidents.pop(temporary, None)
        for incident in turn.draft.incidents.values():
            if incident.resolved_at is None:
                self.book.incidents[incident.pk] = incident
        for alert in turn.draft.alerts.values():
            self.book.put(alert)
        self.now += timedelta(seconds=1)


def test_alerts_come_and_go_as_they_should(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables()
    names = ("insert_alerts", "update_alerts", "insert_incidents", "update_incidents", "insert_entries")
    for name in (*names, "raise_counter"):
        monkeypatch.setattr(draft, name, getattr(tables, name))
    Alerting.tables = tables
    run_state_machine_as_test(Alerting, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
