"""`/api/sources`: connections to other systems that tell about services: kept, tried, polled now."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.kinds import KindField
from monitor_app.domain.service import GROUP_LIMIT, LABEL_LIMIT
from monitor_app.domain.source import POLL_MAX_SECONDS, POLL_MIN_SECONDS
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, SOURCE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.sources import KEEP_DAYS_MAX, SourceView

CREATED, NO_CONTENT, ACCEPTED = 201, 204, 202
SLUG_LIMIT: Final = 63
KIND_LIMIT: Final = 40
router = APIRouter(prefix="/sources", tags=["sources"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Writer = Annotated[Identity, requires(SOURCE_WRITE)]
_Slug = Annotated[str, Path(max_length=SLUG_LIMIT, examples=["main"])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_CONFIG: Final[dict[str, Any]] = {"address": "http://127.0.0.1:8500", "token": "***"}
_Config = Annotated[dict[str, Any], Field(max_length=50, description="As GET /api/sources/kinds tells.")]
_Label = Annotated[str, Field(max_length=LABEL_LIMIT, examples=["Main datacentre"])]
_Interval = Annotated[
    int, Field(ge=POLL_MIN_SECONDS, le=POLL_MAX_SECONDS, description="Polled so often, in seconds.", examples=[60])
]
_Keep = Annotated[
    int,
    Field(ge=1, le=KEEP_DAYS_MAX, description="Services that are gone are deleted after so many days.", examples=[30]),
]
_Group = Annotated[str, Field(max_length=GROUP_LIMIT, description="The group that new services get.", examples=[""])]


class SourceKindOut(BaseModel):
    """One kind of source."""

    name: str = Field(examples=["consul"])
    title: str = Field(examples=["Consul"])
    description: str = Field(examples=["Services and health checks of a Consul datacentre, with a memory."])
    fields: list[KindField]
    json_schema: dict[str, Any] = Field(description="The JSON Schema of `config`.", examples=[{}])


class SourceOut(BaseModel):
    """A connection, and how it is. Secrets are `***`."""

    slug: str = Field(examples=["main"])
    kind: str = Field(examples=["consul"])
    label: str = Field(examples=["Main datacentre"])
    config: dict[str, Any] = Field(description="Only what differs from the defaults.", examples=[_CONFIG])
    interval_seconds: int = Field(examples=[60])
    keep_gone_days: int = Field(examples=[30])
    group: str = Field(examples=[""])
    enabled: bool = Field(examples=[True])
    owner: str = Field(examples=["ada"])
    state: Literal["ok", "doubted", "away", "waiting", "paused"] = Field(
        description="doubted: it answers, but with less than before; waiting: it was not polled yet.", examples=["ok"]
    )
    since: str | None = Field(description="Since when it is in this state.", examples=[_WHEN])
    polled_at: str | None = Field(description="The last attempt.", examples=[_WHEN])
    read_at: str | None = Field(description="The last answer.", examples=[_WHEN])
    seconds: float | None = Field(description="How long the last poll took.", examples=[0.21])
    error: str = Field(description="Why it is away.", examples=[""])
    failures: int = Field(description="Polls in a row that failed.", examples=[0])
    doubt: str = Field(description="Why what it tells is not believed yet.", examples=[""])
    facts: dict[str, Any] = Field(
        description="Counts of the last poll, and what the source says of itself.",
        examples=[{"services": 40, "checks": 85, "new": 0, "changed": 1, "gone": 0, "nodes": 5, "datacentre": "dc1"}],
    )
    created_at: str = Field(examples=[_WHEN])
    updated_at: str = Field(examples=[_WHEN])


class SourceList(BaseModel):
    """All connections, by label."""

    items: list[SourceOut]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class SourceBody(_Input):
    """A new connection. It is polled at once."""

    kind: str = Field("consul", max_length=KIND_LIMIT, examples=["consul"])
    label: _Label
    slug: str = Field("", max_length=SLUG_LIMIT, description="Empty: made of the label.", examples=[""])
    config: _Config = Field(examples=[_CONFIG])
    interval_seconds: _Interval = 60
    keep_gone_days: _Keep = 30
    group: _Group = ""
    enabled: bool = True


class SourcePatch(_Input):
    """What is to be different; what is left out stays. A `config` comes whole: `***` is the secret that is stored."""

    label: _Label = ""
    slug: str = Field("", max_length=SLUG_LIMIT, examples=["main"])
    config: _Config = Field(default_factory=dict, examples=[_CONFIG])
    interval_seconds: _Interval = 60
    keep_gone_days: _Keep = 30
    group: _Group = ""
    enabled: bool = True


class TryBody(_Input):
    """What is to be tried."""

    kind: str = Field("consul", max_length=KIND_LIMIT, examples=["consul"])
    config: _Config = Field(examples=[_CONFIG])
    slug: str = Field(
        "", max_length=SLUG_LIMIT, description="The connection whose secrets `***` stands for.", examples=[""]
    )


class TriedOut(BaseModel):
    """What one try showed."""

    is_reached: bool = Field(examples=[True])
    error: str = Field(description="Why not; empty when it was reached.", examples=[""])
    services: int = Field(examples=[40])
    checks: int = Field(examples=[85])
    facts: dict[str, Any] = Field(examples=[{"datacentre": "dc1", "nodes": 5}])
    warning: str = Field(description="Another connection tells of the same services already.", examples=[""])


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=KIND_LIMIT, description="Only of this kind.", examples=["consul"])] = ""


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=SourceList, responses=NOT_MODIFIED)
async def sources(request: Request, wanted: Annotated[_Wanted, Query()], identity: _Reader) -> Response:
    """All connections with how they are."""
    found = await runtime.current().sources.list_all(identity, wanted.kind)
    return answer_of(request, {"items": [shown_source(view) for view in found]})


@router.get("/kinds", response_model=list[SourceKindOut], responses=NOT_MODIFIED)
async def kinds(request: Request, identity: _Reader) -> Response:
    """What connections can be made to, each with its settings."""
    documents = [
        SourceKindOut(
            name=kind.name,
            title=kind.title,
            description=kind.config_model.kind_description,
            fields=[KindField.model_validate(field, from_attributes=True) for field in kind.fields],
            json_schema=kind.json_schema,
        ).model_dump(mode="json")
        for kind in runtime.current().sources.kinds
    ]
    return answer_of(request, documents)


@router.post("/test", response_model=TriedOut)
async def test(body: TryBody, identity: _Writer) -> dict[str, Any]:
    """Read once and tell what was found. Nothing is saved."""
    tried = await runtime.current().sources.try_out(identity, body.kind, body.config, body.slug)
    return {
        "is_reached": not tried.error,
        "error": tried.error,
        "services": tried.services,
        "checks": tried.checks,
        "facts": dict(tried.facts or {}),
        "warning": tried.warning,
    }


@router.post("", response_model=SourceOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: SourceBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new connection."""
    return shown_source(await runtime.current().sources.create(identity, body.model_dump()))


@router.get("/{slug}", response_model=SourceOut, responses=NOT_MODIFIED)
async def source(request: Request, slug: _Slug, identity: _Reader) -> Response:
    """One connection."""
    return answer_of(request, shown_source(await runtime.current().sources.get(identity, slug)))


@router.patch("/{slug}", response_model=SourceOut)
async def change(slug: _Slug, body: SourcePatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    values = body.model_dump(exclude_unset=True)
    return shown_source(await runtime.current().sources.update(identity, slug, values))


@router.delete("/{slug}", status_code=NO_CONTENT, response_class=Response)
async def delete(slug: _Slug, identity: _Writer) -> None:
    """Take a connection away, with its services: those can be restored for 30 days."""
    running = runtime.current()
    await running.sources.delete(identity, slug)
    await running.follower.read_now()


@router.post("/{slug}/poll", response_model=SourceOut, status_code=ACCEPTED)
async def poll(slug: _Slug, identity: Annotated[Identity, requires(CHECK_RUN)]) -> Response:
    """Have it polled at once; tells how it was before. 409 while it is paused."""
    view = await runtime.current().sources.poll_now(identity, slug)
    return JSONResponse(shown_source(view), ACCEPTED, {"Cache-Control": "no-store"})


def shown_source(view: SourceView) -> dict[str, Any]:
    """A connection as the API gives it."""
    one, state = view.source, view.state
    return {
        "slug": one.slug,
        "kind": one.kind,
        "label": one.label,
        "config": dict(view.config),
        "interval_seconds": one.interval_seconds,
        "keep_gone_days": one.keep_gone_days,
        "group": one.group,
        "enabled": one.enabled,
        "owner": one.owner,
        "state": view.shown_state,
        "since": stamp(state.since) if state else None,
        "polled_at": stamp(state.polled_at) if state else None,
        "read_at": stamp(state.read_at) if state else None,
        "seconds": state.seconds if state else None,
        "error": state.error if state else "",
        "failures": state.failures if state else 0,
        "doubt": state.doubt if state else "",
        "facts": dict(state.facts) if state else {},
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
    }
