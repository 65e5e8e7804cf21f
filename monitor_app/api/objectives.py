"""`/api/objectives` and `/api/admin/objectives`: how much of a time services are to be up, and how they do."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.domain.objective import NAME_LIMIT, TARGET_MAX, TARGET_MIN, WINDOW_DAYS_MAX
from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.domain.uptime import Uptime
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import MONITOR_READ, OBJECTIVE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.objectives import ObjectiveFigures

CREATED, NO_CONTENT = 201, 204
SHARE_DECIMALS: Final = 6
LIMIT_MAX: Final = 200
router = APIRouter(prefix="/objectives", tags=["objectives"], responses=PROBLEMS)
admin = APIRouter(prefix="/admin/objectives", tags=["objectives"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(OBJECTIVE_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["Shop"])]
_ServiceId = Annotated[str, Field(max_length=63, description="Of this service, ...", examples=["shop"])]
_Group = Annotated[str, Field(max_length=GROUP_LIMIT, description="... or of this group and all in it.", examples=[""])]
# The use cases refuse what is beyond these bounds: they tell what was given, too.
_Target = Annotated[
    float,
    Field(
        description="A share of the time that is known.",
        examples=[0.999],
        json_schema_extra={"minimum": TARGET_MIN, "maximum": TARGET_MAX},
    ),
]
_Window = Annotated[
    int,
    Field(
        description="The last so many days.",
        examples=[30],
        json_schema_extra={"minimum": 1, "maximum": WINDOW_DAYS_MAX},
    ),
]


class BurnOut(BaseModel):
    """How fast the error budget went in the last hours: 1 spends it just by the end of the window."""

    hours: int = Field(examples=[24])
    rate: float | None = Field(description="null: nothing is known of these hours.", examples=[0.4])


class ObjectiveOut(BaseModel):
    """An objective and how it does now. Seconds of a group are of the mean of its services."""

    objective_id: int = Field(examples=[3])
    name: str = Field(examples=["Shop"])
    service_id: str | None = Field(description="null: of a group, or of a deleted service.", examples=["shop"])
    service_label: str = Field(description="What people call the service; empty without one.", examples=["Web shop"])
    group: str = Field(examples=[""])
    target: float = Field(examples=[0.999])
    window_days: int = Field(examples=[30])
    services: int = Field(description="How many services it is about.", examples=[1])
    availability: float | None = Field(description="A share of the known time.", examples=[0.9995])
    coverage: float | None = Field(description="How much of the window is known.", examples=[0.998])
    allowed_seconds: float = Field(description="The error budget: may be down for so long.", examples=[2586.8])
    spent_seconds: float = Field(examples=[1293.4])
    left_seconds: float = Field(description="Below 0 when more was spent than allowed.", examples=[1293.4])
    left: float | None = Field(description="As a share of the budget.", examples=[0.5])
    verdict: str = Field(description="met, at risk (under a quarter is left), missed or unknown.", examples=["met"])
    burn_rate: float | None = Field(description="Of the whole window.", examples=[0.5])
    burns: list[BurnOut] = Field(description="Of the last 1, 6, 24 and 72 hours.")
    created_at: str = Field(examples=[_WHEN])
    updated_at: str = Field(examples=[_WHEN])


class ObjectiveList(BaseModel):
    """A page of objectives."""

    items: list[ObjectiveOut]
    total: int
    page: int
    pages: int


class WantedObjectives(BaseModel):
    """Which objectives, in which order."""

    model_config = ConfigDict(extra="forbid")

    search: Annotated[str, Field(max_length=200)] = Field(
        "", description="Only with this in the name, the group, the label or the id of the service.", examples=[""]
    )
    sort: Literal["name", "worst"] = Field("name", description="worst: what has least of its budget left comes first.")
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_MAX
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ObjectiveBody(_Input):
    """A new objective, either of a service or of a group."""

    name: _Name
    service_id: _ServiceId = ""
    group: _Group = ""
    target: _Target
    window_days: _Window = 30


class ObjectivePatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"target": 0.995}]}
    )

    name: _Name = ""
    service_id: _ServiceId = ""
    group: _Group = ""
    target: _Target = 0.999
    window_days: _Window = 30


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)
    app.include_router(admin)


@router.get("", response_model=ObjectiveList, responses=NOT_MODIFIED)
async def objectives(request: Request, wanted: Annotated[WantedObjectives, Query()], identity: _Reader) -> Response:
    """Objectives: what of their error budgets is left, and how fast it goes."""
    word, start = wanted.search.casefold().strip(), (wanted.page - 1) * wanted.limit
    found = [one for one in await runtime.current().objectives.figures(identity) if word in _searched(one)]
    found.sort(key=_ORDERS[wanted.sort])
    return answer_of(
        request,
        {
            "items": [shown_objective(one) for one in found[start : start + wanted.limit]],
            "total": len(found),
            "page": wanted.page,
            "pages": max(1, -(-len(found) // wanted.limit)),
        },
    )


@router.get("/{objective_id}", response_model=ObjectiveOut, responses=NOT_MODIFIED)
async def objective(request: Request, objective_id: _Number, identity: _Reader) -> Response:
    """One objective."""
    return answer_of(request, shown_objective(await runtime.current().objectives.get(identity, objective_id)))


@admin.post("", response_model=ObjectiveOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: ObjectiveBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new objective."""
    return shown_objective(await runtime.current().objectives.create(identity, body.model_dump()))


@admin.patch("/{objective_id}", response_model=ObjectiveOut)
async def change(objective_id: _Number, body: ObjectivePatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    values = body.model_dump(exclude_unset=True)
    return shown_objective(await runtime.current().objectives.update(identity, objective_id, values))


@admin.delete("/{objective_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(objective_id: _Number, identity: _Writer) -> None:
    """Take an objective away."""
    await runtime.current().objectives.delete(identity, objective_id)


def _searched(one: ObjectiveFigures) -> str:
    return "\n".join((one.objective.name, one.objective.group, one.service_id or "", one.label)).casefold()


def _left(one: ObjectiveFigures) -> tuple[bool, float, str]:
    """What is unknown comes last."""
    left = one.budget.left_share
    return left is None, 0.0 if left is None else left, one.objective.name.casefold()


_ORDERS: Final[dict[str, Callable[[ObjectiveFigures], Any]]] = {
    "name": lambda one: one.objective.name.casefold(),
    "worst": _left,
}


def shown_objective(found: ObjectiveFigures) -> dict[str, Any]:
    """An objective with its figures as the API tells it."""
    one, budget = found.objective, found.budget
    return {
        "objective_id": one.pk,
        "name": one.name,
        "service_id": found.service_id,
        "service_label": found.label,
        "group": one.group,
        "target": one.target,
        "window_days": one.window_days,
        "services": found.services,
        **shown_uptime(found.uptime),
        "allowed_seconds": round(budget.allowed_seconds, 1),
        "spent_seconds": round(budget.spent_seconds, 1),
        "left_seconds": round(budget.left_seconds, 1),
        "left": _rounded(budget.left_share),
        "verdict": found.verdict,
        "burn_rate": _rounded(found.burn),
        "burns": [{"hours": burn.hours, "rate": _rounded(burn.rate)} for burn in found.burns],
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
    }


def shown_uptime(uptime: Uptime | None) -> Mapping[str, float | None]:
    """Availability and coverage as shares."""
    if uptime is None:
        return {"availability": None, "coverage": None}
    return {"availability": _rounded(uptime.uptime), "coverage": _rounded(uptime.coverage)}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, SHARE_DECIMALS)
