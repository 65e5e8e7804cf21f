"""An incident: one or more alerts with one cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor_app.domain.alerting.severity import Severity

TITLE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Incident:
    """`root_service_pk` is the service that it began with, as far as is known. `severity` is the worst it ever had."""

    pk: int
    title: str
    severity: Severity
    started_at: datetime
    root_service_pk: int | None = None
    cause: str = ""
    resolved_at: datetime | None = None
    merged_into_pk: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_until: datetime | None = None
    assignee_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an incident's timeline. `who` is empty for the program itself."""

    incident_pk: int
    at: datetime
    kind: str
    text: str = ""
    service_pk: int | None = None
    who: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
