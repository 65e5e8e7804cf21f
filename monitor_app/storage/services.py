"""The service table. Each change raises the counter `service` and stamps the rows with it, so that others can follow.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.hold import Hold
from monitor_app.domain.service import BreakerOrder, ServiceDefinition
from monitor_app.errors import Conflict, NotFound
from monitor_app.models import Counter, Service
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.columns import update_columns
from monitor_app.storage.documents import storable_text

services = Service.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]

_DEFINITION = (
    services.c.pk,
    services.c.service_id,
    services.c.label,
    services.c.service_type,
    services.c.kind,
    services.c.group,
    services.c.tags,
    services.c.status_config,
    services.c.metric_config,
    services.c.interval_seconds,
    services.c.enabled,
    services.c.is_demo,
    services.c.revision,
    services.c.deleted_at,
    services.c.breaker_order,
    services.c.owner,
    services.c.created_at,
    services.c.updated_at,
    services.c.managed_by,
    services.c.applied,
    services.c.is_purged,
    services.c.environment,
    services.c.pause,
    services.c.maintenance,
    services.c.source,
    services.c.source_pk,
    services.c.source_key,
    services.c.source_facts,
    services.c.gone_at,
)
_DEFAULTS: dict[str, Any] = {
    "group": "",
    "tags": [],
    "status_config": {},
    "metric_config": {},
    "interval_seconds": 60,
    "enabled": True,
    "is_demo": False,
    "owner": None,
    "managed_by": "",
    "applied": None,
    "environment": "",
    "pause": None,
    "maintenance": None,
    "source": "",
    "source_pk": None,
    "source_key": "",
    "source_facts": None,
    "gone_at": None,
}
# SQLite allows 32,766 parameters in a statement, PostgreSQL 32,767.
_CHUNK = 5000


async def raise_counter(conn: AsyncConnection, name: str) -> int:
    """Add one and return it. The counter's row stays locked until the transaction ends."""
    statement = (
        update(counters).where(counters.c.name == name).values(value=counters.c.value + 1).returning(counters.c.value)
    )
    value: int = (await conn.execute(statement)).scalar_one()
    return value


async def service_revision(conn: AsyncConnection) -> int:
    """The counter `service`: the revision of the last change of any service."""
    statement = select(counters.c.value).where(counters.c.name == SERVICE_REVISION)
    value: int = (await conn.execute(statement)).scalar_one()
    return value


async def load_services(conn: AsyncConnection, after_revision: int = 0) -> list[ServiceDefinition]:
    """All services that are not deleted; or, after a revision, those changed since then, deleted ones included."""
    changed = services.c.revision > after_revision if after_revision else services.c.deleted_at.is_(None)
    rows = await conn.execute(select(*_DEFINITION).where(changed).order_by(services.c.pk))
    return [_definition(row) for row in rows.mappings()]


async def load_services_by_pk(conn: AsyncConnection, pks: Collection[int]) -> dict[int, ServiceDefinition]:
    """These, deleted ones included; what is gone for good is left out."""
    wanted, found = list(pks), dict[int, ServiceDefinition]()
    for start in range(0, len(wanted), _CHUNK):
        rows = await conn.execute(select(*_DEFINITION).where(services.c.pk.in_(wanted[start : start + _CHUNK])))
        found |= {row["pk"]: _definition(row) for row in rows.mappings()}
    return found


async def load_services_of_kinds(conn: AsyncConnection, kinds: Collection[str]) -> list[ServiceDefinition]:
    """Those of some kinds that are not deleted."""
    chosen = services.c.kind.in_(kinds), services.c.deleted_at.is_(None)
    rows = await conn.execute(select(*_DEFINITION).where(*chosen).order_by(services.c.pk))
    return [_definition(row) for row in rows.mappings()]


async def load_managed_services(conn: AsyncConnection) -> list[ServiceDefinition]:
    """Those that are not deleted and were made by configuration files."""
    chosen = services.c.managed_by != "", services.c.deleted_at.is_(None)
    rows = await conn.execute(select(*_DEFINITION).where(*chosen).order_by(services.c.pk))
    return [_definition(row) for row in rows.mappings()]


async def find_service(conn: AsyncConnection, service_id: str) -> ServiceDefinition | None:
    """The service that has this id now; any text may be asked for."""
    name = storable_text(service_id, len(service_id))
    statement = select(*_DEFINITION).where(services.c.service_id == name, services.c.deleted_at.is_(None))
    row = (await conn.execute(statement)).mappings().first()
    return _definition(row) if row else None


async def taken_service_ids(conn: AsyncConnection, candidates: Collection[str]) -> set[str]:
    """Which of these ids a service has now."""
    wanted, taken = list(candidates), set[str]()
    for start in range(0, len(wanted), _CHUNK):
        statement = select(services.c.service_id).where(
            services.c.service_id.in_(wanted[start : start + _CHUNK]), services.c.deleted_at.is_(None)
        )
        taken.update((await conn.execute(statement)).scalars())
    return taken


async def insert_services(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[ServiceDefinition]:
    """Add services and return them in the same order.

    A row maps column names to values: service_id, label, service_type, kind, created_at and updated_at are needed, the
    others have defaults. Raises Conflict (field `service_id`) when an id is taken; the transaction is lost then.
    """
    if not rows:
        return []
    revision = await raise_counter(conn, SERVICE_REVISION)
    values = [{**_DEFAULTS, **row, "revision": revision} for row in rows]
    statement = insert(services).returning(*_DEFINITION, sort_by_parameter_order=True)
    try:
        added = (await conn.execute(statement, values)).mappings().all()
    except IntegrityError as err:
        raise Conflict({"service_id": "is taken by another service"}) from err
    return [_definition(row) for row in added]


async def update_service(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> ServiceDefinition:
    """Change columns of a service and return it as it is then; `values` should hold `updated_at`.

    One that is enabled has no `pause` any more.
    Raises NotFound when there is none or it is deleted; Conflict (field `service_id`) when its new id is taken.
    """
    revision = await raise_counter(conn, SERVICE_REVISION)
    if values.get("enabled"):
        values = {**values, "pause": None}  # nothing may be left that a later pause would be taken for
    statement = (
        update(services)
        .where(services.c.pk == pk, services.c.deleted_at.is_(None))
        .values({**values, "revision": revision})
        .returning(*_DEFINITION)
    )
    try:
        row = (await conn.execute(statement)).mappings().first()
    except IntegrityError as err:
        raise Conflict({"service_id": f"{values.get('service_id')} is taken by another service"}) from err
    if row is None:
        raise NotFound(f"there is no service {pk}, or it was deleted")
    return _definition(row)


async def update_services(
    conn: AsyncConnection, changes: Sequence[tuple[int, Mapping[str, Any]]]
) -> list[ServiceDefinition]:
    """Change columns of many services and return them as they are then, in the same order.

    A change is a service's pk and its values, which have the same names in all of them and are not `service_id`. Those
    that are enabled have no `pause` any more.
    Raises NotFound when one does not exist or is deleted; the transaction is lost then.
    """
    if not changes:
        return []
    revision = await raise_counter(conn, SERVICE_REVISION)
    await update_columns(conn, services, changes, services.c.deleted_at.is_(None), revision=revision)
    enabled = [(pk, {"pause": None}) for pk, values in changes if values.get("enabled")]
    if enabled:
        await update_columns(conn, services, enabled, services.c.pause.is_not(None))
    pks = [pk for pk, _ in changes]
    found: dict[int, ServiceDefinition] = {}
    for start in range(0, len(pks), _CHUNK):
        wanted = services.c.pk.in_(pks[start : start + _CHUNK])
        rows = await conn.execute(select(*_DEFINITION).where(wanted, services.c.deleted_at.is_(None)))
        found |= {row["pk"]: _definition(row) for row in rows.mappings()}
    if missing := [pk for pk in pks if pk not in found]:
        raise NotFound(f"there is no service {missing[0]}, or it was deleted")
    return [found[pk] for pk in pks]


async def delete_services(
    conn: AsyncConnection, pks: Collection[int], deleted_at: datetime, *, is_purged: bool = False
) -> int:
    """Mark services as deleted, which gives their ids free; returns the new revision.

    Their history is kept for a while, but for those that are purged: those are gone for good within seconds.
    """
    revision = await raise_counter(conn, SERVICE_REVISION)
    wanted = list(pks)
    for start in range(0, len(wanted), _CHUNK):
        await conn.execute(
            update(services)
            .where(services.c.pk.in_(wanted[start : start + _CHUNK]), services.c.deleted_at.is_(None))
            .values(deleted_at=deleted_at, updated_at=deleted_at, is_purged=is_purged, revision=revision)
        )
    return revision


async def deleted_services(conn: AsyncConnection, service_ids: Collection[str]) -> dict[str, int]:
    """The pk of the service that had each of these ids last and can be restored; others are left out."""
    found: dict[str, int] = {}
    wanted = list(service_ids)
    for start in range(0, len(wanted), _CHUNK):
        statement = (
            select(services.c.service_id, services.c.pk)
            .where(
                services.c.service_id.in_(wanted[start : start + _CHUNK]),
                services.c.deleted_at.is_not(None),
                ~services.c.is_purged,
            )
            .order_by(services.c.deleted_at, services.c.pk)
        )
        found.update((row.service_id, row.pk) for row in await conn.execute(statement))
    return found


async def restore_services(
    conn: AsyncConnection, pks: Collection[int], restored_at: datetime, names: Mapping[int, str] | None = None
) -> list[ServiceDefinition]:
    """Take the mark of deletion off services, which have their history again; those not marked stay as they are.

    `names` are the ids that some of them get, by pk. Purged ones stay deleted, as their history is going.

    Raises Conflict (field `service_id`) when another service has taken an id meanwhile; the transaction is lost then.
    """
    revision = await raise_counter(conn, SERVICE_REVISION)
    values: dict[str, Any] = {"deleted_at": None, "updated_at": restored_at, "revision": revision}
    named = {pk: name for pk, name in (names or {}).items() if pk in set(pks)}
    rest = [pk for pk in pks if pk not in named]
    portions = [(rest[start : start + _CHUNK], values) for start in range(0, len(rest), _CHUNK)]
    portions += [([pk], {**values, "service_id": name}) for pk, name in named.items()]
    restored: list[ServiceDefinition] = []
    for wanted, columns in portions:
        is_theirs = services.c.pk.in_(wanted), services.c.deleted_at.is_not(None), ~services.c.is_purged
        try:
            rows = await conn.execute(update(services).where(*is_theirs).values(columns).returning(*_DEFINITION))
            restored += [_definition(row) for row in rows.mappings()]
        except IntegrityError as err:
            raise Conflict({"service_id": "is taken by another service meanwhile"}) from err
    return restored


def _definition(row: RowMapping) -> ServiceDefinition:
    return ServiceDefinition(
        pk=row["pk"],
        service_id=row["service_id"],
        label=row["label"],
        service_type=row["service_type"],
        kind=row["kind"],
        group=row["group"],
        tags=tuple(row["tags"]),
        status_config=row["status_config"],
        metric_config=row["metric_config"],
        interval_seconds=row["interval_seconds"],
        enabled=row["enabled"],
        is_demo=row["is_demo"],
        revision=row["revision"],
        is_deleted=row["deleted_at"] is not None,
        breaker_order=_order(row["breaker_order"]),
        owner=row["owner"] or "",
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        managed_by=row["managed_by"],
        applied=row["applied"],
        is_purged=row["is_purged"],
        environment=row["environment"],
        pause=_hold(row["pause"]),
        maintenance=_hold(row["maintenance"]),
        source=row["source"],
        source_pk=row["source_pk"],
        source_key=row["source_key"],
        source_facts=row["source_facts"],
        gone_at=row["gone_at"],
    )


def order_document(order: BreakerOrder) -> dict[str, Any]:
    """An order as the column `breaker_order` holds it."""
    times = {"at": to_millis(order.at), "until": None if order.until is None else to_millis(order.until)}
    return {"number": order.number, "action": order.action, "who": order.who, "reason": order.reason, **times}


def _order(document: Mapping[str, Any] | None) -> BreakerOrder | None:
    if document is None:
        return None
    until = document["until"]
    times = {"at": from_millis(document["at"]), "until": None if until is None else from_millis(until)}
    return BreakerOrder(**{**document, **times})


def hold_document(hold: Hold | None) -> dict[str, Any] | None:
    """A hold as the columns `pause` and `maintenance` have it."""
    if hold is None:
        return None
    times = {"at": to_millis(hold.at), "until": None if hold.until is None else to_millis(hold.until)}
    document = {"who": hold.who, "reason": hold.reason, **times}
    return document | ({"window": hold.window_pk, "occurrence": hold.occurrence} if hold.window_pk else {})


def _hold(document: Mapping[str, Any] | None) -> Hold | None:
    if document is None:
        return None
    until = document["until"]
    ends = None if until is None else from_millis(until)
    came_from = document.get("window", 0), document.get("occurrence", "")
    return Hold(document["who"], document["reason"], from_millis(document["at"]), ends, *came_from)
