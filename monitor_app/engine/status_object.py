"""The status object: what is true of one service, the same in REST answers, in streams and for wall screens.

{"service_id": "shop", "status_code": 0, "status": "OK", "message": "200 OK",
 "timestamp": "2026-05-17T12:00:00.120Z", "last_check": "2026-05-17T12:00:00.120Z", "response_time_ms": 34.2,
 "cpu_usage": null, "memory_usage": null, "metrics": {"status_code": 200}, "details": {"label": "Shop", ...}}
"""

import json
from datetime import UTC, datetime
from typing import Any

from monitor_app.domain.hold import Hold
from monitor_app.domain.state import Breaker
from monitor_app.engine.board_row import BoardRow

CPU, MEMORY = "cpu_percent", "memory_bytes"


def status_object(row: BoardRow) -> dict[str, Any]:
    """What is unknown is null. Times are RFC 3339 in UTC with milliseconds, response times ms, memory bytes.

    `timestamp` is when the newest of what it tells became true: the last check, or a later change of the status.
    `cpu_usage` is in percent of one core.
    """
    definition, metrics = row.definition, row.metrics
    known = [moment for moment in (row.checked_at, row.since) if moment is not None]
    if not definition.enabled or row.maintenance is not None:
        known.append(definition.updated_at)
    return {
        "service_id": definition.service_id,
        "status_code": int(row.status),
        "status": row.status.name,
        "message": row.message,
        "timestamp": stamp(max(known, default=None)),
        "last_check": stamp(row.checked_at),
        "response_time_ms": row.response_ms,
        "cpu_usage": metrics.get(CPU),
        "memory_usage": metrics.get(MEMORY),
        "metrics": dict(metrics),
        "details": {
            "label": definition.label,
            "service_type": definition.service_type,
            "kind": definition.kind,
            "group": definition.group,
            "environment": definition.environment,
            "tags": list(definition.tags),
            "target": row.target,
            "enabled": definition.enabled,
            "interval_seconds": definition.interval_seconds,
            "since": stamp(row.since),
            "pending": None if row.pending is None else row.pending.status.name,
            "breaker": _breaker(row.breaker),
            "pause": shown_hold(None if definition.enabled else definition.pause),
            "maintenance": shown_hold(row.maintenance),
        },
    }


def encoded_object(row: BoardRow) -> str:
    """The same as JSON text without spaces; made once for as long as nothing of it changes."""
    if row.encoded is None:
        row.encoded = json.dumps(status_object(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return row.encoded


def stamp(moment: datetime | None) -> str | None:
    """A time as all answers give it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown_hold(hold: Hold | None) -> dict[str, Any] | None:
    """A pause or a maintenance as all answers give it."""
    if hold is None:
        return None
    return {"who": hold.who, "reason": hold.reason, "at": stamp(hold.at), "until": stamp(hold.until)}


def _breaker(breaker: Breaker) -> dict[str, Any]:
    return {"phase": breaker.phase, "until": stamp(breaker.until), "who": breaker.who, "reason": breaker.reason}
