"""The states of services: how they are written, and how they are completed from the newest results."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Select, Text, cast, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from monitor_app.domain.result import MESSAGE_LIMIT
from monitor_app.domain.state import ServiceState
from monitor_app.domain.state_memory import further_fields, to_memory
from monitor_app.domain.status import Status
from monitor_app.models import Service, ServiceStateRow
from monitor_app.models.types import from_millis
from monitor_app.storage.documents import loads, storable_text
from monitor_app.storage.history.position import Position, results
from monitor_app.storage.history.rows import storable_ms

services = Service.__table__  # type: ignore[attr-defined]
states = ServiceStateRow.__table__  # type: ignore[attr-defined]

_STATUSES = tuple(Status)
_NUMBER = itemgetter(1)
# Of services that are not deleted. Times and memory as they are kept: a board reads a thousand rows at once.
_LIVING = (
    select(
        states.c.service_pk,
        states.c.status,
        type_coerce(states.c.since, BigInteger),
        type_coerce(states.c.checked_at, BigInteger),
        states.c.response_ms,
        states.c.message,
        states.c.result_id,
        cast(states.c.memory, Text),
    )
    .join(services, services.c.pk == states.c.service_pk)
    .where(services.c.deleted_at.is_(None))
    .order_by(states.c.service_pk)
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
    statement = _LIVING.where(states.c.result_id > after_id)
    if up_to_id is not None:
        statement = statement.where(states.c.result_id <= up_to_id)
    return [_state(*row) for row in (await conn.execute(statement)).all()]


async def fetch_completed(conn: AsyncConnection, position: Position) -> list[ServiceState]:
    """The same, with what the newest result of each says: a steady result changes no state, a merge catches up."""
    newest = {row[0]: row for row in (await conn.execute(_newest(conn.dialect.name, position))).all()}
    completed = []
    for pk, status, since, checked_at, response_ms, message, number, memory in (await conn.execute(_LIVING)).all():
        facts = (pk, number, checked_at, response_ms, message)
        _, number, checked_at, response_ms, message = max(facts, newest.get(pk, facts), key=_NUMBER)
        completed.append(_state(pk, status, since, checked_at, response_ms, message, number, memory))
    return completed


async def newest_ids(conn: AsyncConnection, service_pks: Collection[int] | None) -> dict[int, int]:
    """What last touched the services, or these, as the states say."""
    statement = select(states.c.service_pk, states.c.result_id)
    if service_pks is not None:
        statement = statement.where(states.c.service_pk.in_(service_pks))
    return dict((await conn.execute(statement)).all())


def _newest(dialect: str, position: Position) -> Select[Any]:
    checked_at = type_coerce(results.c.checked_at, BigInteger)
    facts = (checked_at, results.c.response_ms, results.c.message)
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
    pk: int,
    status: int,
    since: int,
    checked_at: int,
    response_ms: float | None,
    message: str,
    number: int,
    memory: str | None,
) -> ServiceState:
    """Times are in ms since 1970, the memory is JSON."""
    remembered = _remembered(memory) if memory else ()
    return ServiceState(
        pk, _STATUSES[status], from_millis(since), from_millis(checked_at), response_ms, message, number, *remembered
    )


@lru_cache(maxsize=64)
def _remembered(memory: str) -> tuple[Any, ...]:
    """The fields after `result_id`; of services that are well they are all the same."""
    return further_fields(loads(memory))
