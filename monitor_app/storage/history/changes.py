"""Writes what the evaluation changed beside the states: downtimes, gaps, events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Table, bindparam, case, delete, func, insert, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert, Update

from monitor_app.domain.changes import (
    Change,
    DowntimeClosed,
    DowntimeOpened,
    GapClosed,
    GapOpened,
    ServiceEvent,
)
from monitor_app.models import DowntimeWindow, GapRow, HeartbeatRow, ServiceEventRow
from monitor_app.models.counter import HEARTBEATS_DONE
from monitor_app.models.types import to_millis
from monitor_app.storage.documents import storable_text
from monitor_app.storage.history.position import set_counters

downtimes = DowntimeWindow.__table__  # type: ignore[attr-defined]
gaps = GapRow.__table__  # type: ignore[attr-defined]
service_events = ServiceEventRow.__table__  # type: ignore[attr-defined]
heartbeats = HeartbeatRow.__table__  # type: ignore[attr-defined]

TEXT_LIMIT = 500


async def write_changes(conn: AsyncConnection, changes: Sequence[Change]) -> None:
    """Write them so that for each service they take effect in their order.

    The first change of every service is one statement each, then the second of every service, and so on: when a
    thousand services fail at once, that is a handful of statements.
    """
    events = [_event_row(change) for change in changes if isinstance(change, ServiceEvent)]
    if events:
        await conn.execute(insert(service_events), events)
    for turn in _turns(change for change in changes if not isinstance(change, ServiceEvent)):
        for kind, same in turn.items():
            for statements, row_of in _SPANS[kind]:
                await conn.execute(statements[conn.dialect.name], [row_of(change) for change in same])


async def drop_heartbeats(conn: AsyncConnection, up_to: int) -> None:
    """Take away those that became results, but the newest of each signal of a service; and remember how far it is."""
    newest = (
        select(func.max(heartbeats.c.id))
        .where(heartbeats.c.id <= up_to)
        .group_by(heartbeats.c.service_pk, heartbeats.c.signal)
    )
    await conn.execute(delete(heartbeats).where(heartbeats.c.id <= up_to, heartbeats.c.id.not_in(newest)))
    await set_counters(conn, **{HEARTBEATS_DONE: up_to})


def _turns(changes: Iterable[Any]) -> list[dict[type, list[Any]]]:
    """The n-th changes of all services, by kind. Downtimes and gaps don't touch each other: each counts for itself."""
    turns: list[dict[type, list[Any]]] = []
    done: dict[tuple[int, bool], int] = defaultdict(int)
    for change in changes:
        place = (change.service_pk, isinstance(change, DowntimeOpened | DowntimeClosed))
        if done[place] == len(turns):
            turns.append(defaultdict(list))
        turns[done[place]][type(change)].append(change)
        done[place] += 1
    return turns


def _event_row(event: ServiceEvent) -> dict[str, Any]:
    return {
        "service_pk": event.service_pk,
        "at": event.at,
        "kind": event.kind,
        "who": storable_text(event.who, TEXT_LIMIT),
        "reason": storable_text(event.reason, TEXT_LIMIT),
        "before": None if event.before is None else int(event.before),
        "after": None if event.after is None else int(event.after),
    }


def _opening(table: Table) -> dict[str, Insert]:
    """One that is open already stays as it is."""
    return {
        name: dialect.insert(table).on_conflict_do_nothing(
            index_elements=["service_pk"], index_where=table.c.ended_at.is_(None)
        )
        for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }


def _closing(table: Table) -> Update:
    """The open one of a service, if there is one. It does not end before it began, although a clock can be set back."""
    ended_at = bindparam("ended", type_=BigInteger)
    started_at = type_coerce(table.c.started_at, BigInteger)
    later = case((started_at > ended_at, started_at), else_=ended_at)
    return (
        update(table)
        .where(table.c.service_pk == bindparam("service"), table.c.ended_at.is_(None))
        .values(ended_at=type_coerce(later, table.c.ended_at.type))
    )


def _closed(change: DowntimeClosed | GapClosed) -> Mapping[str, Any]:
    return {"service": change.service_pk, "ended": to_millis(change.ended_at)}


def _downtime(change: DowntimeOpened) -> Mapping[str, Any]:
    cause = storable_text(change.cause, TEXT_LIMIT)
    return {"service_pk": change.service_pk, "started_at": change.started_at, "cause": cause}


def _gap(change: GapOpened) -> Mapping[str, Any]:
    return {"service_pk": change.service_pk, "started_at": change.started_at, "status": int(change.status)}


def _gap_before(change: GapOpened) -> Mapping[str, Any]:
    return {"service": change.service_pk, "ended": to_millis(change.started_at), "present": int(change.status)}


def _everywhere(statement: Update) -> dict[str, Any]:
    return dict.fromkeys(("sqlite", "postgresql"), statement)


# What each kind of change executes by dialect, with which values. A gap of another status ends where the next begins.
_SPANS: dict[type, tuple[tuple[Mapping[str, Any], Any], ...]] = {
    DowntimeOpened: ((_opening(downtimes), _downtime),),
    DowntimeClosed: ((_everywhere(_closing(downtimes)), _closed),),
    GapOpened: (
        (_everywhere(_closing(gaps).where(gaps.c.status != bindparam("present"))), _gap_before),
        (_opening(gaps), _gap),
    ),
    GapClosed: ((_everywhere(_closing(gaps)), _closed),),
}
