"""`/api/admin/status-pages`: publishing what is watched for those who use it."""

import base64
import binascii
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, expected_revision, jsonable, tag_of_revision
from monitor_app.api.described import IDEMPOTENCY_KEY, IF_MATCH, NOT_MODIFIED, PROBLEMS
from monitor_app.api.status_pages.html import body as page_body
from monitor_app.api.status_pages.nodes import nodes_of
from monitor_app.api.status_pages.style import style_of
from monitor_app.domain.status_page import (
    DESCRIPTION_LIMIT,
    ENTRIES_LIMIT,
    ENTRY_DESCRIPTION_LIMIT,
    HOST_LIMIT,
    LOGO_BYTES,
    NAME_LIMIT,
    SECTION_LIMIT,
    SLUG_LIMIT,
    TITLE_LIMIT,
    Access,
    StatusPage,
)
from monitor_app.engine.status_object import stamp
from monitor_app.errors import InvalidInput
from monitor_app.security.passwords import LONGEST
from monitor_app.security.permissions import STATUS_PAGE_WRITE, Identity
from monitor_app.state import runtime

PATH: Final = "/admin/status-pages"
CREATED, NO_CONTENT = 201, 204
_BASE64_LIMIT: Final = -(-LOGO_BYTES // 3) * 4

router = APIRouter(prefix=PATH, tags=["status pages"], responses=PROBLEMS)
_Writer = Annotated[Identity, requires(STATUS_PAGE_WRITE)]
_Slug = Annotated[str, Path(max_length=SLUG_LIMIT, examples=["shop"])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class EntryBody(_Input):
    """A service on a page."""

    service_id: str = Field(max_length=SLUG_LIMIT, examples=["shop"])
    public_name: str = Field(max_length=NAME_LIMIT, description="What readers see of it.", examples=["Web shop"])
    description: str = Field("", max_length=ENTRY_DESCRIPTION_LIMIT, examples=["Where customers order"])
    section: str = Field("", max_length=SECTION_LIMIT, description="Entries of one stand together.", examples=["Shop"])


_Entries = Annotated[list[EntryBody], Field(max_length=ENTRIES_LIMIT)]
_Title = Annotated[str, Field(max_length=TITLE_LIMIT, examples=["Shop status"])]
_Text = Annotated[str, Field(max_length=DESCRIPTION_LIMIT, examples=["How our shop is doing."])]
_Colour = Annotated[str, Field(max_length=20, description="As #3e63dd; empty for ours.", examples=["#3e63dd"])]
_Host = Annotated[str, Field(max_length=HOST_LIMIT, description="A name of its own; empty for none.", examples=[""])]
_Password = Annotated[
    str, Field(max_length=LONGEST, description="Never given back; empty: as it is.", examples=["quiet-harbour"])
]


class StatusPageBody(_Input):
    """A page as it shall be. What is left out gets its default."""

    slug: str = Field(max_length=SLUG_LIMIT, description="Its name in the address.", examples=["shop"])
    title: _Title
    description: _Text = ""
    colour: _Colour = ""
    host_name: _Host = ""
    access: Access = Field("public", description="Who may read it: all, who knows a password, who is logged in.")
    password: _Password = ""
    is_indexed: bool = Field(True, description="Whether search engines may list it.")
    entries: _Entries = Field(default_factory=list, description="In the order in which they are shown.")


class StatusPagePatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"title": "Shop"}]}
    )

    slug: str = Field("", max_length=SLUG_LIMIT)
    title: _Title = ""
    description: _Text = ""
    colour: _Colour = ""
    host_name: _Host = ""
    access: Access = "public"
    password: _Password = ""
    is_indexed: bool = True
    entries: _Entries = Field(default_factory=list)


class PreviewBody(_Input):
    """A page that is not saved yet."""

    title: _Title = ""
    description: _Text = ""
    colour: _Colour = ""
    entries: _Entries = Field(default_factory=list)


class LogoBody(_Input):
    """A picture: PNG, JPEG, WebP or GIF, at most 200,000 bytes."""

    base64: str = Field(max_length=_BASE64_LIMIT, examples=["iVBORw0KGgo="])


class StatusPageOut(BaseModel):
    """A page as it is."""

    slug: str = Field(examples=["shop"])
    title: str = Field(examples=["Shop status"])
    description: str = Field(examples=["How our shop is doing."])
    colour: str = Field(examples=["#3e63dd"])
    host_name: str = Field(examples=[""])
    access: Access
    has_password: bool = Field(examples=[False])
    is_indexed: bool
    has_logo: bool = Field(examples=[False])
    path: str = Field(description="Where it is.", examples=["/status/shop"])
    logo: str = Field(description="Where its logo is; empty without one.", examples=[""])
    entries: list[EntryBody]
    badges: list[str] = Field(description="What stands for each entry in `/badge/.../status`.", examples=[["shop.api"]])
    revision: int = Field(examples=[3])
    updated_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])


class StatusPageList(BaseModel):
    """All pages, by title."""

    items: list[StatusPageOut]


class Preview(BaseModel):
    """What readers would see, and its style sheet: for who builds elements of it, instead of taking markup."""

    nodes: list[Any] = Field(
        description="Each a text, or [tag, attributes, nodes].", examples=[[["h1", {"class": "title"}, ["Shop"]]]]
    )
    style: str = Field(examples=["body{margin:0}"])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=StatusPageList)
async def status_pages(identity: _Writer) -> dict[str, Any]:
    """All status pages."""
    return {"items": [shown(page) for page in await runtime.current().status_pages.list_all(identity)]}


@router.post("", response_model=StatusPageOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(request: Request, body: StatusPageBody, identity: _Writer) -> Response:
    """Publish a page. It can be read as soon as this is answered."""
    running = runtime.current()
    made: StatusPage = await running.status_pages.create(identity, body.model_dump())
    await running.status_press.read_now()
    return _one(request, made, CREATED)


@router.post("/preview", response_model=Preview)
async def preview(body: PreviewBody, identity: _Writer) -> dict[str, Any]:
    """What a page would look like. Nothing is saved."""
    running = runtime.current()
    values = body.model_dump()
    values["title"] = values["title"].strip() or "Untitled"
    page = await running.status_pages.draft(identity, values)
    public = await running.status_press.preview(page)
    return {"nodes": nodes_of(page_body(public)), "style": style_of(public.colour)}


@router.get("/{slug}", response_model=StatusPageOut, responses=NOT_MODIFIED)
async def status_page(request: Request, slug: _Slug, identity: _Writer) -> Response:
    """One page. Its ETag goes into If-Match of a change."""
    return _one(request, await runtime.current().status_pages.get(identity, slug))


@router.put("/{slug}", response_model=StatusPageOut, openapi_extra=IF_MATCH)
async def replace(request: Request, slug: _Slug, body: StatusPageBody, identity: _Writer) -> Response:
    """Describe a page anew; logo and password stay unless they are given."""
    return await _changed(request, slug, body.model_dump(), identity)


@router.patch("/{slug}", response_model=StatusPageOut, openapi_extra=IF_MATCH)
async def change(request: Request, slug: _Slug, body: StatusPagePatch, identity: _Writer) -> Response:
    """Change what is named. `entries` are all of them, in their order."""
    return await _changed(request, slug, body.model_dump(exclude_unset=True), identity)


@router.delete("/{slug}", status_code=NO_CONTENT, response_class=Response, openapi_extra=IF_MATCH)
async def delete(request: Request, slug: _Slug, identity: _Writer) -> None:
    """Take a page away, at once."""
    running, expected = runtime.current(), expected_revision(request)
    await running.status_pages.delete(identity, slug, expected_revision=expected)
    await running.status_press.read_now()


@router.post("/{slug}/restore", response_model=StatusPageOut, status_code=CREATED)
async def restore(request: Request, slug: _Slug, identity: _Writer) -> Response:
    """Bring back a page that was deleted in the last 15 minutes, with its password, its logo and its notices."""
    running = runtime.current()
    made: StatusPage = await running.status_pages.restore(identity, slug)
    await running.status_press.read_now()
    return _one(request, made, CREATED)


@router.put("/{slug}/logo", response_model=StatusPageOut)
async def set_logo(request: Request, slug: _Slug, body: LogoBody, identity: _Writer) -> Response:
    """Give a page a logo."""
    running = runtime.current()
    made: StatusPage = await running.status_pages.set_logo(identity, slug, _decoded(body.base64))
    await running.status_press.read_now()
    return _one(request, made)


@router.delete("/{slug}/logo", response_model=StatusPageOut)
async def remove_logo(request: Request, slug: _Slug, identity: _Writer) -> Response:
    """Take the logo away."""
    running = runtime.current()
    made: StatusPage = await running.status_pages.set_logo(identity, slug, None)
    await running.status_press.read_now()
    return _one(request, made)


def shown(page: StatusPage) -> dict[str, Any]:
    """A page as the API gives it; never its password."""
    base = f"/status/{page.slug}"
    kept = runtime.current().status_press.find(page.slug)
    keys = {pk: key for key, pk in kept.services.items()} if kept is not None else {}
    return {
        "slug": page.slug,
        "title": page.title,
        "description": page.description,
        "colour": page.colour,
        "host_name": page.host_name or "",
        "access": page.access,
        "has_password": page.password_hash is not None,
        "is_indexed": page.is_indexed,
        "has_logo": bool(page.logo_type),
        "path": base,
        "logo": f"{base}/logo?{page.revision}" if page.logo_type else "",
        "entries": page.document["entries"],
        "badges": [f"{page.slug}.{keys.get(entry.service_pk, '')}" for entry in page.entries],
        "revision": page.revision,
        "updated_at": stamp(page.updated_at),
    }


async def _changed(request: Request, slug: str, values: dict[str, Any], identity: Identity) -> Response:
    running, expected = runtime.current(), expected_revision(request)
    made: StatusPage = await running.status_pages.update(identity, slug, values, expected_revision=expected)
    await running.status_press.read_now()
    return _one(request, made)


def _one(request: Request, page: StatusPage, status: int = 200) -> Response:
    document = shown(page)
    return answer(request, jsonable(document), tag_of_revision(page.revision, document["badges"]), status)


def _decoded(text: str) -> bytes:
    """Raises InvalidInput (field `base64`)."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise InvalidInput({"base64": "must be base64"}) from err
