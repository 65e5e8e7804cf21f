"""What goes over the wire: rows and patches in few bytes. Times are epoch milliseconds, statuses their numbers."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from monitor_app.engine.board import BoardRow

# One result of a row: [pk, status, response ms, checked at, message or None, since or None]; None means unchanged.
Entry = tuple[int, int, float | None, int, str | None, int | None]


def wire_ms(value: float | None) -> float | int | None:
    """Milliseconds with one decimal below 100, whole ones above: nobody reads more, and each digit is sent 60 times."""
    if value is None:
        return None
    rounded = round(value, 1)
    return round(value) if rounded >= 100 or rounded.is_integer() else rounded


def wire_time(value: datetime | None) -> int | None:
    """Epoch milliseconds."""
    return None if value is None else round(value.timestamp() * 1000)


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
        "status": int(row.status),
        "since": wire_time(row.since),
        "at": wire_time(row.checked_at),
        "ms": wire_ms(row.response_ms),
        "msg": row.message,
        "hs": "".join(str(status) for status, _, _ in recent),
        "hm": [wire_ms(ms) for _, ms, _ in recent],
        "ht": [first, *(after - before for before, after in pairwise(seconds))] if recent else [],
    }


def wire_patch(view: str, seq: int, entries: list[Entry], counts: tuple[int, ...] | None, stale: int) -> dict[str, Any]:
    """A patch of the view named `view`; `t` is the time that the entries' times are told from.

    Counts, stale and trailing fields of an entry are there only where they changed.
    """
    base = entries[0][3] if entries else 0
    patch: dict[str, Any] = {"view": view, "seq": seq, "t": base, "rows": [_wire_entry(each, base) for each in entries]}
    if counts is not None:
        patch["counts"] = list(counts)
    if stale:
        patch["stale"] = stale
    return patch


def _wire_entry(entry: Entry, base: int) -> list[Any]:
    pk, status, ms, at, message, since = entry
    wire = [pk, status, wire_ms(ms), at - base]
    if since is not None:
        return [*wire, message, since - base]
    return wire if message is None else [*wire, message]
