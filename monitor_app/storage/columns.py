"""Changes columns of many rows of a table with one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

Changes = Sequence[tuple[int, Mapping[str, Any]]]


async def update_columns(
    conn: AsyncConnection, table: Table, changes: Changes, *conditions: ColumnElement[bool], **all_of_them: Any
) -> None:
    """Give rows their values: each change is a row's pk and values, which have the same names in all of them.

    Only of rows that fulfil the `conditions`; `all_of_them` are values that all get.
    """
    names = list(changes[0][1])
    values = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    statement = update(table).where(table.c.pk == bindparam("_pk"), *conditions).values({**values, **all_of_them})
    rows = [{"_pk": pk} | {f"_{name}": given[name] for name in names} for pk, given in changes]
    await conn.execute(statement, rows)
