"""The log of notifications: what was told to whom, when, and what the provider said. `storage/notifications.py` sends.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.message import SETTLED
from monitor_app.models import AccountRow
from monitor_app.storage.documents import storable_text
from monitor_app.storage.notifications import DEAD, OPEN, WAITING, about, notifications

accounts = AccountRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Logged:
    """One as it is shown."""

    pk: int
    dedupe_key: str
    kind: str
    incident_pks: tuple[int, ...]
    channel_pk: int | None
    channel_name: str
    # Whose channel it was; None: everybody's.
    account_pk: int | None
    account: str
    state: str
    why: str
    title: str
    severity: str
    created_at: datetime
    due_at: datetime | None
    attempts: int
    finished_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which ones; what is empty does not count."""

    state: str = ""
    kind: str = ""
    channel_pk: int | None = None
    incident_pk: int | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find(conn: AsyncConnection, pk: int) -> Logged | None:
    """One by its pk."""
    found = await _logged(conn, _log().where(notifications.c.pk == pk))
    return found[0] if found else None


async def page(
    conn: AsyncConnection, wanted: LogFilter, *, before_pk: int | None = None, limit: int = 50
) -> list[Logged]:
    """The newest first, from before one on."""
    # Any text may be asked for.
    exact = {"state": storable_text(wanted.state, 20), "kind": storable_text(wanted.kind, 20)}
    where = [notifications.c[name] == value for name, value in exact.items() if value]
    if wanted.channel_pk is not None:
        where.append(notifications.c.channel_pk == wanted.channel_pk)
    if wanted.incident_pk is not None:
        of_it = select(about.c.notification_pk).where(about.c.incident_pk == wanted.incident_pk)
        where.append(notifications.c.pk.in_(of_it))
    if wanted.since is not None:
        where.append(notifications.c.created_at >= wanted.since)
    if wanted.until is not None:
        where.append(notifications.c.created_at < wanted.until)
    if before_pk is not None:
        where.append(notifications.c.pk < before_pk)
    return await _logged(conn, _log().where(*where).order_by(notifications.c.pk.desc()).limit(limit))


async def count_by_state(conn: AsyncConnection) -> dict[str, int]:
    """How many there are of each state."""
    statement = select(notifications.c.state, func.count()).group_by(notifications.c.state)
    return {row[0]: row[1] for row in await conn.execute(statement)}


async def revive(conn: AsyncConnection, pk: int, now: datetime) -> bool:
    """Send a dead one after all; False when it is not dead, or its channel is gone.

    Its time to be tried begins anew.
    """
    is_dead = notifications.c.pk == pk, notifications.c.state == DEAD, notifications.c.channel_pk.is_not(None)
    message = await conn.scalar(select(notifications.c.message).where(*is_dead))
    if message is None:
        return False
    # Those who were refused for good are asked for again, too.
    message = {name: value for name, value in message.items() if name != SETTLED}
    statement = update(notifications).where(*is_dead)
    values = {"state": WAITING, "why": "", "due_at": now, "attempts": 0, "finished_at": None, "created_at": now}
    values["message"] = message
    return bool((await conn.execute(statement.values(**values))).rowcount)


async def purge(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete the oldest that are over; returns how many."""
    old = (
        select(notifications.c.pk)
        .where(notifications.c.created_at < before, notifications.c.state.not_in(OPEN))
        .order_by(notifications.c.created_at)
        .limit(limit)
    )
    pks = list((await conn.execute(old)).scalars())
    if pks:
        await conn.execute(delete(notifications).where(notifications.c.pk.in_(pks)))
    return len(pks)


def _log() -> Select[Any]:
    names = [name for name in Logged.__dataclass_fields__ if name in notifications.c]
    return select(
        *(notifications.c[name] for name in names), notifications.c.message, accounts.c.username.label("username")
    ).outerjoin(accounts, accounts.c.pk == notifications.c.account_pk)


async def _logged(conn: AsyncConnection, statement: Select[Any]) -> list[Logged]:
    rows = (await conn.execute(statement)).mappings().all()
    told_of: dict[int, list[int]] = {}
    pks = [row["pk"] for row in rows]
    if pks:
        linked = select(about).where(about.c.notification_pk.in_(pks)).order_by(about.c.incident_pk)
        for row in (await conn.execute(linked)).mappings():
            told_of.setdefault(row["notification_pk"], []).append(row["incident_pk"])
    return [_shown(row, tuple(told_of.get(row["pk"], ()))) for row in rows]


def _shown(row: RowMapping, incident_pks: tuple[int, ...]) -> Logged:
    message = row["message"]
    values = {name: row[name] for name in Logged.__dataclass_fields__ if name in row}
    return Logged(
        **values,
        incident_pks=incident_pks,
        account=row["username"] or "",
        title=str(message.get("title", "")),
        severity=str(message.get("severity", "")),
    )
