"""`/api/sources/services/{id}/...`: what a source told of each check of a service, with any result and over a day."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.result_details import SectionOut
from monitor_app.api.service_models import SERVICE_ID_LIMIT
from monitor_app.api.source_rows import CheckOut
from monitor_app.api.status import row_of
from monitor_app.domain.told import CheckHistory, checks_of
from monitor_app.engine.ring import DayRing
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.state.rows.wire import wire_day
from monitor_app.use_cases.results import sections_for

router = APIRouter(prefix="/sources/services/{service_id}", tags=["sources"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop-1"])]
_ResultId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[4711])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"


class CheckChange(BaseModel):
    """A check has another status than before."""

    timestamp: str = Field(examples=[_WHEN])
    before: str = Field(description="In the source's own word; empty: it was not there.", examples=["passing"])
    word: str = Field(description="The same from then on; empty: it is not there any more.", examples=["critical"])
    output: str = Field(description="What it said then, at most 300 characters.", examples=["HTTP GET ...: 503"])


class CheckHistoryOut(CheckOut):
    """One check of a service, and what became of it."""

    output: str = Field(description="As it is kept with results: at most 300 characters.", examples=["HTTP GET ..."])
    is_there: bool = Field(description="Whether the source still tells of it.", examples=[True])
    day: list[Any] | None = Field(
        description="Its last 24 hours, as `day` of a service of a source has them.", examples=[[5934240, "*270,5*18"]]
    )
    changes: list[CheckChange] = Field(description="The last 20, newest first.")


class CheckHistories(BaseModel):
    """Every check of a service, and those that were there during the last 24 hours."""

    service_id: str = Field(examples=["shop-1"])
    checks: list[CheckHistoryOut]


class ToldResult(BaseModel):
    """What a result was made of."""

    service_id: str = Field(examples=["shop-1"])
    result_id: int = Field(examples=[4711])
    told_at: str = Field(
        description="When that was told; from then until this result no check had another status.", examples=[_WHEN]
    )
    checks: list[CheckOut]
    sections: list[SectionOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/history", response_model=CheckHistories, responses=NOT_MODIFIED)
async def history(request: Request, service_id: _ServiceId, identity: _Reader) -> Response:
    """Each check on its own: its last 24 hours in windows of five minutes, and its last changes."""
    running, pk = runtime.current(), _told_of(service_id)
    found = await running.told_checks.histories(identity, pk, datetime.now(UTC))
    return answer_of(request, {"service_id": service_id, "checks": [_shown(each) for each in found]})


@router.get("/results/{result_id}", response_model=ToldResult, responses=NOT_MODIFIED)
async def told(request: Request, service_id: _ServiceId, result_id: _ResultId, identity: _Reader) -> Response:
    """The checks that one result was made of, for each result that is kept. 404 before anything was told."""
    detail = await runtime.current().told_checks.at(identity, _told_of(service_id), result_id)
    may_read = identity.may(MONITOR_READ)
    checks = [each if may_read else {**each, "output": ""} for each in checks_of(detail.document)]
    shown = {"told_at": stamp(detail.checked_at), "checks": checks, "sections": sections_for(identity, detail)}
    return answer_of(request, {"service_id": service_id, "result_id": result_id} | shown)


def _told_of(service_id: str) -> int:
    row = row_of(service_id)
    if not row.definition.source:
        raise NotFound("no source tells of this service")
    return row.pk


def _shown(history: CheckHistory) -> dict[str, Any]:
    ring = DayRing()
    ring.replace([(start, ok, degraded, failed) for start, (ok, degraded, failed) in history.windows.items()])
    return {
        **history.check,
        "is_there": history.is_there,
        "day": wire_day(ring),
        "changes": [
            {"timestamp": stamp(each.at), "before": each.before, "word": each.word, "output": each.output}
            for each in history.changes
        ],
    }
