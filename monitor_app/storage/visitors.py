"""The `visitor` table: how browsers and programs without an account of their own want to see things.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import VisitorRow

visitors = VisitorRow.__table__  # type: ignore[attr-defined]
# How the key of a wall screen or of a program begins: no hash in hex does. Nobody can make these up.
LET_IN: Final = "x"
KEY_LENGTH: Final = 64
_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Visitor:
    """A row of the table; `preferences` holds what was chosen and nothing else."""

    preferences: Mapping[str, Any]
    looked_at: datetime | None
    used_at: datetime


async def find_visitor(conn: AsyncConnection, token_hash: str) -> Visitor | None:
    """By the hash of its cookie, or of what stands in its place."""
    chosen = select(visitors.c.preferences, visitors.c.looked_at, visitors.c.used_at)
    row = (await conn.execute(chosen.where(visitors.c.token_hash == token_hash))).first()
    return None if row is None else Visitor(*row)


async def put_visitor(conn: AsyncConnection, token_hash: str, used_at: datetime, **values: Any) -> None:
    """Change what is named, or add it."""
    values["used_at"] = used_at
    statement = _INSERT[conn.dialect.name](visitors).values(**({"token_hash": token_hash, "preferences": {}} | values))
    await conn.execute(statement.on_conflict_do_update(index_elements=["token_hash"], set_=values))


async def update_visitor(conn: AsyncConnection, token_hash: str, **values: Any) -> None:
    """Change what is named, of one that there is."""
    await conn.execute(update(visitors).where(visitors.c.token_hash == token_hash).values(**values))


async def delete_old(conn: AsyncConnection, before: datetime, keep: int) -> None:
    """Those that did not come back since `before`; of browsers without an account also all but the last `keep`.

    Walls and programs were let in by somebody: who makes up browsers does not push them out.
    """
    await conn.execute(delete(visitors).where(visitors.c.used_at < before))
    is_anybody = visitors.c.token_hash.not_like(f"{LET_IN}%")
    count: int = (await conn.execute(select(func.count()).select_from(visitors).where(is_anybody))).scalar_one()
    if count > keep:
        oldest = select(visitors.c.token_hash).where(is_anybody)
        oldest = oldest.order_by(visitors.c.used_at, visitors.c.token_hash).limit(count - keep)
        await conn.execute(delete(visitors).where(visitors.c.token_hash.in_(oldest.scalar_subquery())))
