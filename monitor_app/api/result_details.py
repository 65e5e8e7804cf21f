"""`/api/services/{id}/results/{result_id}`, `.../report`, `.../downtime.csv`: what a check showed in full; a file."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.history import Result, shown_result
from monitor_app.api.spans import Span
from monitor_app.api.status import row_of
from monitor_app.domain.report import ResultDetail
from monitor_app.engine.status_object import stamp
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.results import sections_for

router = APIRouter(prefix="/services/{service_id}", tags=["history"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_ResultId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[4711])]
CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class SectionOut(BaseModel):
    """A part of what a check showed. Private parts hold what a service answered, for those with result:detail."""

    title: str = Field(examples=["Headers"])
    form: str = Field(description="facts (name and value), table or text.", examples=["table"])
    columns: list[str] = Field(description="Of a table.", examples=[["Header", "Value"]])
    rows: list[list[str]] = Field(description="Of facts or of a table.", examples=[[["Server", "nginx"]]])
    text: str = Field(description="Of a text.", examples=[""])
    is_private: bool = Field(examples=[True])
    is_cut: bool = Field(description="There was more than is kept.", examples=[False])
    is_hidden: bool = Field(description="It is not for you: private, or you have no account.", examples=[False])


class FullResult(BaseModel):
    """A result, and what its check showed in full."""

    result: Result
    sections: list[SectionOut]


class ReportOut(BaseModel):
    """What the last check showed that is kept in full; null and empty while there is none."""

    service_id: str = Field(examples=["shop"])
    result_id: int | None = Field(examples=[4711])
    timestamp: str | None = Field(examples=["2026-05-17T12:00:00.120Z"])
    status: str | None = Field(examples=["OK"])
    sections: list[SectionOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/results/{result_id}", response_model=FullResult, responses=NOT_MODIFIED)
@router.head("/results/{result_id}", include_in_schema=False)
async def in_full(request: Request, service_id: str, result_id: _ResultId, identity: _Reader) -> Response:
    """One result in full: of each service the newest is kept, and the last ten that were not good. 404 for others."""
    result, detail = await runtime.current().results.in_full(identity, row_of(service_id).pk, result_id)
    return answer_of(request, {"result": shown_result(result), "sections": _sections(detail, identity)})


@router.get("/report", response_model=ReportOut, responses=NOT_MODIFIED)
@router.head("/report", include_in_schema=False)
async def report(request: Request, service_id: str, identity: _Reader) -> Response:
    """What the kind of a service knows of it: certificates, DNS records, processes, headers, ..."""
    detail = await runtime.current().results.newest_in_full(identity, row_of(service_id).pk)
    told: dict[str, Any] = {"result_id": None, "timestamp": None, "status": None, "sections": []}
    if detail is not None:
        told = {
            "result_id": detail.result_id,
            "timestamp": stamp(detail.checked_at),
            "status": detail.status.name,
            "sections": _sections(detail, identity),
        }
    return answer_of(request, {"service_id": service_id, **told})


@router.get("/downtime.csv", response_class=Response, responses=CSV)
async def downtime_file(service_id: str, wanted: Annotated[Span, Query()], identity: _Reader) -> Response:
    """The downtimes that touch a span as a CSV file, at most the last 10,000; of all times without `since`."""
    until = wanted.until or datetime.now(UTC)
    if wanted.since is not None and wanted.since >= until:
        raise InvalidInput({"since": "must be before until, and not in the future"})
    row = row_of(service_id)
    content = await runtime.current().downtimes.as_csv(identity, row.pk, wanted.since, until)
    headers = {
        "Content-Disposition": f'attachment; filename="{row.definition.service_id}-downtime.csv"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _sections(detail: ResultDetail, identity: Identity) -> list[dict[str, Any]]:
    return sections_for(identity, detail)
