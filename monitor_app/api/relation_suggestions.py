"""`/api/admin/relation-types` and `/api/admin/relations/suggestions`: what relations mean, and which may be missing."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.domain.relation import DEPENDENCY
from monitor_app.domain.relation_templates import TEMPLATES, RelationTemplate
from monitor_app.domain.suggestion import Suggestion
from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.relation_suggestions import SHOWN_LIMIT, Suggested

PREFIX: Final = "/admin/relations/suggestions"
NO_CONTENT = 204

router = APIRouter(tags=["relations"], responses=PROBLEMS)
_Editor = Annotated[Identity, requires(RELATION_WRITE)]
_Reader = Annotated[Identity, requires(BOARD_READ)]
RelationType = Literal["dependency", "communication", "data-flow"]


class RelationTypeOut(BaseModel):
    """What relations of one type say. The arrow leads from the source to the target."""

    relation_type: RelationType = Field(examples=["dependency"])
    title: str = Field(examples=["Dependency"])
    verb: str = Field(description="Between source and target.", examples=["depends on"])
    reversed_verb: str = Field(description="Between target and source.", examples=["is needed by"])
    pattern: str = Field(description="The direction in words.", examples=["{source} needs {target} to work"])
    meaning: str = Field(examples=["When the target is down, so is the source, because of it."])
    suppresses_alerts: bool = Field(
        description="Whether a source that is down because of its target is told of as its consequence.",
        examples=[True],
    )
    line: Literal["solid", "dashed", "dotted"] = Field(description="How the arrow is drawn.", examples=["solid"])
    example: str = Field(examples=["A shop cannot sell without its database: shop depends on db."])


class Why(BaseModel):
    """One reason to suggest a relation."""

    hint: Literal["member", "named", "host", "group"] = Field(description="The surest first.", examples=["host"])
    text: str = Field(examples=["both are looked at on db.example.org"])


class SuggestedRelation(BaseModel):
    """A relation that seems to be missing. It is added like any other, or dismissed."""

    source_service_id: str = Field(examples=["web"])
    target_service_id: str = Field(examples=["db"])
    relation_type: RelationType = Field(examples=["dependency"])
    reasons: list[Why]


class SuggestedRelations(BaseModel):
    """What is suggested to the caller, the surest first."""

    items: list[SuggestedRelation]
    dismissed: int = Field(description="So many more the caller does not want to see.", examples=[0])


class Pair(BaseModel):
    """The ends of a suggestion."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{
        "source_service_id": "web", "target_service_id": "db"}]})  # fmt: skip

    source_service_id: Annotated[str, Field(max_length=63)]
    target_service_id: Annotated[str, Field(max_length=63)]


class Dismissal(BaseModel):
    """What is not to be suggested to the caller any more."""

    model_config = ConfigDict(extra="forbid")

    suggestions: Annotated[list[Pair], Field(min_length=1, max_length=SHOWN_LIMIT)]


def add_routes(app: FastAPI) -> None:
    """Add these routes; before those of relations, whose numbers stand where `suggestions` does."""
    app.include_router(router)


@router.get("/admin/relation-types", response_model=list[RelationTypeOut], responses=NOT_MODIFIED)
@router.head("/admin/relation-types", include_in_schema=False)
async def relation_types(request: Request, identity: _Reader) -> Response:
    """The types of relations: direction, meaning, and what follows from each."""
    return answer_of(request, [_type(template) for template in TEMPLATES.values()])


@router.get(PREFIX, response_model=SuggestedRelations, responses=NOT_MODIFIED)
@router.head(PREFIX, include_in_schema=False)
async def suggestions(request: Request, identity: _Editor) -> Response:
    """Relations that seem to be missing, at most 200, each with its reasons. None is added by itself."""
    found: Suggested = await runtime.current().relation_suggestions.list_for(identity)
    return answer_of(request, {"items": [_shown(one) for one in found.suggestions], "dismissed": found.dismissed})


@router.post(f"{PREFIX}/dismiss", status_code=NO_CONTENT)
async def dismiss(given: Dismissal, identity: _Editor) -> Response:
    """Suggest these no more to the caller."""
    pairs = [pair.model_dump() for pair in given.suggestions]
    await runtime.current().relation_suggestions.dismiss(identity, pairs)
    return Response(status_code=NO_CONTENT)


@router.delete(f"{PREFIX}/dismissed", status_code=NO_CONTENT)
async def bring_back(identity: _Editor) -> Response:
    """Suggest again what the caller dismissed."""
    await runtime.current().relation_suggestions.bring_back(identity)
    return Response(status_code=NO_CONTENT)


def _type(template: RelationTemplate) -> dict[str, Any]:
    return {name: getattr(template, name) for name in RelationTypeOut.model_fields}


def _shown(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "source_service_id": suggestion.source,
        "target_service_id": suggestion.target,
        "relation_type": DEPENDENCY,
        "reasons": [{"hint": because.hint, "text": because.text} for because in suggestion.reasons],
    }
