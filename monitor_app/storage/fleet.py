"""What is told of all services at once, whole days of it: few questions, and little of each row.

Rows are read on the event loop, a block of days at a time; what is in them is unpacked in a thread.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import BigInteger, Select, func, select, type_coerce, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from monitor_app.domain.hold import MAINTENANCE_WORDS
from monitor_app.domain.status import Status
from monitor_app.domain.uptime import Span
from monitor_app.models.types import to_millis
from monitor_app.storage.blocks.summaries import decode_counts, decode_times
from monitor_app.storage.history.changes import gaps, service_events
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.spans import read_known
from monitor_app.storage.history.summaries import DAY, SUMMARIES, summary_blocks

Spans = dict[int, list[Span]]
_COUNTING: Final = (Status.OK, Status.DEGRADED, Status.FAILED)
# The counts stand at the beginning of a block: 8 days of six statuses, four bytes each, and what says so.
_HEAD_BYTES: Final = 240
_HEAD = type_coerce(func.substr(summary_blocks.c.data, 1, _HEAD_BYTES), NullType())
_WHOLE = type_coerce(summary_blocks.c.data, NullType())
# More services than this are not listed in a statement: all are read, and the others passed over.
_LISTED: Final = 500


async def read_seen_days(
    conn: AsyncConnection, service_pks: Collection[int] | None, first_day: int, days: int
) -> dict[int, bytes]:
    """A byte for each day from `first_day` on (seconds since 1970): 1 where a result counts; of those that have one."""
    seen: dict[int, bytearray] = {}
    last_day = first_day + days * DAY
    for start in SUMMARIES.starts(DAY, first_day, last_day):
        rows = await _blocks(conn, service_pks, start, _HEAD)
        await asyncio.to_thread(_mark_days, seen, rows, first_day, days)
    position = await read_position(conn)
    millis = type_coerce(results.c.checked_at, BigInteger)
    day = ((millis - first_day * 1000) // (DAY * 1000)).label("day")
    fresh = (
        select(results.c.service_pk, day)
        .where(position.is_fresh(), millis >= first_day * 1000, millis < last_day * 1000)
        .where(results.c.status.in_([int(status) for status in _COUNTING]))
        .group_by(results.c.service_pk, day)
    )
    for pk, number in await conn.execute(fresh):
        seen.setdefault(pk, bytearray(days))[number] = 1
    return {pk: bytes(own) for pk, own in seen.items()}


async def read_response_times(
    conn: AsyncConnection, service_pks: Collection[int] | None, since: int, until: int
) -> dict[int, list[tuple[int, int, int]]]:
    """(day, responses, their time together in us) of whole days of [since, until), all in seconds since 1970."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for start in SUMMARIES.starts(DAY, since, until):
        rows = await _blocks(conn, service_pks, start, _WHOLE)
        await asyncio.to_thread(_add_times, found, rows, since, until)
    return found


async def read_lives(
    conn: AsyncConnection,
    service_pks: Collection[int] | None,
    since: datetime,
    until: datetime,
    seen: Mapping[int, bytes] | None = None,
) -> dict[int, tuple[list[Span], list[Span]]]:
    """Downtimes and unknown times of services, as `read_known` gives them; without long work on the event loop.

    `seen` is what `read_seen_days` found from the day of `since` on, if that is known already.
    """
    return await read_known(conn, service_pks, since, until, partial(_first_days, seen=seen))


async def read_rests(
    conn: AsyncConnection, service_pks: Collection[int] | None, since: datetime, until: datetime
) -> tuple[Spans, Spans]:
    """Times of maintenance, and of pauses, in ms since 1970; one that lasts ends at `until`."""
    words = (
        select(service_events.c.reason)
        .where(
            service_events.c.service_pk == gaps.c.service_pk,
            service_events.c.at == gaps.c.started_at,
            service_events.c.after == int(Status.STOPPED),
        )
        .order_by(service_events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (gaps.c.service_pk, gaps.c.started_at, gaps.c.ended_at, words)
    rests = select(*columns).where(gaps.c.status == int(Status.STOPPED), gaps.c.started_at < until)
    if service_pks is not None and len(service_pks) <= _LISTED:
        rests = rests.where(gaps.c.service_pk.in_(service_pks))
    # Two searches of an index each; an OR would read the whole table.
    both = union_all(rests.where(gaps.c.ended_at > since), rests.where(gaps.c.ended_at.is_(None)))
    maintenance: Spans = {}
    paused: Spans = {}
    for pk, started_at, ended_at, reason in await conn.execute(both):
        sort = maintenance if (reason or "").startswith(MAINTENANCE_WORDS) else paused
        ends = to_millis(until) if ended_at is None else to_millis(ended_at)
        sort.setdefault(pk, []).append((to_millis(started_at), ends))
    return maintenance, paused


async def count_status_changes(conn: AsyncConnection, since: datetime) -> dict[int, int]:
    """How often the status of each service changed since then."""
    statement = (
        select(service_events.c.service_pk, func.count())
        .where(service_events.c.at > since, service_events.c.kind == "status_changed")
        .group_by(service_events.c.service_pk)
    )
    return dict((await conn.execute(statement)).all())


async def _first_days(
    conn: AsyncConnection,
    service_pks: Collection[int],
    since: datetime,
    until: datetime,
    *,
    seen: Mapping[int, bytes] | None,
) -> dict[int, int]:
    first_day = to_millis(since) // 1000 // DAY * DAY
    if seen is None:
        days = -(-(to_millis(until) // 1000 - first_day) // DAY)
        seen = await read_seen_days(conn, service_pks, first_day, days)
    wanted = set(service_pks)
    return {pk: first_day + own.index(1) * DAY for pk, own in seen.items() if pk in wanted and 1 in own}


async def _blocks(
    conn: AsyncConnection, service_pks: Collection[int] | None, start: int, data: Any
) -> Sequence[tuple[int, bytes]]:
    blocks: Select[Any] = select(summary_blocks.c.service_pk, data).where(
        summary_blocks.c.granularity == DAY, summary_blocks.c.started_at == start
    )
    if service_pks is not None and len(service_pks) <= _LISTED:
        blocks = blocks.where(summary_blocks.c.service_pk.in_(service_pks))
    return [(pk, held) for pk, held in (await conn.execute(blocks)).all()]


def _mark_days(seen: dict[int, bytearray], rows: Sequence[tuple[int, bytes]], first_day: int, days: int) -> None:
    for pk, data in rows:
        counts = decode_counts(data)
        own = seen.get(pk)
        if own is None:
            own = seen[pk] = bytearray(days)
        place = (counts.starts[0] - first_day) // DAY
        for status, column in counts.by_status.items():
            if status not in _COUNTING:
                continue
            for number, count in enumerate(column, place):
                if count and 0 <= number < days:
                    own[number] = 1


def _add_times(
    found: dict[int, list[tuple[int, int, int]]], rows: Sequence[tuple[int, bytes]], since: int, until: int
) -> None:
    for pk, data in rows:
        days = [day for day in decode_times(data) if since <= day[0] and day[0] + DAY <= until]
        if days:
            found.setdefault(pk, []).extend(days)
