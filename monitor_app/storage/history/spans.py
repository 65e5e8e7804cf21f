"""Reads downtimes, gaps and events, and uptime from them."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Set
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, func, select, type_coerce, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.domain.uptime import Span, Uptime, uptime_of
from monitor_app.models import Service
from monitor_app.models.types import to_millis
from monitor_app.storage.history.changes import downtimes, gaps, service_events
from monitor_app.storage.history.protocol import Downtime, Gap
from monitor_app.storage.history.states import states
from monitor_app.storage.history.summaries import DAY, first_days

services = Service.__table__  # type: ignore[attr-defined]

_STATUSES = tuple(Status)
# After so many rows other tasks have their turn: a millisecond or two.
_TURN = 2000
# The first day with a result in a span, of the services that have one: see summaries.first_days.
FindFirstDays = Callable[[AsyncConnection, Collection[int], datetime, datetime], Awaitable[Mapping[int, int]]]


async def read_downtimes(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime, limit: int
) -> list[Downtime]:
    """See History."""
    rows = await conn.execute(_newest(downtimes, downtimes.c.cause, service_pk, since, until, limit))
    return [Downtime(service_pk, started_at, ended_at, cause) for started_at, ended_at, cause in rows]


async def read_gaps(conn: AsyncConnection, service_pk: int, since: datetime, until: datetime, limit: int) -> list[Gap]:
    """See History."""
    rows = await conn.execute(_newest(gaps, gaps.c.status, service_pk, since, until, limit))
    return [Gap(service_pk, started_at, ended_at, _STATUSES[status]) for started_at, ended_at, status in rows]


async def read_events(conn: AsyncConnection, service_pk: int, limit: int) -> list[ServiceEvent]:
    """See History."""
    columns = service_events.c
    statement = (
        select(columns.at, columns.kind, columns.who, columns.reason, columns.before, columns.after)
        .where(columns.service_pk == service_pk)
        .order_by(columns.id.desc())
        .limit(limit)
    )
    return [
        ServiceEvent(service_pk, at, kind, who, reason, _status(before), _status(after))
        for at, kind, who, reason, before, after in await conn.execute(statement)
    ]


async def read_status_changes(conn: AsyncConnection, since: datetime, limit: int) -> list[ServiceEvent]:
    """See History."""
    columns = service_events.c
    statement = (
        select(columns.service_pk, columns.at, columns.reason, columns.before, columns.after)
        .where(columns.at > since, columns.kind == "status_changed")
        .order_by(columns.at.desc(), columns.id.desc())
        .limit(limit)
    )
    return [
        ServiceEvent(pk, at, "status_changed", "", reason, _status(before), _status(after))
        for pk, at, reason, before, after in await conn.execute(statement)
    ]


async def read_uptime(
    conn: AsyncConnection, service_pks: Collection[int] | None, since: datetime, until: datetime
) -> dict[int, Uptime]:
    """See History."""
    first, last = to_millis(since), to_millis(until)
    known = await read_known(conn, service_pks, since, until)
    return {pk: uptime_of(first, last, down, unknown) for pk, (down, unknown) in known.items()}


async def read_known(
    conn: AsyncConnection,
    service_pks: Collection[int] | None,
    since: datetime,
    until: datetime,
    find_first_days: FindFirstDays = first_days,
) -> dict[int, tuple[list[Span], list[Span]]]:
    """Downtimes and times about which nothing is known, as `uptime_of` takes them: in ms since 1970.

    Of every service that is not deleted, or of these.
    """
    chosen = select(services.c.pk, services.c.created_at, states.c.service_pk.is_not(None)).outerjoin(
        states, states.c.service_pk == services.c.pk
    )
    if service_pks is None:
        chosen = chosen.where(services.c.deleted_at.is_(None))
    else:
        chosen = chosen.where(services.c.pk.in_(service_pks))
    rows = (await conn.execute(chosen)).all()
    created = {pk: created_at for pk, created_at, _ in rows}
    first = to_millis(since)
    stateless = {pk for pk, _, has_state in rows if not has_state}
    begun = await _begun(conn, created, stateless, since, until, find_first_days)
    down = await _by_service(conn, downtimes, service_pks, since, until)
    unknown = await _by_service(conn, gaps, service_pks, since, until)
    return {pk: (down.get(pk, []), [(first, begun[pk]), *unknown.get(pk, ())]) for pk in created}


async def read_unknown(
    conn: AsyncConnection, service_pk: int, since: datetime, until: datetime
) -> tuple[list[Span], list[Span]]:
    """Downtimes of one service, and times about which nothing is known, as `uptime_of` takes them: in ms since 1970."""
    chosen = select(services.c.created_at, states.c.service_pk.is_not(None)).outerjoin(
        states, states.c.service_pk == services.c.pk
    )
    row = (await conn.execute(chosen.where(services.c.pk == service_pk))).one_or_none()
    first = to_millis(since)
    if row is None:
        return [], [(first, to_millis(until))]
    begun = await _begun(conn, {service_pk: row[0]}, set() if row[1] else {service_pk}, since, until)
    down = await _by_service(conn, downtimes, [service_pk], since, until)
    unknown = await _by_service(conn, gaps, [service_pk], since, until)
    return down.get(service_pk, []), [(first, begun[service_pk]), *unknown.get(service_pk, [])]


async def _begun(
    conn: AsyncConnection,
    created: Mapping[int, datetime],
    stateless: Set[int],
    since: datetime,
    until: datetime,
    find_first_days: FindFirstDays = first_days,
) -> dict[int, int]:
    """From when on the services are known, in ms since 1970.

    A moment after a service was added the engine begins with it, and opens a gap: until then nothing was known. What
    nobody has begun with is not known at all. Results that somebody imported count from their first day on.
    """
    begun = {pk: to_millis(created_at) for pk, created_at in created.items()}
    doubtful = stateless | {pk for pk, created_at in created.items() if created_at > since}
    if not doubtful:
        return begun
    starting = (
        select(gaps.c.service_pk, func.min(gaps.c.started_at))
        .where(gaps.c.service_pk.in_(doubtful), gaps.c.status == int(Status.STARTING))
        .group_by(gaps.c.service_pk)
    )
    started = {pk: to_millis(started_at) for pk, started_at in await conn.execute(starting)}
    days = await find_first_days(conn, doubtful, since, until)
    for pk in doubtful:
        # The day on which a service was added begins before it.
        if pk in days and (days[pk] + DAY) * 1000 <= begun[pk]:
            begun[pk] = days[pk] * 1000
        elif pk in started:
            begun[pk] = max(begun[pk], started[pk])
        elif pk in stateless and pk not in days:
            begun[pk] = to_millis(until)
    return begun


async def _by_service(
    conn: AsyncConnection, table: Any, service_pks: Collection[int] | None, since: datetime, until: datetime
) -> dict[int, list[Span]]:
    """Spans in ms since 1970; one that is open lasts until the end."""
    columns = (
        table.c.service_pk,
        type_coerce(table.c.started_at, BigInteger).label("started"),
        type_coerce(table.c.ended_at, BigInteger).label("ended"),
    )
    # Two searches of an index each; an OR would read the whole table.
    parts = [select(*columns).where(table.c.ended_at > since), select(*columns).where(table.c.ended_at.is_(None))]
    if service_pks is not None:
        parts = [part.where(table.c.service_pk.in_(service_pks)) for part in parts]
    found: dict[int, list[Span]] = defaultdict(list)
    last = to_millis(until)
    for number, (pk, started, ended) in enumerate(await conn.execute(union_all(*parts)), 1):
        found[pk].append((started, last if ended is None else ended))
        if not number % _TURN:
            await asyncio.sleep(0)
    return found


def _newest(table: Any, what: Any, service_pk: int, since: datetime, until: datetime, limit: int) -> Select[Any]:
    return (
        select(table.c.started_at, table.c.ended_at, what)
        .where(table.c.service_pk == service_pk, table.c.started_at < until)
        .where((table.c.ended_at > since) | table.c.ended_at.is_(None))
        .order_by(table.c.started_at.desc(), table.c.id.desc())
        .limit(limit)
    )


def _status(number: int | None) -> Status | None:
    return None if number is None else _STATUSES[number]
