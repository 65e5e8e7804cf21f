"""An alert: a rule that holds for a service, from when it began to hold until it is resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from monitor_app.domain.alerting.severity import Severity

AlertState = Literal["pending", "firing", "resolved"]
# Why nobody is told; "" where somebody is.
HeldBy = Literal["", "dependency", "maintenance", "silence", "flapping", "offline"]
# What it is about: a rule and a service, a service that flaps, the monitor itself, a channel that cannot be reached.
Subject = Literal["service", "flapping", "monitor", "delivery"]

WHY_LIMIT = 300
RULE_NAME_LIMIT = 120

# What is open at most once: a rule and a service, or the subject where there is no rule and no service.
Key = tuple[int | str, int]


@dataclass(frozen=True, slots=True)
class Alert:
    """A "firing" one that is `held_by` something is recorded and shown, but nobody is told.

    `since` is when what the rule waits for began. `fired_at` is when it was told for the first time, None while it
    never was. A pending one waits for its rule's time to be over, or for what `held_why` says. The last four are what
    people do with it; they are never handed on to another alert.
    """

    pk: int
    rule_pk: int | None
    rule_name: str
    service_pk: int | None
    subject: Subject
    severity: Severity
    state: AlertState
    since: datetime
    cause: str = ""
    held_by: HeldBy = ""
    held_why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    why_resolved: str = ""
    incident_pk: int | None = None
    policy_pk: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_until: datetime | None = None
    assignee_pk: int | None = None

    @property
    def key(self) -> Key:
        """What is open at most once."""
        return (self.subject if self.rule_pk is None else self.rule_pk, self.service_pk or 0)

    @property
    def is_told(self) -> bool:
        """Whether somebody was told that it fires."""
        return self.fired_at is not None

    @property
    def is_held(self) -> bool:
        """Whether it fires and nobody is to be told."""
        return self.held_by != ""

    @property
    def counts(self) -> bool:
        """Whether it became more than pending: only that is a change of a service that may flap."""
        return self.is_told or self.is_held
