"""`/api/queues`: what the page about queues shows: every queue as it is now, and the circuit breakers of services."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.breakers import BreakerObject, shown_breaker_of
from monitor_app.api.check_queue import QueueBreakerData, QueueJobCounts, QueueOrder, shown_breaker, shown_counts
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.queue_watch import EVERY_MAX, EVERY_MIN, QueueView

router = APIRouter(prefix="/queues", tags=["queues"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Operator = Annotated[Identity, requires(BREAKER_OPERATE)]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
# Of the circuit breakers of services that are not closed so many are listed here; /api/breakers has them all.
BREAKERS_LIMIT: Final = 200


class QueueEventObject(BaseModel):
    """The breaker took another state."""

    at: str = Field(examples=[_WHEN])
    state: str = Field(examples=["open"])
    who: str = Field(examples=["ada"])
    reason: str = Field(examples=["new disk"])


class QueueObject(BaseModel):
    """A service of the kind queue as its API tells it now."""

    service_id: str = Field(examples=["jobs"])
    label: str = Field(examples=["Jobs"])
    connection: Literal["new", "good", "shaky", "lost", "paused"] = Field(
        description="lost: five questions in a row had no good answer; paused: the service is not checked.",
        examples=["good"],
    )
    state: Literal["open", "closed", "half-open"] | None = Field(description="As it was told last.", examples=["open"])
    opened_at: str | None = Field(examples=[_WHEN])
    closed_at: str | None = Field(examples=[None])
    metadata: dict[str, str] = Field(examples=[{"reason": "new disk"}])
    job_counts: dict[str, float] | None = Field(examples=[{"waiting": 3}])
    oldest_wait_seconds: float | None = Field(examples=[1.5])
    counts_error: str = Field(examples=[""])
    read_at: str | None = Field(examples=[_WHEN])
    failures: int = Field(examples=[0])
    is_unclear: bool = Field(
        description="It answers, but not what it should: nobody knows any more how it is.", examples=[False]
    )
    error: str = Field(examples=[""])
    retry_seconds: float = Field(examples=[0.0])
    samples: list[tuple[str, float, float]] = Field(
        description="The last looks: when, how many waited, how many ran.", examples=[[[_WHEN, 3.0, 1.0]]]
    )
    events: list[QueueEventObject]
    may_open: bool = Field(examples=[True])
    may_close: bool = Field(examples=[True])


class OwnQueue(BaseModel):
    """The queue of all checks here."""

    breaker: QueueBreakerData
    job_counts: QueueJobCounts | None
    oldest_wait_seconds: float | None = Field(examples=[0.0])
    samples: list[tuple[str, float, float]] = Field(
        description="The last looks: when, how many waited, how many ran.", examples=[[[_WHEN, 3.0, 1.0]]]
    )
    events: list[QueueEventObject]


class QueuesAnswer(BaseModel):
    """All that the page shows."""

    own: OwnQueue
    items: list[QueueObject]
    breakers: list[BreakerObject]
    breakers_total: int = Field(examples=[0])
    next_seconds: float = Field(
        description="When queues are due again: who asks then shares one question with all who look.", examples=[1.98]
    )


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=QueuesAnswer, responses=NOT_MODIFIED)
async def queues(
    request: Request,
    identity: _Reader,
    every: Annotated[
        int, Query(ge=EVERY_MIN, le=EVERY_MAX, description="Queues are asked anew that were asked so many seconds ago.")
    ] = 2,
) -> Response:
    """Every queue as it is now. Who asks for this makes the queues be asked; when nobody does, they are not."""
    running = runtime.current()
    views = await running.queue_watch.look(identity, every)
    counts = await running.check_queue.counts(identity)
    open_rows = sorted(
        (row for row in running.board if row.breaker.phase != "closed"), key=lambda row: row.definition.service_id
    )
    own = {
        "breaker": shown_breaker(await running.check_queue.find(identity)),
        "job_counts": shown_counts(counts),
        "oldest_wait_seconds": None if counts is None else counts.oldest_wait_seconds,
        "samples": [[stamp(each.at), each.waiting, each.running] for each in running.check_queue.samples],
        "events": [
            {"at": stamp(event.at), "state": event.state, "who": event.who, "reason": event.reason}
            for event in await running.check_queue.events(identity)
        ],
    }
    answer = {
        "own": own,
        "items": [_shown(view) for view in views],
        "breakers": [shown_breaker_of(row) for row in open_rows[:BREAKERS_LIMIT]],
        "breakers_total": len(open_rows),
        "next_seconds": round(running.queue_watch.next_seconds(every), 3),
    }
    return answer_of(request, answer)


@router.post("/{service_id}/open", response_model=QueueObject)
async def open_queue(service_id: str, identity: _Operator, given: QueueOrder | None = None) -> dict[str, Any]:
    """Order the queue's own API to open its circuit breaker. 409 says in its words why it does not."""
    return await _ordered(service_id, identity, "open", given)


@router.post("/{service_id}/close", response_model=QueueObject)
async def close_queue(service_id: str, identity: _Operator, given: QueueOrder | None = None) -> dict[str, Any]:
    """Order the queue's own API to close its circuit breaker. 409 says in its words why it does not."""
    return await _ordered(service_id, identity, "close", given)


@router.post("/{service_id}/retry", response_model=QueueObject)
async def retry_queue(service_id: str, identity: _Reader) -> dict[str, Any]:
    """Ask the queue at once, however long it was to be left alone."""
    watch = runtime.current().queue_watch
    await watch.retry(identity, service_id)
    return _shown(watch.view(service_id))


async def _ordered(
    service_id: str, identity: Identity, action: Literal["open", "close"], given: QueueOrder | None
) -> dict[str, Any]:
    watch = runtime.current().queue_watch
    await watch.operate(identity, service_id, action, "" if given is None else given.reason)
    return _shown(watch.view(service_id))


def _shown(view: QueueView) -> dict[str, Any]:
    breaker, counts = view.breaker, view.counts
    return {
        "service_id": view.service.service_id,
        "label": view.service.label,
        "connection": view.connection,
        "state": None if breaker is None else breaker.state,
        "opened_at": None if breaker is None else stamp(breaker.opened_at),
        "closed_at": None if breaker is None else stamp(breaker.closed_at),
        "metadata": {} if breaker is None else dict(breaker.metadata),
        "job_counts": None if counts is None else dict(counts.jobs),
        "oldest_wait_seconds": None if counts is None else counts.oldest_wait_seconds,
        "counts_error": view.counts_error,
        "read_at": stamp(view.read_at),
        "failures": view.failures,
        "is_unclear": view.is_unclear,
        "error": view.error,
        "retry_seconds": round(view.retry_seconds, 1),
        "samples": [[stamp(at), waiting, active] for at, waiting, active in view.samples],
        "events": [
            {"at": stamp(event.at), "state": event.state, "who": "", "reason": event.reason} for event in view.events
        ],
        "may_open": view.may_open,
        "may_close": view.may_close,
    }
