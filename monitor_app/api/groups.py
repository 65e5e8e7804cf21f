"""`/api/groups` and `/api/admin/groups`: groups in their tree, what is true of them, and arranging them.

A group's name may hold anything, slashes too, so it stands in the query: `?name=Shop%2FEurope`.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, expected_version, jsonable, tag_of_version
from monitor_app.api.described import IDEMPOTENCY_KEY, IF_MATCH, NOT_MODIFIED, PROBLEMS
from monitor_app.api.history import MONTH, UptimeSpan, shown_uptime
from monitor_app.api.listing import Listing, PageOf, page_of
from monitor_app.api.spans import SPAN_LIMIT
from monitor_app.domain.group import DESCRIPTION_LIMIT, WEIGHT_MAX, WEIGHTS_LIMIT, WORST, How, rollup_of
from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.groups import GroupDeleted, GroupView, view_of

CREATED = 201
router = APIRouter(tags=["groups"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_Name = Annotated[str, Field(max_length=GROUP_LIMIT, examples=["Shop"])]
_Asked = Annotated[str, Query(max_length=GROUP_LIMIT, description="The group's name.", examples=["Shop"])]
_Description = Annotated[str, Field(max_length=DESCRIPTION_LIMIT, examples=["All that customers see"])]
_Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
_Weight = Annotated[int, Field(strict=True, ge=0, le=WEIGHT_MAX)]


class RollupBody(BaseModel):
    """How the status of a group follows from its services'."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"how": "share", "degraded_below": 90, "failed_below": 50, "weights": {}}]},
    )

    how: How = Field("worst", description="worst: of its services and groups. share: by how much of it is up.")
    degraded_below: _Percent = Field(WORST.degraded_below, description="share: DEGRADED below so many percent OK.")
    failed_below: _Percent = Field(WORST.failed_below, description="share: FAILED below so many percent up.")
    weights: Annotated[dict[str, _Weight], Field(max_length=WEIGHTS_LIMIT)] = Field(
        default_factory=dict, description="share: by service_id, how much it counts; 1 where nothing is said."
    )


class GroupBody(BaseModel):
    """What people say of a group. What is left out gets its default."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "Europe", "parent": "Shop", "description": ""}]}
    )

    name: _Name
    description: _Description = ""
    parent: _Name = Field("", description="The group that it is in; empty: it stands at the top.")
    rollup: RollupBody | None = Field(None, description="null: the worst of what is in it.")


class GroupPatch(BaseModel):
    """What is to be different; what is left out stays. Another name takes services and inner groups along."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"parent": "Shop"}]})

    name: _Name = ""
    description: _Description = ""
    parent: _Name = ""
    rollup: RollupBody | None = None


class GroupObject(BaseModel):
    """A group, and what is true of it now."""

    name: str = Field(examples=["Europe"])
    parent: str = Field(description="The group that it is in; empty at the top.", examples=["Shop"])
    path: list[str] = Field(description="From the top, itself last.", examples=[["Shop", "Europe"]])
    children: list[str] = Field(description="The groups directly in it.", examples=[[]])
    description: str = Field(examples=["All that customers see"])
    rollup: RollupBody
    managed_by: str = Field(description="The configuration file that describes it.", examples=[""])
    status_code: int = Field(ge=0, le=5, examples=[0])
    status: str = Field(
        description="OK, DEGRADED, FAILED, STARTING, STOPPED (all rests) or UNKNOWN (nothing is known, or in it).",
        examples=["OK"],
    )
    share: float | None = Field(description="What is up of what is known, by weight, 0 to 1.", examples=[1.0])
    services: int = Field(description="In it and below.", examples=[12])
    own_services: int = Field(description="Directly in it.", examples=[3])
    counts: dict[str, int] = Field(description="Services in it and below by status.", examples=[{"OK": 12}])
    in_maintenance: int = Field(description="Those of them that rest.", examples=[0])


class GroupPage(PageOf):
    """One page of groups, each before those in it."""

    items: list[GroupObject]


class WantedGroups(Listing):
    """Which groups."""

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of the name or description.")
    below: _Name = Field("", description="Only this group and those in it, all the way down.")


class GroupUptime(BaseModel):
    """How long the services of a group were up, on the mean by their weights."""

    name: str = Field(examples=["Shop"])
    since: str = Field(examples=["2026-04-17T12:00:00.000Z"])
    until: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    uptime: float | None = Field(description="Share of the known time, 0 to 1; null without any.", examples=[0.999421])
    coverage: float = Field(description="Share of the span that is known.", examples=[0.998])
    up_seconds: float = Field(description="Of one service of weight 1, on the mean.", examples=[2585300.0])
    down_seconds: float = Field(examples=[1500.0])
    unknown_seconds: float = Field(examples=[5200.0])


class WantedUptime(UptimeSpan):
    """Of which group, and of when."""

    name: _Name


class GroupGone(BaseModel):
    """What became of what was in a group."""

    name: str = Field(examples=["Europe"])
    services_to: str = Field(description="Where its services are now; empty: in no group.", examples=["Shop"])
    services: int = Field(description="How many they are.", examples=[3])
    groups: int = Field(description="How many groups stand one level higher now.", examples=[0])


FIELDS = tuple(GroupObject.model_fields)


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/groups", response_model=GroupPage, responses=NOT_MODIFIED)
@router.head("/groups", include_in_schema=False)
async def groups(request: Request, wanted: Annotated[WantedGroups, Query()], identity: _Reader) -> Response:
    """All groups with their status, each before those in it."""
    board, word = runtime.current().board, wanted.search.casefold()
    tree = board.group_tree()
    within = tree.below(wanted.below) if wanted.below else None
    found = [
        name
        for name in tree
        if (within is None or name in within)
        and (word in name.casefold() or ((row := tree.rows.get(name)) and word in row.description.casefold()))
    ]
    return answer_of(request, page_of(found, wanted, lambda name: name, lambda name: shown(board, name), FIELDS))


@router.get("/groups/one", response_model=GroupObject, responses=NOT_MODIFIED)
@router.head("/groups/one", include_in_schema=False)
async def group(request: Request, name: _Asked, identity: _Reader) -> Response:
    """One group. Its ETag goes into If-Match of a change."""
    return _one(request, _known(name))


@router.get("/groups/uptime", response_model=GroupUptime, responses=NOT_MODIFIED)
@router.head("/groups/uptime", include_in_schema=False)
async def uptime(request: Request, wanted: Annotated[WantedUptime, Query()], identity: _Reader) -> Response:
    """How much of a span the services of a group and of those in it were up."""
    by_itself = MONTH if wanted.days is None else timedelta(days=wanted.days)
    since, until = wanted.ends(datetime.now(UTC), by_itself, SPAN_LIMIT)
    running, name = runtime.current(), _known(wanted.name)
    found = await running.results.mean_uptime(identity, running.board.group_weights(name), since, until)
    return answer_of(request, {"name": name, **shown_uptime(found, since, until)})


@router.post("/admin/groups", response_model=GroupObject, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(request: Request, body: GroupBody, identity: _Writer) -> Response:
    """Add a group, or describe one that so far only services name. 409 when it is described already."""
    running = runtime.current()
    made: GroupView = await running.groups.create(identity, body.model_dump())
    await running.follower.read_now()
    return _one(request, made.name, CREATED)


@router.put("/admin/groups", response_model=GroupObject, openapi_extra=IF_MATCH)
async def replace(request: Request, name: _Asked, body: GroupBody, identity: _Writer) -> Response:
    """Describe a group anew: what is left out gets its default. Another name takes all that is in it along."""
    return await _changed(request, name, body.model_dump(), identity)


@router.patch("/admin/groups", response_model=GroupObject, openapi_extra=IF_MATCH)
async def change(request: Request, name: _Asked, body: GroupPatch, identity: _Writer) -> Response:
    """Change what is named. 409 with the `path` when it would be in itself."""
    return await _changed(request, name, body.model_dump(exclude_unset=True), identity)


@router.delete("/admin/groups", response_model=GroupGone)
async def delete(
    name: _Asked,
    identity: _Writer,
    services_to: Annotated[
        str | None,
        Query(
            max_length=GROUP_LIMIT,
            description="Where its services go: another group, empty for none; its parent without it.",
            examples=["Shop"],
        ),
    ] = None,
) -> GroupGone:
    """Take a group away. Its services stay; groups in it go to its parent."""
    running = runtime.current()
    gone: GroupDeleted = await running.groups.delete(identity, name, services_to=services_to)
    await running.follower.read_now()
    return GroupGone(name=name, services_to=gone.services_to, services=gone.services, groups=gone.groups)


def shown(board: Board, name: str) -> dict[str, Any]:
    """A group as the API gives it."""
    tree, now, view = board.group_tree(), board.group_picture().of(name), _view(board, name)
    return {
        "name": name,
        "parent": tree.parent(name),
        "path": tree.path(name),
        "children": tree.children(name),
        "description": view.description,
        "rollup": RollupBody(**(view.rollup or {})).model_dump(),
        "managed_by": view.managed_by,
        "status_code": int(now.status),
        "status": now.status.name,
        "share": None if now.share is None else round(now.share, 6),
        "services": now.total,
        "own_services": now.own,
        "counts": {status.name: count for status, count in zip(Status, now.counts, strict=True)},
        "in_maintenance": now.resting,
    }


def _view(board: Board, name: str) -> GroupView:
    row = board.group_tree().rows.get(name)
    weighed = rollup_of(None if row is None else row.rollup).weights
    return view_of(name, row, {pk: one.definition.service_id for pk in weighed if (one := board.get(pk))})


def _known(name: str) -> str:
    """Raises NotFound."""
    if name not in runtime.current().board.group_tree():
        raise NotFound("there is no such group")
    return name


async def _changed(request: Request, name: str, values: dict[str, Any], identity: Identity) -> Response:
    running, expected = runtime.current(), expected_version(request)
    view: GroupView = await running.groups.update(identity, name, values, expected_version=expected)
    await running.follower.read_now()
    return _one(request, view.name)


def _one(request: Request, name: str, status: int = 200) -> Response:
    board = runtime.current().board
    document = shown(board, name)
    return answer(request, jsonable(document), tag_of_version(_view(board, name).version, document), status)
