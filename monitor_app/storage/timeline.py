"""What happened to a service, out of its events, the change log and the notes, in one order from the newest back."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import SERVICE, Change, ChangeItem
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.domain.timeline import Edit, Happening, Sort, number_of, rows_below
from monitor_app.storage.change_log import changes, items
from monitor_app.storage.history.changes import service_events
from monitor_app.storage.history.protocol import Place
from monitor_app.storage.notes import note_of, notes

_STATUS = "status_changed"
_STATUSES = tuple(Status)
# Columns of both tables have the same names.
_CHANGE = {f"change_{name}": changes.c[name] for name in Change.__slots__}
_ITEM = {f"item_{name}": items.c[name] for name in ChangeItem.__slots__}


async def read_timeline(
    conn: AsyncConnection, service_pk: int, sorts: Collection[Sort], limit: int, before: Place | None = None
) -> list[Happening]:
    """A page of these sorts, the newest first; `before` goes on behind the last one of a page."""
    found: list[Happening] = []
    if "status" in sorts or "breaker" in sorts:
        found += [one async for one in _events(conn, service_pk, sorts, limit, before)]
    if "edit" in sorts:
        found += [one async for one in _edits(conn, service_pk, limit, before)]
    if "note" in sorts:
        found += [one async for one in _notes(conn, service_pk, limit, before)]
    return sorted(found, key=lambda one: (one.at, one.number), reverse=True)[:limit]


async def _events(
    conn: AsyncConnection, service_pk: int, sorts: Collection[Sort], limit: int, before: Place | None
) -> AsyncIterator[Happening]:
    columns = service_events.c
    where = [columns.service_pk == service_pk, *_is_before(columns.at, columns.id, "status", before)]
    if "status" not in sorts:
        where.append(columns.kind != _STATUS)
    if "breaker" not in sorts:
        where.append(columns.kind == _STATUS)
    rows = select(service_events).where(*where).order_by(columns.at.desc(), columns.id.desc()).limit(limit)
    for row in (await conn.execute(rows)).mappings():
        sort: Sort = "status" if row["kind"] == _STATUS else "breaker"
        event = ServiceEvent(
            row["service_pk"],
            row["at"],
            row["kind"],
            row["who"],
            row["reason"],
            None if row["before"] is None else _STATUSES[row["before"]],
            None if row["after"] is None else _STATUSES[row["after"]],
        )
        yield Happening(row["at"], number_of(sort, row["id"]), sort, event)


async def _edits(conn: AsyncConnection, service_pk: int, limit: int, before: Place | None) -> AsyncIterator[Happening]:
    own = items.c.subject == SERVICE, items.c.subject_pk == service_pk
    rows = (
        select(
            items.c.pk,
            *(column.label(name) for name, column in _CHANGE.items()),
            *(column.label(name) for name, column in _ITEM.items()),
        )
        .join(changes, changes.c.pk == items.c.change_pk)
        .where(*own, *_is_before(changes.c.at, items.c.pk, "edit", before))
        .order_by(changes.c.at.desc(), items.c.pk.desc())
        .limit(limit)
    )
    for row in (await conn.execute(rows)).mappings():
        change = Change(**{name: row[f"change_{name}"] for name in Change.__slots__})
        item = ChangeItem(**{name: row[f"item_{name}"] for name in ChangeItem.__slots__})
        yield Happening(change.at, number_of("edit", row["pk"]), "edit", Edit(change, item))


async def _notes(conn: AsyncConnection, service_pk: int, limit: int, before: Place | None) -> AsyncIterator[Happening]:
    where = notes.c.service_pk == service_pk, *_is_before(notes.c.at, notes.c.pk, "note", before)
    rows = select(notes).where(*where).order_by(notes.c.at.desc(), notes.c.pk.desc()).limit(limit)
    for row in (await conn.execute(rows)).mappings():
        yield Happening(row["at"], number_of("note", row["pk"]), "note", note_of(row))


def _is_before(at: Any, number: Any, sort: Sort, before: Place | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    return [at <= before.at, or_(at < before.at, number < rows_below(sort, before.number))]
