"""Downtimes of many services, from the newest back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import Service
from monitor_app.storage.history.changes import downtimes
from monitor_app.storage.history.protocol import Incident, IncidentFilter

services = Service.__table__  # type: ignore[attr-defined]

# No index has the downtimes of all services in order of time. So a page is looked for in spans that reach back further
# and further, in each of which every service's own index is asked: that costs the same however long the history is.
_REACHES = (timedelta(days=1), timedelta(days=8), timedelta(days=64))
# So few services are asked at once for all they have.
_FEW = 20
_COLUMNS = (
    downtimes.c.id,
    downtimes.c.service_pk,
    downtimes.c.started_at,
    downtimes.c.ended_at,
    downtimes.c.cause,
)
_LIVING = select(services.c.pk).where(services.c.deleted_at.is_(None))


async def read_incidents(conn: AsyncConnection, wanted: IncidentFilter, limit: int) -> list[Incident]:
    """See History."""
    found: list[Incident] = []
    for statement in statements(wanted, limit):
        found += [Incident(*row) for row in await conn.execute(statement)]
        if len(found) >= limit:
            break
    return found[:limit]


def statements(wanted: IncidentFilter, limit: int) -> Iterator[Any]:
    """What is asked one after the other until a page is full; each gives what is older than that before."""
    if wanted.is_open:
        yield _newest([_open(wanted)], limit)
        return
    upper = wanted.until if wanted.before is None else min(wanted.until, wanted.before.at)
    lowest, newer = wanted.since, None
    for reach in () if _is_few(wanted) else _REACHES:
        lower = upper - reach
        if lowest is not None and lower <= lowest:
            break
        yield _newest([_started(wanted, lower, newer)], limit)
        newer = lower
    yield _newest([_started(wanted, lowest, newer)], limit)
    if lowest is not None:
        yield _newest(list(_lasting(wanted, lowest)), limit)


def _started(wanted: IncidentFilter, lower: datetime | None, newer: datetime | None) -> Select[Any]:
    """Those that began from `lower` on and before `newer`."""
    statement = select(*_COLUMNS).where(*_is_wanted(wanted))
    if wanted.is_open is False:
        statement = statement.where(downtimes.c.ended_at.is_not(None))
    if lower is not None:
        statement = statement.where(downtimes.c.started_at >= lower)
    return statement if newer is None else statement.where(downtimes.c.started_at < newer)


def _lasting(wanted: IncidentFilter, since: datetime) -> Iterator[Select[Any]]:
    """Those that began before `since` and had not ended then: two searches of an index, where an OR would be none."""
    before = downtimes.c.started_at < since
    yield select(*_COLUMNS).where(*_is_wanted(wanted, by_end=True), before, downtimes.c.ended_at > since)
    if wanted.is_open is None:
        yield _open(wanted).where(before)


def _open(wanted: IncidentFilter) -> Select[Any]:
    return select(*_COLUMNS).where(*_is_wanted(wanted, by_end=True), downtimes.c.ended_at.is_(None))


def _is_wanted(wanted: IncidentFilter, *, by_end: bool = False) -> Iterator[ColumnElement[bool]]:
    at, before = downtimes.c.started_at, wanted.before
    # With `by_end` the index of the ends is the one to use: SQLite would go through all that began before.
    service_pk = downtimes.c.service_pk + 0 if by_end and not _is_few(wanted) else downtimes.c.service_pk
    yield service_pk.in_(_LIVING if wanted.service_pks is None else wanted.service_pks)
    yield at < wanted.until
    if before is not None:
        yield and_(at <= before.at, or_(at < before.at, downtimes.c.id < before.number))


def _is_few(wanted: IncidentFilter) -> bool:
    return wanted.service_pks is not None and len(wanted.service_pks) <= _FEW


def _newest(parts: list[Select[Any]], limit: int) -> Any:
    found = union_all(*parts) if len(parts) > 1 else parts[0]
    columns = found.selected_columns
    return found.order_by(columns.started_at.desc(), columns.id.desc()).limit(limit)
