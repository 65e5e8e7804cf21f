"""`/api/breakers`: services whose checks a circuit breaker pauses; opening and closing one by hand."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.listing import Listing, page_of
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.board import BoardRow
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.breaker import MINUTES_MAX, REASON_LIMIT

ACCEPTED = 202
Phase = Literal["closed", "open", "half_open"]

router = APIRouter(prefix="/breakers", tags=["breakers"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Operator = Annotated[Identity, requires(BREAKER_OPERATE)]


class BreakerObject(BaseModel):
    """The circuit breaker of a service."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    phase: Phase = Field(
        description="open: nothing is checked; half_open: the next check decides; closed: checks go on.",
        examples=["open"],
    )
    opened_at: str | None = Field(examples=["2026-05-17T12:00:00.000Z"])
    until: str | None = Field(description="null: until somebody closes it.", examples=["2026-05-17T12:30:00.000Z"])
    failures: int = Field(description="So many failures in a row opened it.", examples=[0])
    who: str = Field(description="Who opened it; empty: it opened by itself.", examples=["ada"])
    reason: str = Field(examples=["new disk"])


class Breakers(BaseModel):
    """A page of circuit breakers."""

    items: list[BreakerObject]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class WantedBreakers(Listing):
    """Which breakers; all that are not closed, unless a phase is named. By service_id."""

    phase: Phase | None = None


class OpenBreaker(BaseModel):
    """Why nothing shall be checked, and for how long."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "new disk", "minutes": 30}]})

    reason: Annotated[str, Field(min_length=1, max_length=REASON_LIMIT, description="What others read.")]
    minutes: Annotated[float, Field(strict=True, gt=0, le=MINUTES_MAX, allow_inf_nan=False)] | None = Field(
        None, description="null: until somebody closes it."
    )


class CloseBreaker(BaseModel):
    """Why checks go on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the disk is in"}]})

    reason: Annotated[str, Field(max_length=REASON_LIMIT)] = ""


class BreakerOrdered(BaseModel):
    """An order that the engine carries out within about a second; then the breaker is as it says."""

    service_id: str = Field(examples=["shop"])
    action: Literal["open", "close"] = Field(examples=["open"])
    number: int = Field(description="Each order of a service has a higher number than the last.", examples=[3])
    who: str = Field(examples=["ada"])
    reason: str = Field(examples=["new disk"])
    at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    until: str | None = Field(examples=["2026-05-17T12:30:00.000Z"])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=Breakers, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def breakers(request: Request, wanted: Annotated[WantedBreakers, Query()], identity: _Reader) -> Response:
    """The circuit breakers that are not closed, page by page."""
    found = [row for row in runtime.current().board if _is_wanted(wanted.phase, row.breaker.phase)]
    found.sort(key=lambda row: row.definition.service_id)
    page = page_of(found, wanted, lambda row: row.pk, shown_breaker_of, tuple(BreakerObject.model_fields))
    return answer_of(request, page)


@router.post("/{service_id}/open", status_code=ACCEPTED, response_model=BreakerOrdered)
async def open_breaker(service_id: str, given: OpenBreaker, identity: _Operator) -> dict[str, Any]:
    """Pause the checks of a service, for some minutes or until somebody closes it."""
    running = runtime.current()
    changed = await running.breaker.open(identity, service_id, given.reason, given.minutes)
    await running.follower.read_now()
    return _ordered(changed)


@router.post("/{service_id}/close", status_code=ACCEPTED, response_model=BreakerOrdered)
async def close_breaker(service_id: str, identity: _Operator, given: CloseBreaker | None = None) -> dict[str, Any]:
    """Check a service again, at once."""
    running = runtime.current()
    changed = await running.breaker.close(identity, service_id, "" if given is None else given.reason)
    await running.follower.read_now()
    return _ordered(changed)


def _is_wanted(wanted: Phase | None, phase: str) -> bool:
    return phase != "closed" if wanted is None else phase == wanted


def shown_breaker_of(row: BoardRow) -> dict[str, Any]:
    """As the API and the page about queues tell it."""
    breaker = row.breaker
    return {
        "service_id": row.definition.service_id,
        "label": row.definition.label,
        "phase": breaker.phase,
        "opened_at": stamp(breaker.opened_at),
        "until": stamp(breaker.until),
        "failures": breaker.failures,
        "who": breaker.who,
        "reason": breaker.reason,
    }


def _ordered(service: ServiceDefinition) -> dict[str, Any]:
    order = service.breaker_order
    assert order is not None
    return {
        "service_id": service.service_id,
        "action": order.action,
        "number": order.number,
        "who": order.who,
        "reason": order.reason,
        "at": stamp(order.at),
        "until": stamp(order.until),
    }
