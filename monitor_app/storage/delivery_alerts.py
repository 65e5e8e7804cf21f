"""Alerts that a channel does not take notifications. Nobody but the dispatcher writes them.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.message import PAGES
from monitor_app.models import AccountRow, AlertRow, ChannelRow, IncidentRow, NotificationRow
from monitor_app.storage.documents import storable_text
from monitor_app.storage.notifications import DEAD, HELD, OPEN, PARTLY, SENDING, SENT, WAITING, about

alerts = AlertRow.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]
notifications = NotificationRow.__table__  # type: ignore[attr-defined]
incidents = IncidentRow.__table__  # type: ignore[attr-defined]

SUBJECT: Final = "delivery"
KEY: Final = "lightbulb-delivery-"
GONE: Final = "the channel was deleted or switched off"
OVER: Final = "what was not delivered is over"
ON_AGAIN: Final = "the channel is switched on again"
RULE_NAME: Final = "Notifications are delivered"
_CAUSE_LIMIT: Final = 500
_SAID_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class DeliveryAlert:
    """One that is open.

    `is_off`: nothing is wrong with the channel, but what waited for it is not delivered, as somebody deleted it or
    switched it off. `is_partial`: it works, but not for all who get messages by it. `said` are the notifications of
    which it was said elsewhere that they were not delivered.
    """

    pk: int
    severity: str
    since: datetime
    cause: str
    channel_pk: int
    channel_name: str
    is_off: bool = False
    is_partial: bool = False
    said: tuple[int, ...] = ()

    @property
    def keys(self) -> str:
        """How the keys of all begin that is told of it."""
        return f"{KEY}{self.pk}-"

    def saying(self, pks: Iterable[int]) -> Self:
        """With these as well; of very many the first."""
        return replace(self, said=tuple(dict.fromkeys((*self.said, *pks)))[:_SAID_LIMIT])

    def facts(self) -> dict[str, Any]:
        """What is stored of it as JSON."""
        return {
            "channel_pk": self.channel_pk,
            "channel": self.channel_name,
            "is_off": self.is_off,
            "is_partial": self.is_partial,
            "said": list(self.said),
        }


@dataclass(frozen=True, slots=True)
class OtherChannel:
    """A channel that can be told of another one's failure, or was."""

    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A notification that did not arrive."""

    pk: int
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class FailingChannel:
    """One that is tried again and again; `since` is when its oldest page was written, `answer` what was said last.

    `name` is what it is called for everybody.
    """

    pk: int
    name: str
    since: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class LatePage:
    """A page that its channel has not taken so far."""

    page: Undelivered
    channel_pk: int
    channel_name: str
    account_pk: int | None


async def load_open(conn: AsyncConnection) -> list[DeliveryAlert]:
    """All that are open, the oldest first; of a channel at most one, and one that is partial."""
    statement = select(alerts.c.pk, alerts.c.severity, alerts.c.since, alerts.c.cause, alerts.c.facts).where(
        alerts.c.subject == SUBJECT, alerts.c.resolved_at.is_(None)
    )
    return [_alert(*row) for row in await conn.execute(statement.order_by(alerts.c.pk))]


def _alert(pk: int, severity: str, since: datetime, cause: str, facts: Mapping[str, Any]) -> DeliveryAlert:
    # Alerts of earlier versions name the first notification alone.
    said = facts.get("said") or ([facts["notification_pk"]] if facts.get("notification_pk") else [])
    return DeliveryAlert(
        pk=pk,
        severity=severity,
        since=since,
        cause=cause,
        channel_pk=facts.get("channel_pk", 0),
        channel_name=facts.get("channel", ""),
        is_off=bool(facts.get("is_off")),
        is_partial=bool(facts.get("is_partial")),
        said=tuple(said),
    )


async def open_alert(conn: AsyncConnection, new: DeliveryAlert, revision: int) -> DeliveryAlert:
    """Begin one, whose pk is not known yet. To be called after the counter `alerting` was raised."""
    values = {
        "rule_name": RULE_NAME,
        "subject": SUBJECT,
        "severity": new.severity,
        "state": "firing",
        "held_by": "",
        "held_why": "",
        "cause": storable_text(new.cause, _CAUSE_LIMIT),
        "facts": new.facts(),
        "since": new.since,
        "fired_at": new.since,
        "why_resolved": "",
        "acknowledged_by": "",
        "revision": revision,
    }
    pk: int = (await conn.execute(insert(alerts).values(**values).returning(alerts.c.pk))).scalar_one()
    return replace(new, pk=pk)


async def change_alert(conn: AsyncConnection, alert: DeliveryAlert, revision: int) -> None:
    """It is another one now."""
    values = {"cause": storable_text(alert.cause, _CAUSE_LIMIT), "facts": alert.facts(), "revision": revision}
    await conn.execute(update(alerts).where(alerts.c.pk == alert.pk).values(**values))


async def end_alert(conn: AsyncConnection, pk: int, why: str, now: datetime, revision: int) -> None:
    """It is over."""
    values = {"state": "resolved", "resolved_at": now, "why_resolved": why, "revision": revision}
    await conn.execute(update(alerts).where(alerts.c.pk == pk).values(**values))


async def load_over(conn: AsyncConnection) -> list[tuple[DeliveryAlert, str]]:
    """Those that are over though nothing was delivered, each with the reason.

    A channel that was deleted or switched off is no trouble any more. What is told of what waited for it lasts until
    that is over, or the channel is used again.
    """
    if not (known := await load_open(conn)):
        return []
    used = await used_channels(conn)
    current = await still_open(conn, [pk for each in known for pk in each.said])
    found = []
    for each in known:
        if not each.is_off:
            why = "" if each.channel_pk in used else GONE
        elif current.isdisjoint(each.said):
            why = OVER
        else:
            why = ON_AGAIN if each.channel_pk in used else ""
        found += [(each, why)] if why else []
    return found


async def used_channels(conn: AsyncConnection) -> set[int]:
    """Those that are switched on; not those of accounts that are disabled."""
    statement = select(channels.c.pk).outerjoin(accounts, accounts.c.pk == channels.c.account_pk)
    is_on = channels.c.enabled, or_(channels.c.account_pk.is_(None), accounts.c.is_disabled.is_(False))
    return set((await conn.execute(statement.where(*is_on))).scalars())


async def still_open(conn: AsyncConnection, pks: Collection[int]) -> set[int]:
    """Those of these notifications that tell of something that is not over."""
    statement = (
        select(about.c.notification_pk)
        .join(incidents, incidents.c.pk == about.c.incident_pk)
        .where(about.c.notification_pk.in_(sorted(set(pks))), incidents.c.resolved_at.is_(None))
    )
    return set((await conn.execute(statement.distinct())).scalars()) if pks else set()


async def load_unsaid(conn: AsyncConnection, alert: DeliveryAlert, kinds: Collection[str]) -> list[Undelivered]:
    """What died on its channel since, of what is not over, and was not said elsewhere yet; the oldest first."""
    statement = (
        select(notifications.c.pk, notifications.c.message)
        .where(notifications.c.channel_pk == alert.channel_pk, notifications.c.state == DEAD)
        .where(notifications.c.kind.in_(kinds), notifications.c.finished_at >= alert.since)
        .where(notifications.c.pk.not_in(alert.said))
        .order_by(notifications.c.pk)
        .limit(_SAID_LIMIT)
    )
    found = [undelivered(pk, message) for pk, message in await conn.execute(statement)]
    current = await still_open(conn, [one.pk for one in found])
    return [one for one in found if one.pk in current]


async def load_undelivered(conn: AsyncConnection, pks: Collection[int]) -> list[Undelivered]:
    """These, the oldest first."""
    statement = select(notifications.c.pk, notifications.c.message).where(notifications.c.pk.in_(list(pks)))
    return [undelivered(pk, message) for pk, message in await conn.execute(statement.order_by(notifications.c.pk))]


def undelivered(pk: int, message: Mapping[str, Any]) -> Undelivered:
    """What must be known of one to tell it elsewhere."""
    return Undelivered(pk, str(message.get("severity", "critical")), str(message.get("title", "")))


async def load_untold(conn: AsyncConnection) -> list[DeliveryAlert]:
    """Those that nobody was told of, and nobody is going to be, though there is somebody who can be now."""
    known = await load_open(conn)
    if not known or not await others(conn, broken(known)):
        return []
    return [each for each in known if not await is_told(conn, each)]


async def load_failing(conn: AsyncConnection) -> list[FailingChannel]:
    """The channels of which the last tries of a page failed, each once, those first that have failed for longest."""
    columns = notifications.c.created_at, notifications.c.answer, accounts.c.username
    statement = _late((*PAGES, "delivery"), channels.c.pk, channels.c.name, channels.c.last_error, *columns)
    found: dict[int, FailingChannel] = {}
    for pk, name, last, since, answer, owner in await conn.execute(statement):
        called = name if owner is None else owned(owner)
        found.setdefault(pk, FailingChannel(pk, called, since, last or answer))
    return list(found.values())


async def load_late(conn: AsyncConnection, before: datetime) -> list[LatePage]:
    """Critical pages that were written before a moment and have arrived nowhere, of what somebody should be told of."""
    columns = notifications.c.pk, notifications.c.message, channels.c.pk, channels.c.name, channels.c.account_pk
    statement = _late(PAGES, *columns).where(notifications.c.created_at <= before)
    late = [
        LatePage(one, channel_pk, name, account_pk)
        for pk, message, channel_pk, name, account_pk in await conn.execute(statement)
        if (one := undelivered(pk, message)).severity == "critical"
    ]
    known = await known_elsewhere(conn, [each.page.pk for each in late])
    return [each for each in late if each.page.pk not in known]


async def known_elsewhere(conn: AsyncConnection, pks: Collection[int]) -> set[int]:
    """Those of these notifications of which nobody need be told: everything they tell of is over, held, or known."""
    others, theirs = notifications.alias(), about.alias()
    is_sent = (
        exists()
        .where(theirs.c.incident_pk == about.c.incident_pk, others.c.pk == theirs.c.notification_pk)
        .where(others.c.state == SENT)
    )
    is_firing = exists().where(
        alerts.c.incident_pk == incidents.c.pk, alerts.c.state == "firing", alerts.c.held_by == ""
    )
    statement = (
        select(about.c.notification_pk)
        .join(incidents, incidents.c.pk == about.c.incident_pk)
        .where(about.c.notification_pk.in_(list(pks)), incidents.c.resolved_at.is_(None), is_firing, ~is_sent)
        .where(incidents.c.acknowledged_at.is_(None))
    )
    return set(pks) - set((await conn.execute(statement)).scalars())


def _late(kinds: Collection[str], *columns: Any) -> Select[Any]:
    """What was tried without success, and is not known to some receivers already; the oldest first."""
    return (
        select(*columns)
        .select_from(notifications)
        .join(channels, channels.c.pk == notifications.c.channel_pk)
        .outerjoin(accounts, accounts.c.pk == channels.c.account_pk)
        .where(notifications.c.state.in_(OPEN), notifications.c.attempts > 0, notifications.c.answer != "")
        .where(notifications.c.kind.in_(kinds), notifications.c.why != PARTLY, channels.c.enabled)
        .where(or_(channels.c.account_pk.is_(None), accounts.c.is_disabled.is_(False)))
        .order_by(notifications.c.created_at, notifications.c.pk)
        .limit(_SAID_LIMIT)
    )


async def is_told(conn: AsyncConnection, alert: DeliveryAlert) -> bool:
    """Whether somebody was told of one, or is going to be."""
    statement = select(notifications.c.pk).where(
        notifications.c.dedupe_key.startswith(alert.keys, autoescape=True),
        notifications.c.state.in_((WAITING, SENDING, SENT)),
    )
    return (await conn.execute(statement.limit(1))).first() is not None


async def count_told(conn: AsyncConnection, alert: DeliveryAlert) -> int:
    """How many messages were made of one."""
    begin = notifications.c.dedupe_key.startswith(alert.keys, autoescape=True)
    return (await conn.execute(select(func.count()).where(begin))).scalar_one()


def broken(known: Iterable[DeliveryAlert]) -> set[int]:
    """The channels that take nothing: they cannot be told of others."""
    return {each.channel_pk for each in known if not each.is_off and not each.is_partial}


async def whose(conn: AsyncConnection, account_pk: int) -> str:
    """What a person's own channel is called for everybody."""
    name = await conn.scalar(select(accounts.c.username).where(accounts.c.pk == account_pk))
    return owned(name or "somebody")


def owned(username: str) -> str:
    """What the own channels of somebody are called for everybody."""
    return f"a channel of {username}"


async def others(conn: AsyncConnection, failing: set[int]) -> list[OtherChannel]:
    """Everybody's channels that can be told: the default ones, and where there are none of those, any."""
    statement = (
        select(channels.c.pk, channels.c.name, channels.c.is_default)
        .where(channels.c.enabled, channels.c.account_pk.is_(None), channels.c.pk.not_in(failing))
        .order_by(channels.c.pk)
    )
    found = (await conn.execute(statement)).all()
    chosen = [row for row in found if row.is_default] or found
    return [OtherChannel(row.pk, row.name) for row in chosen]


async def load_told_to_nobody(conn: AsyncConnection) -> DeliveryAlert | None:
    """The oldest that is open while no other channel can be told of it: nobody hears of anything."""
    known = await load_open(conn)
    if not known or await others(conn, broken(known)):
        return None
    return min(known, key=lambda each: each.since)


async def told_of(conn: AsyncConnection, alert: DeliveryAlert) -> list[OtherChannel]:
    """The channels that were told of one. What still waits to be told is taken back."""
    begin = notifications.c.dedupe_key.startswith(alert.keys, autoescape=True)
    # What was tried may have arrived.
    has_perhaps = or_(
        notifications.c.state.in_((SENDING, SENT)),
        and_(notifications.c.state == WAITING, notifications.c.attempts > 0),
    )
    statement = select(notifications.c.channel_pk, notifications.c.channel_name).where(
        begin, has_perhaps, notifications.c.channel_pk.is_not(None)
    )
    # Each once, however often it was told.
    told = {row.channel_pk: OtherChannel(row.channel_pk, row.channel_name) for row in await conn.execute(statement)}
    waiting = update(notifications).where(begin, notifications.c.state == WAITING)
    await conn.execute(waiting.values(state=HELD, due_at=None, why="over before anything was sent"))
    return list(told.values())


async def last_told_at(conn: AsyncConnection, alert: DeliveryAlert) -> datetime | None:
    """When others were told of one last; None: nobody was."""
    begin = notifications.c.dedupe_key.startswith(alert.keys, autoescape=True)
    at: datetime | None = await conn.scalar(
        select(notifications.c.created_at).where(begin).order_by(notifications.c.pk.desc()).limit(1)
    )
    return at
