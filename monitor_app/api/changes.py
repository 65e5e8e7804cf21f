"""`/api/admin/changes`: what the caller has changed, to take it back or to do it again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import requires
from monitor_app.api.described import PROBLEMS
from monitor_app.domain.change import ChangeState
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.undo import LIST_LIMIT, TitledChange

# What a column of whole numbers holds.
ID_LIMIT = 2**31 - 1

router = APIRouter(prefix="/admin/changes", tags=["changes"], responses=PROBLEMS)
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_ChangeId = Annotated[int, Path(ge=1, le=ID_LIMIT, examples=[42])]


class ChangeListing(BaseModel):
    """Which changes."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=LIST_LIMIT)] = 50
    before: Annotated[int | None, Field(ge=1, le=ID_LIMIT, description="Only those before this change_id.")] = None


class ChangeOut(BaseModel):
    """Something that the caller has done. `done` can be undone, `undone` can be done again, `final` neither."""

    change_id: int = Field(examples=[42])
    at: datetime = Field(examples=["2026-05-17T12:00:00Z"])
    action: str = Field(examples=["service.delete"])
    title: str = Field(examples=["deleting Shop"])
    state: ChangeState = Field(examples=["done"])
    objects: int = Field(description="How many services and relations it changed.", examples=[1])


class ChangesOut(BaseModel):
    """Changes, the newest first; `next_before` is the `before` of the next page, null on the last."""

    items: list[ChangeOut]
    next_before: int | None = Field(examples=[None])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=ChangesOut)
async def changes(wanted: Annotated[ChangeListing, Query()], identity: _Writer) -> ChangesOut:
    """What the caller has changed in the last 90 days."""
    found: list[TitledChange] = await runtime.current().undo.changes(identity, wanted.limit, wanted.before)
    is_full = len(found) == wanted.limit
    return ChangesOut(items=[_out(one) for one in found], next_before=found[-1].change.pk if is_full else None)


@router.post("/undo", response_model=ChangeOut)
async def undo(identity: _Writer) -> ChangeOut:
    """Take back the caller's last change of the last 24 hours; 404 when there is none.

    409 when somebody changed the same since: `changed` tells who, and what differs. Nothing is undone then.
    """
    return await _told(await runtime.current().undo.undo(identity), "undone")


@router.post("/redo", response_model=ChangeOut)
async def redo(identity: _Writer) -> ChangeOut:
    """Do again what the caller undid last; 404 when there is nothing, as after any other change. 409 as with undo."""
    return await _told(await runtime.current().undo.redo(identity), "done")


@router.post("/{change_id}/undo", response_model=ChangeOut)
async def undo_change(change_id: _ChangeId, identity: _Writer) -> ChangeOut:
    """Take back one change of the caller's own. 409 as with undo, and when it is undone already or final."""
    return await _told(await runtime.current().undo.undo_change(identity, change_id), "undone")


@router.post("/{change_id}/redo", response_model=ChangeOut)
async def redo_change(change_id: _ChangeId, identity: _Writer) -> ChangeOut:
    """Do again a change that was undone. 409 as with undo, and when something else was done since."""
    return await _told(await runtime.current().undo.redo_change(identity, change_id), "done")


async def _told(one: TitledChange, state: ChangeState) -> ChangeOut:
    await runtime.current().follower.read_now()
    return _out(one).model_copy(update={"state": state})


def _out(one: TitledChange) -> ChangeOut:
    change = one.change
    return ChangeOut(
        change_id=change.pk,
        at=change.at,
        action=change.action,
        title=one.title,
        state=change.state,
        objects=change.items,
    )
