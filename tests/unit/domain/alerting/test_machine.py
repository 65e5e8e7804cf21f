"""The states of one alert."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.domain.alerting import machine
from monitor_app.domain.alerting.condition import StatusCondition
from monitor_app.domain.alerting.machine import OPEN, Gate
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.scope import EVERYTHING
from monitor_app.domain.status import Status

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
DOWN = AlertRule(1, "Down", True, "critical", StatusCondition((Status.FAILED,)), EVERYTHING, 60, policy_pk=4)
PENDING = machine.begun(DOWN, 7, NOON, "refused")
FIRING = machine.advanced(PENDING, OPEN, LATER)
HELD = machine.advanced(PENDING, Gate("dependency", "the database is down"), LATER)


def test_rule_tells_what_decides_whether_it_holds():
    assert DOWN.document() == {"condition": {"type": "status", "statuses": ["failed"]}, "scope": {}}


def test_what_begins_is_pending_until_its_time_is_over():
    assert (PENDING.state, PENDING.severity, PENDING.policy_pk, PENDING.key) == ("pending", "critical", 4, (1, 7))
    assert not PENDING.counts
    assert machine.due_at(PENDING, 60) == NOON + timedelta(seconds=60)
    assert machine.step(None, PENDING) == ""


def test_open_gate_lets_it_fire():
    assert (FIRING.state, FIRING.fired_at, FIRING.is_told, FIRING.is_held) == ("firing", LATER, True, False)
    assert machine.step(PENDING, FIRING) == "fired"


def test_held_one_fires_for_nobody_until_it_is_held_no_more():
    assert (HELD.state, HELD.held_by, HELD.held_why, HELD.is_told) == (
        "firing",
        "dependency",
        "the database is down",
        False,
    )
    assert machine.step(PENDING, HELD) == "held"
    other = machine.advanced(HELD, Gate("silence", "silenced"), LATER)
    assert machine.step(HELD, other) == ""
    freed = machine.advanced(HELD, OPEN, LATER)
    assert (freed.held_by, freed.held_why, freed.fired_at) == ("", "", LATER)
    assert machine.step(HELD, freed) == "unheld"


def test_waiting_changes_only_the_words():
    gate = Gate(why="making sure", is_waiting=True)
    waiting = machine.advanced(PENDING, gate, LATER)
    assert (waiting.state, waiting.held_by, waiting.held_why) == ("pending", "", "making sure")
    assert machine.advanced(waiting, gate, LATER) is waiting
    assert machine.step(PENDING, waiting) == ""


@pytest.mark.parametrize("held_by", ["dependency", "offline"])
def test_what_was_told_is_not_held_by_what_happens_elsewhere(held_by):
    assert machine.advanced(FIRING, Gate(held_by, "late"), LATER) == FIRING


@pytest.mark.parametrize("held_by", ["maintenance", "silence", "flapping"])
def test_what_was_told_is_held_by_what_is_said_of_itself(held_by):
    held = machine.advanced(FIRING, Gate(held_by, "why"), LATER)
    assert (held.held_by, held.fired_at) == (held_by, LATER)
    assert machine.step(FIRING, held) == "held"
    freed = machine.advanced(held, OPEN, LATER + timedelta(hours=1))
    assert freed.fired_at == LATER
    assert machine.step(held, freed) == "unheld"


def test_resolved_is_not_before_it_fired():
    over = machine.resolved(FIRING, NOON, "")
    assert (over.state, over.resolved_at, over.why_resolved) == ("resolved", LATER, "")
    assert machine.step(FIRING, over) == "resolved"
    assert machine.step(HELD, machine.resolved(HELD, LATER)) == "resolved"


def test_pending_one_that_is_over_was_never_anything():
    over = machine.resolved(PENDING, LATER)
    assert over.why_resolved == machine.NEVER_FIRED
    assert machine.step(PENDING, over) == ""
    assert machine.resolved(PENDING, LATER, "the rule was disabled").why_resolved == "the rule was disabled"


def test_alert_without_a_rule_is_one_of_its_subject():
    assert machine.replace(PENDING, rule_pk=None, subject="flapping").key == ("flapping", 7)
    assert machine.replace(PENDING, rule_pk=None, subject="monitor", service_pk=None).key == ("monitor", 0)
