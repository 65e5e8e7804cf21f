"""The `invitation` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.account import InvitationView
from monitor_app.models import InvitationRow

invitations = InvitationRow.__table__  # type: ignore[attr-defined]

INVITATIONS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A link to be made; whoever has the token may use it once."""

    token_hash: str = field(repr=False)
    role: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    is_setup: bool = False
    note: str = ""


async def load_invitations(conn: AsyncConnection, now: datetime) -> list[InvitationView]:
    """The newest first."""
    statement = select(invitations).order_by(invitations.c.pk.desc()).limit(INVITATIONS_LIMIT)
    return [_view(row, now) for row in (await conn.execute(statement)).mappings()]


async def find_invitation(conn: AsyncConnection, token_hash: str, now: datetime) -> InvitationView | None:
    """The one of a token, whatever its state."""
    statement = select(invitations).where(invitations.c.token_hash == token_hash)
    row = (await conn.execute(statement)).mappings().first()
    return _view(row, now) if row else None


async def insert_invitation(conn: AsyncConnection, new: NewInvitation) -> int:
    """Add one; its key."""
    values = {name: getattr(new, name) for name in new.__slots__}
    added = await conn.execute(insert(invitations).values(**values, used_by="").returning(invitations.c.pk))
    pk: int = added.scalar_one()
    return pk


async def use_invitation(conn: AsyncConnection, pk: int, username: str, now: datetime) -> bool:
    """Whether it was open; it is used from now on."""
    statement = (
        update(invitations)
        .where(invitations.c.pk == pk, invitations.c.used_at.is_(None), invitations.c.expires_at > now)
        .values(used_at=now, used_by=username)
    )
    return (await conn.execute(statement)).rowcount == 1


async def delete_invitation(conn: AsyncConnection, pk: int) -> InvitationView | None:
    """Take an unused one away and return it; None when there is none."""
    statement = delete(invitations).where(invitations.c.pk == pk, invitations.c.used_at.is_(None))
    row = (await conn.execute(statement.returning(invitations))).mappings().first()
    return _view(row, row["created_at"]) if row else None


async def delete_setup_links(conn: AsyncConnection) -> None:
    """All links for the first administrator that were not used."""
    await conn.execute(delete(invitations).where(invitations.c.is_setup.is_(True), invitations.c.used_at.is_(None)))


def _view(row: RowMapping, now: datetime) -> InvitationView:
    shown = ("pk", "role", "is_setup", "note", "created_by", "created_at", "expires_at", "used_by")
    return InvitationView(**{name: row[name] for name in shown}, state=_state(row, now))


def _state(row: RowMapping, now: datetime) -> Literal["open", "used", "expired"]:
    if row["used_at"] is not None:
        return "used"
    return "open" if row["expires_at"] > now else "expired"
