"""What happened to a service, out of its events, alerts, the change log and notes, from the newest back."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import RELATION, SERVICE, Change, ChangeItem
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.domain.timeline import Edit, Happening, Sort, number_of, rows_below
from monitor_app.storage.alerts import alert_of, alerts
from monitor_app.storage.change_log import changes, items
from monitor_app.storage.history.changes import service_events
from monitor_app.storage.history.protocol import Place
from monitor_app.storage.notes import note_of, notes
from monitor_app.storage.relations import relations

_STATUS = "status_changed"
_ENDS = ("source_pk", "target_pk")
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
    if "alert" in sorts:
        found += [one async for one in _alerts(conn, service_pk, limit, before)]
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


async def _alerts(conn: AsyncConnection, service_pk: int, limit: int, before: Place | None) -> AsyncIterator[Happening]:
    """When each began; what was over before it fired was nothing."""
    columns = [column for column in alerts.c if column.name != "revision"]
    where = alerts.c.service_pk == service_pk, *_is_before(alerts.c.since, alerts.c.pk, "alert", before)
    counts = or_(alerts.c.fired_at.is_not(None), alerts.c.held_by != "", alerts.c.resolved_at.is_(None))
    rows = select(*columns).where(*where, counts).order_by(alerts.c.since.desc(), alerts.c.pk.desc()).limit(limit)
    for row in (await conn.execute(rows)).mappings():
        yield Happening(row["since"], number_of("alert", row["pk"]), "alert", alert_of(row))


async def _edits(conn: AsyncConnection, service_pk: int, limit: int, before: Place | None) -> AsyncIterator[Happening]:
    rows = (
        select(
            items.c.pk,
            *(column.label(name) for name, column in _CHANGE.items()),
            *(column.label(name) for name, column in _ITEM.items()),
        )
        .join(changes, changes.c.pk == items.c.change_pk)
        .where(_is_about(service_pk), *_is_before(changes.c.at, items.c.pk, "edit", before))
        .order_by(changes.c.at.desc(), items.c.pk.desc())
        .limit(limit)
    )
    found = (await conn.execute(rows)).mappings().all()
    linked = await _ends(conn, [row["item_subject_pk"] for row in found if row["item_subject"] == RELATION])
    for row in found:
        change = Change(**{name: row[f"change_{name}"] for name in Change.__slots__})
        item = ChangeItem(**{name: row[f"item_{name}"] for name in ChangeItem.__slots__})
        ends = linked.get(item.subject_pk) if item.subject == RELATION else None
        yield Happening(change.at, number_of("edit", row["pk"]), "edit", Edit(change, item, ends))


def _is_about(service_pk: int) -> ColumnElement[bool]:
    """The service itself, or a relation that it is or was an end of.

    A relation that is gone stands in no table, but its coming and going are written down whole, and its number is never
    given again. Of all changes few are of relations, and the index finds these.
    """
    own = select(relations.c.pk).where(or_(relations.c.source_pk == service_pk, relations.c.target_pk == service_pk))
    earlier = items.alias()
    sides = [earlier.c[side][end].as_integer() == service_pk for side in ("before", "after") for end in _ENDS]
    was = select(earlier.c.subject_pk).where(earlier.c.subject == RELATION, or_(*sides))
    return or_(
        and_(items.c.subject == SERVICE, items.c.subject_pk == service_pk),
        and_(items.c.subject == RELATION, or_(items.c.subject_pk.in_(own), items.c.subject_pk.in_(was))),
    )


async def _ends(conn: AsyncConnection, pks: Collection[int]) -> dict[int, tuple[int, int]]:
    """Source and target of these relations, as far as anybody knows them."""
    if not pks:
        return {}
    written = select(items.c.subject_pk, items.c.before, items.c.after).where(
        items.c.subject == RELATION, items.c.subject_pk.in_(pks)
    )
    found = {}
    for pk, *sides in await conn.execute(written):
        for columns in sides:
            if columns and all(end in columns for end in _ENDS):
                found[pk] = columns["source_pk"], columns["target_pk"]
    rows = select(relations.c.pk, relations.c.source_pk, relations.c.target_pk).where(relations.c.pk.in_(pks))
    return found | {pk: (source, target) for pk, source, target in await conn.execute(rows)}


async def _notes(conn: AsyncConnection, service_pk: int, limit: int, before: Place | None) -> AsyncIterator[Happening]:
    where = notes.c.service_pk == service_pk, *_is_before(notes.c.at, notes.c.pk, "note", before)
    rows = select(notes).where(*where).order_by(notes.c.at.desc(), notes.c.pk.desc()).limit(limit)
    for row in (await conn.execute(rows)).mappings():
        yield Happening(row["at"], number_of("note", row["pk"]), "note", note_of(row))


def _is_before(at: Any, number: Any, sort: Sort, before: Place | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    return [at <= before.at, or_(at < before.at, number < rows_below(sort, before.number))]
