"""The change log: what each change did to the rows of services and relations, so that it can be undone.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, String, cast, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import SERVICE, Change, ChangeItem, ChangeState, Columns
from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.models import ChangeItemRow, ChangeRow
from monitor_app.storage.services import hold_document

changes = ChangeRow.__table__  # type: ignore[attr-defined]
items = ChangeItemRow.__table__  # type: ignore[attr-defined]

_CHANGE = (
    changes.c.pk,
    changes.c.at,
    changes.c.account_pk,
    changes.c.who,
    changes.c.action,
    changes.c.state,
    changes.c["items"],
)
_ITEM = (items.c.subject, items.c.subject_pk, items.c.before, items.c.after)
# SQLite allows 32,766 parameters in a statement, PostgreSQL 32,767.
_CHUNK = 5000
_PORTION = 500
# What actions end with that belong to another change.
_FOLLOWING = ("undo", "redo", "rename-member")


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a change with the config of a service in it."""

    pk: int
    service_pk: int
    before: Columns | None = field(repr=False)
    after: Columns | None = field(repr=False)


def service_document(service: ServiceDefinition) -> dict[str, Any]:
    """The columns of a service that a change can change, as they are stored."""
    return {
        "service_id": service.service_id,
        "label": service.label,
        "service_type": service.service_type,
        "kind": service.kind,
        "group": service.group,
        "tags": list(service.tags),
        "status_config": dict(service.status_config),
        "metric_config": dict(service.metric_config),
        "interval_seconds": service.interval_seconds,
        "enabled": service.enabled,
        "environment": service.environment,
        "pause": hold_document(service.pause),
        "maintenance": hold_document(service.maintenance),
        "managed_by": service.managed_by,
        "applied": None if service.applied is None else dict(service.applied),
    }


def relation_document(relation: Relation) -> dict[str, Any]:
    """The same of a relation; with its beginning, as the row itself goes when it is deleted."""
    return {
        "source_pk": relation.source_pk,
        "target_pk": relation.target_pk,
        "relation_type": relation.relation_type,
        "enabled": relation.enabled,
        "note": relation.note,
        "managed_by": relation.managed_by,
        "applied": None if relation.applied is None else dict(relation.applied),
        "created_at": relation.created_at.isoformat(),
    }


def group_document(group: Group) -> dict[str, Any]:
    """The same of a group that somebody described."""
    return {
        "name": group.name,
        "description": group.description,
        "parent": group.parent,
        "rollup": None if group.rollup is None else dict(group.rollup),
        "managed_by": group.managed_by,
        "applied": None if group.applied is None else dict(group.applied),
        "created_at": group.created_at.isoformat(),
    }


async def append_change(
    conn: AsyncConnection,
    *,
    at: datetime,
    account_pk: int | None,
    who: str,
    action: str,
    state: ChangeState,
    did: Sequence[ChangeItem],
) -> int:
    """Write down a change and return its pk. One that can be undone ends what else this account could do again."""
    if state == "done" and account_pk is not None:
        undone = changes.c.account_pk == account_pk, changes.c.state == "undone"
        await conn.execute(update(changes).where(*undone).values(state="final"))
    values = {"at": at, "account_pk": account_pk, "who": who[:80], "action": action, "state": state, "items": len(did)}
    pk: int = (await conn.execute(insert(changes).values(values).returning(changes.c.pk))).scalar_one()
    rows = [
        {
            "change_pk": pk,
            "subject": item.subject,
            "subject_pk": item.subject_pk,
            "before": None if item.before is None else dict(item.before),
            "after": None if item.after is None else dict(item.after),
        }
        for item in did
    ]
    for start in range(0, len(rows), _CHUNK):
        await conn.execute(insert(items), rows[start : start + _CHUNK])
    return pk


async def find_change(conn: AsyncConnection, pk: int) -> Change | None:
    """One of them."""
    row = (await conn.execute(select(*_CHANGE).where(changes.c.pk == pk))).mappings().first()
    return Change(**row) if row else None


async def next_change(
    conn: AsyncConnection, account_pk: int, state: ChangeState, since: datetime, past: Collection[int] = ()
) -> Change | None:
    """What an account would undo next (the newest that is done), or do again (the oldest that is undone).

    The few in `past` are left out.
    """
    order = changes.c.pk.desc() if state == "done" else changes.c.pk
    wanted = changes.c.account_pk == account_pk, changes.c.state == state, changes.c.at >= since
    wanted += (changes.c.pk.not_in(past),) if past else ()
    row = (await conn.execute(select(*_CHANGE).where(*wanted).order_by(order).limit(1))).mappings().first()
    return Change(**row) if row else None


async def load_changes(
    conn: AsyncConnection, account_pk: int, limit: int, before_pk: int | None = None
) -> list[Change]:
    """The changes of an account, the newest first, without those that only follow from one."""
    where = [changes.c.account_pk == account_pk, *(~changes.c.action.like(f"%.{verb}") for verb in _FOLLOWING)]
    if before_pk is not None:
        where.append(changes.c.pk < before_pk)
    rows = await conn.execute(select(*_CHANGE).where(*where).order_by(changes.c.pk.desc()).limit(limit))
    return [Change(**row) for row in rows.mappings()]


async def load_items(conn: AsyncConnection, change_pk: int) -> list[ChangeItem]:
    """Its objects, in the order in which they were changed."""
    rows = await conn.execute(select(*_ITEM).where(items.c.change_pk == change_pk).order_by(items.c.pk))
    return [ChangeItem(**row) for row in rows.mappings()]


async def first_items(conn: AsyncConnection, change_pks: Collection[int]) -> dict[int, ChangeItem]:
    """The first object of each of a few changes."""
    firsts = select(func.min(items.c.pk)).where(items.c.change_pk.in_(change_pks)).group_by(items.c.change_pk)
    rows = await conn.execute(select(items.c.change_pk, *_ITEM).where(items.c.pk.in_(firsts)))
    return {row["change_pk"]: _item(row) for row in rows.mappings()}


async def set_state(conn: AsyncConnection, pk: int, state: ChangeState) -> None:
    """Undone, or done again."""
    await conn.execute(update(changes).where(changes.c.pk == pk).values(state=state))


async def load_history(
    conn: AsyncConnection, subject: str, subject_pk: int, limit: int, after_pk: int = 0
) -> list[tuple[Change, ChangeItem]]:
    """What was done to an object, the newest first; or only what was done after a change."""
    statement = (
        select(*_CHANGE, *_ITEM)
        .join(items, items.c.change_pk == changes.c.pk)
        .where(items.c.subject == subject, items.c.subject_pk == subject_pk, changes.c.pk > after_pk)
        .order_by(items.c.pk.desc())
        .limit(limit)
    )
    rows = (await conn.execute(statement)).mappings()
    return [(Change(**{column.name: row[column] for column in _CHANGE}), _item(row)) for row in rows]


async def configs_of_items(conn: AsyncConnection, *, is_sealed: bool) -> AsyncIterator[StoredItem]:
    """The items that hold configs of services; with `is_sealed` only those with a secret in them."""
    mark = '%"$sealed"%' if is_sealed else '%"status_config"%'
    holds = or_(*(cast(side, String).like(mark) for side in (items.c.before, items.c.after)))
    last = 0
    while True:
        columns = items.c.pk, items.c.subject_pk, items.c.before, items.c.after
        statement = select(*columns).where(items.c.pk > last, holds).order_by(items.c.pk).limit(_PORTION)
        rows = (await conn.execute(statement)).all()
        for row in rows:
            yield StoredItem(*row)
        if len(rows) < _PORTION:
            return
        last = rows[-1].pk


async def store_item(conn: AsyncConnection, pk: int, before: Columns | None, after: Columns | None) -> None:
    """Put the same in another writing."""
    await conn.execute(update(items).where(items.c.pk == pk).values(before=before, after=after))


async def purge_changes(conn: AsyncConnection, before: datetime, keep: int, limit: int) -> int:
    """Delete at most so many objects of changes: those older than that, and of each object all but the last `keep`."""
    old = select(items.c.pk).join(changes, changes.c.pk == items.c.change_pk).where(changes.c.at < before).limit(limit)
    if pks := list((await conn.execute(old)).scalars()):
        return await forget_items(conn, items.c.pk.in_(pks))
    group = items.c.subject, items.c.subject_pk
    crowded = select(*group).group_by(*group).having(func.count() > keep).limit(1)
    if (row := (await conn.execute(crowded)).first()) is None:
        return 0
    theirs = items.c.subject == row.subject, items.c.subject_pk == row.subject_pk
    beyond = select(items.c.pk).where(*theirs).order_by(items.c.pk.desc()).offset(keep).limit(limit)
    return await forget_items(conn, items.c.pk.in_(list((await conn.execute(beyond)).scalars())))


async def forget_services(conn: AsyncConnection, pks: Collection[int]) -> None:
    """Services go for good, and their secrets with them: no change of theirs can be undone any more."""
    wanted = list(pks)
    for start in range(0, len(wanted), _CHUNK):
        await forget_items(conn, items.c.subject == SERVICE, items.c.subject_pk.in_(wanted[start : start + _CHUNK]))


async def forget_items(conn: AsyncConnection, *chosen: ColumnElement[bool]) -> int:
    """Take away what was done to some objects, and changes of which nothing is left; returns how many objects."""
    theirs = select(items.c.change_pk).where(*chosen)
    touched = list((await conn.execute(theirs.distinct())).scalars())
    if not touched:
        return 0
    gone = (await conn.execute(delete(items).where(*chosen))).rowcount
    for start in range(0, len(touched), _CHUNK):
        some = changes.c.pk.in_(touched[start : start + _CHUNK])
        left = select(items.c.pk).where(items.c.change_pk == changes.c.pk).exists()
        await conn.execute(delete(changes).where(some, ~left))
        # One of which a part is missing would be undone by half.
        await conn.execute(update(changes).where(some).values(state="final"))
    return gone


def _item(row: RowMapping) -> ChangeItem:
    return ChangeItem(*(row[column] for column in _ITEM))
