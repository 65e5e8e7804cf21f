"""`/api/maintenance-windows`: when nothing of some services counts, once or again and again."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.scopes import ScopeBody
from monitor_app.api.spans import Moment
from monitor_app.domain.alerting.recurrence import MINUTES_MAX, MINUTES_MIN, RECURRENCE_LIMIT, Occurrence
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import MAINTENANCE_WRITE, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.maintenance_windows import (
    CALENDAR_DAYS_MAX,
    NAME_LIMIT,
    PUBLIC_TITLE_LIMIT,
    REASON_LIMIT,
    WindowView,
)

CREATED, NO_CONTENT = 201, 204
CALENDAR: Final = timedelta(days=35)
router = APIRouter(prefix="/maintenance-windows", tags=["maintenance"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(MAINTENANCE_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["Updates on Sunday"])]
_Reason = Annotated[str, Field(max_length=REASON_LIMIT, examples=["new packages"])]
_Public = Annotated[
    str,
    Field(
        max_length=PUBLIC_TITLE_LIMIT,
        description="What readers of status pages are told that show one of the services; empty: nothing.",
        examples=[""],
    ),
]
_Local = Annotated[
    str, Field(max_length=16, description="By the wall clock of the time zone.", examples=["2026-05-24T02:00"])
]
_Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])]
_Minutes = Annotated[int, Field(ge=MINUTES_MIN, le=MINUTES_MAX, examples=[90])]
_Recurrence = Annotated[
    str,
    Field(
        max_length=RECURRENCE_LIMIT,
        description="The value of an RRULE (RFC 5545); empty: once.",
        examples=["FREQ=WEEKLY;BYDAY=SU"],
    ),
]
_Switch = Annotated[bool, Field(strict=True, examples=[True])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class WindowBody(_Input):
    """A new window."""

    name: _Name
    reason: _Reason = ""
    public_title: _Public = ""
    scope: ScopeBody = Field(default_factory=ScopeBody)
    starts_at: _Local
    time_zone: _Zone = "UTC"
    minutes: _Minutes = 60
    recurrence: _Recurrence = ""
    enabled: _Switch = True


class WindowPatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"minutes": 120}]}
    )

    name: _Name = ""
    reason: _Reason = ""
    public_title: _Public = ""
    scope: ScopeBody = Field(default_factory=ScopeBody)
    starts_at: _Local = ""
    time_zone: _Zone = "UTC"
    minutes: _Minutes = 60
    recurrence: _Recurrence = ""
    enabled: _Switch = True


class SkipBody(_Input):
    """The occurrence that does not happen, or ends now, by its local beginning."""

    occurrence: _Local


class PreviewBody(_Input):
    """A window that is to be planned, or changed."""

    window_id: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="The one that is to be changed.")] = None
    scope: ScopeBody = Field(default_factory=ScopeBody)
    starts_at: _Local
    time_zone: _Zone = "UTC"
    minutes: _Minutes = 60
    recurrence: _Recurrence = ""


class OccurrenceOut(BaseModel):
    """One time of a window."""

    occurrence: str = Field(description="Its beginning by the wall clock.", examples=["2026-05-24T02:00"])
    starts_at: str = Field(examples=[_WHEN])
    ends_at: str = Field(examples=[_WHEN])


class WindowOut(BaseModel):
    """A window, with what is on now and comes next."""

    window_id: int = Field(examples=[3])
    name: str = Field(examples=["Updates on Sunday"])
    reason: str = Field(examples=["new packages"])
    public_title: str = Field(examples=[""])
    scope: dict[str, list[str]] = Field(examples=[{}])
    services: int = Field(description="How many services it is about now.", examples=[12])
    starts_at: str = Field(examples=["2026-05-24T02:00"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    minutes: int = Field(examples=[90])
    recurrence: str = Field(examples=["FREQ=WEEKLY;BYDAY=SU"])
    enabled: bool = Field(examples=[True])
    who: str = Field(description="Who made it.", examples=["ada"])
    now: OccurrenceOut | None = Field(description="null: it is off.")
    next: OccurrenceOut | None = Field(description="null: it does not come again.")
    clashes: list[str] = Field(description="Other windows that are on at the same time.", examples=[[]])


class WindowList(BaseModel):
    """All windows, by name."""

    items: list[WindowOut]


class PlannedOut(OccurrenceOut):
    """An occurrence in the calendar."""

    window_id: int = Field(examples=[3])
    name: str = Field(examples=["Updates on Sunday"])


class Calendar(BaseModel):
    """What is on in a span, in order."""

    items: list[PlannedOut]


class PreviewOut(BaseModel):
    """What would come of it."""

    items: list[OccurrenceOut] = Field(description="The next five times, with the one that would be on now.")
    services: int = Field(description="How many services it would be about now.", examples=[12])
    clashes: list[str] = Field(description="Other windows that are on at the same time.", examples=[[]])


class CalendarSpan(BaseModel):
    """From now on for five weeks, if both are left out."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, examples=["2026-05-17T00:00:00Z"])
    until: Moment | None = Field(None, description=f"At most {CALENDAR_DAYS_MAX} days later.")
    service: Annotated[
        str | None, Field(max_length=63, description="Only what this service would rest for.", examples=[None])
    ] = None


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=WindowList, responses=NOT_MODIFIED)
async def windows(request: Request, identity: _Reader) -> Response:
    """All windows."""
    found = await runtime.current().maintenance_windows.list_all(identity)
    return answer_of(request, {"items": [shown_window(view) for view in found]})


@router.get("/calendar", response_model=Calendar, responses=NOT_MODIFIED)
async def calendar(request: Request, span: Annotated[CalendarSpan, Query()], identity: _Reader) -> Response:
    """What is planned."""
    since = span.since or datetime.now(UTC)
    until = span.until or since + CALENDAR
    found = await runtime.current().maintenance_windows.calendar(identity, since, until, span.service)
    items = [{"window_id": one.window.pk, "name": one.window.name, **_occurrence(one.occurrence)} for one in found]
    return answer_of(request, {"items": items})


@router.get("/{window_id}", response_model=WindowOut, responses=NOT_MODIFIED)
async def window(request: Request, window_id: _Number, identity: _Reader) -> Response:
    """One window."""
    return answer_of(request, shown_window(await runtime.current().maintenance_windows.get(identity, window_id)))


@router.post("", response_model=WindowOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: WindowBody, identity: _Writer) -> dict[str, Any]:
    """Plan a window."""
    return shown_window(await runtime.current().maintenance_windows.create(identity, body.model_dump()))


@router.post("/preview", response_model=PreviewOut)
async def preview(body: PreviewBody, identity: _Writer) -> dict[str, Any]:
    """When a window would be on, daylight saving heeded; nothing is planned by it."""
    values = body.model_dump(exclude={"window_id"})
    found = await runtime.current().maintenance_windows.preview(identity, values, body.window_id or 0)
    items = [_occurrence(one) for one in found.occurrences]
    return {"items": items, "services": found.services, "clashes": list(found.clashes)}


@router.patch("/{window_id}", response_model=WindowOut)
async def change(window_id: _Number, body: WindowPatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named; what is on now follows within seconds."""
    values = body.model_dump(exclude_unset=True)
    return shown_window(await runtime.current().maintenance_windows.update(identity, window_id, values))


@router.delete("/{window_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(window_id: _Number, identity: _Writer) -> None:
    """Take a window away; what rests because of it goes on."""
    await runtime.current().maintenance_windows.delete(identity, window_id)


@router.post("/{window_id}/skip", response_model=WindowOut)
async def skip(window_id: _Number, body: SkipBody, identity: _Writer) -> dict[str, Any]:
    """Leave one occurrence out, or end the one that is on."""
    return shown_window(await runtime.current().maintenance_windows.skip(identity, window_id, body.occurrence))


def shown_window(view: WindowView) -> dict[str, Any]:
    """As the API and the screens tell it."""
    one = view.window
    return {
        "window_id": one.pk,
        "name": one.name,
        "reason": one.reason,
        "public_title": one.public_title,
        "scope": {name: list(values) for name, values in view.scope.items()},
        "services": view.services,
        "starts_at": one.starts_local.isoformat(timespec="minutes"),
        "time_zone": one.zone.key,
        "minutes": one.minutes,
        "recurrence": one.recurrence,
        "enabled": one.enabled,
        "who": one.who,
        "now": None if view.now is None else _occurrence(view.now),
        "next": None if view.following is None else _occurrence(view.following),
        "clashes": list(view.clashes),
    }


def _occurrence(one: Occurrence) -> dict[str, Any]:
    return {"occurrence": one.local, "starts_at": stamp(one.starts_at), "ends_at": stamp(one.ends_at)}
