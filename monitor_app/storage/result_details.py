"""The `result_detail` table: what some results found in full.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.report import ResultDetail
from monitor_app.domain.status import Status
from monitor_app.models import ResultDetailRow

details = ResultDetailRow.__table__  # type: ignore[attr-defined]

_INSERT = insert(details)
_STATUSES = tuple(Status)
_KEY = (details.c.service_pk, details.c.result_id)
_NEWEST_FIRST = details.c.result_id.desc()


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
    """Take away at most `limit`: of each service all but the newest, and the last `bad` that were not good."""
    is_bad = case((details.c.status == int(Status.OK), 0), else_=1)
    ranked = select(
        *_KEY,
        is_bad.label("is_bad"),
        func.row_number().over(partition_by=details.c.service_pk, order_by=_NEWEST_FIRST).label("place"),
        func.row_number().over(partition_by=[details.c.service_pk, is_bad], order_by=_NEWEST_FIRST).label("alike"),
    ).subquery()
    old = (
        select(ranked.c.service_pk, ranked.c.result_id)
        .where(ranked.c.place > 1, or_(ranked.c.is_bad == 0, ranked.c.alike > bad))
        .limit(limit)
    )
    gone: int = (await conn.execute(delete(details).where(tuple_(*_KEY).in_(old)))).rowcount
    return gone


def _detail(row: Any) -> ResultDetail | None:
    if row is None:
        return None
    status = _STATUSES[row["status"]]
    return ResultDetail(row["service_pk"], row["result_id"], row["checked_at"], status, row["document"])
