"""Rows of `check_result`: how results become rows, and rows results."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult, StoredResult
from monitor_app.domain.status import Status
from monitor_app.models import Service
from monitor_app.storage.documents import storable_number, storable_numbers, storable_text
from monitor_app.storage.history.position import results

services = Service.__table__  # type: ignore[attr-defined]

# Times are kept to the microsecond: each further digit would cost a byte in every row.
MS_DECIMALS = 3
METRIC_DECIMALS = 6
COLUMNS = (
    results.c.id,
    results.c.service_pk,
    results.c.checked_at,
    results.c.status,
    results.c.message,
    results.c.response_ms,
    results.c.phases,
    results.c.metrics,
)
_INSERT = insert(results)
_STATUSES = tuple(Status)


async def existing_services(conn: AsyncConnection, pks: Collection[int]) -> set[int]:
    """Which of these services have a row, be it marked as deleted; nobody can take it away until the commit."""
    statement = select(services.c.pk).where(services.c.pk.in_(pks)).with_for_update(read=True, key_share=True)
    return set((await conn.execute(statement)).scalars())


async def insert_results(conn: AsyncConnection, numbered: Iterable[tuple[int, CheckResult]]) -> None:
    """Insert results with their ids."""
    rows = [
        {
            "id": number,
            "checked_at": result.checked_at,
            "response_ms": storable_ms(result.response_ms),
            "service_pk": result.service_pk,
            "status": int(result.status),
            "message": storable_text(result.message, MESSAGE_LIMIT),
            "phases": storable_numbers(result.phases, MS_DECIMALS),
            "metrics": storable_numbers(result.metrics, METRIC_DECIMALS),
        }
        for number, result in numbered
    ]
    if rows:
        await conn.execute(_INSERT, rows)


def storable_ms(response_ms: float | None) -> float | None:
    """A time in ms as it is kept."""
    number = storable_number(response_ms)
    return None if number is None else round(number, MS_DECIMALS)


async def fetch_results(conn: AsyncConnection, statement: Select[Any]) -> list[StoredResult]:
    """Run a select of COLUMNS."""
    return [
        StoredResult(number, pk, checked_at, _STATUSES[status], message, response_ms, phases or {}, metrics or {})
        for number, pk, checked_at, status, message, response_ms, phases, metrics in await conn.execute(statement)
    ]
