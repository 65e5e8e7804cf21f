"""The change log: what each change did to the rows of services and relations, so that it can be undone.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import SERVICE, Change, ChangeItem, ChangeState
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


async def next_change(conn: AsyncConnection, account_pk: int, state: ChangeState, since: datetime) -> Change | None:
    """What an account would undo next (the newest that is done), or do again (the oldest that is undone)."""
    order = changes.c.pk.desc() if state == "done" else changes.c.pk
    wanted = changes.c.account_pk == account_pk, changes.c.state == state, changes.c.at >= since
    row = (await conn.execute(select(*_CHANGE).where(*wanted).order_by(order).limit(1))).mappings().first()
    return Change(**row) if row else None


async def load_changes(
    conn: AsyncConnection, account_pk: int, limit: int, before_pk: int | None = None
) -> list[Change]:
    """The changes of an account, the newest first."""
    where = [changes.c.account_pk == account_pk, *([] if before_pk is None else [changes.c.pk < before_pk])]
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
