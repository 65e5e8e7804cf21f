"""The tables of sources. Each change of a connection, or of how it is, raises the counter `source`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.source import Observation, Source, SourceState
from monitor_app.errors import Conflict
from monitor_app.models import Counter, Service, SourceObservationRow, SourceRow, SourceStateRow
from monitor_app.models.counter import SOURCE_REVISION
from monitor_app.storage.services import raise_counter

sources = SourceRow.__table__  # type: ignore[attr-defined]
states = SourceStateRow.__table__  # type: ignore[attr-defined]
observations = SourceObservationRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]
counters = Counter.__table__  # type: ignore[attr-defined]

_CHUNK = 500
_OBSERVED = (observations.c.service_pk, observations.c.at, observations.c.word, observations.c.checks)


async def source_revision(conn: AsyncConnection) -> int:
    """The counter `source`."""
    statement = select(counters.c.value).where(counters.c.name == SOURCE_REVISION)
    value: int = (await conn.execute(statement)).scalar_one()
    return value


async def load_sources(conn: AsyncConnection) -> list[Source]:
    """All connections, by label; there are few."""
    rows = await conn.execute(select(sources).order_by(func.lower(sources.c.label), sources.c.pk))
    return [_source(row) for row in rows.mappings()]


async def find_source(conn: AsyncConnection, slug: str) -> Source | None:
    """One of them by its public name."""
    row = (await conn.execute(select(sources).where(sources.c.slug == slug))).mappings().first()
    return _source(row) if row else None


async def insert_source(conn: AsyncConnection, values: Mapping[str, Any]) -> Source:
    """Add one. Raises Conflict (field `slug`) when the name is taken; the transaction is lost then."""
    revision = await raise_counter(conn, SOURCE_REVISION)
    statement = insert(sources).values({**values, "poll_wanted": 0, "revision": revision}).returning(sources)
    try:
        row = (await conn.execute(statement)).mappings().one()
    except IntegrityError as err:
        raise Conflict({"slug": "is taken by another connection"}) from err
    return _source(row)


async def update_source(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> Source:
    """Change columns of one and return it. Raises Conflict as `insert_source` does."""
    revision = await raise_counter(conn, SOURCE_REVISION)
    statement = update(sources).where(sources.c.pk == pk).values({**values, "revision": revision}).returning(sources)
    try:
        row = (await conn.execute(statement)).mappings().one()
    except IntegrityError as err:
        raise Conflict({"slug": "is taken by another connection"}) from err
    return _source(row)


async def want_poll(conn: AsyncConnection, pk: int) -> None:
    """Somebody wants it polled now: whoever polls hears of it by the counter."""
    await raise_counter(conn, SOURCE_REVISION)
    await conn.execute(update(sources).where(sources.c.pk == pk).values(poll_wanted=sources.c.poll_wanted + 1))


async def delete_source(conn: AsyncConnection, pk: int) -> None:
    """Remove one; services that came from it, deleted ones included, belong to none any more."""
    await raise_counter(conn, SOURCE_REVISION)
    await conn.execute(update(services).where(services.c.source_pk == pk).values(source_pk=None))
    await conn.execute(delete(sources).where(sources.c.pk == pk))


async def load_source_states(conn: AsyncConnection) -> dict[int, SourceState]:
    """How the connections are, by their pk; those that were never polled are left out."""
    rows = await conn.execute(select(states))
    return {row["source_pk"]: SourceState(**row) for row in rows.mappings()}


async def store_source_state(conn: AsyncConnection, state: SourceState) -> None:
    """Write how a connection is. One that is gone meanwhile is left out."""
    await raise_counter(conn, SOURCE_REVISION)
    if (await conn.execute(select(sources.c.pk).where(sources.c.pk == state.source_pk))).first() is None:
        return
    values = asdict(state) | {"facts": dict(state.facts)}
    await _upsert(conn, states, [values], "source_pk")


async def store_observations(conn: AsyncConnection, found: Sequence[Observation]) -> None:
    """Write what is new of these services."""
    rows = [asdict(each) | {"checks": [dict(check) for check in each.checks]} for each in found]
    for start in range(0, len(rows), _CHUNK):
        await _upsert(conn, observations, rows[start : start + _CHUNK], "service_pk")


async def load_observations(conn: AsyncConnection, pks: Collection[int] | None = None) -> dict[int, Observation]:
    """What was told last of these services, or of all, by their pk."""
    if pks is None:
        rows = await conn.execute(select(*_OBSERVED))
        return {row["service_pk"]: _observation(row) for row in rows.mappings()}
    wanted, found = list(pks), dict[int, Observation]()
    for start in range(0, len(wanted), _CHUNK):
        rows = await conn.execute(
            select(*_OBSERVED).where(observations.c.service_pk.in_(wanted[start : start + _CHUNK]))
        )
        found |= {row["service_pk"]: _observation(row) for row in rows.mappings()}
    return found


async def load_pks_gone_before(conn: AsyncConnection, source_pk: int, before: datetime) -> list[int]:
    """Services of a connection that have been gone since then or longer, and are not deleted."""
    statement = select(services.c.pk).where(
        services.c.source_pk == source_pk,
        services.c.gone_at.is_not(None),
        services.c.gone_at <= before,
        services.c.deleted_at.is_(None),
    )
    return list((await conn.execute(statement)).scalars())


async def load_keys(conn: AsyncConnection, kind: str) -> dict[int, set[str]]:
    """The ids that services have at their sources, by the pk of the connection; deleted and gone ones are left out."""
    statement = select(services.c.source_pk, services.c.source_key).where(
        services.c.source == kind,
        services.c.source_pk.is_not(None),
        services.c.deleted_at.is_(None),
        services.c.gone_at.is_(None),
    )
    found: dict[int, set[str]] = {}
    for pk, key in await conn.execute(statement):
        found.setdefault(pk, set()).add(key)
    return found


async def load_pks_of_source(conn: AsyncConnection, source_pk: int) -> list[int]:
    """Its services that are not deleted."""
    statement = select(services.c.pk).where(services.c.source_pk == source_pk, services.c.deleted_at.is_(None))
    return list((await conn.execute(statement)).scalars())


async def _upsert(conn: AsyncConnection, table: Any, rows: Sequence[Mapping[str, Any]], key: str) -> None:
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    updated = {name: statement.excluded[name] for name in rows[0] if name != key}
    await conn.execute(statement.on_conflict_do_update(index_elements=[key], set_=updated), [dict(row) for row in rows])


def _source(row: RowMapping) -> Source:
    return Source(**{name: row[name] for name in Source.__slots__})


def _observation(row: RowMapping) -> Observation:
    return Observation(row["service_pk"], row["at"], row["word"], tuple(row["checks"]))
