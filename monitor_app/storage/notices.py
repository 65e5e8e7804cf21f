"""The tables of notices.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.notice import STATES, Notice, NoticeUpdate
from monitor_app.models import NoticePageRow, NoticeRow, NoticeServiceRow, NoticeUpdateRow

notices = NoticeRow.__table__  # type: ignore[attr-defined]
on_pages = NoticePageRow.__table__  # type: ignore[attr-defined]
about = NoticeServiceRow.__table__  # type: ignore[attr-defined]
updates = NoticeUpdateRow.__table__  # type: ignore[attr-defined]

_ENDS = tuple(states[-1] for states in STATES.values())
_NEWEST = notices.c.starts_at.desc(), notices.c.pk.desc()


async def load_shown(conn: AsyncConnection, since: datetime, limit: int) -> list[Notice]:
    """Those that stand on a page and are not over, or were touched since then; the newest first."""
    recent = or_(notices.c.state.not_in(_ENDS), notices.c.updated_at >= since, notices.c.starts_at >= since)
    stands = select(on_pages.c.notice_pk).where(on_pages.c.notice_pk == notices.c.pk).exists()
    return await _load(conn, select(notices).where(recent, stands).order_by(*_NEWEST).limit(limit))


async def load_page_of(
    conn: AsyncConnection, limit: int, offset: int, kind: str = "", page_pk: int | None = None, *, is_open: bool = False
) -> tuple[list[Notice], int]:
    """One page of a list, the newest first, and how many there are in all."""
    where: list[Any] = []
    if kind:
        where.append(notices.c.kind == kind)
    if is_open:
        where.append(notices.c.state.not_in(_ENDS))
    if page_pk is not None:
        where.append(notices.c.pk.in_(select(on_pages.c.notice_pk).where(on_pages.c.page_pk == page_pk)))
    total = await conn.scalar(select(func.count()).select_from(notices).where(*where)) or 0
    found = await _load(conn, select(notices).where(*where).order_by(*_NEWEST).limit(limit).offset(offset))
    return found, total


async def find_notice(conn: AsyncConnection, pk: int) -> Notice | None:
    """One by its number."""
    found = await _load(conn, select(notices).where(notices.c.pk == pk))
    return found[0] if found else None


async def insert_notice(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its number."""
    pk: int = (await conn.execute(insert(notices).values(**values).returning(notices.c.pk))).scalar_one()
    return pk


async def update_notice(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change these columns of one."""
    await conn.execute(update(notices).where(notices.c.pk == pk).values(**values))


async def delete_notice(conn: AsyncConnection, pk: int) -> None:
    """Remove one with all that was told."""
    await conn.execute(delete(notices).where(notices.c.pk == pk))


async def notices_on(conn: AsyncConnection, page_pk: int) -> list[int]:
    """The numbers of those that stand on a page."""
    return list((await conn.scalars(select(on_pages.c.notice_pk).where(on_pages.c.page_pk == page_pk))).all())


async def put_on_page(conn: AsyncConnection, pks: Sequence[int], page_pk: int) -> None:
    """Have those of these notices that are there stand on a page."""
    there = (await conn.scalars(select(notices.c.pk).where(notices.c.pk.in_(pks)))).all()
    if there:
        await conn.execute(insert(on_pages), [{"notice_pk": pk, "page_pk": page_pk} for pk in there])


async def replace_pages(conn: AsyncConnection, pk: int, page_pks: Sequence[int]) -> None:
    """The pages that a notice stands on from now on."""
    await conn.execute(delete(on_pages).where(on_pages.c.notice_pk == pk))
    if page_pks:
        await conn.execute(insert(on_pages), [{"notice_pk": pk, "page_pk": page_pk} for page_pk in page_pks])


async def replace_services(conn: AsyncConnection, pk: int, service_pks: Sequence[int]) -> None:
    """The services that a notice is about from now on."""
    await conn.execute(delete(about).where(about.c.notice_pk == pk))
    if service_pks:
        await conn.execute(insert(about), [{"notice_pk": pk, "service_pk": one} for one in service_pks])


async def insert_update(conn: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Tell something."""
    await conn.execute(insert(updates).values(**values))


async def change_update(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Tell it in other words."""
    await conn.execute(update(updates).where(updates.c.pk == pk).values(**values))


async def delete_update(conn: AsyncConnection, pk: int) -> None:
    """Take back what was told."""
    await conn.execute(delete(updates).where(updates.c.pk == pk))


async def _load(conn: AsyncConnection, statement: Select[Any]) -> list[Notice]:
    rows = (await conn.execute(statement)).mappings().all()
    pks = [row["pk"] for row in rows]
    if not pks:
        return []
    pages = await _linked(conn, on_pages, on_pages.c.page_pk, pks)
    services = await _linked(conn, about, about.c.service_pk, pks)
    told = await _told(conn, pks)
    return [
        _notice(row, pages.get(row["pk"], ()), services.get(row["pk"], ()), told.get(row["pk"], ())) for row in rows
    ]


async def _linked(conn: AsyncConnection, table: Any, column: Any, pks: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    statement = select(table.c.notice_pk, column).where(table.c.notice_pk.in_(pks)).order_by(column)
    for notice_pk, other in await conn.execute(statement):
        found[notice_pk].append(other)
    return found


async def _told(conn: AsyncConnection, pks: Collection[int]) -> dict[int, list[NoticeUpdate]]:
    found: dict[int, list[NoticeUpdate]] = defaultdict(list)
    statement = (
        select(updates.c.notice_pk, updates.c.pk, updates.c.at, updates.c.state, updates.c.text, updates.c.who)
        .where(updates.c.notice_pk.in_(pks))
        .order_by(updates.c.at.desc(), updates.c.pk.desc())
    )
    for notice_pk, *values in await conn.execute(statement):
        found[notice_pk].append(NoticeUpdate(*values))
    return found


def _notice(
    row: RowMapping, page_pks: Sequence[int], service_pks: Sequence[int], told: Sequence[NoticeUpdate]
) -> Notice:
    return Notice(**row, page_pks=tuple(page_pks), service_pks=tuple(service_pks), updates=tuple(told))
