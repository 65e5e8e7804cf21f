"""Everything stored that holds sealed secrets: the configs of services, and the columns that are marked as sealed.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import Service
from monitor_app.models import Table as Model
from monitor_app.models.counter import ACCESS_REVISION, ALERTING_RULES, SERVICE_REVISION, SOURCE_REVISION
from monitor_app.storage.services import raise_counter

services = Service.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """The config of a service, which may be deleted."""

    pk: int
    service_id: str
    kind: str
    config: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A sealed text in a column of its own; `key` is the row's primary key."""

    table: str
    column: str
    key: tuple[Any, ...]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """JSON with sealed secrets in it, in a column that is marked so; `key` is the row's primary key."""

    table: str
    column: str
    key: tuple[Any, ...]
    document: Any = field(repr=False)


async def wait_for_others(conn: AsyncConnection) -> None:
    """Until this transaction ends, nobody else stores anything that is sealed."""
    for counter in (SERVICE_REVISION, SOURCE_REVISION, ACCESS_REVISION, ALERTING_RULES):
        await raise_counter(conn, counter)


async def load_configs(conn: AsyncConnection) -> list[StoredConfig]:
    """The configs of all services, also of those that were deleted and may be restored."""
    columns = (services.c.pk, services.c.service_id, services.c.kind, services.c.status_config)
    rows = await conn.execute(select(*columns).order_by(services.c.pk))
    return [StoredConfig(*row) for row in rows]


async def store_config(conn: AsyncConnection, pk: int, config: Mapping[str, Any]) -> None:
    """Put the same config in another writing: it means what it meant, so nobody has to be told."""
    await conn.execute(update(services).where(services.c.pk == pk).values(status_config=dict(config)))


async def load_tokens(conn: AsyncConnection) -> list[StoredToken]:
    """What stands in all sealed columns."""
    found = []
    for table in Model.metadata.sorted_tables:
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if column.info.get("is_sealed"):
                rows = await conn.execute(select(column, *keys).where(column.is_not(None)).order_by(*keys))
                found += [StoredToken(table.name, column.name, tuple(row[1:]), row[0]) for row in rows]
    return found


async def load_documents(conn: AsyncConnection) -> list[StoredDocument]:
    """What stands in all columns that hold sealed secrets: the configs of channels, and whatever else is marked."""
    found = []
    for table in Model.metadata.sorted_tables:
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if column.info.get("holds_sealed"):
                rows = await conn.execute(select(column, *keys).order_by(*keys))
                found += [StoredDocument(table.name, column.name, tuple(row[1:]), row[0]) for row in rows]
    return found


async def store_document(conn: AsyncConnection, place: StoredDocument, document: Any) -> None:
    """Put the same document in another writing: it means what it meant."""
    await _store(conn, place, document)


async def store_token(conn: AsyncConnection, place: StoredToken, token: str) -> None:
    """Put another token in its place."""
    await _store(conn, place, token)


async def _store(conn: AsyncConnection, place: StoredToken | StoredDocument, value: Any) -> None:
    table: Table = Model.metadata.tables[place.table]
    is_row = and_(*(column == value for column, value in zip(table.primary_key.columns, place.key, strict=True)))
    await conn.execute(update(table).where(is_row).values({place.column: value}))
