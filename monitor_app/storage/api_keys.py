"""The `api_key` table: keys of programs, and tokens of wall screens.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, RowMapping, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import ApiKeyRow
from monitor_app.storage.documents import storable_text

keys = ApiKeyRow.__table__  # type: ignore[attr-defined]

Kind = Literal["key", "wall"]
KEYS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored. `addresses` are networks in CIDR notation; none: from everywhere."""

    pk: int
    key_id: str
    secret_hash: str = field(repr=False)
    kind: Kind
    name: str
    account_pk: int
    permissions: tuple[str, ...]
    addresses: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key to be made."""

    key_id: str
    secret_hash: str = field(repr=False)
    kind: Kind
    name: str
    account_pk: int
    created_at: datetime
    expires_at: datetime | None = None
    permissions: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


async def load_working_keys(conn: AsyncConnection, now: datetime) -> list[ApiKey]:
    """All that are neither revoked nor expired."""
    statement = select(keys).where(*_working(now)).order_by(keys.c.pk)
    return [_key(row) for row in (await conn.execute(statement)).mappings()]


async def load_keys(conn: AsyncConnection, kind: Kind, account_pk: int | None = None) -> list[ApiKey]:
    """The newest first, revoked ones too; or those of one account."""
    where = [keys.c.kind == kind]
    if account_pk is not None:
        where.append(keys.c.account_pk == account_pk)
    statement = select(keys).where(*where).order_by(keys.c.pk.desc()).limit(KEYS_LIMIT)
    return [_key(row) for row in (await conn.execute(statement)).mappings()]


async def find_key(conn: AsyncConnection, key_id: str) -> ApiKey | None:
    """The key of this public id."""
    row = (await conn.execute(select(keys).where(keys.c.key_id == key_id))).mappings().first()
    return _key(row) if row else None


async def insert_key(conn: AsyncConnection, new: NewApiKey) -> ApiKey:
    """Add one."""
    lists = {"permissions": list(new.permissions), "addresses": list(new.addresses)}
    values = {name: getattr(new, name) for name in new.__slots__} | lists
    added = await conn.execute(insert(keys).values(**values, used_from="").returning(keys))
    return _key(added.mappings().one())


async def revoke_key(
    conn: AsyncConnection, pk: int, kind: Kind, now: datetime, account_pk: int | None = None
) -> ApiKey | None:
    """Revoke one of this kind and return it; with an account only when it is that one's. None: there is none."""
    where = [keys.c.pk == pk, keys.c.kind == kind, keys.c.revoked_at.is_(None)]
    if account_pk is not None:
        where.append(keys.c.account_pk == account_pk)
    statement = update(keys).where(*where).values(revoked_at=now).returning(keys)
    row = (await conn.execute(statement)).mappings().first()
    return _key(row) if row else None


async def note_uses(conn: AsyncConnection, uses: Mapping[int, tuple[datetime, str]]) -> None:
    """Write down when and from where keys were last used; a later use that another process has told stays."""
    earlier = or_(keys.c.used_at.is_(None), keys.c.used_at < bindparam("used"))
    statement = (
        update(keys)
        .where(keys.c.pk == bindparam("key_pk"), earlier)
        .values(used_at=bindparam("used"), used_from=bindparam("from_where"))
    )
    rows = [
        {"key_pk": pk, "used": used_at, "from_where": storable_text(address, 45)}
        for pk, (used_at, address) in sorted(uses.items())
    ]
    if rows:
        await conn.execute(statement, rows)


async def count_working(conn: AsyncConnection, kind: Kind, now: datetime) -> dict[int, int]:
    """How many keys of this kind work, by account."""
    statement = select(keys.c.account_pk, func.count()).where(keys.c.kind == kind, *_working(now))
    return dict((await conn.execute(statement.group_by(keys.c.account_pk))).all())


def _working(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return keys.c.revoked_at.is_(None), or_(keys.c.expires_at.is_(None), keys.c.expires_at > now)


def _key(row: RowMapping) -> ApiKey:
    lists = {name: tuple(row[name]) for name in ("permissions", "addresses")}
    return ApiKey(**{name: row[name] for name in ApiKey.__slots__} | lists)
