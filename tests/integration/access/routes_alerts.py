"""Alerts and incidents."""

from typing import Any, Final

from sqlalchemy import insert

from monitor_app.models import AlertRow, IncidentRow
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, NOTE_WRITE
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

ALERTS: Final = "/api/alerts"
INCIDENTS: Final = "/api/alerting/incidents"
_ONE: Final = f"{INCIDENTS}/{{incident_id}}"
alerts = AlertRow.__table__  # type: ignore[attr-defined]
incidents = IncidentRow.__table__  # type: ignore[attr-defined]


async def new_incident(stage: Stage, count: int = 2) -> tuple[int, list[int]]:
    """One with so many alerts that fire, without a rule, so that there may be many of a service."""
    now = stage.people.clock.at
    title = stage.new_name("outage")
    values = {"title": title, "severity": "critical", "cause": "refused", "started_at": now, "acknowledged_by": ""}
    rest = {"rule_name": "Down", "subject": "service", "severity": "critical", "state": "firing", "held_by": ""}
    more = {"held_why": "", "cause": "refused", "facts": {}, "since": now, "fired_at": now, "why_resolved": ""}
    async with stage.running.alerts._database.write() as conn:
        made = await conn.execute(
            insert(incidents).values(**values, post_mortem="", revision=0).returning(incidents.c.pk)
        )
        pk: int = made.scalar_one()
        rows = {**rest, **more, "service_pk": 1, "incident_pk": pk, "acknowledged_by": "", "revision": 0}
        pks = [
            (await conn.execute(insert(alerts).values(rows).returning(alerts.c.pk))).scalar_one() for _ in range(count)
        ]
    return pk, pks


def of_alerts(body: dict[str, Any] | None = None, *, is_path: bool = False) -> Prepare:
    """A call about an alert, or some."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        _, pks = await new_incident(stage, 1)
        return Call(path=f"{ALERTS}/{pks[0]}") if is_path else Call({"alerts": pks} | (body or {}))

    return prepare


def of_incident(tail: str = "", body: Any = None) -> Prepare:
    """A call about an incident."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        pk, _ = await new_incident(stage)
        return Call(body, path=f"{INCIDENTS}/{pk}{tail}")

    return prepare


async def merged(stage: Stage, caller: Caller) -> Call:
    pk, _ = await new_incident(stage)
    other, _ = await new_incident(stage)
    return Call({"into": other}, path=f"{INCIDENTS}/{pk}/merge")


async def split(stage: Stage, caller: Caller) -> Call:
    pk, pks = await new_incident(stage)
    return Call({"alerts": pks[:1]}, path=f"{INCIDENTS}/{pk}/split")


ROUTES: Final = (
    Row("GET", ALERTS, MONITOR_READ, plain),
    Row("GET", f"{ALERTS}/counts", MONITOR_READ, plain),
    Row("GET", f"{ALERTS}/choices", MONITOR_READ, plain),
    Row("GET", f"{ALERTS}/{{alert_id}}", MONITOR_READ, of_alerts(is_path=True)),
    Row("POST", f"{ALERTS}/acknowledge", ALERT_ACKNOWLEDGE, of_alerts({"minutes": 5}), always, is_forgiving=True),
    Row("POST", f"{ALERTS}/unacknowledge", ALERT_ACKNOWLEDGE, of_alerts(), always),
    Row("POST", f"{ALERTS}/assign", ALERT_ACKNOWLEDGE, of_alerts({"username": None}), always, is_forgiving=True),
    Row("GET", INCIDENTS, MONITOR_READ, plain),
    Row("GET", _ONE, MONITOR_READ, of_incident()),
    Row("GET", f"{_ONE}/map", MONITOR_READ, of_incident("/map")),
    Row("GET", f"{_ONE}/export", MONITOR_READ, of_incident("/export")),
    Row("PATCH", _ONE, NOTE_WRITE, of_incident(body={"title": "Down"}), always, is_forgiving=True),
    Row(
        "POST",
        f"{_ONE}/acknowledge",
        ALERT_ACKNOWLEDGE,
        of_incident("/acknowledge", {"note": "on it"}),
        always,
        is_forgiving=True,
    ),
    Row("DELETE", f"{_ONE}/acknowledge", ALERT_ACKNOWLEDGE, of_incident("/acknowledge"), always),
    Row(
        "POST",
        f"{_ONE}/assign",
        ALERT_ACKNOWLEDGE,
        of_incident("/assign", {"username": None}),
        always,
        is_forgiving=True,
    ),
    Row("POST", f"{_ONE}/notes", NOTE_WRITE, of_incident("/notes", {"text": "the disk"}), always, is_forgiving=True),
    Row("POST", f"{_ONE}/merge", ALERT_ACKNOWLEDGE, merged, always),
    Row("POST", f"{_ONE}/split", ALERT_ACKNOWLEDGE, split, always),
)
