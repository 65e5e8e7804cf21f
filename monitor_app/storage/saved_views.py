"""The `saved_view` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.saved_view import SavedView
from monitor_app.models import AccountRow, SavedViewRow

views = SavedViewRow.__table__  # type: ignore[attr-defined]
accounts = AccountRow.__table__  # type: ignore[attr-defined]

SHOWN_LIMIT: Final = 500
_ALL = select(views, accounts.c.username.label("owner")).join(accounts, accounts.c.pk == views.c.account_pk)


async def load_views(conn: AsyncConnection, account_pk: int | None, page: str = "") -> list[SavedView]:
    """Those of an account and those that others share, by name; of one page or of all. At most 500."""
    where = [or_(views.c.is_shared, views.c.account_pk == account_pk)]
    if page:
        where.append(views.c.page == page)
    # One's own first, so that none of them is cut off by those of others.
    order = (views.c.account_pk != (account_pk or 0)), func.lower(views.c.name), views.c.pk
    statement = _ALL.where(*where).order_by(*order).limit(SHOWN_LIMIT)
    return [_view(row) for row in (await conn.execute(statement)).mappings()]


async def find_view(conn: AsyncConnection, pk: int) -> SavedView | None:
    """One, whoever made it."""
    row = (await conn.execute(_ALL.where(views.c.pk == pk))).mappings().first()
    return _view(row) if row else None


async def count_views(conn: AsyncConnection, account_pk: int) -> int:
    """How many an account has."""
    return await conn.scalar(select(func.count()).where(views.c.account_pk == account_pk)) or 0


async def is_name_taken(conn: AsyncConnection, account_pk: int, page: str, name: str, but: int = 0) -> bool:
    """Whether another one than `but` of this account and page has the name."""
    same = and_(views.c.account_pk == account_pk, views.c.page == page, views.c.name == name, views.c.pk != but)
    return await conn.scalar(select(views.c.pk).where(same)) is not None


async def insert_view(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its key."""
    pk: int = (await conn.execute(insert(views).values(**values).returning(views.c.pk))).scalar_one()
    return pk


async def update_view(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change these columns of one."""
    await conn.execute(update(views).where(views.c.pk == pk).values(**values))


async def clear_default(conn: AsyncConnection, account_pk: int, page: str) -> None:
    """None of the account's views of a page is what it comes to."""
    of_page = and_(views.c.account_pk == account_pk, views.c.page == page, views.c.is_default)
    await conn.execute(update(views).where(of_page).values(is_default=False))


async def delete_view(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await conn.execute(delete(views).where(views.c.pk == pk))


def _view(row: RowMapping) -> SavedView:
    return SavedView(**{name: row[name] for name in SavedView.__slots__})
