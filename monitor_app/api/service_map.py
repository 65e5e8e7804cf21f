"""`/api/map`: services and what is between them, as JSON, Mermaid or DOT; what hangs on what, and what would fail."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import PRIVATE, answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.status import Wanted, listed, names_of, row_of
from monitor_app.domain.map_text import dot, mermaid
from monitor_app.domain.relation import RELATION_TYPES
from monitor_app.domain.service_map import MEMBER, MapFilter, ServiceMap
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, RELATION_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.state.map_graph import causes, impact_of, map_of_board, simulate, statuses
from monitor_app.use_cases.map_places import EDGE, MANY_LIMIT, Place

NO_CONTENT: Final = 204
TYPES: Final = (*RELATION_TYPES, MEMBER)
DOWN_LIMIT: Final = 1000

router = APIRouter(tags=["map"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Editor = Annotated[Identity, requires(RELATION_WRITE)]
_ServiceId = Annotated[str, Field(max_length=63)]
_TEXTS: Final = {"mermaid": mermaid, "dot": dot}
_MAP_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The map.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    **NOT_MODIFIED,
}


class WantedMap(BaseModel):
    """Which part of the map, and how. Several names have commas between them; what is left out lets all through."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["json", "mermaid", "dot"] = Field("json", description="json, or text that other programs draw.")
    group: Annotated[str, Field(max_length=8000)] = Field("", description="Services of these groups and those in them.")
    tag: Annotated[str, Field(max_length=8000)] = Field("", description="Services with one of these tags.")
    environment: Annotated[str, Field(max_length=8000)] = Field("", description="Services of these environments.")
    status: Annotated[str, Field(max_length=100)] = Field("", description="Such as FAILED,DEGRADED.", examples=[""])
    type: Annotated[str, Field(max_length=100)] = Field(
        "", description=f"Relations of these types: {', '.join(TYPES)}.", examples=["dependency"]
    )

    def filter(self) -> MapFilter:
        """Raises InvalidInput for a status or type that there is not."""
        types = frozenset(listed(self.type))
        if not types <= set(TYPES):
            raise InvalidInput({"type": f"must be of {', '.join(TYPES)}, with commas between"})
        return MapFilter(
            groups=runtime.current().board.group_tree().below_all(names_of(self.group)),
            tags=frozenset(listed(self.tag)),
            environments=names_of(self.environment),
            statuses=Wanted(status=self.status).statuses(),
            types=types,
        )


class MapService(BaseModel):
    """A service on the map. `x` and `y` only where somebody has moved it."""

    service_id: str = Field(examples=["web"])
    label: str = Field(examples=["Web shop"])
    service_type: str = Field(examples=["website"])
    group: str = Field(examples=["shop"])
    tags: list[str] = Field(examples=[["critical"]])
    environment: str = Field(examples=["production"])
    status: str = Field(examples=["OK"])
    x: int | None = Field(examples=[None])
    y: int | None = Field(examples=[None])


class MapRelation(BaseModel):
    """An arrow. `relation_id` is null for what a composite is made of."""

    relation_id: int | None = Field(examples=[7])
    source_service_id: str = Field(examples=["web"])
    target_service_id: str = Field(examples=["db"])
    relation_type: Literal["dependency", "communication", "data-flow", "member"] = Field(examples=["dependency"])
    enabled: bool = Field(examples=[True])
    note: str = Field(examples=["its orders"])


class MapGroup(BaseModel):
    """A group of the services on the map."""

    name: str = Field(examples=["shop"])
    status: str = Field(description="Rolled up.", examples=["OK"])
    services: int = Field(examples=[3])


class Map(BaseModel):
    """Services, arrows between them, groups."""

    nodes: list[MapService]
    edges: list[MapRelation]
    groups: list[MapGroup]


class Reached(BaseModel):
    """A service and how many steps away it is."""

    service_id: str = Field(examples=["web"])
    label: str = Field(examples=["Web shop"])
    steps: int = Field(examples=[1])


class ImpactOfService(BaseModel):
    """What hangs on a service, nearest first."""

    service_id: str = Field(examples=["db"])
    dependents: list[Reached] = Field(description="What depends on it, all the way.")
    dependencies: list[Reached] = Field(description="What it depends on, all the way.")
    owners: list[str] = Field(description="Whom to tell: who added it and what depends on it.", examples=[["ada"]])


class Because(BaseModel):
    """A service in trouble, and the origins, nearest first."""

    service_id: str = Field(examples=["web"])
    because_of: list[str] = Field(description="The ten nearest.", examples=[["db"]])


class Causes(BaseModel):
    """Where what is down comes from."""

    roots: list[str] = Field(description="The deepest failed dependencies.", examples=[["db"]])
    because: list[Because]


class WhatIf(BaseModel):
    """What to imagine."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"down": ["db"]}]})

    down: Annotated[list[_ServiceId], Field(min_length=1, max_length=DOWN_LIMIT)]


class WouldFail(BaseModel):
    """What would follow. Nothing is changed."""

    down: list[str] = Field(examples=[["db"]])
    fails: list[Reached] = Field(description="What would fail and has not yet, nearest first.")
    weakened: list[str] = Field(description="Composites that would lose a member and go on.", examples=[[]])


class PlaceOnMap(BaseModel):
    """In pixels at a zoom of 1, of the upper left corner."""

    model_config = ConfigDict(extra="forbid")

    x: Annotated[int, Field(strict=True, ge=-EDGE, le=EDGE)]
    y: Annotated[int, Field(strict=True, ge=-EDGE, le=EDGE)]


class Places(BaseModel):
    """Where services stand, by service_id; the others stay where they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"places": {"web": {"x": 40, "y": 80}}}]})

    places: Annotated[dict[_ServiceId, PlaceOnMap], Field(min_length=1, max_length=MANY_LIMIT)]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/map", response_model=Map, responses=_MAP_ANSWERS)
@router.head("/map", include_in_schema=False)
async def service_map(request: Request, wanted: Annotated[WantedMap, Query()], identity: _Reader) -> Response:
    """The map, or the part of it that is wanted."""
    now = statuses()
    shown = map_of_board().only(wanted.filter(), now)
    if wanted.format != "json":
        text = _TEXTS[wanted.format](shown, now)
        return Response(text, media_type="text/plain", headers={"Cache-Control": PRIVATE})
    return answer_of(request, _shown(shown, now, await runtime.current().map_places.load(identity)))


@router.put("/map/places", status_code=NO_CONTENT)
async def move_services(given: Places, identity: _Editor) -> Response:
    """Put services somewhere on the map, for everybody who looks at it."""
    places = {name: Place(place.x, place.y) for name, place in given.places.items()}
    running = runtime.current()
    await running.map_places.save(identity, places)
    if running.map_hub is not None:
        rows = {name: row for name in places if (row := running.board.find(name)) is not None}
        running.map_hub.note_moved({row.pk: places[name] for name, row in rows.items()})
    return Response(status_code=NO_CONTENT)


@router.delete("/map/places", status_code=NO_CONTENT)
async def reset_layout(identity: _Editor) -> Response:
    """Let the layout put all services."""
    await runtime.current().map_places.reset(identity)
    if runtime.current().map_hub is not None:
        runtime.current().map_hub.note_reset()
    return Response(status_code=NO_CONTENT)


@router.post("/map/what-if", response_model=WouldFail)
async def what_if(given: WhatIf, identity: _Reader) -> dict[str, Any]:
    """What would fail if these services were down. It follows dependencies and members, and changes nothing."""
    down = [row_of(name).pk for name in dict.fromkeys(given.down)]
    found = simulate(down)
    return {"down": _names(down), "fails": _reached(found.fails), "weakened": _names(found.weakened)}


@router.get("/root-causes", response_model=Causes, responses=NOT_MODIFIED)
@router.head("/root-causes", include_in_schema=False)
async def root_causes(request: Request, identity: _Reader) -> Response:
    """Of all that is down or degraded: the deepest failed dependencies, and what is in trouble because of them."""
    found = causes()
    because = [{"service_id": _name(pk), "because_of": _names(roots)} for pk, roots in found.because.items()]
    return answer_of(request, {"roots": _names(found.roots), "because": because})


@router.get("/services/{service_id}/impact", response_model=ImpactOfService, responses=NOT_MODIFIED)
@router.head("/services/{service_id}/impact", include_in_schema=False)
async def impact(request: Request, service_id: _ServiceId, identity: _Reader) -> Response:
    """What depends on a service, what it depends on, and whom to tell when it is down."""
    row = row_of(service_id)
    found = impact_of(row.pk)
    hit = {row.pk, *found.dependents}
    owners = {node.owner for node in map_of_board().nodes if node.pk in hit and node.owner}
    content = {
        "service_id": service_id,
        "dependents": _reached(found.dependents),
        "dependencies": _reached(found.dependencies),
        "owners": sorted(owners) if _may_see_owners(identity) else [],
    }
    return answer_of(request, content)


def _shown(shown: ServiceMap, now: dict[int, Status], places: dict[str, Place]) -> dict[str, Any]:
    names = {node.pk: node.service_id for node in shown.nodes}
    picture = runtime.current().board.group_picture()
    nodes = [
        {
            "service_id": node.service_id,
            "label": node.label,
            "service_type": node.service_type,
            "group": node.group,
            "tags": list(node.tags),
            "environment": node.environment,
            "status": now[node.pk].name,
            "x": places[node.service_id].x if node.service_id in places else None,
            "y": places[node.service_id].y if node.service_id in places else None,
        }
        for node in shown.nodes
    ]
    edges = [
        {
            "relation_id": edge.relation_id or None,
            "source_service_id": names[edge.source_pk],
            "target_service_id": names[edge.target_pk],
            "relation_type": edge.relation_type,
            "enabled": edge.enabled,
            "note": edge.note,
        }
        for edge in shown.edges
    ]
    counts = Counter(node.group for node in shown.nodes)
    groups = [
        {"name": name, "status": picture.of(name).status.name, "services": counts[name]} for name in shown.groups()
    ]
    return {"nodes": nodes, "edges": edges, "groups": groups}


def _may_see_owners(identity: Identity) -> bool:
    """Not a link for a wall, and nobody where the board is public."""
    return identity.may(MONITOR_READ)


def _name(pk: int) -> str:
    row = runtime.current().board.get(pk)
    return "" if row is None else row.definition.service_id


def _names(pks: Iterable[int]) -> list[str]:
    return [name for pk in pks if (name := _name(pk))]


def _reached(steps: Mapping[int, int]) -> list[dict[str, Any]]:
    board = runtime.current().board
    return [
        {"service_id": row.definition.service_id, "label": row.definition.label, "steps": count}
        for pk, count in steps.items()
        if (row := board.get(pk)) is not None
    ]
