"""The outbox: notifications that wait, are claimed, sent or given up.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import AccountRow, ChannelRow, NotificationIncidentRow, NotificationRow
from monitor_app.storage.documents import storable_text

notifications = NotificationRow.__table__  # type: ignore[attr-defined]
about = NotificationIncidentRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]

WAITING: Final = "waiting"
SENDING: Final = "sending"
SENT: Final = "sent"
DEAD: Final = "dead"
HELD: Final = "held"
STATES: Final = (WAITING, SENDING, SENT, DEAD, HELD)
DELETED: Final = "the channel was deleted"
SWITCHED_OFF: Final = "the channel is switched off"
ACCOUNT_DISABLED: Final = "the account that the channel belongs to is disabled"
# Of one that waits for some of several receivers, while the others have it.
PARTLY: Final = "some have it"
ANSWER_LIMIT: Final = 1000
_ERROR_LIMIT: Final = 500
_WHY_LIMIT: Final = 300
OPEN: Final = (WAITING, SENDING)
_CHUNK: Final = 5000


@dataclass(frozen=True, slots=True)
class NewNotification:
    """One to be written. One that is held is only for the log: `due_at` is until when, where that is known."""

    dedupe_key: str
    kind: str
    channel_pk: int
    channel_name: str
    account_pk: int | None
    message: Mapping[str, Any]
    created_at: datetime
    incident_pks: tuple[int, ...] = ()
    state: str = WAITING
    why: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """One that this process may send now, and nobody else for a while."""

    pk: int
    dedupe_key: str
    kind: str
    incident_pk: int | None
    channel_pk: int | None
    message: Mapping[str, Any]
    created_at: datetime
    attempts: int
    claim: str


@dataclass(frozen=True, slots=True)
class Stray:
    """One that waits for a channel that takes nothing, as somebody deleted it or switched it off; `why` says which.

    `channel_pk` is None when it was deleted; `account_pk` is there when it is for one person.
    """

    pk: int
    kind: str
    channel_pk: int | None
    channel_name: str
    account_pk: int | None
    message: Mapping[str, Any]
    why: str


async def insert_notifications(conn: AsyncConnection, new: Sequence[NewNotification]) -> list[int]:
    """Put them into the outbox or the log; returns their pks in the same order."""
    pks: list[int] = []
    for one in new:
        values = {name: getattr(one, name) for name in NewNotification.__dataclass_fields__ if name != "incident_pks"}
        values |= {
            "incident_pk": one.incident_pks[0] if len(one.incident_pks) == 1 else None,
            "why": storable_text(one.why, _WHY_LIMIT),
            "attempts": 0,
            "claimed_by": "",
            "answer": "",
        }
        pk: int = (
            await conn.execute(insert(notifications).values(**values).returning(notifications.c.pk))
        ).scalar_one()
        pks.append(pk)
        if one.incident_pks:
            rows = [{"notification_pk": pk, "incident_pk": each} for each in one.incident_pks]
            await conn.execute(insert(about), rows)
    return pks


async def recent(conn: AsyncConnection, since: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """By channel: when messages were written since then, and of how many incidents each tells."""
    statement = (
        select(notifications.c.channel_pk, notifications.c.created_at, func.count(about.c.incident_pk))
        .join(about, about.c.notification_pk == notifications.c.pk)
        .where(notifications.c.created_at > since, notifications.c.state != HELD)
        .group_by(notifications.c.pk, notifications.c.channel_pk, notifications.c.created_at)
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    for channel_pk, at, incidents in await conn.execute(statement):
        if channel_pk is not None:
            found.setdefault(channel_pk, []).append((at, incidents))
    return found


async def hopeless(conn: AsyncConnection, incident_pks: Collection[int]) -> set[tuple[int, int]]:
    """(incident, channel) of these incidents where everything that was to be told died: nobody knows of them there."""
    alive = notifications.c.state.in_((WAITING, SENDING, SENT))
    statement = (
        select(about.c.incident_pk, notifications.c.channel_pk)
        .join(notifications, notifications.c.pk == about.c.notification_pk)
        .where(notifications.c.channel_pk.is_not(None), notifications.c.state != HELD)
        .group_by(about.c.incident_pk, notifications.c.channel_pk)
        .having(func.sum(alive.cast(_INTEGER)) == 0)
    )
    wanted, found = sorted(set(incident_pks)), set[tuple[int, int]]()
    for start in range(0, len(wanted), _CHUNK):
        rows = await conn.execute(statement.where(about.c.incident_pk.in_(wanted[start : start + _CHUNK])))
        found |= {(incident_pk, channel_pk) for incident_pk, channel_pk in rows}
    return found


async def lanes_due(conn: AsyncConnection, now: datetime) -> list[int | None]:
    """The channels for which something may be sent now."""
    statement = select(notifications.c.channel_pk).where(_claimable(now)).distinct()
    return list((await conn.execute(statement)).scalars())


async def next_due(conn: AsyncConnection, now: datetime) -> datetime | None:
    """When, after now, the next one may be sent, or a claim runs out."""
    waiting = select(func.min(notifications.c.due_at)).where(
        notifications.c.state == WAITING, notifications.c.due_at > now
    )
    claimed = select(func.min(notifications.c.claimed_until)).where(
        notifications.c.state == SENDING, notifications.c.claimed_until > now
    )
    soonest = [(await conn.execute(statement)).scalar() for statement in (waiting, claimed)]
    return min((at for at in soonest if at is not None), default=None)


async def claim(
    conn: AsyncConnection,
    channel_pk: int | None,
    now: datetime,
    *,
    claim: str,
    until: datetime,
    limit: int,
    but: Collection[int] = (),
) -> list[Claimed]:
    """Take some of a channel that may be sent now, the oldest first, each for this process alone until a moment.

    `but` are those that this process is busy with already. What tells of an incident waits for what was to be told of
    it earlier on the same channel.
    """
    earlier, theirs, ours = notifications.alias(), about.alias(), about.alias()
    is_behind = exists(
        select(earlier.c.pk)
        .join(theirs, theirs.c.notification_pk == earlier.c.pk)
        .join(ours, ours.c.incident_pk == theirs.c.incident_pk)
        .where(
            ours.c.notification_pk == notifications.c.pk,
            earlier.c.pk < notifications.c.pk,
            # What some receivers have already must not keep them from what comes after it.
            or_(earlier.c.state == SENDING, and_(earlier.c.state == WAITING, earlier.c.why != PARTLY)),
            _same(earlier.c.channel_pk, channel_pk),
        )
    )
    statement = (
        select(notifications.c.pk, notifications.c.claimed_by)
        .where(_claimable(now), _same(notifications.c.channel_pk, channel_pk), ~is_behind)
        .where(notifications.c.pk.not_in(list(but)))
        .order_by(notifications.c.pk)
        .limit(limit)
    )
    names = [name for name in Claimed.__dataclass_fields__ if name != "claim"]
    taken: list[Claimed] = []
    for pk, holder in (await conn.execute(statement)).all():
        # Another process may have been faster since it was read.
        take = (
            update(notifications)
            .where(notifications.c.pk == pk, notifications.c.claimed_by == holder, _claimable(now), ~is_behind)
            .values(
                state=SENDING, claimed_by=claim, claimed_until=until, attempts=notifications.c.attempts + 1, due_at=None
            )
            .returning(*(notifications.c[name] for name in names))
        )
        row = (await conn.execute(take)).mappings().first()
        if row is not None:
            taken.append(Claimed(**row, claim=claim))
    return taken


async def settle(
    conn: AsyncConnection,
    claimed: Claimed,
    state: str,
    now: datetime,
    *,
    answer: str | None = None,
    why: str = "",
    due_at: datetime | None = None,
    message: Mapping[str, Any] | None = None,
) -> bool:
    """Write down what became of one; False when the claim has run out and another process has it.

    Without an answer or a message the last one stays.
    """
    is_over = state not in OPEN
    said: dict[str, Any] = {} if answer is None else {"answer": storable_text(answer, ANSWER_LIMIT)}
    said |= {} if message is None else {"message": dict(message)}
    statement = (
        update(notifications)
        .where(
            notifications.c.pk == claimed.pk,
            notifications.c.state == SENDING,
            notifications.c.claimed_by == claimed.claim,
        )
        .values(
            **said,
            state=state,
            why=storable_text(why, _WHY_LIMIT),
            due_at=due_at,
            finished_at=now if is_over else None,
            claimed_by="",
            claimed_until=None,
        )
    )
    return bool((await conn.execute(statement)).rowcount)


async def has_strays(conn: AsyncConnection) -> bool:
    """Whether anything waits for a channel that was deleted or switched off."""
    return (await conn.execute(_strays().limit(1))).first() is not None


async def load_strays(conn: AsyncConnection, limit: int) -> list[Stray]:
    """What waits for channels that were deleted or switched off, the oldest first."""
    rows = (await conn.execute(_strays().order_by(notifications.c.pk).limit(limit))).mappings()
    found = []
    for row in rows:
        values = dict(row)
        is_on, is_disabled = values.pop("is_on"), values.pop("is_disabled")
        why = DELETED if is_on is None else ACCOUNT_DISABLED if is_on and is_disabled else SWITCHED_OFF
        found.append(Stray(**values, why=why))
    return found


async def end_waiting(conn: AsyncConnection, pk: int, state: str, why: str, now: datetime) -> bool:
    """It is not sent; False when it does not wait any more."""
    statement = update(notifications).where(notifications.c.pk == pk, notifications.c.state == WAITING)
    values = {"state": state, "why": storable_text(why, _WHY_LIMIT), "due_at": None, "finished_at": now}
    return bool((await conn.execute(statement.values(**values))).rowcount)


async def is_overtaken(conn: AsyncConnection, claimed: Claimed) -> bool:
    """Whether all receivers of its channel have something later of what it tells of."""
    later, theirs, ours = notifications.alias(), about.alias(), about.alias()
    statement = (
        select(later.c.pk)
        .join(theirs, theirs.c.notification_pk == later.c.pk)
        .join(ours, ours.c.incident_pk == theirs.c.incident_pk)
        .where(ours.c.notification_pk == claimed.pk, later.c.pk > claimed.pk, later.c.state == SENT)
        .where(later.c.why == "", _same(later.c.channel_pk, claimed.channel_pk))
    )
    return (await conn.execute(statement.limit(1))).first() is not None


async def release(conn: AsyncConnection, claims: Sequence[str], now: datetime) -> None:
    """Give back what was claimed: this process ends."""
    statement = update(notifications).where(notifications.c.state == SENDING, notifications.c.claimed_by.in_(claims))
    await conn.execute(statement.values(state=WAITING, due_at=now, claimed_by="", claimed_until=None))


async def put_off(conn: AsyncConnection, channel_pk: int, until: datetime) -> None:
    """Nothing is sent to a channel before a moment: its provider asked for that."""
    statement = update(notifications).where(
        notifications.c.channel_pk == channel_pk, notifications.c.state == WAITING, notifications.c.due_at < until
    )
    await conn.execute(statement.values(due_at=until))


async def incidents_of(conn: AsyncConnection, pk: int) -> list[int]:
    """The incidents that a notification tells of."""
    return list((await conn.execute(select(about.c.incident_pk).where(about.c.notification_pk == pk))).scalars())


async def hold_untold_ends(conn: AsyncConnection, channel_pk: int, incident_pk: int, why: str, now: datetime) -> int:
    """The end of an incident is not sent where nothing of it arrived and nothing else waits."""
    others = (
        select(notifications.c.pk)
        .join(about, about.c.notification_pk == notifications.c.pk)
        .where(
            about.c.incident_pk == incident_pk,
            notifications.c.channel_pk == channel_pk,
            or_(
                notifications.c.state == SENT, and_(notifications.c.state.in_(OPEN), notifications.c.kind != "resolved")
            ),
        )
        .limit(1)
    )
    if (await conn.execute(others)).first() is not None:
        return 0
    statement = update(notifications).where(
        notifications.c.channel_pk == channel_pk,
        notifications.c.incident_pk == incident_pk,
        notifications.c.state == WAITING,
        notifications.c.kind == "resolved",
    )
    held = await conn.execute(
        statement.values(state=HELD, why=storable_text(why, _WHY_LIMIT), due_at=None, finished_at=now)
    )
    return held.rowcount


async def share_waiting(conn: AsyncConnection, from_pk: int, into_pk: int) -> None:
    """What is still to be sent of an incident comes before all that is told of another one later, too."""
    linked = select(about.c.notification_pk).where(about.c.incident_pk == into_pk)
    statement = (
        select(about.c.notification_pk)
        .join(notifications, notifications.c.pk == about.c.notification_pk)
        .where(about.c.incident_pk == from_pk, notifications.c.state.in_(OPEN), about.c.notification_pk.not_in(linked))
    )
    pks = (await conn.execute(statement)).scalars().all()
    if pks:
        await conn.execute(insert(about), [{"notification_pk": pk, "incident_pk": into_pk} for pk in pks])


async def note_success(conn: AsyncConnection, channel_pk: int, now: datetime) -> None:
    """Its channel works."""
    statement = update(channels).where(channels.c.pk == channel_pk)
    await conn.execute(statement.values(last_sent_at=now, last_error=""))


async def note_failure(conn: AsyncConnection, channel_pk: int, now: datetime, error: str) -> None:
    """Its channel did not take something."""
    statement = update(channels).where(channels.c.pk == channel_pk)
    await conn.execute(statement.values(last_failed_at=now, last_error=storable_text(error, _ERROR_LIMIT)))


async def load_channel(conn: AsyncConnection, pk: int) -> ChannelRow | None:
    """A channel as it is stored, its secrets sealed; that of a disabled account is off, whatever its switch says."""
    is_used = or_(channels.c.account_pk.is_(None), accounts.c.is_disabled.is_(False))
    statement = select(channels, is_used.label("is_used")).outerjoin(accounts, accounts.c.pk == channels.c.account_pk)
    found = (await conn.execute(statement.where(channels.c.pk == pk))).mappings().first()
    if found is None:
        return None
    row = dict(found)
    is_on = row.pop("is_used") and row["enabled"]
    return ChannelRow(**row | {"enabled": bool(is_on)})


_INTEGER: Final = notifications.c.attempts.type


def _strays() -> Select[Any]:
    names = [name for name in Stray.__dataclass_fields__ if name != "why"]
    return (
        select(*(notifications.c[name] for name in names), channels.c.enabled.label("is_on"), accounts.c.is_disabled)
        .outerjoin(channels, channels.c.pk == notifications.c.channel_pk)
        .outerjoin(accounts, accounts.c.pk == channels.c.account_pk)
        .where(notifications.c.state == WAITING)
        .where(or_(channels.c.pk.is_(None), channels.c.enabled.is_(False), accounts.c.is_disabled.is_(True)))
    )


def _claimable(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(notifications.c.state == WAITING, notifications.c.due_at <= now),
        and_(notifications.c.state == SENDING, notifications.c.claimed_until <= now),
    )


def _same(column: Any, channel_pk: int | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.is_(None) if channel_pk is None else column == channel_pk
    return found
