"""The `objective` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.objective import Objective
from monitor_app.models import ObjectiveRow

objectives = ObjectiveRow.__table__  # type: ignore[attr-defined]


async def load_objectives(conn: AsyncConnection) -> list[Objective]:
    """All of them, by name; there are few."""
    rows = await conn.execute(select(objectives).order_by(func.lower(objectives.c.name), objectives.c.pk))
    return [_objective(row) for row in rows.mappings()]


async def find_objective(conn: AsyncConnection, pk: int) -> Objective | None:
    """One of them."""
    row = (await conn.execute(select(objectives).where(objectives.c.pk == pk))).mappings().first()
    return _objective(row) if row else None


async def insert_objective(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its key."""
    pk: int = (await conn.execute(insert(objectives).values(**values).returning(objectives.c.pk))).scalar_one()
    return pk


async def update_objective(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change these columns of one."""
    await conn.execute(update(objectives).where(objectives.c.pk == pk).values(**values))


async def delete_objective(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await conn.execute(delete(objectives).where(objectives.c.pk == pk))


async def rename_group(conn: AsyncConnection, name: str, to: str) -> None:
    """Objectives of a group follow its name."""
    await conn.execute(update(objectives).where(objectives.c.group == name).values(group=to))


def _objective(row: RowMapping) -> Objective:
    return Objective(**{name: row[name] for name in Objective.__slots__})
