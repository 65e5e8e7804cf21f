"""The last results of services, and what came after an id."""

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import StoredResult
from monitor_app.models import Service
from monitor_app.storage.history import archive
from monitor_app.storage.history.position import Position, read_position, results
from monitor_app.storage.history.protocol import Followed
from monitor_app.storage.history.rows import COLUMNS, fetch_results
from monitor_app.storage.history.states import fetch_states, newest_ids

services = Service.__table__  # type: ignore[attr-defined]


async def recent(
    conn: AsyncConnection, limit: int, service_pks: Collection[int] | None
) -> dict[int, list[StoredResult]]:
    """See History."""
    living = select(services.c.pk).where(services.c.deleted_at.is_(None))
    if service_pks is not None:
        living = living.where(services.c.pk.in_(service_pks))
    pks = list((await conn.execute(living)).scalars())
    if conn.dialect.name != "sqlite":
        return await _recent_of_rows(conn, limit, pks)
    position = await read_position(conn)
    found = await fetch_results(conn, _newest_rows(position, limit, pks))
    known: dict[int, int] = dict.fromkeys(pks, 0)
    for result in found:
        known[result.service_pk] += 1
    older = await archive.newest(conn, {pk: limit - count for pk, count in known.items() if count < limit})
    return _last_of_each([*found, *(result for results in older.values() for result in results)], limit)


async def follow(conn: AsyncConnection, after_id: int, limit: int) -> Followed:
    """See History."""
    found: list[StoredResult] = []
    position = await read_position(conn)
    is_archived = conn.dialect.name == "sqlite" and after_id < position.merged_up_to
    if is_archived:
        found = await _from_archive(conn, position, after_id, limit)
    if len(found) < limit:
        last = found[-1].id if found else after_id
        # What is merged was just gone through, where it is somewhere else.
        above = max(last, position.merged_up_to) if is_archived else last
        fresh = select(*COLUMNS).where(results.c.id > above)
        found += await fetch_results(conn, fresh.order_by(results.c.id).limit(limit - len(found)))
    # A full page may end before the present; states of later results come with those.
    states = await fetch_states(conn, after_id, found[-1].id if len(found) == limit else None)
    ids = [result.id for result in found[-1:]] + [state.result_id for state in states]
    return Followed(found, states, max(ids, default=after_id))


async def _from_archive(conn: AsyncConnection, position: Position, after_id: int, limit: int) -> list[StoredResult]:
    """Results up to the highest merged id, some of which can still be rows: a span of ids after the other."""
    found: list[StoredResult] = []
    above, span = after_id, limit
    while above < position.merged_up_to and len(found) < limit:
        up_to = min(above + span, position.merged_up_to)
        rows = select(*COLUMNS).where(results.c.id > above, results.c.id <= up_to, position.is_fresh())
        merged = await archive.by_ids(conn, above, up_to)
        found += sorted([*merged, *await fetch_results(conn, rows)], key=attrgetter("id"))
        above, span = up_to, span * 2  # where ids are rare, in bigger steps
    return found[:limit]


def _newest_rows(position: Position, limit: int, service_pks: Collection[int]) -> Select[Any]:
    place = func.row_number().over(partition_by=results.c.service_pk, order_by=results.c.id.desc())
    ranked = (
        select(results.c.id, place.label("place"))
        .where(position.is_fresh(), results.c.service_pk.in_(service_pks))
        .subquery()
    )
    return select(*COLUMNS).where(results.c.id.in_(select(ranked.c.id).where(ranked.c.place <= limit)))


async def _recent_of_rows(
    conn: AsyncConnection, limit: int, service_pks: Collection[int]
) -> dict[int, list[StoredResult]]:
    found = await fetch_results(conn, _newest_by_time(limit, service_pks))
    recent = _last_of_each(found, limit)
    missing = {
        pk: number for pk, number in (await _last_ids(conn, service_pks)).items() if _lacks(recent.get(pk), number)
    }
    if not missing:
        return recent
    # The clock was set back: the newest results carry older times. Most of them are at the end of the table.
    last_id = (await read_position(conn)).last_id
    tail_id = last_id - limit * ((await conn.execute(select(func.count()).select_from(services))).scalar_one())
    newest = await fetch_results(conn, _results_of(missing, tail_id))
    unique = {result.id: result for result in (*found, *newest) if result.service_pk in missing}
    return recent | _last_of_each(unique.values(), limit)


async def _last_ids(conn: AsyncConnection, service_pks: Collection[int]) -> dict[int, int]:
    """The id of the last result of each of these services: of what is merged, the state says it."""
    position = await read_position(conn)
    fresh = (
        select(results.c.service_pk, func.max(results.c.id))
        .where(position.is_fresh(), results.c.service_pk.in_(service_pks))
        .group_by(results.c.service_pk)
    )
    newest = {pk: int(number) for pk, number in await conn.execute(fresh)}
    return await newest_ids(conn, service_pks) | newest


def _newest_by_time(limit: int, service_pks: Collection[int]) -> Select[Any]:
    """The last `limit` results by time of each service: one short walk of the index a service."""
    candidate = results.alias("candidate")
    newest = (
        select(*(candidate.c[column.name] for column in COLUMNS))
        .where(candidate.c.service_pk == services.c.pk)
        .order_by(candidate.c.checked_at.desc())
        .limit(limit)
        .correlate(services)
        .lateral("newest")
    )
    columns = [newest.c[column.name] for column in COLUMNS]
    return select(*columns).select_from(services.join(newest, true())).where(services.c.pk.in_(service_pks))


def _results_of(newest: Mapping[int, int], tail_id: int) -> Select[Any]:
    """Of these services: the result with the given id and all those after `tail_id`."""
    return select(*COLUMNS).where(
        or_(
            results.c.id.in_(newest.values()),
            and_(results.c.id > tail_id, results.c.service_pk.in_(newest.keys())),
        )
    )


def _last_of_each(found: Iterable[StoredResult], limit: int) -> dict[int, list[StoredResult]]:
    """By service, in the order in which they were recorded."""
    by_service: dict[int, list[StoredResult]] = {}
    for result in sorted(found, key=attrgetter("id")):
        by_service.setdefault(result.service_pk, []).append(result)
    return {pk: ordered[-limit:] for pk, ordered in by_service.items()}


def _lacks(found: list[StoredResult] | None, number: int) -> bool:
    return found is None or found[-1].id < number
