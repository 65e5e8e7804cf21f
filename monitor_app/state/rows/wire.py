"""What goes over the wire: rows and patches in few bytes. Times are epoch milliseconds, statuses their numbers."""

import re
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from monitor_app.domain.state import CLOSED, Breaker, Pending
from monitor_app.engine.board import BoardRow
from monitor_app.engine.ring import DayRing

# Windows of three bytes that are equal and stand beside each other.
_RUNS: Final = re.compile(rb"(...)\1*", re.DOTALL)


class Entry(NamedTuple):
    """News of a row: a result, or with `result_status` None only what changed without one.

    `checked_at` and `since` are epoch ms. What is None at the end did not change.
    """

    pk: int
    result_status: int | None
    response_ms: float | None
    checked_at: int
    message: str | None = None
    since: int | None = None
    standing: dict[str, Any] | None = None


def wire_ms(value: float | None) -> float | int | None:
    """Milliseconds with one decimal below 100, whole ones above: nobody reads more, and each digit is sent 60 times."""
    if value is None:
        return None
    rounded = round(value, 1)
    return round(value) if rounded >= 100 or rounded.is_integer() else rounded


def wire_time(value: datetime | None) -> int | None:
    """Epoch milliseconds."""
    return None if value is None else round(value.timestamp() * 1000)


def wire_standing(row: BoardRow) -> dict[str, Any]:
    """What seldom changes: the status, what is not confirmed yet, an open circuit breaker, why it rests."""
    standing: dict[str, Any] = {"status": int(row.status)}
    hold = row.maintenance if row.definition.enabled else row.definition.pause
    if hold is not None:
        standing["hold"] = [hold.who, hold.reason, wire_time(hold.at), wire_time(hold.until)]
    if row.state is not None and row.definition.enabled:
        if row.state.pending is not None:
            standing["pend"] = _wire_pending(row.state.pending)
        if row.state.breaker.phase != CLOSED.phase:
            standing["brk"] = _wire_breaker(row.state.breaker)
    return standing


def _wire_pending(pending: Pending) -> list[Any]:
    return [int(pending.status), pending.count, pending.needed, wire_time(pending.since), pending.message]


def _wire_breaker(breaker: Breaker) -> list[Any]:
    opened, until = wire_time(breaker.opened_at), wire_time(breaker.until)
    return [breaker.phase, opened, until, breaker.failures, breaker.who, breaker.reason]


def wire_day(day: DayRing) -> list[Any] | None:
    """The number of the newest 5-minute window since 1970, and the counts of the 288 up to it, the oldest first.

    "*270,5*16,4.0.1,5" are 270 windows without results, 16 with 5 OK, one with 4 OK and 1 FAILED, and one with 5 OK.
    """
    newest, counts = day.windows()
    if not newest:
        return None
    runs = [(_wire_window(run[1]), len(run[0]) // 3) for run in _RUNS.finditer(counts)]
    return [newest, ",".join(text if times == 1 else f"{text}*{times}" for text, times in runs)]


@lru_cache(maxsize=1000)
def _wire_window(counts: bytes) -> str:
    """OK, DEGRADED, FAILED, as far as there are any."""
    kept = list(counts)
    while kept and not kept[-1]:
        kept.pop()
    return ".".join(map(str, kept))


def wire_row(row: BoardRow) -> dict[str, Any]:
    """A whole row with its last results: `hs` statuses, `hm` response times, `ht` times, all oldest first.

    `ht` is the first time, then the seconds from one result to the next; what rounding takes from one, the next gets.
    """
    definition = row.definition
    recent = row.recent.last()
    first = recent[0][2] if recent else 0
    seconds = [round((at - first) / 1000) for _, _, at in recent]
    return {
        "id": row.pk,
        "sid": definition.service_id,
        "label": definition.label,
        "kind": definition.kind,
        "type": definition.service_type,
        "target": row.target,
        "group": definition.group,
        "tags": list(definition.tags),
        "interval": definition.interval_seconds,
        "enabled": definition.enabled,
        "demo": definition.is_demo,
        **({"env": definition.environment} if definition.environment else {}),
        **wire_standing(row),
        "since": wire_time(row.since),
        "at": wire_time(row.checked_at),
        "ms": wire_ms(row.response_ms),
        "msg": row.message,
        "hs": "".join(str(status) for status, _, _ in recent),
        "hm": [wire_ms(ms) for _, ms, _ in recent],
        "ht": [first, *(after - before for before, after in pairwise(seconds))] if recent else [],
        "day": wire_day(row.day),
    }


def wire_patch(view: str, seq: int, entries: list[Entry], counts: tuple[int, ...] | None, stale: int) -> dict[str, Any]:
    """A patch of the view named `view`; `t` is the time that the entries' times are told from.

    Counts, stale and trailing fields of an entry are there only where they changed.
    """
    base = entries[0].checked_at if entries else 0
    patch: dict[str, Any] = {"view": view, "seq": seq, "t": base, "rows": [_wire_entry(each, base) for each in entries]}
    if counts is not None:
        patch["counts"] = list(counts)
    if stale:
        patch["stale"] = stale
    return patch


def _wire_entry(entry: Entry, base: int) -> list[Any]:
    wire = [entry.pk, entry.result_status, wire_ms(entry.response_ms), entry.checked_at - base]
    since = None if entry.since is None else entry.since - base
    rest = [entry.message, since, entry.standing]
    while rest and rest[-1] is None:
        rest.pop()
    return wire + rest
