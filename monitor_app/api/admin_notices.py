"""`/api/admin/notices`: what people tell readers of status pages about incidents and maintenance."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.described import IDEMPOTENCY_KEY, PROBLEMS
from monitor_app.api.spans import Moment
from monitor_app.domain.notice import PAGES_LIMIT, SERVICES_LIMIT, TEXT_LIMIT, TITLE_LIMIT, Notice
from monitor_app.domain.status_page import SLUG_LIMIT
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import STATUS_PAGE_WRITE, Identity
from monitor_app.state import runtime

PATH: Final = "/admin/notices"
CREATED, NO_CONTENT = 201, 204

router = APIRouter(prefix=PATH, tags=["status pages"], responses=PROBLEMS)
_Writer = Annotated[Identity, requires(STATUS_PAGE_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[4])]
_Kind = Literal["incident", "maintenance"]
_Impact = Literal["none", "minor", "major", "critical"]
_State = Literal["investigating", "identified", "monitoring", "resolved", "scheduled", "in-progress", "completed"]
_Names = Annotated[str, Field(max_length=SLUG_LIMIT)]
_Pages = Annotated[list[_Names], Field(max_length=PAGES_LIMIT, description="By slug.", examples=[["shop"]])]
_Services = Annotated[list[_Names], Field(max_length=SERVICES_LIMIT, description="By service_id.", examples=[["api"]])]
_Title = Annotated[str, Field(max_length=TITLE_LIMIT, examples=["Orders take long"])]
_Words = Annotated[str, Field(max_length=TEXT_LIMIT, examples=["We know why, and are working on it."])]
_WHEN: Final = "2026-05-17T12:00:00Z"


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NoticeBody(_Input):
    """A new notice with what is told first."""

    kind: _Kind = "incident"
    title: _Title
    impact: _Impact | None = Field(None, description="How much readers feel of it; minor, for maintenance none.")
    state: _State | None = Field(None, description="investigating, for maintenance scheduled.", examples=[None])
    text: _Words
    starts_at: Moment | None = Field(None, description="Now, if it is left out.", examples=[_WHEN])
    ends_at: Moment | None = Field(None, description="null: nobody knows.", examples=[None])
    pages: _Pages = Field(default_factory=list)
    services: _Services = Field(default_factory=list)


class NoticePatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"impact": "major"}]}
    )

    title: _Title = ""
    impact: _Impact = "minor"
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    pages: _Pages = Field(default_factory=list)
    services: _Services = Field(default_factory=list)


class UpdateBody(_Input):
    """How it goes on. The last state, resolved or completed, ends it."""

    state: _State | None = Field(None, description="As before, if it is left out.", examples=[None])
    text: _Words
    at: Moment | None = Field(None, description="Now, if it is left out.", examples=[None])


class UpdatePatch(_Input):
    """An update in other words."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"text": "In other words."}]}
    )

    state: _State = "investigating"
    text: _Words = ""
    at: Moment | None = None


class UndoBody(_Input):
    """Which change is meant."""

    updated_at: Moment = Field(description="As the answer to the change said.", examples=[_WHEN])


class UpdateOut(BaseModel):
    """What was told when, and by whom; readers do not learn the last."""

    update_id: int = Field(examples=[9])
    at: str = Field(examples=[_WHEN])
    state: str = Field(examples=["investigating"])
    text: str = Field(examples=["We are looking into it."])
    who: str = Field(examples=["ada"])


class NoticeOut(BaseModel):
    """A notice with all that was told, the newest first."""

    notice_id: int = Field(examples=[4])
    kind: str = Field(examples=["incident"])
    title: str = Field(examples=["Orders take long"])
    impact: str = Field(examples=["minor"])
    state: str = Field(examples=["investigating"])
    phase: str = Field(description="upcoming, current or past.", examples=["current"])
    starts_at: str = Field(examples=[_WHEN])
    ends_at: str | None
    who: str = Field(examples=["ada"])
    created_at: str = Field(examples=[_WHEN])
    updated_at: str = Field(examples=[_WHEN])
    pages: list[str]
    services: list[str]
    updates: list[UpdateOut]


class NoticePage(BaseModel):
    """One page of notices, those that began last first."""

    items: list[NoticeOut]
    total: int
    page: int
    pages: int


class WantedNotices(BaseModel):
    """Which notices."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    kind: _Kind | None = None
    status_page: Annotated[str, Field(max_length=SLUG_LIMIT)] = Field("", description="Of one status page, by slug.")
    is_open: bool = Field(False, description="Only those that nobody has ended.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=NoticePage)
async def notices(wanted: Annotated[WantedNotices, Query()], identity: _Writer) -> dict[str, Any]:
    """All notices, whichever page they stand on."""
    found, total = await runtime.current().notices.list_page(
        identity,
        limit=wanted.limit,
        offset=(wanted.page - 1) * wanted.limit,
        kind=wanted.kind or "",
        page=wanted.status_page,
        is_open=wanted.is_open,
    )
    pages = max(1, -(-total // wanted.limit))
    return {"items": await _shown(found), "total": total, "page": wanted.page, "pages": pages}


@router.post("", response_model=NoticeOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: NoticeBody, identity: _Writer) -> dict[str, Any]:
    """Tell something new. It stands on its pages as soon as this is answered."""
    return await _told(await runtime.current().notices.create(identity, body.model_dump(exclude_none=True)))


@router.get("/{notice_id}", response_model=NoticeOut)
async def notice(notice_id: _Number, identity: _Writer) -> dict[str, Any]:
    """One notice."""
    return (await _shown([await runtime.current().notices.get(identity, notice_id)]))[0]


@router.patch("/{notice_id}", response_model=NoticeOut)
async def change(notice_id: _Number, body: NoticePatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named; what was told so far stays."""
    values = body.model_dump(exclude_unset=True)
    return await _told(await runtime.current().notices.update(identity, notice_id, values))


@router.delete("/{notice_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(notice_id: _Number, identity: _Writer) -> None:
    """Take a notice away with all that was told."""
    running = runtime.current()
    await running.notices.delete(identity, notice_id)
    await running.status_press.read_now()


@router.post("/{notice_id}/restore", response_model=NoticeOut, status_code=CREATED)
async def restore(notice_id: _Number, identity: _Writer) -> dict[str, Any]:
    """Bring back a notice that was deleted in the last 15 minutes; it may have another number afterwards."""
    return await _told(await runtime.current().notices.restore(identity, notice_id))


@router.post("/{notice_id}/undo", response_model=NoticeOut)
async def undo(notice_id: _Number, body: UndoBody, identity: _Writer) -> dict[str, Any]:
    """Take back a change of the last 15 minutes: of the notice or of what it tells, unless it was changed since."""
    return await _told(await runtime.current().notices.undo(identity, notice_id, body.updated_at))


@router.post("/{notice_id}/updates", response_model=NoticeOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def add_update(notice_id: _Number, body: UpdateBody, identity: _Writer) -> dict[str, Any]:
    """Tell how it goes on."""
    values = body.model_dump(exclude_none=True)
    return await _told(await runtime.current().notices.add_update(identity, notice_id, values))


@router.patch("/{notice_id}/updates/{update_id}", response_model=NoticeOut)
async def change_update(notice_id: _Number, update_id: _Number, body: UpdatePatch, identity: _Writer) -> dict[str, Any]:
    """Tell an update in other words."""
    values = body.model_dump(exclude_unset=True)
    return await _told(await runtime.current().notices.change_update(identity, notice_id, update_id, values))


@router.delete("/{notice_id}/updates/{update_id}", response_model=NoticeOut)
async def delete_update(notice_id: _Number, update_id: _Number, identity: _Writer) -> dict[str, Any]:
    """Take an update back; the last one stays."""
    return await _told(await runtime.current().notices.delete_update(identity, notice_id, update_id))


async def _told(notice: Notice) -> dict[str, Any]:
    """After a change: it stands on its pages now."""
    await runtime.current().status_press.read_now()
    return (await _shown([notice]))[0]


async def _shown(found: Sequence[Notice]) -> list[dict[str, Any]]:
    pages, services = await runtime.current().notices.names(found)
    now = datetime.now(UTC)
    return [
        {
            "notice_id": one.pk,
            "kind": one.kind,
            "title": one.title,
            "impact": one.impact,
            "state": one.state,
            "phase": one.phase(now),
            "starts_at": stamp(one.starts_at),
            "ends_at": stamp(one.ends_at),
            "who": one.who,
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.updated_at),
            "pages": [pages[pk] for pk in one.page_pks if pk in pages],
            "services": [services[pk] for pk in one.service_pks if pk in services],
            "updates": [
                {"update_id": told.pk, "at": stamp(told.at), "state": told.state, "text": told.text, "who": told.who}
                for told in one.updates
            ],
        }
        for one in found
    ]
