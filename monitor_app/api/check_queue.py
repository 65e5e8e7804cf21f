"""`/api/v1/queue`: the queue of all checks here, with the API that queues have; another Lightbulb can watch it."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.domain.check_queue import CheckQueue, JobCounts
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.breaker import REASON_LIMIT

router = APIRouter(prefix="/v1/queue", tags=["queues"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Operator = Annotated[Identity, requires(BREAKER_OPERATE)]
_WHEN: Final = "2026-05-17T12:00:00.000Z"


class QueueMetadata(BaseModel):
    """Who opened or closed it last, and why; empty where nobody ever did."""

    reason: str = Field(examples=["new disk"])
    by: str = Field(examples=["ada"])


class QueueBreakerData(BaseModel):
    """The circuit breaker. Open: no check is started."""

    state: Literal["open", "closed"] = Field(examples=["open"])
    opened_at: str | None = Field(examples=[_WHEN])
    closed_at: str | None = Field(examples=[None])
    metadata: QueueMetadata


class QueueBreakerAnswer(BaseModel):
    """The state of the circuit breaker."""

    status: Literal["success"] = "success"
    data: QueueBreakerData


class QueueJobCounts(BaseModel):
    """Checks: those that wait for their turn and those that run now; the others since the engine began."""

    waiting: int = Field(examples=[0])
    running: int = Field(examples=[2])
    done: int = Field(examples=[1200])
    failed: int = Field(examples=[3])
    retried: int = Field(examples=[4])


class QueueStatusData(BaseModel):
    """The whole queue. Counts are null while no engine runs, or none has told of itself yet."""

    circuit_breaker: QueueBreakerData
    job_counts: QueueJobCounts | None
    oldest_wait_seconds: float | None = Field(examples=[0.0])
    timestamp: str = Field(examples=[_WHEN])


class QueueStatusAnswer(BaseModel):
    """The whole queue."""

    status: Literal["success"] = "success"
    data: QueueStatusData


class QueueOrder(BaseModel):
    """Why it is opened or closed."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"reason": "new disk"}]}
    )

    reason: Annotated[str, Field(max_length=REASON_LIMIT, description='Kept as "no reason given" when left out.')] = ""


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/circuit-breaker-status", response_model=QueueBreakerAnswer, responses=NOT_MODIFIED)
async def circuit_breaker_status(request: Request, identity: _Reader) -> Response:
    """Whether checks are started."""
    return answer_of(request, _answer(await runtime.current().check_queue.find(identity)))


@router.get("/status", response_model=QueueStatusAnswer, responses=NOT_MODIFIED)
async def status(request: Request, identity: _Reader) -> Response:
    """The circuit breaker, and how many checks wait, run and are done."""
    queue = runtime.current().check_queue
    found, counts = await queue.find(identity), await queue.counts(identity)
    data = {
        "circuit_breaker": shown_breaker(found),
        "job_counts": shown_counts(counts),
        "oldest_wait_seconds": None if counts is None else counts.oldest_wait_seconds,
        "timestamp": stamp(SystemClock().now()),
    }
    return answer_of(request, {"status": "success", "data": data})


@router.post("/open-circuit-breaker", response_model=QueueBreakerAnswer)
async def open_circuit_breaker(identity: _Operator, given: QueueOrder | None = None) -> dict[str, Any]:
    """Start no check any more. What is open stays as it is."""
    running = runtime.current()
    found = await running.check_queue.open(identity, "" if given is None else given.reason)
    await running.follower.read_now()
    return _answer(found)


@router.post("/close-circuit-breaker", response_model=QueueBreakerAnswer)
async def close_circuit_breaker(identity: _Operator, given: QueueOrder | None = None) -> dict[str, Any]:
    """Check again. What is closed stays as it is."""
    running = runtime.current()
    found = await running.check_queue.close(identity, "" if given is None else given.reason)
    await running.follower.read_now()
    return _answer(found)


def shown_breaker(queue: CheckQueue) -> dict[str, Any]:
    """As the API and the page tell it."""
    return {
        "state": queue.state,
        "opened_at": stamp(queue.opened_at),
        "closed_at": stamp(queue.closed_at),
        "metadata": {"reason": queue.reason, "by": queue.by_name},
    }


def shown_counts(counts: JobCounts | None) -> dict[str, int] | None:
    """The same of the checks."""
    if counts is None:
        return None
    return {name: getattr(counts, name) for name in QueueJobCounts.model_fields}


def _answer(queue: CheckQueue) -> dict[str, Any]:
    return {"status": "success", "data": shown_breaker(queue)}
