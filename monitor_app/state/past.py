"""What was, in words: uptime, downtimes and events of one service, as rows that a page draws."""

import math
from collections.abc import Iterable
from typing import Any

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import STATUS_WORDS, Status
from monitor_app.state.rows.wire import wire_time
from monitor_app.use_cases.results import Downtime, Uptime

_WORDS = {
    "breaker_opened": "circuit breaker opened",
    "breaker_half_opened": "circuit breaker lets one check through",
    "breaker_closed": "circuit breaker closed",
}
_FULL = 0.99995
_LITTLE = 0.001
_TINY = 1e-9  # what floating point is off


def share(value: float | None) -> str:
    """A share as percent with the digits that matter, "100 %" only when it is all of it, "–" when nothing is known."""
    if value is None:
        return "–"
    if value >= 1.0:
        return "100 %"
    if value == 0.0:
        return "0 %"
    percent = value * 100
    digits = 2 if percent >= 99 else 1
    # Rounded down: what was down for a minute must not look like never.
    cut = math.floor(percent * 10**digits + _TINY) / 10**digits
    return f"{min(cut, 99.99):.{digits}f} %"


def uptime_row(title: str, uptime: Uptime | None) -> dict[str, str]:
    """One span: its uptime, and how much of it is known where that is not all."""
    if uptime is None or uptime.uptime is None:
        return {"title": title, "uptime": "–", "note": "no data"}
    return {"title": title, "uptime": share(uptime.uptime), "note": _known(uptime.coverage)}


def _known(coverage: float) -> str:
    """How much of a span is known, unless it is all."""
    if coverage >= _FULL:
        return ""
    return f"{share(coverage)} of it known" if coverage >= _LITTLE else "little of it known yet"


def downtime_rows(downtimes: Iterable[Downtime]) -> list[dict[str, Any]]:
    """Newest first; `to` is 0 while it lasts."""
    return [
        {"at": wire_time(each.started_at), "to": wire_time(each.ended_at) or 0, "cause": each.cause}
        for each in downtimes
    ]


def event_rows(events: Iterable[ServiceEvent]) -> list[dict[str, Any]]:
    """Newest first: when, the status it led to (-1 for none), and what happened, by whom and why."""
    return [
        {
            "at": wire_time(event.at),
            "status": -1 if event.after is None else int(event.after),
            "says": event_words(event),
        }
        for event in events
    ]


def event_words(event: ServiceEvent) -> str:
    """ "circuit breaker opened by ann: new disks", "down, was up: connection refused"."""
    if event.kind == "status_changed":
        what = f"{_name(event.after)}, was {_name(event.before)}" if event.before is not None else _name(event.after)
    else:
        what = _WORDS[event.kind] + (f" by {event.who}" if event.who else "")
    return f"{what}: {event.reason}" if event.reason else what


def _name(status: Status | None) -> str:
    return STATUS_WORDS[Status.UNKNOWN if status is None else status].lower()
