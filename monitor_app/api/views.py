"""`/api/views`: filters, order and columns of lists, kept under a name."""

from dataclasses import asdict
from typing import Annotated, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.domain.saved_view import NAME_LIMIT, QUERY_LIMIT, SavedView
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime

PATH: Final = "/views"
CREATED, NO_CONTENT = 201, 204

router = APIRouter(prefix=PATH, tags=["views"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Page = Literal["board", "services", "relations", "map", "groups"]
_ViewId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[7])]
_WHEN = "2026-05-17T12:00:00.000Z"
_DOWN = "status=failed&sort=-changed"


class ViewOut(BaseModel):
    """A view that is one's own, or that somebody shares."""

    view_id: int = Field(examples=[7])
    page: str = Field(examples=["services"])
    name: str = Field(examples=["Down in production"])
    query: str = Field(description="What stands in the address after the question mark.", examples=[_DOWN])
    owner: str = Field(examples=["ada"])
    is_own: bool = Field(examples=[True])
    is_shared: bool = Field(examples=[False])
    is_default: bool = Field(description="One comes to it when the address asks for nothing.", examples=[False])
    updated_at: str = Field(examples=[_WHEN])


class ViewList(BaseModel):
    """One's own first, then those that others share, by name."""

    items: list[ViewOut]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ViewBody(_Input):
    """A new view."""

    page: _Page = Field(description="Which list.", examples=["services"])
    name: str = Field(min_length=1, max_length=NAME_LIMIT, examples=["Down in production"])
    query: str = Field("", max_length=QUERY_LIMIT, examples=[_DOWN])
    is_shared: bool = Field(False, description="For all; takes the permission service:write.", examples=[False])
    is_default: bool = Field(False, description="Instead of another one.", examples=[False])


class ViewPatch(_Input):
    """What is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=NAME_LIMIT, examples=["Down"])
    query: str | None = Field(None, max_length=QUERY_LIMIT, examples=[_DOWN])
    is_shared: bool | None = Field(None, examples=[True])
    is_default: bool | None = Field(None, examples=[False])


class ViewQuery(BaseModel):
    """Of which list."""

    model_config = ConfigDict(extra="forbid")

    page: _Page | None = Field(None, description="Of which list; left out: of all.", examples=["services"])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("")
async def views(wanted: Annotated[ViewQuery, Query()], identity: _Reader) -> ViewList:
    """One's own views and those that others share; at most 500."""
    found = await runtime.current().saved_views.list_for(identity, wanted.page or "")
    return ViewList(items=[_out(view, identity) for view in found])


@router.post("", status_code=CREATED)
async def create(body: ViewBody, identity: _Reader) -> ViewOut:
    """Keep a view. 409 when one has another of this name."""
    made = await runtime.current().saved_views.create(identity, body.page, body.model_dump(exclude={"page"}))
    return _out(made, identity)


@router.patch("/{view_id}")
async def change(view_id: _ViewId, body: ViewPatch, identity: _Reader) -> ViewOut:
    """Change what is named; for the owner and administrators."""
    values = body.model_dump(exclude_none=True)
    return _out(await runtime.current().saved_views.change(identity, view_id, values), identity)


@router.delete("/{view_id}", status_code=NO_CONTENT, response_class=Response)
async def remove(view_id: _ViewId, identity: _Reader) -> None:
    """Forget a view; for the owner and administrators."""
    await runtime.current().saved_views.remove(identity, view_id)


def _out(view: SavedView, identity: Identity) -> ViewOut:
    values = {name: value for name, value in asdict(view).items() if name in ViewOut.model_fields}
    own = {"view_id": view.pk, "is_own": view.account_pk == identity.account_pk}
    return ViewOut(**values | own | {"updated_at": stamp(view.updated_at)})
