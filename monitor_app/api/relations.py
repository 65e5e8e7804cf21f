"""`/api/admin/relations`: what depends on, talks to, or sends data to what. Relations never form a circle."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, expected_version
from monitor_app.api.described import IDEMPOTENCY_KEY, IF_MATCH, NOT_MODIFIED, PROBLEMS
from monitor_app.api.listing import Listing, page_of
from monitor_app.domain.relation import DEPENDENCY, NOTE_LIMIT, Relation
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import RELATION_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.relation_judging import Verdict
from monitor_app.use_cases.relations import MANY_LIMIT, Added, RelationView

PREFIX: Final = "/admin/relations"
CREATED, NO_CONTENT = 201, 204

router = APIRouter(prefix=PREFIX, tags=["relations"], responses=PROBLEMS)
_Editor = Annotated[Identity, requires(RELATION_WRITE)]
_Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
RelationType = Literal["dependency", "communication", "data-flow"]
_Source = Annotated[str, Field(max_length=63, description="The service_id that depends, talks or sends.")]
_Target = Annotated[str, Field(max_length=63, description="The service_id at the other end.")]
_Type = Annotated[RelationType, Field(description="dependency: the source cannot do without the target.")]
_Enabled = Annotated[bool, Field(strict=True, description="A disabled one counts for nothing.")]
_Note = Annotated[str, Field(max_length=NOTE_LIMIT, description="One line for people.")]


class NewRelation(BaseModel):
    """A relation to be saved; all of one that is replaced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"source_service_id": "web", "target_service_id": "db", "note": "its orders"}]},
    )

    source_service_id: _Source
    target_service_id: _Target
    relation_type: _Type = DEPENDENCY
    enabled: _Enabled = True
    note: _Note = ""


class RelationChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    source_service_id: _Source = ""
    target_service_id: _Target = ""
    relation_type: _Type = DEPENDENCY
    enabled: _Enabled = True
    note: _Note = ""


class PlannedRelation(NewRelation):
    """A relation that is only looked at. With `relation_id` it is to take that one's place."""

    relation_id: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = None


class NewRelations(BaseModel):
    """Several at once. Each counts for those after it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"relations": [{"source_service_id": "web", "target_service_id": name} for name in ("api", "db")]}
            ]
        },
    )

    relations: Annotated[list[NewRelation], Field(min_length=1, max_length=MANY_LIMIT)]
    all_or_none: Annotated[
        bool, Field(strict=True, description="Add none when one of them is refused, and answer as for that one.")
    ] = False


_Ids = Annotated[
    list[Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]],
    Field(min_length=1, max_length=MANY_LIMIT, description="All of them, or none when one cannot be."),
]


class SwitchedRelations(BaseModel):
    """Several that are to be enabled or disabled."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"relation_ids": [1], "enabled": False}]})

    relation_ids: _Ids
    enabled: _Enabled


class GoneRelations(BaseModel):
    """Several that are to be taken away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"relation_ids": [1]}]})

    relation_ids: _Ids


class ChangedRelations(BaseModel):
    """How many were not so before."""

    success_count: int = Field(examples=[1])


class RelationObject(BaseModel):
    """One relation."""

    relation_id: int = Field(examples=[7])
    source_service_id: str = Field(examples=["web"])
    target_service_id: str = Field(examples=["db"])
    relation_type: RelationType = Field(examples=["dependency"])
    enabled: bool = Field(examples=[True])
    note: str = Field(examples=["its orders"])
    created_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    updated_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    managed_by: str = Field(description="The configuration file that made it; empty: people did.", examples=[""])
    drift: list[str] = Field(description="The fields that are not as that file says.", examples=[[]])


class Relations(BaseModel):
    """A page of relations."""

    items: list[RelationObject]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class ItemError(BaseModel):
    """Why one of several was refused."""

    item_id: str = Field(description="Its place in the list that was sent, from 1.", examples=["2"])
    error_message: str = Field(examples=["target_service_id: must be a service that exists: there is no dbb"])


class AddedRelations(BaseModel):
    """What became of several relations."""

    success_count: int = Field(examples=[1])
    failed_count: int = Field(examples=[1])
    relations: list[RelationObject] = Field(description="Those that were added, in the order in which they were sent.")
    errors: list[ItemError]


class Validity(BaseModel):
    """Whether a relation could be saved now."""

    valid: bool = Field(examples=[False])
    reason: Literal["", "unknown", "self", "duplicate", "circle"] = Field(examples=["circle"])
    path: list[str] = Field(description="The circle, from a service back to itself.", examples=[["web", "api", "web"]])
    relations: list[int] = Field(description="The relations on that way, any of which could be cut.", examples=[[4]])
    message: str = Field(examples=["must not close a circle: web -> api -> web; cut relation 4 first"])


Sort = Literal[
    "relation_id", "-relation_id", "source_service_id", "-source_service_id", "target_service_id", "-target_service_id",
    "relation_type", "-relation_type", "created_at", "-created_at", "updated_at", "-updated_at",
]  # fmt: skip


class WantedRelations(Listing):
    """Which relations, and in which order; `-` before a name turns it round."""

    service_id: Annotated[str, Field(max_length=63)] = Field("", description="At either end.")
    source_service_id: Annotated[str, Field(max_length=63)] = ""
    target_service_id: Annotated[str, Field(max_length=63)] = ""
    relation_type: RelationType | None = None
    enabled: bool | None = None
    search: Annotated[str, Field(max_length=200)] = Field("", description="Part of the ends' names or of the note.")
    sort: Sort = "relation_id"


_SORT_KEYS: Final[dict[str, Callable[[RelationView], Any]]] = {
    "relation_id": lambda view: view.relation.pk,
    "source_service_id": lambda view: (view.source_service_id, view.target_service_id, view.relation.pk),
    "target_service_id": lambda view: (view.target_service_id, view.source_service_id, view.relation.pk),
    "relation_type": lambda view: (view.relation.relation_type, view.relation.pk),
    "created_at": lambda view: (view.relation.created_at, view.relation.pk),
    "updated_at": lambda view: (view.relation.updated_at, view.relation.pk),
}


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=Relations, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def relations(request: Request, wanted: Annotated[WantedRelations, Query()], identity: _Editor) -> Response:
    """The relations, page by page. Those of deleted services are not among them."""
    found = sorted(_chosen(wanted), key=_SORT_KEYS[wanted.sort.removeprefix("-")], reverse=wanted.sort.startswith("-"))
    return answer_of(
        request, page_of(found, wanted, lambda view: view.relation.pk, _shown, tuple(RelationObject.model_fields))
    )


@router.post("", status_code=CREATED, response_model=RelationObject, openapi_extra=IDEMPOTENCY_KEY)
async def add_relation(request: Request, given: NewRelation, identity: _Editor) -> Response:
    """Add a relation. 409 with `path` and `relations` when it would close a circle, with `relation_id` for a twin."""
    running = runtime.current()
    view: RelationView = await running.relations.create(identity, given.model_dump())
    await running.follower.read_now()
    return _answer(request, view, CREATED, Location=f"/api{PREFIX}/{view.relation.pk}")


@router.post("/bulk", response_model=AddedRelations, openapi_extra=IDEMPOTENCY_KEY)
async def add_relations(given: NewRelations, identity: _Editor) -> dict[str, Any]:
    """Add several: those that are good, or with `all_or_none` none when one is not."""
    running, many = runtime.current(), [each.model_dump() for each in given.relations]
    if given.all_or_none:
        added = Added(await running.relations.create_many(identity, many), {})
    else:
        added = await running.relations.create_some(identity, many)
    await running.follower.read_now()
    return {
        "success_count": len(added.relations),
        "failed_count": len(added.errors),
        "relations": [_shown(view) for view in added.relations],
        "errors": [{"item_id": str(number), "error_message": str(err)} for number, err in added.errors.items()],
    }


@router.patch("/bulk", response_model=ChangedRelations)
async def switch_relations(given: SwitchedRelations, identity: _Editor) -> dict[str, int]:
    """Enable or disable several, all of them or none. 409 with `path` and `relations` for a circle."""
    running = runtime.current()
    changed = await running.relations.change_many(identity, given.relation_ids, enabled=given.enabled)
    await running.follower.read_now()
    return {"success_count": len(changed)}


@router.post("/bulk/delete", response_model=ChangedRelations)
async def delete_relations(given: GoneRelations, identity: _Editor) -> dict[str, int]:
    """Take several away, all of them or none."""
    running = runtime.current()
    gone = await running.relations.delete_many(identity, given.relation_ids)
    await running.follower.read_now()
    return {"success_count": len(gone)}


@router.post("/validate", response_model=Validity)
async def validate_relation(given: PlannedRelation, identity: _Editor) -> dict[str, Any]:
    """Whether a relation could be saved, without saving it: would it close a circle, and which."""
    values = given.model_dump()
    found: Verdict = await runtime.current().relations.validate(identity, values, values.pop("relation_id"))
    return {
        "valid": not found.reason,
        "reason": found.reason,
        "path": list(found.path),
        "relations": list(found.relations),
        "message": found.message,
    }


@router.get("/{relation_id}", response_model=RelationObject, responses=NOT_MODIFIED)
@router.head("/{relation_id}", include_in_schema=False)
async def relation(request: Request, relation_id: _Id, identity: _Editor) -> Response:
    """One relation."""
    return _answer(request, await runtime.current().relations.get(identity, relation_id))


@router.put("/{relation_id}", response_model=RelationObject, openapi_extra=IF_MATCH)
async def replace_relation(request: Request, relation_id: _Id, given: NewRelation, identity: _Editor) -> Response:
    """Give it these values; what is left out has its default. With If-Match only while it is still as it was read."""
    return await _change(request, relation_id, given.model_dump(), identity)


@router.patch("/{relation_id}", response_model=RelationObject, openapi_extra=IF_MATCH)
async def change_relation(request: Request, relation_id: _Id, given: RelationChange, identity: _Editor) -> Response:
    """Change some of it. With If-Match only while it is still as it was read."""
    return await _change(request, relation_id, given.model_dump(exclude_unset=True), identity)


@router.delete("/{relation_id}", status_code=NO_CONTENT, openapi_extra=IF_MATCH)
async def delete_relation(request: Request, relation_id: _Id, identity: _Editor) -> Response:
    """Take it away. With If-Match only while it is still as it was read."""
    running = runtime.current()
    await running.relations.delete(identity, relation_id, expected_version=expected_version(request))
    await running.follower.read_now()
    return Response(status_code=NO_CONTENT)


async def _change(request: Request, relation_id: int, values: dict[str, Any], identity: Identity) -> Response:
    running, expected = runtime.current(), expected_version(request)
    view = await running.relations.update(identity, relation_id, values, expected_version=expected)
    await running.follower.read_now()
    return _answer(request, view)


def _answer(request: Request, view: RelationView, status: int = 200, **headers: str) -> Response:
    return answer(request, _shown(view), f'"{view.version}"', status, **headers)


def _shown(view: RelationView) -> dict[str, Any]:
    relation = view.relation
    return {
        "relation_id": relation.pk,
        **view.document,
        "created_at": stamp(relation.created_at),
        "updated_at": stamp(relation.updated_at),
        "managed_by": relation.managed_by,
        "drift": list(view.drift),
    }


def _chosen(wanted: WantedRelations) -> Iterator[RelationView]:
    """From the board, which knows them by their ends."""
    board, words = runtime.current().board, wanted.search.casefold().split()
    for relation in _candidates(wanted.service_id):
        source, target = board.get(relation.source_pk), board.get(relation.target_pk)
        if source is None or target is None:
            continue
        view = RelationView(relation, source.definition.service_id, target.definition.service_id)
        text = f"{view.source_service_id} {view.target_service_id} {relation.note}".casefold()
        if _is_wanted(wanted, view) and all(word in text for word in words):
            yield view


def _candidates(service_id: str) -> list[Relation]:
    board = runtime.current().board
    if not service_id:
        return list(board.relations)
    row = board.find(service_id)
    return [] if row is None else [*board.relations.outgoing(row.pk), *board.relations.incoming(row.pk)]


def _is_wanted(wanted: WantedRelations, view: RelationView) -> bool:
    return (
        wanted.source_service_id in ("", view.source_service_id)
        and wanted.target_service_id in ("", view.target_service_id)
        and wanted.relation_type in (None, view.relation.relation_type)
        and wanted.enabled in (None, view.relation.enabled)
    )
