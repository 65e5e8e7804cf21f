"""The states of services: how they are written, and how they are completed from the newest results."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from monitor_app.domain.result import MESSAGE_LIMIT
from monitor_app.domain.state import ServiceState
from monitor_app.domain.state_memory import to_memory, with_memory
from monitor_app.domain.status import Status
from monitor_app.models import Service, ServiceStateRow
from monitor_app.storage.documents import storable_text
from monitor_app.storage.history.position import Position, results
from monitor_app.storage.history.rows import storable_ms

services = Service.__table__  # type: ignore[attr-defined]
states = ServiceStateRow.__table__  # type: ignore[attr-defined]

_STATUSES = tuple(Status)
_COLUMNS = (
    states.c.service_pk,
    states.c.status,
    states.c.since,
    states.c.checked_at,
    states.c.response_ms,
    states.c.message,
    states.c.result_id,
    states.c.memory,
)


async def upsert_states(conn: AsyncConnection, changed: Iterable[ServiceState]) -> None:
    """Insert states, or replace the ones there are."""
    rows = [
        {
            "service_pk": state.service_pk,
            "status": int(state.status),
            "since": state.since,
            "checked_at": state.checked_at,
            "response_ms": storable_ms(state.response_ms),
            "message": storable_text(state.message, MESSAGE_LIMIT),
            "result_id": state.result_id,
            "memory": to_memory(state) or None,
        }
        for state in changed
    ]
    if rows:
        await conn.execute(_UPSERT[conn.dialect.name], rows)


def _upsert(dialect: Any) -> Insert:
    statement = dialect.insert(states)
    replaced = {column.name: column for column in statement.excluded if column.name != "service_pk"}
    upsert: Insert = statement.on_conflict_do_update(index_elements=["service_pk"], set_=replaced)
    return upsert


_UPSERT = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}


async def fetch_states(conn: AsyncConnection, after_id: int = -1, up_to_id: int | None = None) -> list[ServiceState]:
    """States of services that are not deleted, as they were written; those with an id in (after_id, up_to_id]."""
    statement = (
        select(*_COLUMNS)
        .join(services, services.c.pk == states.c.service_pk)
        .where(services.c.deleted_at.is_(None), states.c.result_id > after_id)
        .order_by(states.c.service_pk)
    )
    if up_to_id is not None:
        statement = statement.where(states.c.result_id <= up_to_id)
    return [_state(*row) for row in await conn.execute(statement)]


async def fetch_completed(conn: AsyncConnection, position: Position) -> list[ServiceState]:
    """The same, with what the newest result of each says: a steady result changes no state, a merge catches up."""
    rows = await conn.execute(_newest(conn.dialect.name, position))
    newest = {pk: (number, checked_at, response_ms, message) for pk, number, checked_at, response_ms, message in rows}
    completed = []
    for state in await fetch_states(conn):
        found = newest.get(state.service_pk)
        if found and found[0] > state.result_id:
            number, checked_at, response_ms, message = found
            state = replace(state, result_id=number, checked_at=checked_at, response_ms=response_ms, message=message)
        completed.append(state)
    return completed


async def newest_ids(conn: AsyncConnection, service_pks: Collection[int] | None) -> dict[int, int]:
    """What last touched the services, or these, as the states say."""
    statement = select(states.c.service_pk, states.c.result_id)
    if service_pks is not None:
        statement = statement.where(states.c.service_pk.in_(service_pks))
    return dict((await conn.execute(statement)).all())


def _newest(dialect: str, position: Position) -> Select[Any]:
    facts = (results.c.checked_at, results.c.response_ms, results.c.message)
    if dialect == "sqlite":
        # Beside a max(), SQLite takes the other columns from the row that has it.
        # https://www.sqlite.org/lang_select.html#bareagg
        highest = func.max(results.c.id)
        return select(results.c.service_pk, highest, *facts).where(position.is_fresh()).group_by(results.c.service_pk)
    return (
        select(results.c.service_pk, results.c.id, *facts)
        .ext(postgresql.distinct_on(results.c.service_pk))
        .where(position.is_fresh())
        .order_by(results.c.service_pk, results.c.id.desc())
    )


def _state(
    pk: int, status: int, since: Any, checked_at: Any, response_ms: float | None, message: str, number: int, memory: Any
) -> ServiceState:
    state = ServiceState(pk, _STATUSES[status], since, checked_at, response_ms, message, number)
    return with_memory(state, memory) if memory else state
