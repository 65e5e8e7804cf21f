"""What requests and answers about alerts and incidents have in common."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.spans import Backwards
from monitor_app.engine.status_object import stamp
from monitor_app.storage.alert_log import ShownAlert
from monitor_app.use_cases.alerts import ACKNOWLEDGE_MINUTES_MAX, MANY_LIMIT, REASON_LIMIT

LIMIT, LIMIT_MAX = 50, 200
Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
Pk = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[3])]
WHEN: Final = "2026-05-17T12:00:00.000Z"
PageCursor = Annotated[str, Field(max_length=60, description="The next_cursor of the page before.")]
Minutes = Annotated[
    int, Field(strict=True, ge=0, le=ACKNOWLEDGE_MINUTES_MAX, description="0: until it is resolved.", examples=[60])
]
Note = Annotated[str, Field(max_length=REASON_LIMIT, examples=["looking at the disks"])]


class Input(BaseModel):
    """Takes nothing that it does not know, and repeats nothing that it refuses."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class AlertOut(BaseModel):
    """A rule that holds for a service."""

    alert_id: int = Field(examples=[17])
    rule: str = Field(examples=["A service is down"])
    rule_id: int | None = Field(description="null: the rule is gone, or there is none.", examples=[1])
    subject: str = Field(description="service, flapping, monitor or delivery.", examples=["service"])
    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    group: str = Field(examples=["Sales"])
    severity: str = Field(examples=["critical"])
    state: str = Field(description="pending, firing or resolved.", examples=["firing"])
    held_by: str = Field(
        description="Why nobody is told: dependency, maintenance, silence, flapping, offline; or empty.", examples=[""]
    )
    held_why: str = Field(examples=[""])
    cause: str = Field(examples=["connection refused"])
    facts: dict[str, Any] = Field(description="What was measured, and what is affected.", examples=[{}])
    since: str = Field(examples=[WHEN])
    fired_at: str | None = Field(description="null: nobody was told.", examples=[WHEN])
    resolved_at: str | None = Field(examples=[None])
    why_resolved: str = Field(examples=[""])
    incident_id: int | None = Field(examples=[3])
    incident: str = Field(description="The title of its incident.", examples=["Shop is down"])
    acknowledged_by: str = Field(examples=[""])
    acknowledged_at: str | None = Field(examples=[None])
    acknowledged_until: str | None = Field(examples=[None])
    assignee: str = Field(examples=[""])


class AlertsBody(Input):
    """Which alerts."""

    alerts: list[Pk] = Field(min_length=1, max_length=MANY_LIMIT)


def shown_alert(each: ShownAlert) -> dict[str, Any]:
    """As the API and the screens tell it."""
    one = each.alert
    return {
        "alert_id": one.pk,
        "rule": one.rule_name,
        "rule_id": one.rule_pk,
        "subject": one.subject,
        "service_id": each.service_id,
        "label": each.label,
        "group": each.group,
        "severity": one.severity,
        "state": one.state,
        "held_by": one.held_by,
        "held_why": one.held_why,
        "cause": one.cause,
        "facts": dict(one.facts),
        "since": stamp(one.since),
        "fired_at": stamp_or_none(one.fired_at),
        "resolved_at": stamp_or_none(one.resolved_at),
        "why_resolved": one.why_resolved,
        "incident_id": one.incident_pk,
        "incident": each.incident,
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": stamp_or_none(one.acknowledged_at),
        "acknowledged_until": stamp_or_none(one.acknowledged_until),
        "assignee": each.assignee,
    }


def stamp_or_none(at: datetime | None) -> str | None:
    """A time as the API writes it."""
    return None if at is None else stamp(at)


def before(cursor: str) -> tuple[datetime, int] | None:
    """Where the page before ended. Raises InvalidInput for a cursor that was never given."""
    place = Backwards(cursor=cursor).place
    if place is None:
        return None
    # A number beyond what a row can have would be one that the database refuses.
    return place.at, min(place.number, 2**31 - 1)
