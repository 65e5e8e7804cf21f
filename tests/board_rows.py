"""Services, results and states in one line each, for tests of the board and of what follows from it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board

NOW = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)


def service(pk: int, label: str = "", **changes: Any) -> ServiceDefinition:
    """A service; its label is "Service <pk>" unless another is given."""
    definition = ServiceDefinition(
        pk=pk,
        service_id=f"service-{pk}",
        label=label or f"Service {pk}",
        service_type="website",
        kind="http",
        group="",
        tags=(),
        status_config={"url": f"https://host{pk}.example.org"},
        metric_config={},
        interval_seconds=60,
        enabled=True,
        is_demo=False,
        revision=1,
    )
    return replace(definition, **changes)


def at(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def result(
    result_id: int,
    service_pk: int,
    status: Status = Status.OK,
    *,
    seconds: float = 0,
    ms: float | None = 12.5,
    message: str = "200 OK",
) -> StoredResult:
    """A result, `seconds` after NOW."""
    return StoredResult(result_id, service_pk, at(seconds), status, message, ms, {}, {})


def state_after(found: StoredResult, since: datetime | None = None) -> ServiceState:
    """The state that a result leads to."""
    return ServiceState(
        found.service_pk,
        found.status,
        since or found.checked_at,
        found.checked_at,
        found.response_ms,
        found.message,
        found.id,
    )


def feed(board: Board, results: Iterable[StoredResult]) -> bool:
    """Give results to a board as a follower would, each with its state; returns whether the layout changed."""
    found = list(results)
    states = []
    for each in found:
        row = board.get(each.service_pk)
        known = row.state if row is not None else None
        states.append(state_after(each, known.since if known is not None and known.status is each.status else None))
    return board.apply_results(found, states).is_layout
