"""The `result_detail` table: what some results found in full.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.report import ResultDetail
from monitor_app.domain.status import Status
from monitor_app.models import ResultDetailRow, Service

details = ResultDetailRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]

_INSERT = insert(details)
_STATUSES = tuple(Status)
_KEY = (details.c.service_pk, details.c.result_id)
_NEWEST_FIRST = details.c.result_id.desc()
_ASKED = select(services.c.pk).where(services.c.source == "")
_OBSERVED = select(services.c.pk).where(services.c.source != "")
_CHUNK = 500


async def insert_details(conn: AsyncConnection, kept: Sequence[ResultDetail]) -> None:
    """Write what is kept of some results."""
    if kept:
        rows = [
            {
                "service_pk": detail.service_pk,
                "result_id": detail.result_id,
                "checked_at": detail.checked_at,
                "status": int(detail.status),
                "document": dict(detail.document),
            }
            for detail in kept
        ]
        await conn.execute(_INSERT, rows)
        if replaced := [(detail.service_pk, detail.replaces) for detail in kept if detail.replaces]:
            await conn.execute(delete(details).where(tuple_(*_KEY).in_(replaced)))


async def find_detail(conn: AsyncConnection, service_pk: int, result_id: int) -> ResultDetail | None:
    """That of one result; None when none is kept."""
    where = details.c.service_pk == service_pk, details.c.result_id == result_id
    return _detail((await conn.execute(select(details).where(*where))).mappings().first())


async def newest_detail(conn: AsyncConnection, service_pk: int) -> ResultDetail | None:
    """The newest that is kept of a service."""
    newest = select(details).where(details.c.service_pk == service_pk).order_by(_NEWEST_FIRST).limit(1)
    return _detail((await conn.execute(newest)).mappings().first())


async def detailed_ids(conn: AsyncConnection, service_pk: int, since_id: int, limit: int) -> set[int]:
    """Of which results of a service from this one on details are kept."""
    wanted = details.c.service_pk == service_pk, details.c.result_id >= since_id
    ids = select(details.c.result_id).where(*wanted).order_by(_NEWEST_FIRST).limit(limit)
    return set((await conn.execute(ids)).scalars())


async def purge_details(conn: AsyncConnection, bad: int, limit: int) -> int:
    """Take away at most `limit`: of each service all but the newest, and the last `bad` that were not good.

    What sources tell is left alone: see `purge_told`.
    """
    is_bad = case((details.c.status == int(Status.OK), 0), else_=1)
    ranked = (
        select(
            *_KEY,
            is_bad.label("is_bad"),
            func.row_number().over(partition_by=details.c.service_pk, order_by=_NEWEST_FIRST).label("place"),
            func.row_number().over(partition_by=[details.c.service_pk, is_bad], order_by=_NEWEST_FIRST).label("alike"),
        )
        .where(details.c.service_pk.in_(_ASKED))
        .subquery()
    )
    old = (
        select(ranked.c.service_pk, ranked.c.result_id)
        .where(ranked.c.place > 1, or_(ranked.c.is_bad == 0, ranked.c.alike > bad))
        .limit(limit)
    )
    gone: int = (await conn.execute(delete(details).where(tuple_(*_KEY).in_(old)))).rowcount
    return gone


async def told_at(conn: AsyncConnection, service_pk: int, result_id: int) -> ResultDetail | None:
    """Of a service of a source: what was true for a result, told with it or with an earlier one."""
    earlier = select(details).where(details.c.service_pk == service_pk, details.c.result_id <= result_id)
    return _detail((await conn.execute(earlier.order_by(_NEWEST_FIRST).limit(1))).mappings().first())


async def told_since(conn: AsyncConnection, service_pk: int) -> int | None:
    """Of a service of a source: the first result for which it is known what was told."""
    first = select(func.min(details.c.result_id)).where(details.c.service_pk == service_pk)
    found: int | None = (await conn.execute(first)).scalar()
    return found


async def load_told(conn: AsyncConnection, service_pk: int, limit: int) -> list[ResultDetail]:
    """The newest that are kept of a service of a source, oldest first."""
    newest = select(details).where(details.c.service_pk == service_pk).order_by(_NEWEST_FIRST).limit(limit)
    found = [_detail(row) for row in (await conn.execute(newest)).mappings()]
    return [each for each in reversed(found) if each is not None]


async def pks_told(conn: AsyncConnection, pks: Sequence[int]) -> set[int]:
    """Of which of these services anything is kept."""
    found: set[int] = set()
    for start in range(0, len(pks), _CHUNK):
        some = details.c.service_pk.in_(pks[start : start + _CHUNK])
        found.update((await conn.execute(select(details.c.service_pk).where(some).distinct())).scalars())
    return found


async def purge_told(conn: AsyncConnection, before: datetime, keep: int, limit: int) -> int:
    """Take away at most `limit` of what sources told: of each service all but the newest `keep`, and what is older.

    Of what is older the newest stays: it is what was true when the time begins that is kept.
    """
    later = details.alias()
    is_covered = select(later.c.result_id).where(
        later.c.service_pk == details.c.service_pk,
        later.c.result_id > details.c.result_id,
        later.c.checked_at < before,
    )
    old = select(*_KEY).where(details.c.checked_at < before, details.c.service_pk.in_(_OBSERVED), is_covered.exists())
    found = [tuple(row) for row in await conn.execute(old.limit(limit))]
    counted = select(details.c.service_pk, func.count().label("count")).where(details.c.service_pk.in_(_OBSERVED))
    many = counted.group_by(details.c.service_pk).having(func.count() > keep).limit(_CHUNK)
    for pk, count in (await conn.execute(many)).all():
        surplus = select(*_KEY).where(details.c.service_pk == pk).order_by(details.c.result_id)
        room = min(count - keep, limit - len(found))
        found += [tuple(row) for row in await conn.execute(surplus.limit(max(0, room)))]
    if not found:
        return 0
    gone: int = (await conn.execute(delete(details).where(tuple_(*_KEY).in_(found)))).rowcount
    return gone


def _detail(row: Any) -> ResultDetail | None:
    if row is None:
        return None
    status = _STATUSES[row["status"]]
    return ResultDetail(row["service_pk"], row["result_id"], row["checked_at"], status, row["document"])
