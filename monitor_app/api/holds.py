"""`/api/admin/services/{service_id}/pause` and its like: services that rest for a while, with a reason and an end."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.admin_services import PATH, shown_as_changed
from monitor_app.api.described import PROBLEMS
from monitor_app.api.service_models import SERVICE_ID_LIMIT, EndOfHold, ServiceOut
from monitor_app.api.status import row_of
from monitor_app.domain.hold import REASON_LIMIT
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.state import runtime

router = APIRouter(prefix=PATH, tags=["services"], responses=PROBLEMS)
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop"])]


class PauseBody(BaseModel):
    """Why nothing shall be checked, and until when."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: str = Field("", max_length=REASON_LIMIT, description="What others read.", examples=["a new disk"])
    until: EndOfHold = Field(
        None, description="RFC 3339, within a year; null: until somebody resumes it.", examples=[None]
    )


class MaintenanceBody(BaseModel):
    """Why nothing that is found shall count, and until when."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: str = Field("", max_length=REASON_LIMIT, description="What others read.", examples=["a new disk"])
    until: EndOfHold = Field(None, description="RFC 3339, within a year.", examples=["2026-05-17T14:00:00Z"])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.post("/{service_id}/pause", response_model=ServiceOut)
async def pause(
    request: Request, service_id: _ServiceId, identity: _Writer, given: PauseBody | None = None
) -> Response:
    """Stop checking a service, until then or until somebody resumes it. A paused one gets the new reason and end."""
    wanted = given or PauseBody()
    await runtime.current().holds.pause(identity, [service_id], wanted.reason, wanted.until)
    return await _shown(request, service_id)


@router.post("/{service_id}/resume", response_model=ServiceOut)
async def resume(request: Request, service_id: _ServiceId, identity: _Writer) -> Response:
    """Check a service again, at once."""
    await runtime.current().holds.resume(identity, [service_id])
    return await _shown(request, service_id)


@router.post("/{service_id}/maintenance", response_model=ServiceOut)
async def begin_maintenance(
    request: Request, service_id: _ServiceId, given: MaintenanceBody, identity: _Writer
) -> Response:
    """Let nothing that is found about a service count until then: it is checked, and shown as STOPPED."""
    await runtime.current().holds.begin_maintenance(identity, [service_id], given.reason, given.until)
    return await _shown(request, service_id)


@router.delete("/{service_id}/maintenance", response_model=ServiceOut)
async def end_maintenance(request: Request, service_id: _ServiceId, identity: _Writer) -> Response:
    """End the maintenance of a service now. It is checked at once, and that counts again."""
    await runtime.current().holds.end_maintenance(identity, [service_id])
    return await _shown(request, service_id)


async def _shown(request: Request, service_id: str) -> Response:
    await runtime.current().follower.read_now()
    return await shown_as_changed(request, row_of(service_id).pk)
