"""The states of an alert: pending, firing, resolved, and held."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from monitor_app.domain.alerting.alert import RULE_NAME_LIMIT, WHY_LIMIT, Alert, HeldBy
from monitor_app.domain.alerting.rule import AlertRule

# What an alert that was told already is held by: whoever was told of it is not to be troubled further.
_HOLDS_WHAT_IS_TOLD: Final = ("maintenance", "silence", "flapping")
NEVER_FIRED: Final = "was over before it fired"

Step = Literal["", "fired", "unheld", "held", "resolved"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether an alert may be told now: it may, it has to wait, or it is held by something; and why, in words."""

    held_by: HeldBy = ""
    why: str = ""
    is_waiting: bool = False


OPEN: Final = Gate()


def begun(rule: AlertRule, service_pk: int, since: datetime, cause: str) -> Alert:
    """What a rule waits for is there."""
    return Alert(
        pk=0,
        rule_pk=rule.pk,
        rule_name=rule.name[:RULE_NAME_LIMIT],
        service_pk=service_pk,
        subject="service",
        severity=rule.severity,
        state="pending",
        since=since,
        cause=cause,
        policy_pk=rule.policy_pk,
    )


def due_at(alert: Alert, for_seconds: int) -> datetime:
    """When a pending alert has held for long enough."""
    return alert.since + timedelta(seconds=for_seconds)


def advanced(alert: Alert, gate: Gate, now: datetime) -> Alert:
    """What becomes of an alert that has held for long enough.

    One that waits stays as it is. One that was told stays told: a dependency that fails later changes nothing of it.
    """
    why = gate.why[:WHY_LIMIT]
    if gate.is_waiting:
        return alert if alert.held_why == why else replace(alert, held_why=why)
    if gate.held_by and (not alert.is_told or gate.held_by in _HOLDS_WHAT_IS_TOLD):
        return replace(alert, state="firing", held_by=gate.held_by, held_why=why)
    return replace(alert, state="firing", held_by="", held_why="", fired_at=alert.fired_at or now)


def resolved(alert: Alert, at: datetime, why: str = "") -> Alert:
    """It is over, not before it began. `held_by` stays: what was held to its end was never told."""
    if not alert.counts:
        why = why or NEVER_FIRED
    earliest = max(filter(None, (alert.since, alert.fired_at)))
    return replace(alert, state="resolved", resolved_at=max(at, earliest), why_resolved=why[:WHY_LIMIT])


def step(before: Alert | None, after: Alert) -> Step:
    """What there is to tell, or to write down, of a change."""
    was_told, was_held = before is not None and before.is_told, before is not None and before.is_held
    if after.state == "resolved":
        return "resolved" if after.counts else ""
    if after.is_told and not was_told:
        return "unheld" if was_held else "fired"
    if after.is_held:
        return "" if was_held else "held"
    return "unheld" if was_held else ""
