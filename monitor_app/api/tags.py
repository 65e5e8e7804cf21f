"""`/api/tags`, `/api/environments` and what arranges them: colours, other names, order. A name stands in the query."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.listing import Listing, PageOf, page_of
from monitor_app.domain.colour import Sort
from monitor_app.domain.service import TAG_LIMIT
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.tags import ENVIRONMENTS_LIMIT

router = APIRouter(tags=["tags"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Writer = Annotated[Identity, requires(SERVICE_WRITE)]
_Name = Annotated[str, Field(max_length=TAG_LIMIT)]
_Asked = Annotated[str, Query(max_length=TAG_LIMIT, description="Its name.", examples=["production"])]
Colour = Literal[
    "", "red", "orange", "gold", "green", "teal", "cyan", "blue", "violet", "purple", "pink", "brown", "slate"
]


class TagObject(BaseModel):
    """A tag or an environment."""

    name: str = Field(examples=["production"])
    services: int = Field(description="How many have it.", examples=[12])
    colour: Colour = Field(description="Empty for none.", examples=["green"])


class TagPage(PageOf):
    """One page of tags by name, or of environments in their order."""

    items: list[TagObject]


class WantedTags(Listing):
    """Which ones."""

    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of the name.")


class TagPatch(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"colour": "green"}]})

    name: _Name = Field("", description="Another name, on all services that have it. Of a name that is there, too.")
    colour: Colour = ""


class EnvironmentOrder(BaseModel):
    """The order of environments; those that are not named come behind."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"names": ["production", "staging"]}]})

    names: Annotated[list[_Name], Field(max_length=ENVIRONMENTS_LIMIT)]


class TagRemoved(BaseModel):
    """What was taken away, and from how many services."""

    name: str = Field(examples=["old"])
    services: int = Field(examples=[12])


FIELDS = tuple(TagObject.model_fields)


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/tags", response_model=TagPage, responses=NOT_MODIFIED)
@router.head("/tags", include_in_schema=False)
async def tags(request: Request, wanted: Annotated[WantedTags, Query()], identity: _Reader) -> Response:
    """All tags that services have."""
    return _page(request, "tag", runtime.current().board.tags(), wanted)


@router.get("/environments", response_model=TagPage, responses=NOT_MODIFIED)
@router.head("/environments", include_in_schema=False)
async def environments(request: Request, wanted: Annotated[WantedTags, Query()], identity: _Reader) -> Response:
    """All environments that services are in."""
    return _page(request, "environment", runtime.current().board.environments(), wanted)


@router.patch("/admin/tags", response_model=TagObject)
async def change_tag(name: _Asked, body: TagPatch, identity: _Writer) -> TagObject:
    """Give a tag a colour, another name, or both."""
    return await _change(identity, "tag", name, body)


@router.delete("/admin/tags", response_model=TagRemoved)
async def remove_tag(name: _Asked, identity: _Writer) -> TagRemoved:
    """Take a tag from all services that have it."""
    return await _remove(identity, "tag", name)


@router.patch("/admin/environments", response_model=TagObject)
async def change_environment(name: _Asked, body: TagPatch, identity: _Writer) -> TagObject:
    """Give an environment a colour, another name, or both."""
    return await _change(identity, "environment", name, body)


@router.delete("/admin/environments", response_model=TagRemoved)
async def remove_environment(name: _Asked, identity: _Writer) -> TagRemoved:
    """Take all services out of an environment; they are in none then."""
    return await _remove(identity, "environment", name)


@router.put("/admin/environments/order", response_model=EnvironmentOrder)
async def put_in_order(body: EnvironmentOrder, identity: _Writer) -> EnvironmentOrder:
    """Put environments into an order, in which lists and filters have them."""
    running = runtime.current()
    await running.tags.put_in_order(identity, body.names)
    await running.follower.read_now()
    return EnvironmentOrder(names=list(running.board.group_book.environments))


def _page(request: Request, sort: Sort, names: list[str], wanted: WantedTags) -> Response:
    word = wanted.search.casefold()
    found = [name for name in names if word in name.casefold()]
    return answer_of(request, page_of(found, wanted, lambda name: name, lambda name: _shown(sort, name), FIELDS))


async def _change(identity: Identity, sort: Sort, name: str, body: TagPatch) -> TagObject:
    running, given = runtime.current(), body.model_fields_set
    if name not in _counts(sort):
        raise NotFound(f"no service has the {sort} {name}")
    colour = body.colour if "colour" in given else None
    name = (await running.tags.rename(identity, sort, name, body.name if "name" in given else name, colour)).name
    await running.follower.read_now()
    return TagObject(**_shown(sort, name))


async def _remove(identity: Identity, sort: Sort, name: str) -> TagRemoved:
    running = runtime.current()
    removed = await running.tags.remove(identity, sort, name)
    await running.follower.read_now()
    return TagRemoved(name=name, services=removed.services)


def _counts(sort: Sort) -> Mapping[str, int]:
    board = runtime.current().board
    return board.tag_counts() if sort == "tag" else board.environment_counts()


def _shown(sort: Sort, name: str) -> dict[str, Any]:
    colours = runtime.current().board.group_book.colours.get(sort, {})
    return {"name": name, "services": _counts(sort).get(name, 0), "colour": colours.get(name, "")}
