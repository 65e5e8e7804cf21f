"""The `session` table. A session that has ended is deleted.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.models import SessionRow
from monitor_app.storage.documents import storable_text

sessions = SessionRow.__table__  # type: ignore[attr-defined]

# Of one account, or of one wall token; the one that was not used for the longest time makes room.
SESSIONS_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is stored: of an account, or of the token of a wall screen."""

    pk: int
    token_hash: str = field(repr=False)
    account_pk: int | None
    api_key_pk: int | None
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    is_kept: bool
    user_agent: str
    address: str

    def ends_at(self, settings: SecuritySettings, used_at: datetime | None = None) -> datetime:
        """When it ends if it is not used again; limits that were shortened meanwhile count for it too."""
        if self.api_key_pk is not None:  # a wall screen's lasts as long as its token
            return self.expires_at
        return min(self.last_moment(settings), (used_at or self.used_at) + settings.idle(is_kept=self.is_kept))

    def last_moment(self, settings: SecuritySettings) -> datetime:
        """When it ends however much it is used."""
        if self.api_key_pk is not None:
            return self.expires_at
        return min(self.expires_at, self.created_at + settings.absolute(is_kept=self.is_kept))


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be made."""

    token_hash: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    account_pk: int | None = None
    api_key_pk: int | None = None
    is_kept: bool = False
    user_agent: str = ""
    address: str = ""


async def load_sessions(conn: AsyncConnection, now: datetime, account_pk: int | None = None) -> list[Session]:
    """All that have time left, the last used first; or those of one account."""
    where = [sessions.c.expires_at > now]
    if account_pk is not None:
        where.append(sessions.c.account_pk == account_pk)
    rows = await conn.execute(select(sessions).where(*where).order_by(sessions.c.used_at.desc(), sessions.c.pk.desc()))
    return [_session(row) for row in rows.mappings()]


async def get_session(conn: AsyncConnection, pk: int) -> Session | None:
    """The one of this number, whether its time is over or not."""
    row = (await conn.execute(select(sessions).where(sessions.c.pk == pk))).mappings().first()
    return _session(row) if row else None


async def load_uses(conn: AsyncConnection) -> dict[int, datetime]:
    """When each session was last used, as far as processes have told."""
    return dict((await conn.execute(select(sessions.c.pk, sessions.c.used_at))).all())


async def insert_session(conn: AsyncConnection, new: NewSession) -> Session:
    """Add one, and take away those whose time is over, and those of its owner that are too many."""
    await conn.execute(delete(sessions).where(sessions.c.expires_at <= new.created_at))
    column, owner = (
        (sessions.c.account_pk, new.account_pk) if new.api_key_pk is None else (sessions.c.api_key_pk, new.api_key_pk)
    )
    newest = (
        select(sessions.c.pk)
        .where(column == owner)
        .order_by(sessions.c.used_at.desc(), sessions.c.pk.desc())
        .limit(SESSIONS_LIMIT - 1)
    )
    kept = list((await conn.execute(newest)).scalars())
    await conn.execute(delete(sessions).where(column == owner, sessions.c.pk.not_in(kept)))
    values = {
        "token_hash": new.token_hash,
        "account_pk": new.account_pk,
        "api_key_pk": new.api_key_pk,
        "created_at": new.created_at,
        "used_at": new.created_at,
        "expires_at": new.expires_at,
        "is_kept": new.is_kept,
        "user_agent": storable_text(new.user_agent, 200),
        "address": storable_text(new.address, 45),
    }
    added = await conn.execute(insert(sessions).values(**values).returning(sessions))
    return _session(added.mappings().one())


async def delete_session(conn: AsyncConnection, pk: int, account_pk: int | None = None) -> bool:
    """End one; with an account only when it is that one's. Whether there was one."""
    where = [sessions.c.pk == pk]
    if account_pk is not None:
        where.append(sessions.c.account_pk == account_pk)
    return (await conn.execute(delete(sessions).where(*where))).rowcount == 1


async def delete_sessions(conn: AsyncConnection, account_pk: int, *, besides: int | None = None) -> int:
    """End those of an account, perhaps but for one; how many there were."""
    where = [sessions.c.account_pk == account_pk]
    if besides is not None:
        where.append(sessions.c.pk != besides)
    return (await conn.execute(delete(sessions).where(*where))).rowcount


async def delete_sessions_of_key(conn: AsyncConnection, api_key_pk: int) -> None:
    """End those that the token of a wall screen has opened."""
    await conn.execute(delete(sessions).where(sessions.c.api_key_pk == api_key_pk))


async def note_uses(conn: AsyncConnection, uses: Mapping[int, datetime]) -> None:
    """Write down when sessions were last used; a later time that another process has told stays."""
    statement = (
        update(sessions)
        .where(sessions.c.pk == bindparam("session_pk"), sessions.c.used_at < bindparam("used"))
        .values(used_at=bindparam("used"))
    )
    rows = [{"session_pk": pk, "used": used_at} for pk, used_at in sorted(uses.items())]
    if rows:
        await conn.execute(statement, rows)


async def count_by_account(conn: AsyncConnection, now: datetime) -> dict[int, int]:
    """How many sessions with time left each account has."""
    statement = (
        select(sessions.c.account_pk, func.count())
        .where(sessions.c.expires_at > now, sessions.c.account_pk.is_not(None))
        .group_by(sessions.c.account_pk)
    )
    return dict((await conn.execute(statement)).all())


def _session(row: RowMapping) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})
