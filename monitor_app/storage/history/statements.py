"""The statements of the history, for SQLite and PostgreSQL, and what rows look like on either side of them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, and_, func, insert, or_, select, true, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult, StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.models import CheckResultRow, Counter, Service, ServiceStateRow
from monitor_app.models.counter import ENGINE_EPOCH, RESULT_ID
from monitor_app.models.types import to_millis
from monitor_app.storage.documents import storable_number, storable_numbers, storable_text

counters = Counter.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]
results = CheckResultRow.__table__  # type: ignore[attr-defined]
states = ServiceStateRow.__table__  # type: ignore[attr-defined]

# Phases are kept to the microsecond: each further digit would cost a byte in every row.
PHASE_DECIMALS = 3
METRIC_DECIMALS = 6
_RESULT_COLUMNS = (
    results.c.id,
    results.c.service_pk,
    results.c.checked_at,
    results.c.status,
    results.c.message,
    results.c.response_ms,
    results.c.phases,
    results.c.metrics,
)
_STATE_COLUMNS = (
    states.c.service_pk,
    states.c.status,
    states.c.since,
    states.c.checked_at,
    states.c.response_ms,
    states.c.message,
    states.c.result_id,
)
_INSERT_RESULTS = insert(results)
_STATUSES = tuple(Status)


async def lock_counters(conn: AsyncConnection) -> tuple[int, int]:
    """The present epoch and the highest result id ever given, neither of which anybody can change until the commit."""
    statement = (
        select(counters.c.value)
        .where(counters.c.name.in_((ENGINE_EPOCH, RESULT_ID)))
        .order_by(counters.c.name)
        .with_for_update()
    )
    epoch, last_id = (await conn.execute(statement)).scalars()
    return epoch, last_id


async def last_result_id(conn: AsyncConnection) -> int:
    """The highest result id ever given."""
    last_id: int = (await conn.execute(select(counters.c.value).where(counters.c.name == RESULT_ID))).scalar_one()
    return last_id


async def set_last_result_id(conn: AsyncConnection, last_id: int) -> None:
    """From now on only higher ids are given."""
    await conn.execute(update(counters).where(counters.c.name == RESULT_ID).values(value=last_id))


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
            "response_ms": storable_number(result.response_ms),
            "service_pk": result.service_pk,
            "status": int(result.status),
            "message": storable_text(result.message, MESSAGE_LIMIT),
            "phases": storable_numbers(result.phases, PHASE_DECIMALS),
            "metrics": storable_numbers(result.metrics, METRIC_DECIMALS),
        }
        for number, result in numbered
    ]
    if rows:
        await conn.execute(_INSERT_RESULTS, rows)


async def upsert_states(conn: AsyncConnection, changed: Iterable[ServiceState]) -> None:
    """Insert states, or replace the ones there are."""
    rows = [
        {
            "service_pk": state.service_pk,
            "status": int(state.status),
            "since": state.since,
            "checked_at": state.checked_at,
            "response_ms": storable_number(state.response_ms),
            "message": storable_text(state.message, MESSAGE_LIMIT),
            "result_id": state.result_id,
        }
        for state in changed
    ]
    if rows:
        await conn.execute(_UPSERT_STATES[conn.dialect.name], rows)


def _upsert_states(dialect: Any) -> Insert:
    statement = dialect.insert(states)
    replaced = {column.name: column for column in statement.excluded if column.name != "service_pk"}
    upsert: Insert = statement.on_conflict_do_update(index_elements=["service_pk"], set_=replaced)
    return upsert


_UPSERT_STATES = {"sqlite": _upsert_states(sqlite), "postgresql": _upsert_states(postgresql)}


async def fetch_results(conn: AsyncConnection, statement: Select[Any]) -> list[StoredResult]:
    """Run one of the statements below."""
    return [
        StoredResult(number, pk, checked_at, _STATUSES[status], message, response_ms, phases or {}, metrics or {})
        for number, pk, checked_at, status, message, response_ms, phases, metrics in await conn.execute(statement)
    ]


def results_after(after_id: int, limit: int) -> Select[Any]:
    """The next results in the order in which they were recorded."""
    return select(*_RESULT_COLUMNS).where(results.c.id > after_id).order_by(results.c.id).limit(limit)


def results_of(newest_ids: Mapping[int, int], tail_id: int) -> Select[Any]:
    """Of these services: the result with the given id and all those after `tail_id`."""
    return select(*_RESULT_COLUMNS).where(
        or_(
            results.c.id.in_(newest_ids.values()),
            and_(results.c.id > tail_id, results.c.service_pk.in_(newest_ids.keys())),
        )
    )


def newest_of_each_service(limit: int, dialect: str, service_pks: Collection[int] | None = None) -> Select[Any]:
    """The last `limit` results by time of each service that is not deleted: one short walk of the index a service.

    `service_pks` takes only these.
    """
    candidate = results.alias("candidate")
    newest = (
        select(candidate.c.id)
        .where(candidate.c.service_pk == services.c.pk)
        .order_by(candidate.c.checked_at.desc())
        .limit(limit)
        .correlate(services)
    )
    if dialect == "sqlite":
        joined = services.join(results, results.c.id.in_(newest))
    else:
        lateral = newest.lateral("newest")
        joined = services.join(lateral, true()).join(results, results.c.id == lateral.c.id)
    statement = select(*_RESULT_COLUMNS).select_from(joined).where(services.c.deleted_at.is_(None))
    return statement if service_pks is None else statement.where(services.c.pk.in_(service_pks))


async def count_services(conn: AsyncConnection) -> int:
    """How many are not deleted."""
    statement = select(func.count()).select_from(services).where(services.c.deleted_at.is_(None))
    count: int = (await conn.execute(statement)).scalar_one()
    return count


async def fetch_states(
    conn: AsyncConnection,
    after_id: int = -1,
    up_to_id: int | None = None,
    service_pks: Collection[int] | None = None,
) -> list[ServiceState]:
    """States of services that are not deleted, or of these, whose last result has an id in (after_id, up_to_id]."""
    statement = (
        select(*_STATE_COLUMNS)
        .join(services, services.c.pk == states.c.service_pk)
        .where(services.c.deleted_at.is_(None), states.c.result_id > after_id)
        .order_by(states.c.service_pk)
    )
    if up_to_id is not None:
        statement = statement.where(states.c.result_id <= up_to_id)
    if service_pks is not None:
        statement = statement.where(states.c.service_pk.in_(service_pks))
    return [
        ServiceState(pk, _STATUSES[status], since, checked_at, response_ms, message, result_id)
        for pk, status, since, checked_at, response_ms, message, result_id in await conn.execute(statement)
    ]


def windows_of(service_pks: Collection[int], since: datetime, window_seconds: int) -> Select[Any]:
    """Rows of (service_pk, number of the window after `since`, OK, DEGRADED, FAILED); the index alone answers."""
    millis = type_coerce(results.c.checked_at, BigInteger)
    window = ((millis - to_millis(since)) // (window_seconds * 1000)).label("window")
    counted = (int(Status.OK), int(Status.DEGRADED), int(Status.FAILED))
    return (
        select(results.c.service_pk, window, *(func.count().filter(results.c.status == status) for status in counted))
        .where(
            results.c.service_pk.in_(service_pks),
            results.c.checked_at >= since,
            results.c.status.in_(counted),
        )
        .group_by(results.c.service_pk, window)
        .order_by(results.c.service_pk, window)
    )
