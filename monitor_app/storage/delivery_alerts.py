"""Alerts that a channel does not take notifications. Nobody but the dispatcher writes them.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import AccountRow, AlertRow, ChannelRow, NotificationRow
from monitor_app.storage.documents import storable_text
from monitor_app.storage.notifications import HELD, SENDING, SENT, WAITING

alerts = AlertRow.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]
notifications = NotificationRow.__table__  # type: ignore[attr-defined]

SUBJECT: Final = "delivery"
RULE_NAME: Final = "Notifications are delivered"
_CAUSE_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class DeliveryAlert:
    """One that is open."""

    pk: int
    severity: str
    since: datetime
    cause: str
    channel_pk: int
    channel_name: str


@dataclass(frozen=True, slots=True)
class OtherChannel:
    """A channel that can be told of another one's failure, or was."""

    pk: int
    name: str


async def load_open(conn: AsyncConnection) -> list[DeliveryAlert]:
    """All that are open; at most one a channel."""
    statement = select(alerts.c.pk, alerts.c.severity, alerts.c.since, alerts.c.cause, alerts.c.facts).where(
        alerts.c.subject == SUBJECT, alerts.c.resolved_at.is_(None)
    )
    return [
        DeliveryAlert(pk, severity, since, cause, facts.get("channel_pk", 0), facts.get("channel", ""))
        for pk, severity, since, cause, facts in await conn.execute(statement)
    ]


async def open_alert(
    conn: AsyncConnection, severity: str, cause: str, facts: Mapping[str, Any], now: datetime, revision: int
) -> int:
    """Begin one; returns its pk. To be called after the counter `alerting` was raised."""
    values = {
        "rule_name": RULE_NAME,
        "subject": SUBJECT,
        "severity": severity,
        "state": "firing",
        "held_by": "",
        "held_why": "",
        "cause": storable_text(cause, _CAUSE_LIMIT),
        "facts": dict(facts),
        "since": now,
        "fired_at": now,
        "why_resolved": "",
        "acknowledged_by": "",
        "revision": revision,
    }
    pk: int = (await conn.execute(insert(alerts).values(**values).returning(alerts.c.pk))).scalar_one()
    return pk


async def end_alert(conn: AsyncConnection, pk: int, why: str, now: datetime, revision: int) -> None:
    """It is over."""
    values = {"state": "resolved", "resolved_at": now, "why_resolved": why, "revision": revision}
    await conn.execute(update(alerts).where(alerts.c.pk == pk).values(**values))


async def load_without_channel(conn: AsyncConnection) -> list[DeliveryAlert]:
    """Those that are open of channels that somebody deleted or switched off: nothing is delivered there any more."""
    if not (known := await load_open(conn)):
        return []
    used = set((await conn.execute(select(channels.c.pk).where(channels.c.enabled))).scalars())
    return [each for each in known if each.channel_pk not in used]


async def whose(conn: AsyncConnection, account_pk: int) -> str:
    """What a person's own channel is called for everybody."""
    name = await conn.scalar(select(accounts.c.username).where(accounts.c.pk == account_pk))
    return f"a channel of {name or 'somebody'}"


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
    if not known or await others(conn, {each.channel_pk for each in known}):
        return None
    return min(known, key=lambda each: each.since)


async def told_of(conn: AsyncConnection, keys: str) -> list[OtherChannel]:
    """The channels that were told of one, whose keys begin so. What still waits to be told is taken back."""
    waiting = update(notifications).where(
        notifications.c.dedupe_key.startswith(keys, autoescape=True),
        notifications.c.state == WAITING,
        notifications.c.attempts == 0,
    )
    await conn.execute(waiting.values(state=HELD, due_at=None, why="over before anything was sent"))
    statement = select(notifications.c.channel_pk, notifications.c.channel_name).where(
        notifications.c.dedupe_key.startswith(keys, autoescape=True),
        notifications.c.state.in_((WAITING, SENDING, SENT)),
        notifications.c.channel_pk.is_not(None),
    )
    # Each once, however often it was told.
    told = {row.channel_pk: OtherChannel(row.channel_pk, row.channel_name) for row in await conn.execute(statement)}
    return list(told.values())


async def last_told_at(conn: AsyncConnection, keys: str) -> datetime | None:
    """When others were told of one last, whose keys begin so; None: nobody was."""
    begin = notifications.c.dedupe_key.startswith(keys, autoescape=True)
    at: datetime | None = await conn.scalar(
        select(notifications.c.created_at).where(begin).order_by(notifications.c.created_at.desc()).limit(1)
    )
    return at
