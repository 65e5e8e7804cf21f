"""The relation table. Each change raises the counter `service`, so whoever follows services follows relations, too.

It raises the counter `relation` besides: only when that one has grown they need to be read anew.

All functions work in the caller's transaction; those that change something need one of `Database.write()`. Whoever
adds or enables one looks for circles in the same transaction, after that: the counter is locked then.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.relation import DEPENDENCY, Relation
from monitor_app.errors import Conflict, NotFound
from monitor_app.models import Counter, RelationRow, Service
from monitor_app.models.counter import RELATION_REVISION, SERVICE_REVISION
from monitor_app.storage.columns import update_columns
from monitor_app.storage.services import raise_counter

relations = RelationRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]

_COLUMNS = (
    relations.c.pk,
    relations.c.source_pk,
    relations.c.target_pk,
    relations.c.relation_type,
    relations.c.enabled,
    relations.c.note,
    relations.c.managed_by,
    relations.c.applied,
    relations.c.created_at,
    relations.c.updated_at,
)


_DEFAULTS: Mapping[str, Any] = {"enabled": True, "note": "", "managed_by": "", "applied": None}
# SQLite allows 32,766 parameters in a statement, PostgreSQL 32,767.
_CHUNK = 5000


async def load_dependencies(conn: AsyncConnection) -> list[tuple[int, int]]:
    """(source_pk, target_pk) of every enabled dependency between services that are not deleted."""
    source, target = services.alias(), services.alias()
    statement = (
        select(relations.c.source_pk, relations.c.target_pk)
        .join(source, source.c.pk == relations.c.source_pk)
        .join(target, target.c.pk == relations.c.target_pk)
        .where(relations.c.relation_type == DEPENDENCY, relations.c.enabled)
        .where(source.c.deleted_at.is_(None), target.c.deleted_at.is_(None))
        .order_by(relations.c.pk)
    )
    return [(source_pk, target_pk) for source_pk, target_pk in await conn.execute(statement)]


async def relation_revision(conn: AsyncConnection) -> int:
    """The counter `relation`: raised with each change of any relation."""
    statement = select(counters.c.value).where(counters.c.name == RELATION_REVISION)
    value: int = (await conn.execute(statement)).scalar_one()
    return value


async def load_relations(conn: AsyncConnection) -> list[Relation]:
    """All of them, those of deleted services included."""
    rows = await conn.execute(select(*_COLUMNS).order_by(relations.c.pk))
    return [_relation(row) for row in rows.mappings()]


async def load_ends(conn: AsyncConnection) -> list[tuple[int, str, str]]:
    """What relations can lead to: pk, service_id and kind of every service that is not deleted."""
    columns = services.c.pk, services.c.service_id, services.c.kind
    rows = await conn.execute(select(*columns).where(services.c.deleted_at.is_(None)).order_by(services.c.pk))
    return [(pk, service_id, kind) for pk, service_id, kind in rows]


async def find_relation(conn: AsyncConnection, pk: int) -> Relation | None:
    """One of them, also when one of its services is deleted."""
    row = (await conn.execute(select(*_COLUMNS).where(relations.c.pk == pk))).mappings().first()
    return _relation(row) if row else None


async def insert_relation(conn: AsyncConnection, values: Mapping[str, Any]) -> Relation:
    """Add one; see `insert_relations`."""
    return (await insert_relations(conn, [values]))[0]


async def insert_relations(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[Relation]:
    """Add some and return them in the same order.

    Each is source_pk, target_pk, relation_type, created_at, updated_at; enabled (True) and note ("") if wanted. From
    the raised counter on until the commit nobody else can change a relation, so two people cannot close a circle
    together. Raises Conflict when there is one like it, NotFound when a service is missing; the transaction is lost.
    """
    if not rows:
        return []
    await raise_counters(conn)
    ends = list({pk for row in rows for pk in (row["source_pk"], row["target_pk"])})
    for start in range(0, len(ends), _CHUNK):
        wanted = ends[start : start + _CHUNK]
        known = await conn.execute(select(services.c.pk).where(services.c.pk.in_(wanted)))
        if len(known.all()) != len(wanted):
            raise NotFound("one of the two services does not exist")
    statement = insert(relations).returning(*_COLUMNS, sort_by_parameter_order=True)
    try:
        added = (await conn.execute(statement, [{**_DEFAULTS, **row} for row in rows])).mappings().all()
    except IntegrityError as err:
        raise Conflict({"target_pk": "is related in this way already"}) from err
    return [_relation(row) for row in added]


async def update_relation(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> Relation:
    """Change columns and return it as it is then. Raises NotFound, and Conflict when there is one like it."""
    await raise_counters(conn)
    statement = update(relations).where(relations.c.pk == pk).values(dict(values)).returning(*_COLUMNS)
    try:
        row = (await conn.execute(statement)).mappings().first()
    except IntegrityError as err:
        raise Conflict({"target_pk": "is related in this way already"}) from err
    if row is None:
        raise NotFound(f"there is no relation {pk}")
    return _relation(row)


async def update_relations(conn: AsyncConnection, changes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Change columns of many: pk and values, which have the same names in all of them and are not their ends."""
    if not changes:
        return
    await raise_counters(conn)
    await update_columns(conn, relations, changes)


async def disable_relations(conn: AsyncConnection, pks: Collection[int], now: datetime) -> None:
    """Disable some."""
    await raise_counters(conn)
    wanted = list(pks)
    for start in range(0, len(wanted), _CHUNK):
        chosen = relations.c.pk.in_(wanted[start : start + _CHUNK])
        await conn.execute(update(relations).where(chosen).values(enabled=False, updated_at=now))


async def delete_relation(conn: AsyncConnection, pk: int) -> None:
    """Take it away. Raises NotFound."""
    await raise_counters(conn)
    if not (await conn.execute(delete(relations).where(relations.c.pk == pk))).rowcount:
        raise NotFound(f"there is no relation {pk}")


async def delete_relations(conn: AsyncConnection, pks: Collection[int]) -> None:
    """Take many away; those that are gone already do not matter."""
    if not pks:
        return
    await raise_counters(conn)
    wanted = list(pks)
    for start in range(0, len(wanted), _CHUNK):
        await conn.execute(delete(relations).where(relations.c.pk.in_(wanted[start : start + _CHUNK])))


async def raise_counters(conn: AsyncConnection) -> int:
    """Keep all others who change services or relations out until the transaction ends; the new service revision."""
    # In this order everywhere: two transactions must not wait for each other.
    revision = await raise_counter(conn, SERVICE_REVISION)
    await raise_counter(conn, RELATION_REVISION)
    return revision


def _relation(row: RowMapping) -> Relation:
    return Relation(**row)
