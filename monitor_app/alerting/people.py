"""Takes over what people do with incidents: acknowledge, merge, split."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting.book import Book
from monitor_app.alerting.desk import Telling
from monitor_app.alerting.draft import Draft
from monitor_app.alerting.gathering import Gathering
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Entry, Incident
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.models.types import to_millis
from monitor_app.storage.incidents import finish_split, load_incidents, load_split_orders, move_alerts
from monitor_app.storage.services import raise_counter

# In the memory of the position: what was told of acknowledgements, by incident, and which of them are over.
ACKNOWLEDGED = "acknowledged"
EXPIRED = "expired"


@dataclass
class Orders:
    """What somebody else has to do about merges and splits, when everything is written."""

    merged: list[tuple[int, int]] = field(default_factory=list)
    # The number of the new incident is the draft's.
    split: list[tuple[int, int]] = field(default_factory=list)

    async def pass_on(self, conn: AsyncConnection, now: datetime, telling: Telling, draft: Draft) -> None:
        """Tell those who tell."""
        for from_pk, into_pk in self.merged:
            await telling.merged(conn, now, from_pk, into_pk)
        for from_pk, into_pk in self.split:
            await telling.split(conn, now, from_pk, draft.incident_pks[into_pk])


async def carry_out(conn: AsyncConnection, book: Book, draft: Draft, gathering: Gathering, now: datetime) -> Orders:
    """Merge and split what people want merged and split."""
    orders = Orders()
    for incident in list(book.incidents.values()):
        if incident.merged_into_pk is not None:
            await _merge(conn, book, draft, gathering, now, incident, orders)
    for entry_pk, entry in await load_split_orders(conn):
        if entry.incident_pk in book.incidents:
            await finish_split(conn, entry_pk, _split(book, draft, gathering, now, entry, orders))
    return orders


def take_acknowledgements(book: Book, draft: Draft, memory: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Tell of those that were given or taken back, note those that are over; returns what is to be remembered."""
    present = {str(pk): text for pk, incident in book.incidents.items() if (text := _signs(book, incident))}
    known = memory.get(ACKNOWLEDGED, {})
    for pk, incident in book.incidents.items():
        if present.get(str(pk)) != known.get(str(pk)):
            acknowledged = [alert for alert in book.members(pk) if alert.acknowledged_at is not None]
            for alert in acknowledged or (None,):
                draft.tell("acknowledged", incident, alert)
    over = expired(book, now)
    for pk in over:
        if pk not in memory.get(EXPIRED, ()):
            draft.enter(pk, now, "expired", "an acknowledgement is over")
    return {ACKNOWLEDGED: present, EXPIRED: over}


def moved(book: Book, memory: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    """The wall clock was set by so much, and with it the moments of acknowledgements: that is nothing to tell of."""
    known = dict(memory.get(ACKNOWLEDGED, {}))
    for pk, incident in book.incidents.items():
        if str(pk) in known and known[str(pk)] == _signs(book, incident, by):
            known[str(pk)] = _signs(book, incident)
    return {**memory, ACKNOWLEDGED: known}


def expired(book: Book, now: datetime) -> list[int]:
    """The open incidents of which an acknowledgement is over."""
    return sorted(pk for pk, incident in book.incidents.items() if _is_over(book, incident, now))


def is_due(book: Book, now: datetime) -> bool:
    """Whether an acknowledgement has come to its end since the last transaction."""
    return expired(book, now) != list(book.position.memory.get(EXPIRED, ()))


def _signs(book: Book, incident: Incident, later_by: timedelta = timedelta()) -> str:
    """Who acknowledged what, and when; `later_by` is by how much the clock was set since."""
    signed: list[Incident | Alert] = [incident, *book.members(incident.pk)]
    return ",".join(
        f"{one.pk}:{one.acknowledged_by}@{to_millis(one.acknowledged_at - later_by)}"
        for one in signed
        if one.acknowledged_at
    )


def _is_over(book: Book, incident: Incident, now: datetime) -> bool:
    signed: list[Incident | Alert] = [incident, *book.members(incident.pk)]
    ends = [one.acknowledged_until for one in signed if one.acknowledged_at]
    return any(end is not None and end <= now for end in ends)


async def _merge(
    conn: AsyncConnection,
    book: Book,
    draft: Draft,
    gathering: Gathering,
    now: datetime,
    incident: Incident,
    orders: Orders,
) -> None:
    into = await _target(conn, book, incident)
    if into is None:
        return
    if into.resolved_at is not None:
        into = replace(into, resolved_at=None)
        draft.enter(into.pk, now, "reopened", f"{incident.title} was merged into it")
    into = replace(into, started_at=min(into.started_at, incident.started_at))
    await move_alerts(conn, incident.pk, into.pk, await raise_counter(conn, ALERTING_REVISION))
    for alert in book.members(incident.pk):
        moved = replace(alert, incident_pk=into.pk)
        book.put(moved)
        draft.alerts[moved.pk] = moved
    del book.incidents[incident.pk]
    draft.incidents[incident.pk] = replace(incident, resolved_at=now)
    book.incidents[into.pk] = draft.incidents[into.pk] = into
    gathering.touch(into.pk)
    orders.merged.append((incident.pk, into.pk))


async def _target(conn: AsyncConnection, book: Book, incident: Incident) -> Incident | None:
    """Where an incident goes in the end; None where people sent it round in a circle."""
    seen, pk = {incident.pk}, incident.merged_into_pk
    while pk is not None and pk not in seen:
        seen.add(pk)
        found = book.incidents.get(pk) or next(iter(await load_incidents(conn, [pk])), None)
        if found is None or found.merged_into_pk is None:
            return found
        pk = found.merged_into_pk
    return None


def _split(book: Book, draft: Draft, gathering: Gathering, now: datetime, order: Entry, orders: Orders) -> str:
    incident = book.incidents[order.incident_pk]
    wanted = order.facts.get("alert_pks", ())
    members = book.members(incident.pk)
    chosen = [alert for alert in members if alert.pk in wanted]
    if not chosen or len(chosen) == len(members):
        return "nothing was split off: one of its open alerts has to go, and one has to stay"
    first = min(chosen, key=lambda alert: (not alert.is_told, alert.since, alert.pk))
    new = replace(
        incident,
        pk=draft.new_pk(),
        severity=first.severity,
        started_at=first.since,
        root_service_pk=first.service_pk,
        cause=first.cause,
        acknowledged_at=None,
        acknowledged_by="",
        acknowledged_until=None,
        assignee_pk=None,
    )
    book.incidents[new.pk] = draft.incidents[new.pk] = new
    stay = min(alert.since for alert in members if alert not in chosen)
    if min(alert.since for alert in chosen) <= incident.started_at < stay:
        # It began with one that goes.
        book.incidents[incident.pk] = draft.incidents[incident.pk] = replace(incident, started_at=stay)
    for alert in chosen:
        moved = replace(alert, incident_pk=new.pk)
        book.put(moved)
        draft.alerts[moved.pk] = moved
    draft.enter(new.pk, now, "split", f"was split off from {incident.title}", first)
    gathering.touch(incident.pk)
    gathering.touch(new.pk)
    orders.split.append((incident.pk, new.pk))
    return f"{len(chosen)} of its alerts became an incident of their own"
