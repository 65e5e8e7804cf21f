"""`/api/audit.csv` and `/api/audit.json`: the audit log to take away, for who may read it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from monitor_app.api.access import requires
from monitor_app.domain.audit import AuditFilter
from monitor_app.security.permissions import AUDIT_READ, Identity
from monitor_app.state import runtime

router = APIRouter(tags=["audit"])
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
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/audit.csv", response_class=StreamingResponse)
async def audit_csv(wanted: Annotated[Wanted, Query()], identity: _Reader) -> StreamingResponse:
    """The lines as a table, the oldest first. No cell begins as a formula does."""
    return _file(runtime.current().audit_log.export_csv(identity, _filter(wanted)), "text/csv", "audit.csv")


@router.get("/audit.json", response_class=StreamingResponse)
async def audit_json(wanted: Annotated[Wanted, Query()], identity: _Reader) -> StreamingResponse:
    """The lines as a JSON list, the oldest first."""
    return _file(runtime.current().audit_log.export_json(identity, _filter(wanted)), "application/json", "audit.json")


def _filter(wanted: Wanted) -> AuditFilter:
    return AuditFilter(**wanted.model_dump())


def _file(lines: AsyncIterator[str], media_type: str, name: str) -> StreamingResponse:
    return StreamingResponse(
        lines, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
