"""`/api/escalation-policies`: who is told first, and who when nobody answers."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.domain.alerting.policy import (
    AFTER_MINUTES_MAX,
    ROUNDS_MAX,
    STEPS_LIMIT,
    TARGETS_LIMIT,
    TargetType,
)
from monitor_app.security.permissions import MONITOR_READ, ON_CALL_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.escalation_policies import NAME_LIMIT, PolicyView

CREATED, NO_CONTENT = 201, 204
router = APIRouter(prefix="/escalation-policies", tags=["escalation policies"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(ON_CALL_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_Pk = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[7])]
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["Nights"])]
_Rounds = Annotated[int, Field(ge=1, le=ROUNDS_MAX, description="How often all steps are gone through.", examples=[2])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class TargetIn(_Input):
    """A channel, a person by all their own channels, or whoever is on call in a schedule then."""

    type: TargetType = Field(examples=["schedule"])
    id: _Pk


class StepIn(_Input):
    """Who is told, and when: so long after the step before it, the first one after the incident began."""

    after_minutes: int = Field(0, ge=0, le=AFTER_MINUTES_MAX, examples=[15])
    targets: list[TargetIn] = Field(max_length=TARGETS_LIMIT)


_Steps = Annotated[list[StepIn], Field(max_length=STEPS_LIMIT)]
_Fallback = Annotated[int | None, Field(ge=1, le=2**31 - 1, description="Told when a step reaches nobody.")]


class PolicyBody(_Input):
    """A new policy."""

    name: _Name
    steps: _Steps
    rounds: _Rounds = 1
    is_default: Annotated[bool, Field(strict=True, description="For rules that name none; one is at most.")] = False
    fallback_channel: _Fallback = None


class PolicyPatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"rounds": 3}]}
    )

    name: _Name = ""
    steps: _Steps = Field(default_factory=list)
    rounds: _Rounds = 1
    is_default: Annotated[bool, Field(strict=True)] = False
    fallback_channel: _Fallback = None


class TargetOut(BaseModel):
    """Who or what is told. `name` is empty when it is gone."""

    type: str = Field(examples=["schedule"])
    id: int = Field(examples=[7])
    name: str = Field(examples=["Operations"])


class StepOut(BaseModel):
    """Who is told, and how long after the step before."""

    after_minutes: int = Field(examples=[15])
    targets: list[TargetOut]


class PolicyOut(BaseModel):
    """A policy."""

    policy_id: int = Field(examples=[3])
    name: str = Field(examples=["Nights"])
    is_default: bool = Field(examples=[False])
    steps: list[StepOut]
    rounds: int = Field(examples=[2])
    fallback_channel: int | None = Field(examples=[None])
    fallback_channel_name: str = Field(examples=[""])
    rules: list[str] = Field(description="The alert rules that go by it.", examples=[["The shop is slow"]])
    troubles: list[str] = Field(description="Who is not reached by it any more, and why.", examples=[[]])


class PolicyList(BaseModel):
    """All policies, by name."""

    items: list[PolicyOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=PolicyList, responses=NOT_MODIFIED)
async def policies(request: Request, identity: _Reader) -> Response:
    """All policies."""
    found = await runtime.current().escalation_policies.list_all(identity)
    return answer_of(request, {"items": [shown_policy(view) for view in found]})


@router.get("/{policy_id}", response_model=PolicyOut, responses=NOT_MODIFIED)
async def policy(request: Request, policy_id: _Number, identity: _Reader) -> Response:
    """One policy."""
    return answer_of(request, shown_policy(await runtime.current().escalation_policies.get(identity, policy_id)))


@router.post("", response_model=PolicyOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: PolicyBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new policy."""
    return shown_policy(await runtime.current().escalation_policies.create(identity, _values(body.model_dump())))


@router.patch("/{policy_id}", response_model=PolicyOut)
async def change(policy_id: _Number, body: PolicyPatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    values = _values(body.model_dump(exclude_unset=True))
    return shown_policy(await runtime.current().escalation_policies.update(identity, policy_id, values))


@router.delete("/{policy_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(policy_id: _Number, identity: _Writer) -> None:
    """Take a policy away; 409 with the rules that go by it while there are any."""
    await runtime.current().escalation_policies.delete(identity, policy_id)


def shown_policy(view: PolicyView) -> dict[str, Any]:
    """As the API and the screens tell it."""
    policy = view.policy
    return {
        "policy_id": policy.pk,
        "name": policy.name,
        "is_default": policy.is_default,
        "steps": [
            {
                "after_minutes": step.after_minutes,
                "targets": [
                    {"type": target.type, "id": target.pk, "name": view.names.get(target, "")}
                    for target in step.targets
                ],
            }
            for step in policy.steps
        ],
        "rounds": policy.rounds,
        "fallback_channel": policy.fallback_channel_pk,
        "fallback_channel_name": view.fallback,
        "rules": list(view.rules),
        "troubles": list(view.troubles),
    }


_ID: Final = "id"


def _values(given: dict[str, Any]) -> dict[str, Any]:
    """As the use case takes them: what is called `id` outside is a pk inside."""
    for step in given.get("steps", ()):
        step["targets"] = [{"type": target["type"], "pk": target[_ID]} for target in step["targets"]]
        step.setdefault("after_minutes", 0)
    return given
