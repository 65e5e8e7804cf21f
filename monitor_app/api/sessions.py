"""`/api/sessions`: the browsers in which one is logged in oneself."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Path
from pydantic import BaseModel, Field

from monitor_app.api.access import requires
from monitor_app.domain.account import SessionView
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import PROFILE_MANAGE, Identity
from monitor_app.state import runtime

NO_CONTENT = 204

router = APIRouter(prefix="/sessions", tags=["sessions"])
_Owner = Annotated[Identity, requires(PROFILE_MANAGE)]


class Session(BaseModel):
    """A browser that is logged in."""

    session_id: int = Field(examples=[7])
    device: str = Field(examples=["Firefox on Linux"])
    address: str = Field(examples=["192.0.2.7"])
    created_at: str | None = Field(examples=["2026-05-17T12:00:00.000Z"])
    used_at: str | None = Field(examples=["2026-05-17T12:30:00.000Z"])
    ends_at: str | None = Field(description="Whatever happens until then.", examples=["2026-06-16T12:00:00.000Z"])
    is_kept: bool = Field(description="Whether it outlives the browser's end.", examples=[False])
    is_own: bool = Field(description="Whether it sends this request.", examples=[True])


class EndedSessions(BaseModel):
    """How many have ended."""

    ended: int = Field(examples=[2])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def sessions(identity: _Owner) -> list[Session]:
    """One's own, the last used first; at most 50."""
    return [_shown(view) for view in await runtime.current().profile.sessions(identity)]


@router.delete("")
async def end_others(identity: _Owner) -> EndedSessions:
    """End all but the one that sends this."""
    return EndedSessions(ended=await runtime.current().profile.end_all_sessions(identity))


@router.delete("/{session_id}", status_code=NO_CONTENT)
async def end(session_id: Annotated[int, Path(ge=1, lt=2**31)], identity: _Owner) -> None:
    """End one of one's own."""
    await runtime.current().profile.end_session(identity, session_id)


def _shown(view: SessionView) -> Session:
    return Session(
        session_id=view.pk,
        device=view.device,
        address=view.address,
        created_at=stamp(view.created_at),
        used_at=stamp(view.used_at),
        ends_at=stamp(view.ends_at),
        is_kept=view.is_kept,
        is_own=view.is_own,
    )
