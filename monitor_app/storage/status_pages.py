"""The `status_page` table and what pages show.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.status_page import PAGES_LIMIT, PageEntry, StatusPage
from monitor_app.errors import Conflict
from monitor_app.models import NoticeRow, Service, StatusPageEntryRow, StatusPageRow

pages = StatusPageRow.__table__  # type: ignore[attr-defined]
entries = StatusPageEntryRow.__table__  # type: ignore[attr-defined]
notices = NoticeRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]

_IS_THERE = services.c.deleted_at.is_(None)
# The logo itself only where it is asked for.
_COLUMNS = [column for column in pages.c if column.name != "logo"]


async def signature(conn: AsyncConnection) -> tuple[Any, ...]:
    """Another one whenever a page or a notice may be another, or a service came back that one shows."""
    # One by one, because databases may give the number of the last page again when that is gone.
    of_pages = select(pages.c.pk, pages.c.revision, pages.c.updated_at).order_by(pages.c.pk)
    shown = select(func.count(), func.sum(entries.c.pk)).join_from(entries, services).where(_IS_THERE)
    of_notices = select(func.count(), func.max(notices.c.pk), func.max(notices.c.updated_at))
    found = [tuple(row) for row in await conn.execute(of_pages)]
    return (*found, *(await conn.execute(shown)).one(), *(await conn.execute(of_notices)).one())


async def load_pages(conn: AsyncConnection) -> list[StatusPage]:
    """All of them by title, with what they show of services that are not deleted."""
    rows = await conn.execute(select(*_COLUMNS).order_by(func.lower(pages.c.title), pages.c.pk).limit(PAGES_LIMIT * 2))
    shown = await _entries(conn)
    return [_page(row, shown.get(row["pk"], [])) for row in rows.mappings()]


async def find_page(conn: AsyncConnection, slug: str) -> StatusPage | None:
    """One by its name in the address."""
    row = (await conn.execute(select(*_COLUMNS).where(pages.c.slug == slug))).mappings().first()
    if row is None:
        return None
    return _page(row, (await _entries(conn, row["pk"])).get(row["pk"], []))


async def load_logo(conn: AsyncConnection, pk: int) -> bytes | None:
    """The picture."""
    logo: bytes | None = await conn.scalar(select(pages.c.logo).where(pages.c.pk == pk))
    return logo


async def count_pages(conn: AsyncConnection) -> int:
    """How many there are."""
    return await conn.scalar(select(func.count()).select_from(pages)) or 0


async def insert_page(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its key. Raises Conflict when the slug or the host name is taken; the transaction is lost."""
    try:
        pk: int = (await conn.execute(insert(pages).values(**values).returning(pages.c.pk))).scalar_one()
    except IntegrityError as err:
        raise _taken(err) from err
    return pk


async def update_page(conn: AsyncConnection, pk: int, values: Mapping[str, Any], at: datetime) -> None:
    """Change these columns of one and raise its revision. Raises Conflict as `insert_page`."""
    raised = {**values, "revision": pages.c.revision + 1, "updated_at": at}
    try:
        await conn.execute(update(pages).where(pages.c.pk == pk).values(**raised))
    except IntegrityError as err:
        raise _taken(err) from err


async def replace_entries(conn: AsyncConnection, pk: int, shown: Sequence[PageEntry]) -> None:
    """What a page shows from now on, in this order."""
    await conn.execute(delete(entries).where(entries.c.page_pk == pk))
    if shown:
        rows = [
            {
                "page_pk": pk,
                "section": entry.section,
                "position": position,
                "service_pk": entry.service_pk,
                "public_name": entry.public_name,
                "description": entry.description,
            }
            for position, entry in enumerate(shown)
        ]
        await conn.execute(insert(entries), rows)


async def delete_page(conn: AsyncConnection, pk: int) -> None:
    """Take one away; notices stay."""
    await conn.execute(delete(pages).where(pages.c.pk == pk))


async def service_pks(conn: AsyncConnection, service_ids: Sequence[str]) -> dict[str, int]:
    """The keys of services that are not deleted, by their public names."""
    wanted = services.c.service_id.in_(service_ids), services.c.deleted_at.is_(None)
    return dict((await conn.execute(select(services.c.service_id, services.c.pk).where(*wanted))).all())


async def page_pks(conn: AsyncConnection, slugs: Sequence[str]) -> dict[str, int]:
    """The keys of pages by their slugs."""
    return dict((await conn.execute(select(pages.c.slug, pages.c.pk).where(pages.c.slug.in_(slugs)))).all())


async def names_of(
    conn: AsyncConnection, of_pages: Collection[int], of_services: Collection[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """The slugs of pages and the public names of services that are not deleted, by their keys."""
    slugs = select(pages.c.pk, pages.c.slug).where(pages.c.pk.in_(of_pages))
    ids = select(services.c.pk, services.c.service_id).where(
        services.c.pk.in_(of_services), services.c.deleted_at.is_(None)
    )
    return dict((await conn.execute(slugs)).all()), dict((await conn.execute(ids)).all())


async def _entries(conn: AsyncConnection, page_pk: int | None = None) -> dict[int, list[PageEntry]]:
    statement = (
        select(
            entries.c.page_pk,
            entries.c.service_pk,
            services.c.service_id,
            entries.c.public_name,
            entries.c.description,
            entries.c.section,
        )
        .join(services, services.c.pk == entries.c.service_pk)
        .where(services.c.deleted_at.is_(None))
        .order_by(entries.c.page_pk, entries.c.position, entries.c.pk)
    )
    if page_pk is not None:
        statement = statement.where(entries.c.page_pk == page_pk)
    found: dict[int, list[PageEntry]] = defaultdict(list)
    for pk, *values in await conn.execute(statement):
        found[pk].append(PageEntry(*values))
    return found


def _page(row: RowMapping, shown: Sequence[PageEntry]) -> StatusPage:
    return StatusPage(**row, entries=tuple(shown))


def _taken(err: IntegrityError) -> Conflict:
    field = "host_name" if "host_name" in str(err.orig) else "slug"
    return Conflict({field: "is taken by another status page"})
