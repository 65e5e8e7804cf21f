"""Makes messages: what is told of one incident, or of several at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.grouping import Standing
from monitor_app.domain.alerting.message import NAMED_LIMIT, Message, MessageKind, ToldAlert
from monitor_app.domain.alerting.severity import Severity, rank, worst
from monitor_app.storage.standings import IncidentFacts
from monitor_app.storage.told_alerts import (
    Affected,
    AlertFacts,
    affected_by,
    count_alerts,
    load_alerts,
    service_names,
)

# Of what a message tells of several incidents, the first of these is what it is called after.
_ORDER: Final[tuple[MessageKind, ...]] = ("fired", "escalated", "update", "repeat", "resolved")
_OWN: Final[tuple[MessageKind, ...]] = ("flapping", "monitor")


def most_important(standings: Sequence[Standing], facts: Mapping[int, IncidentFacts]) -> list[Standing]:
    """The worst and then the oldest first; what is open before what is over."""

    def weight(standing: Standing) -> tuple[bool, int, datetime, int]:
        incident = facts[standing.incident_pk]
        return (standing.pending == "resolved", -rank(incident.severity), incident.started_at, incident.pk)

    return sorted(standings, key=weight)


async def compose(
    conn: AsyncConnection, standings: Sequence[Standing], facts: Mapping[int, IncidentFacts], now: datetime
) -> Message:
    """What a channel is told of these incidents in one message."""
    ordered = most_important(standings, facts)
    first = facts[ordered[0].incident_pk]
    pks = [standing.incident_pk for standing in ordered]
    counts = await count_alerts(conn, pks)
    told = await load_alerts(conn, pks, NAMED_LIMIT)
    root, affected = ("", ""), Affected()
    if first.root_service_pk is not None:
        root = (await service_names(conn, [first.root_service_pk])).get(first.root_service_pk, root)
        affected = await affected_by(conn, first.root_service_pk, NAMED_LIMIT)
    others = len(ordered) - 1
    every = [facts[pk] for pk in pks]
    return Message(
        kind=_kind(ordered, told),
        title=_title(first, others),
        severity=worst(*(incident.severity for incident in every)),
        at=now,
        since=min(incident.started_at for incident in every),
        cause=first.cause,
        incident_pk=first.pk,
        other_incidents=others,
        root_service_id=root[0],
        root_label=root[1],
        firing=counts.get("firing", 0),
        resolved=counts.get("resolved", 0),
        alerts=tuple(_told(alert) for alert in told if not alert.held_by),
        affected=affected.labels,
        affected_count=affected.count,
        resolved_at=_end(ordered, every, now),
        acknowledged_by=first.acknowledged_by if not others and first.is_acknowledged(now) else "",
        note="" if others else _why_over(told) if ordered[0].pending == "resolved" else ordered[0].note,
        path="/alerts" if others else f"/incidents/{first.pk}",
    )


def _kind(standings: Sequence[Standing], alerts: Sequence[AlertFacts]) -> MessageKind:
    pending = {standing.pending for standing in standings}
    kind = next(each for each in _ORDER if each in pending)
    subjects = {alert.subject for alert in alerts}
    if kind != "fired" or len(subjects) != 1:
        return kind
    # What a rule did not find is called by what it is about.
    return next((each for each in _OWN if each in subjects), kind)


def _why_over(told: Sequence[AlertFacts]) -> str:
    """Why an incident is over though nothing of it is up again, such as a rule that somebody disabled."""
    if any(alert.resolved_at is None for alert in told):
        return ""
    ended = [alert for alert in told if not alert.held_by]
    reasons = [alert.why_resolved for alert in ended if alert.why_resolved and alert.subject != "flapping"]
    return "; ".join(dict.fromkeys(reasons)) if len(reasons) == len(ended) else ""


def _title(first: IncidentFacts, others: int) -> str:
    if not others:
        return first.title
    return f"{first.title}, and {others} more incident{'s' if others > 1 else ''}"


def _end(standings: Sequence[Standing], every: Sequence[IncidentFacts], now: datetime) -> datetime | None:
    """When all of it was over."""
    if any(standing.pending != "resolved" for standing in standings):
        return None
    return max(incident.resolved_at or now for incident in every)


def _told(alert: AlertFacts) -> ToldAlert:
    return ToldAlert(
        service_id=alert.service_id,
        label=alert.label,
        rule=alert.rule_name,
        severity=cast("Severity", alert.severity),
        state=alert.state,
        since=alert.since,
        cause=alert.cause,
        resolved_at=alert.resolved_at,
    )
