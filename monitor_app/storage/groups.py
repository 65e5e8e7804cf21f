"""The service_group table: what is known of groups beside their names. Each change raises the counter `service`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import GROUP
from monitor_app.domain.group import Group
from monitor_app.errors import Conflict
from monitor_app.models import ChangeItemRow
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.models.service_group import ServiceGroupRow
from monitor_app.storage.columns import update_columns
from monitor_app.storage.services import raise_counter

groups = ServiceGroupRow.__table__  # type: ignore[attr-defined]
items = ChangeItemRow.__table__  # type: ignore[attr-defined]

_COLUMNS = (
    groups.c.pk,
    groups.c.name,
    groups.c.description,
    groups.c.managed_by,
    groups.c.applied,
    groups.c.created_at,
    groups.c.updated_at,
    groups.c.parent,
    groups.c.rollup,
)
_DEFAULTS: Mapping[str, Any] = {"description": "", "managed_by": "", "applied": None, "parent": "", "rollup": None}
# SQLite allows 32,766 parameters in a statement, PostgreSQL 32,767.
_CHUNK = 5000


async def load_groups(conn: AsyncConnection) -> list[Group]:
    """All that somebody described, by name."""
    rows = await conn.execute(select(*_COLUMNS).order_by(groups.c.name))
    return [_group(row) for row in rows.mappings()]


async def insert_groups(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[Group]:
    """Add some and return them in the same order: name, created_at and updated_at are needed.

    Raises Conflict (field `name`) when there is one of that name; the transaction is lost then.
    """
    if not rows:
        return []
    await raise_counter(conn, SERVICE_REVISION)
    first = await _free_pk(conn)
    numbered = [{**_DEFAULTS, "pk": first + number, **row} for number, row in enumerate(rows)] if first else None
    statement = insert(groups).returning(*_COLUMNS, sort_by_parameter_order=True)
    try:
        added = (await conn.execute(statement, numbered or [{**_DEFAULTS, **row} for row in rows])).mappings().all()
    except IntegrityError as err:
        raise Conflict({"name": "is taken by another group"}) from err
    return [_group(row) for row in added]


async def update_groups(conn: AsyncConnection, changes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Change columns of some: pk and values, which have the same names in all of them."""
    if not changes:
        return
    await raise_counter(conn, SERVICE_REVISION)
    await update_columns(conn, groups, changes)


async def delete_groups(conn: AsyncConnection, pks: Collection[int]) -> None:
    """Take them away; services keep the name."""
    if not pks:
        return
    await raise_counter(conn, SERVICE_REVISION)
    wanted = list(pks)
    for start in range(0, len(wanted), _CHUNK):
        await conn.execute(delete(groups).where(groups.c.pk.in_(wanted[start : start + _CHUNK])))


async def _free_pk(conn: AsyncConnection) -> int:
    """SQLite gives the next row the key of the last one that is gone, by which an undo would bring that one back.

    The first key that no group ever had, as far as the change log goes; 0 for PostgreSQL, which counts on.
    """
    if conn.dialect.name != "sqlite":
        return 0
    gone = select(func.max(items.c.subject_pk)).where(items.c.subject == GROUP)
    highest = [(await conn.execute(statement)).scalar() or 0 for statement in (gone, select(func.max(groups.c.pk)))]
    return max(highest) + 1


def _group(row: RowMapping) -> Group:
    return Group(**row)
