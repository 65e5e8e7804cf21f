"""The `note` table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.note import Note
from monitor_app.models import DowntimeWindow, NoteRow

notes = NoteRow.__table__  # type: ignore[attr-defined]
downtimes = DowntimeWindow.__table__  # type: ignore[attr-defined]

# So many of each downtime are told beside it.
BESIDE_LIMIT: Final = 500


async def find_note(conn: AsyncConnection, pk: int) -> Note | None:
    """One of them."""
    row = (await conn.execute(select(notes).where(notes.c.pk == pk))).mappings().first()
    return note_of(row) if row else None


async def notes_of_downtimes(conn: AsyncConnection, downtime_ids: Collection[int]) -> dict[int, list[Note]]:
    """Those about some downtimes, the oldest first."""
    if not downtime_ids:
        return {}
    wanted = select(notes).where(notes.c.downtime_id.in_(downtime_ids)).order_by(notes.c.at, notes.c.pk)
    found: dict[int, list[Note]] = {}
    for row in (await conn.execute(wanted.limit(BESIDE_LIMIT))).mappings():
        found.setdefault(row["downtime_id"], []).append(note_of(row))
    return found


async def count_notes(conn: AsyncConnection, service_pk: int) -> int:
    """How many there are of a service."""
    return await conn.scalar(select(func.count()).where(notes.c.service_pk == service_pk)) or 0


async def find_downtime(conn: AsyncConnection, service_pk: int, downtime_id: int) -> RowMapping | None:
    """The row of a downtime of a service."""
    where = downtimes.c.id == downtime_id, downtimes.c.service_pk == service_pk
    return (await conn.execute(select(downtimes).where(*where))).mappings().first()


async def insert_note(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its key."""
    pk: int = (await conn.execute(insert(notes).values(**values).returning(notes.c.pk))).scalar_one()
    return pk


async def update_note(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change these columns of one."""
    await conn.execute(update(notes).where(notes.c.pk == pk).values(**values))


async def delete_note(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await conn.execute(delete(notes).where(notes.c.pk == pk))


def note_of(row: RowMapping) -> Note:
    """A row as a note."""
    return Note(**{name: row[name] for name in Note.__slots__})
