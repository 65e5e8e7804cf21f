"""`/api/audit`: the audit log page by page, and whether it is whole; `/api/audit.csv` and `.json` to take away."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.listing import LIMIT, wanted_fields
from monitor_app.api.spans import Moment
from monitor_app.domain.audit import AuditFilter, AuditLine
from monitor_app.security.permissions import AUDIT_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.audit_log import PAGE_LIMIT, Verified, line_document

router = APIRouter(tags=["audit"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(AUDIT_READ)]
_Text = Annotated[str, Field(max_length=200)]


class Wanted(BaseModel):
    """Which lines; what is left out does not count. `search` is part of the target, times have a zone."""

    model_config = ConfigDict(extra="forbid")

    who: _Text = ""
    action: _Text = ""
    target_type: _Text = ""
    outcome: _Text = ""
    search: _Text = ""
    since: Moment | None = None
    until: Moment | None = None


class WantedPage(Wanted):
    """The same page by page. `fields`: the names of those that each line shall have, with commas between."""

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = LIMIT
    cursor: Annotated[str, Field(pattern=r"^[0-9]{0,18}$")] = Field("", description="next_cursor of the answer before.")
    fields: Annotated[str, Field(max_length=1000)] = ""


class Line(BaseModel):
    """What somebody did. The lines of a bulk are one: `before` and `after` are lists then."""

    id: int = Field(examples=[4711])
    at: str = Field(examples=["2026-05-17T12:00:00.120+00:00"])
    who: str = Field(examples=["ada"])
    role: str = Field(examples=["admin"])
    via: str = Field(description="How they proved who they are.", examples=["session 12"])
    address: str = Field(examples=["192.0.2.7"])
    action: str = Field(examples=["service.update"])
    target_type: str = Field(examples=["service"])
    target: str = Field(examples=["shop"])
    outcome: str = Field(examples=["done"])
    times: int = Field(description="A denial that came again and again is one line.", examples=[1])
    correlation_id: str = Field(examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f0"])
    before: Any = Field(examples=[{"service_id": "shop", "enabled": True}])
    after: Any = Field(examples=[{"service_id": "shop", "enabled": False}])
    previous_hash: str = Field(description="Of the line before.")
    hash: str = Field(description="SHA-256 over the line before and all that this one says.")


class Lines(BaseModel):
    """A page of the log, the newest lines first."""

    items: list[Line]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=["4662"])


class Verification(BaseModel):
    """Whether the chain of hashes holds from the first line to the last."""

    valid: bool = Field(examples=[True])
    lines: int = Field(description="So many hold.", examples=[4711])
    broken_id: int | None = Field(description="The first line that does not.", examples=[None])
    reason: str = Field(examples=[""])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/audit", response_model=Lines, responses=NOT_MODIFIED)
@router.head("/audit", include_in_schema=False)
async def audit_page(request: Request, wanted: Annotated[WantedPage, Query()], identity: _Reader) -> Response:
    """The lines, the newest first, page by page."""
    names = wanted_fields(wanted.fields, tuple(Line.model_fields))
    before_id = int(wanted.cursor) if wanted.cursor else None
    found: list[AuditLine] = await runtime.current().audit_log.page(
        identity, _filter(wanted), before_id=before_id, limit=wanted.limit
    )
    documents = [line_document(line) for line in found]
    return answer_of(
        request,
        {
            "items": [{name: each[name] for name in names or each} for each in documents],
            "next_cursor": str(found[-1].id) if len(found) == wanted.limit else None,
        },
    )


@router.get("/audit/verify")
async def audit_verify(identity: _Reader) -> Verification:
    """Follow the chain of hashes through the whole log: a line that was changed, added or removed breaks it."""
    found: Verified = await runtime.current().audit_log.verify(identity)
    return Verification(
        valid=found.broken is None,
        lines=found.lines,
        broken_id=None if found.broken is None else found.broken.id,
        reason="" if found.broken is None else found.broken.reason,
    )


@router.get("/audit.csv", response_class=StreamingResponse)
async def audit_csv(wanted: Annotated[Wanted, Query()], identity: _Reader) -> StreamingResponse:
    """The lines as a table, the oldest first. No cell begins as a formula does."""
    return _file(runtime.current().audit_log.export_csv(identity, _filter(wanted)), "text/csv", "audit.csv")


@router.get("/audit.json", response_class=StreamingResponse)
async def audit_json(wanted: Annotated[Wanted, Query()], identity: _Reader) -> StreamingResponse:
    """The lines as a JSON list, the oldest first."""
    return _file(runtime.current().audit_log.export_json(identity, _filter(wanted)), "application/json", "audit.json")


def _filter(wanted: Wanted) -> AuditFilter:
    return AuditFilter(**wanted.model_dump(include=set(Wanted.model_fields)))


def _file(lines: AsyncIterator[str], media_type: str, name: str) -> StreamingResponse:
    return StreamingResponse(
        lines, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
