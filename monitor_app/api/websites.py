"""`/api/websites`: services that check a web address, in few and simple words.

Every service of kind http and type website is one, wherever it was made. `id` is its service_id.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api import listing
from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, expected_revision, tag_of_revision
from monitor_app.api.described import IDEMPOTENCY_KEY, IF_MATCH, NOT_MODIFIED
from monitor_app.api.history import downtimes_of, page_of, results_of
from monitor_app.api.spans import Backwards
from monitor_app.api.status import row_of
from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import LABEL_LIMIT
from monitor_app.domain.status import Status
from monitor_app.engine.board import BoardRow
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE, SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.storage.history import Incident
from monitor_app.use_cases.websites import is_website

router = APIRouter(prefix="/websites", tags=["websites"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Editor = Annotated[Identity, requires(SERVICE_WRITE)]
_Deleter = Annotated[Identity, requires(SERVICE_DELETE)]
INTERVAL_MIN, INTERVAL_MAX, INTERVAL_DEFAULT = 60, 3600, 300
URL_LIMIT: Final = 2048
CREATED, NO_CONTENT = 201, 204

_Url = Annotated[str, Field(min_length=1, max_length=URL_LIMIT, description="http:// or https://, unique.")]
_Name = Annotated[str, Field(max_length=LABEL_LIMIT, description="What people call it.")]
_Interval = Annotated[int, Field(strict=True, ge=INTERVAL_MIN, le=INTERVAL_MAX, description="Seconds between checks.")]
_Switch = Annotated[bool, Field(strict=True, description="Whether it is checked.")]


class NewWebsite(BaseModel):
    """A website to watch. It is checked with a deadline of 30 s, and down after 3 failures in a row."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://shop.example.org/", "name": "Shop"}]}
    )

    url: _Url
    name: _Name = ""
    enabled: _Switch = True
    check_interval: _Interval = INTERVAL_DEFAULT


class WebsiteChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"check_interval": 120}]})

    url: _Url = ""
    name: _Name = ""
    enabled: _Switch = True
    check_interval: _Interval = INTERVAL_DEFAULT


class Website(BaseModel):
    """A website that is watched."""

    id: str = Field(description="Its service_id.", examples=["shop"])
    url: str = Field(
        description="Without what stands behind a `?` for those who may not change services.",
        examples=["https://shop.example.org/"],
    )
    name: str = Field(examples=["Shop"])
    enabled: bool = Field(examples=[True])
    check_interval: int = Field(description="Seconds.", examples=[300])
    created_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    updated_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])


class Websites(BaseModel):
    """A page of websites."""

    items: list[Website]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class WebsiteCheck(BaseModel):
    """What one check of a website found."""

    id: int = Field(examples=[4711])
    website_id: str = Field(examples=["shop"])
    timestamp: str = Field(examples=["2026-05-17T12:00:00.120Z"])
    status_code: int | None = Field(description="Of the HTTP answer; null without one.", examples=[200])
    response_time: float | None = Field(description="Milliseconds.", examples=[34.2])
    is_available: bool | None = Field(description="null where that could not be found out.", examples=[True])
    error_message: str | None = Field(description="null when all is well.", examples=[None])


class WebsiteChecks(BaseModel):
    """A page of checks, the newest first."""

    items: list[WebsiteCheck]
    next_cursor: str | None = Field(examples=[None])


class WebsiteDowntime(BaseModel):
    """A time in which a website was down."""

    id: int = Field(examples=[17])
    website_id: str = Field(examples=["shop"])
    start_time: str = Field(examples=["2026-05-17T11:40:00.000Z"])
    end_time: str | None = Field(description="null while it lasts.", examples=["2026-05-17T11:52:00.000Z"])
    created_at: str = Field(description="The same as start_time.", examples=["2026-05-17T11:40:00.000Z"])


class WebsiteDowntimes(BaseModel):
    """A page of downtimes, the newest first."""

    items: list[WebsiteDowntime]
    next_cursor: str | None = Field(examples=[None])


class WantedWebsites(listing.Listing):
    """Which websites, and in which order; `-` before a name turns it round."""

    enabled: bool | None = Field(None, description="Only those that are checked, or only those that are not.")
    search: Annotated[str, Field(max_length=200)] = Field("", description="Words of name or address.")
    sort: Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] = "name"


class Deletion(BaseModel):
    """Whether relations of the website go, too; without it a website that has any is not deleted (409)."""

    model_config = ConfigDict(extra="forbid")

    cascade: bool = False


_SORT_KEYS: Final[dict[str, Callable[[BoardRow], Any]]] = {
    "name": lambda row: row.label_key,
    "created_at": lambda row: (row.definition.created_at, row.pk),
    "updated_at": lambda row: (row.definition.updated_at, row.pk),
}


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=Websites, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def websites(request: Request, wanted: Annotated[WantedWebsites, Query()], identity: _Reader) -> Response:
    """The websites that are watched, page by page."""
    words = wanted.search.casefold().split()
    rows = [
        row
        for row in runtime.current().board
        if is_website(row.definition)
        and wanted.enabled in (None, row.definition.enabled)
        and all(word in row.search_text for word in words)
    ]
    rows.sort(key=_SORT_KEYS[wanted.sort.removeprefix("-")], reverse=wanted.sort.startswith("-"))
    shown = partial(_shown, identity=identity)
    page = listing.page_of(rows, wanted, lambda row: row.pk, shown, tuple(Website.model_fields))
    return answer_of(request, page)


@router.post("", status_code=CREATED, response_model=Website, openapi_extra=IDEMPOTENCY_KEY)
async def add_website(request: Request, given: NewWebsite, identity: _Editor) -> Response:
    """Watch a website. 409 when there is one of this address already."""
    running = runtime.current()
    made = await running.websites.create(identity, **given.model_dump())
    await running.follower.read_now()
    return _answer(request, _website(made.service_id), identity, CREATED, Location=f"/api/websites/{made.service_id}")


@router.get("/{website_id}", response_model=Website, responses=NOT_MODIFIED)
@router.head("/{website_id}", include_in_schema=False)
async def website(request: Request, website_id: str, identity: _Reader) -> Response:
    """One website."""
    return _answer(request, _website(website_id), identity)


@router.patch("/{website_id}", response_model=Website, openapi_extra=IF_MATCH)
async def change_website(request: Request, website_id: str, given: WebsiteChange, identity: _Editor) -> Response:
    """Change some of it. With If-Match only while it is still as it was read."""
    running, values = runtime.current(), given.model_dump(exclude_unset=True)
    await running.websites.update(identity, website_id, values, expected_revision=expected_revision(request))
    await running.follower.read_now()
    return _answer(request, _website(website_id), identity)


@router.delete("/{website_id}", status_code=NO_CONTENT, openapi_extra=IF_MATCH)
async def delete_website(
    request: Request, website_id: str, wanted: Annotated[Deletion, Query()], identity: _Deleter
) -> Response:
    """Stop watching it. Its history stays for 30 days."""
    running = runtime.current()
    await running.websites.remove(
        identity, website_id, cascade=wanted.cascade, expected_revision=expected_revision(request)
    )
    await running.follower.read_now()
    return Response(status_code=NO_CONTENT)


@router.get("/{website_id}/checks", response_model=WebsiteChecks, responses=NOT_MODIFIED)
@router.head("/{website_id}/checks", include_in_schema=False)
async def checks(
    request: Request, website_id: str, wanted: Annotated[Backwards, Query()], identity: _Reader
) -> Response:
    """What the checks of a website found, page by page."""
    found = await results_of(identity, _website(website_id).pk, wanted)
    return answer_of(request, page_of(found, wanted, partial(_check, website_id), WebsiteCheck))


@router.get("/{website_id}/downtime", response_model=WebsiteDowntimes, responses=NOT_MODIFIED)
@router.head("/{website_id}/downtime", include_in_schema=False)
async def downtime(
    request: Request, website_id: str, wanted: Annotated[Backwards, Query()], identity: _Reader
) -> Response:
    """When a website was down, page by page."""
    found = await downtimes_of(identity, _website(website_id).pk, wanted)
    return answer_of(request, page_of(found, wanted, partial(_downtime, website_id), WebsiteDowntime))


def _website(website_id: str) -> BoardRow:
    """Raises NotFound for a service that is none, too."""
    row = row_of(website_id)
    if not is_website(row.definition):
        raise NotFound("there is no such website")
    return row


def _answer(request: Request, row: BoardRow, identity: Identity, status: int = 200, **headers: str) -> Response:
    shown = _shown(row, identity)
    tag = tag_of_revision(row.definition.revision, shown["url"])
    return answer(request, shown, tag, status, **headers)


def _shown(row: BoardRow, identity: Identity) -> dict[str, Any]:
    definition = row.definition
    return {
        "id": definition.service_id,
        # A query may hold what not everybody shall know.
        "url": definition.status_config["url"] if identity.may(SERVICE_WRITE) else row.target,
        "name": definition.label,
        "enabled": definition.enabled,
        "check_interval": definition.interval_seconds,
        "created_at": stamp(definition.created_at),
        "updated_at": stamp(definition.updated_at),
    }


def _check(website_id: str, result: StoredResult) -> dict[str, Any]:
    code = result.metrics.get("status_code")
    known = result.status.is_up or result.status.is_down
    return {
        "id": result.id,
        "website_id": website_id,
        "timestamp": stamp(result.checked_at),
        "status_code": None if code is None else int(code),
        "response_time": result.response_ms,
        "is_available": result.status.is_up if known else None,
        "error_message": None if result.status is Status.OK else result.message,
    }


def _downtime(website_id: str, incident: Incident) -> dict[str, Any]:
    started = stamp(incident.started_at)
    return {
        "id": incident.number,
        "website_id": website_id,
        "start_time": started,
        "end_time": stamp(incident.ended_at),
        "created_at": started,
    }
