"""The tables `account` and `recovery_code`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import Preferences
from monitor_app.errors import Conflict, NotFound
from monitor_app.models import AccountRow, RecoveryCodeRow

accounts = AccountRow.__table__  # type: ignore[attr-defined]
codes = RecoveryCodeRow.__table__  # type: ignore[attr-defined]

ACCOUNTS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is stored. `sealed_totp` is the token of its second factor's secret; None: it has none."""

    pk: int
    username: str
    role: str
    is_disabled: bool
    created_at: datetime
    password_hash: str = field(repr=False)
    sealed_totp: str | None = field(default=None, repr=False)
    totp_step: int = 0
    preferences: Preferences = field(default_factory=Preferences)
    signed_in_at: datetime | None = None


async def load_accounts(conn: AsyncConnection) -> list[Account]:
    """All, by name."""
    rows = await conn.execute(select(accounts).order_by(accounts.c.username))
    return [_account(row) for row in rows.mappings()]


async def find_account(conn: AsyncConnection, username: str) -> Account | None:
    """The account of a name, which is in lower case."""
    row = (await conn.execute(select(accounts).where(accounts.c.username == username))).mappings().first()
    return _account(row) if row else None


async def get_account(conn: AsyncConnection, pk: int) -> Account:
    """Raises NotFound."""
    row = (await conn.execute(select(accounts).where(accounts.c.pk == pk))).mappings().first()
    if row is None:
        raise NotFound("There is no such account.")
    return _account(row)


async def insert_account(conn: AsyncConnection, username: str, role: str, password_hash: str, now: datetime) -> Account:
    """Add one. Raises Conflict (field `username`) when the name is taken; the transaction is lost then."""
    if (await conn.execute(select(func.count()).select_from(accounts))).scalar_one() >= ACCOUNTS_LIMIT:
        raise Conflict({"username": f"cannot be added: there are {ACCOUNTS_LIMIT} accounts, which is the limit"})
    row = AccountRow(username=username, role=role, password_hash=password_hash, created_at=now, updated_at=now)
    try:
        added = await conn.execute(insert(accounts).values(row.model_dump(exclude={"pk"})).returning(accounts))
    except IntegrityError as err:
        raise Conflict({"username": "is taken: choose another one"}) from err
    return _account(added.mappings().one())


async def update_account(conn: AsyncConnection, pk: int, now: datetime, **columns: Any) -> None:
    """Change columns of one."""
    await conn.execute(update(accounts).where(accounts.c.pk == pk).values(updated_at=now, **columns))


async def take_totp_step(conn: AsyncConnection, pk: int, step: int) -> bool:
    """Whether the code of this time step counts: each does once, and none older than the last that did."""
    statement = update(accounts).where(accounts.c.pk == pk, accounts.c.totp_step < step).values(totp_step=step)
    return (await conn.execute(statement)).rowcount == 1


async def count_admins(conn: AsyncConnection, admin_role: str, *, besides: int | None = None) -> int:
    """How many accounts of this role may log in."""
    where = [accounts.c.role == admin_role, accounts.c.is_disabled.is_(False)]
    if besides is not None:
        where.append(accounts.c.pk != besides)
    count: int = (await conn.execute(select(func.count()).select_from(accounts).where(*where))).scalar_one()
    return count


async def drop_second_factor(conn: AsyncConnection, pk: int, now: datetime) -> None:
    """Neither secret nor codes are left. The last step stays, so that its code is not taken again."""
    await update_account(conn, pk, now, totp_secret=None)
    await replace_recovery_codes(conn, pk, [])


async def replace_recovery_codes(conn: AsyncConnection, account_pk: int, hashes: Sequence[str]) -> None:
    """These instead of all there were."""
    await conn.execute(delete(codes).where(codes.c.account_pk == account_pk))
    if hashes:
        rows = [{"account_pk": account_pk, "code_hash": code_hash, "used_at": None} for code_hash in hashes]
        await conn.execute(insert(codes), rows)


async def take_recovery_code(conn: AsyncConnection, account_pk: int, code_hash: str, now: datetime) -> bool:
    """Whether there was such a code that had not been used; it has been from now on."""
    statement = (
        update(codes)
        .where(codes.c.account_pk == account_pk, codes.c.code_hash == code_hash, codes.c.used_at.is_(None))
        .values(used_at=now)
    )
    return (await conn.execute(statement)).rowcount == 1


async def count_recovery_codes(conn: AsyncConnection, account_pk: int) -> int:
    """How many are left."""
    statement = select(func.count()).select_from(codes)
    statement = statement.where(codes.c.account_pk == account_pk, codes.c.used_at.is_(None))
    count: int = (await conn.execute(statement)).scalar_one()
    return count


async def looked_at(conn: AsyncConnection, pk: int) -> datetime | None:
    """Up to when somebody has seen what changed on the board; None: they have never looked."""
    found: datetime | None = await conn.scalar(select(accounts.c.looked_at).where(accounts.c.pk == pk))
    return found


async def note_look(conn: AsyncConnection, pk: int, at: datetime) -> None:
    """Up to `at` they have seen it."""
    await conn.execute(update(accounts).where(accounts.c.pk == pk).values(looked_at=at))


def _account(row: RowMapping) -> Account:
    known = {name: row["preferences"][name] for name in Preferences.__slots__ if name in row["preferences"]}
    return Account(
        pk=row["pk"],
        username=row["username"],
        role=row["role"],
        is_disabled=row["is_disabled"],
        created_at=row["created_at"],
        password_hash=row["password_hash"],
        sealed_totp=row["totp_secret"],
        totp_step=row["totp_step"],
        preferences=Preferences(**known),
        signed_in_at=row["signed_in_at"],
    )
