"""What a state has to remember beside its columns, as JSON: written seldom, and small for a service that is well."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from monitor_app.domain.state import CLOSED, Breaker, Pending, ServiceState
from monitor_app.domain.status import Status

_FOLLOWING = ("checked_at", "response_ms", "message", "result_id")
_NAMES = [field.name for field in fields(ServiceState)]
_FURTHER = _NAMES[_NAMES.index("result_id") + 1 :]
# Compared with each result: a replaced copy would cost as much as the whole evaluation.
_steady_part = attrgetter(*(name for name in _NAMES if name not in _FOLLOWING))


def to_memory(state: ServiceState) -> dict[str, Any]:
    """The fields after `result_id` that are not at their defaults, as JSON knows them."""
    memory: dict[str, Any] = {
        "settled": None if state.settled is None else int(state.settled),
        "pending": _from_pending(state.pending),
        "failures": state.failures,
        "breaker": None if state.breaker == CLOSED else _from_breaker(state.breaker),
        "breaches": dict(state.breaches),
        "cause": state.cause,
        "grace_until": _from_time(state.grace_until),
        "unknown": _from_pending(state.unknown),
        "in_maintenance": state.in_maintenance,
    }
    # Zero is OK's number, so `settled` is not tested for truth.
    return {name: value for name, value in memory.items() if value or (name == "settled" and value is not None)}


def with_memory(state: ServiceState, memory: Mapping[str, Any]) -> ServiceState:
    """The state with what `to_memory` gave; names that are not known are passed over, missing ones are defaults."""
    return replace(state, **dict(zip(_FURTHER, further_fields(memory), strict=True)))


def further_fields(memory: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same as the fields after `result_id`, in their order."""
    settled = memory.get("settled")
    return (
        None if settled is None else Status(settled),
        _to_pending(memory.get("pending")),
        memory.get("failures", 0),
        _to_breaker(memory.get("breaker")),
        tuple(memory.get("breaches", {}).items()),
        memory.get("cause", ""),
        _to_time(memory.get("grace_until")),
        _to_pending(memory.get("unknown")),
        memory.get("in_maintenance", False),
    )


def is_steady(before: ServiceState | None, after: ServiceState) -> bool:
    """Whether nothing changed but what the last result says: then the state need not be written."""
    if before is None:
        return False
    return bool(_steady_part(before) == _steady_part(after))


def _from_pending(pending: Pending | None) -> dict[str, Any] | None:
    if pending is None:
        return None
    return {
        "status": int(pending.status),
        "count": pending.count,
        "needed": pending.needed,
        "since": pending.since.isoformat(),
        "message": pending.message,
    }


def _to_pending(memory: Mapping[str, Any] | None) -> Pending | None:
    if memory is None:
        return None
    return Pending(
        Status(memory["status"]),
        memory["count"],
        memory["needed"],
        datetime.fromisoformat(memory["since"]),
        memory["message"],
    )


def _from_breaker(breaker: Breaker) -> dict[str, Any]:
    values = {field.name: getattr(breaker, field.name) for field in fields(Breaker)}
    return values | {"opened_at": _from_time(breaker.opened_at), "until": _from_time(breaker.until)}


def _to_breaker(memory: Mapping[str, Any] | None) -> Breaker:
    if memory is None:
        return CLOSED
    known = {field.name: memory[field.name] for field in fields(Breaker) if field.name in memory}
    times = {name: _to_time(memory.get(name)) for name in ("opened_at", "until")}
    return Breaker(**(known | times))


def _from_time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _to_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
