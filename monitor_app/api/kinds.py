"""`/api/kinds`: how things can be checked; `/api/check`: trying a check without saving anything."""

import asyncio
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of, encoded
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.service_models import CheckBody, CheckFound
from monitor_app.errors import NotFound
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.service_input import KIND_LIMIT

router = APIRouter(tags=["kinds"])
_Reader = Annotated[Identity, requires(BOARD_READ)]


class KindField(BaseModel):
    """One field of `status_config`, as forms show it."""

    name: str = Field(examples=["deadline_seconds"])
    type: str = Field(description="text, multiline, number, switch, choice or mapping.", examples=["number"])
    title: str = Field(examples=["Deadline"])
    description: str = Field(examples=["The whole check must be done by then, body included."])
    unit: str = Field(examples=["s"])
    default: str = Field(description="As text.", examples=["10"])
    required: bool = Field(examples=[False])
    rare: bool = Field(description="Seldom needed: forms fold it away.", examples=[True])
    secret: bool = Field(description="Stored encrypted and never shown again.", examples=[False])
    choices: list[str] = Field(examples=[[]])
    when: str = Field(description="Of use only while another field has this value.", examples=[""])


class KindOut(BaseModel):
    """One kind of check."""

    name: str = Field(examples=["http"])
    title: str = Field(examples=["HTTP"])
    description: str = Field(examples=["A web page or an API answers as it should."])
    default_service_type: str = Field(examples=["website"])
    default_interval_seconds: int = Field(examples=[60])
    address_form: str = Field(description="How an address of this kind is written.", examples=["https://example.org"])
    is_told: bool = Field(description="Whether services report of themselves instead of being asked.", examples=[False])
    is_observed: bool = Field(
        description="Whether a source makes these services; they cannot be added one by one.", examples=[False]
    )
    fields: list[KindField]
    json_schema: dict[str, Any] = Field(description="The JSON Schema of `status_config`.", examples=[{}])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/kinds", response_model=list[KindOut], responses=NOT_MODIFIED)
@router.head("/kinds", include_in_schema=False)
async def kinds(request: Request, identity: _Reader) -> Response:
    """All kinds, each with the schema of its `status_config`."""
    return answer_of(request, (await _described())[""])


@router.get("/kinds/{kind}", response_model=KindOut, responses=NOT_MODIFIED)
@router.head("/kinds/{kind}", include_in_schema=False)
async def kind(
    request: Request, kind: Annotated[str, Path(max_length=KIND_LIMIT, examples=["http"])], identity: _Reader
) -> Response:
    """One kind."""
    found = (await _described()).get(kind) if kind else None
    if found is None:
        raise NotFound("there is no such kind")
    return answer_of(request, found)


@router.post("/check", response_model=CheckFound)
async def check(body: CheckBody, identity: Annotated[Identity, requires(CHECK_RUN)]) -> CheckFound:
    """Run a probe once and tell what it found. Nothing is saved."""
    found = await runtime.current().probing.test(identity, body.kind, body.status_config)
    return CheckFound(
        status_code=int(found.status),
        status=found.status.name,
        message=found.message,
        response_time_ms=found.response_ms,
        phases=dict(found.phases),
        metrics=dict(found.metrics),
        details=dict(found.details),
    )


_known: WeakKeyDictionary[KindRegistry, dict[str, bytes]] = WeakKeyDictionary()


async def _described() -> dict[str, bytes]:
    """Each kind by its name, and under "" all of them, as JSON. The first time they are imported, which takes long."""
    registry: KindRegistry = runtime.current().registry
    if registry not in _known:
        documents = await asyncio.to_thread(lambda: {each.name: _shown(each) for each in registry})
        _known[registry] = {"": encoded(list(documents.values()))} | {
            name: encoded(document) for name, document in documents.items()
        }
    return _known[registry]


def _shown(kind: Kind) -> dict[str, Any]:
    model = kind.config_model
    return KindOut(
        name=kind.name,
        title=kind.title,
        description=model.kind_description,
        default_service_type=model.default_service_type,
        default_interval_seconds=model.default_interval_seconds,
        address_form=model.address_form,
        is_told=kind.is_told,
        is_observed=model.is_observed,
        fields=[KindField.model_validate(field, from_attributes=True) for field in kind.fields],
        json_schema=kind.json_schema,
    ).model_dump(mode="json")
