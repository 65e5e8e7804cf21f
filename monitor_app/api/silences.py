"""`/api/silences`: alerts that nobody is to be told of until a moment."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.scopes import ScopeBody
from monitor_app.api.spans import Moment
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.alerts import MANY_LIMIT
from monitor_app.use_cases.silences import MINUTES_MAX, REASON_LIMIT, SilenceView

CREATED = 201
router = APIRouter(prefix="/silences", tags=["alerts"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Doer = Annotated[Identity, requires(ALERT_ACKNOWLEDGE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_WHEN: Final = "2026-05-17T12:00:00.000Z"
_Reason = Annotated[str, Field(min_length=1, max_length=REASON_LIMIT, examples=["a known defect"])]
_Minutes = Annotated[int, Field(strict=True, ge=1, le=MINUTES_MAX, examples=[120])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SilenceBody(_Input):
    """A new silence, until `ends_at` or for so many minutes: one of the two."""

    scope: ScopeBody = Field(default_factory=ScopeBody)
    rule: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="Only about this alert rule.")] = None
    reason: _Reason
    starts_at: Moment | None = Field(None, description="Now, if left out.", examples=[None])
    ends_at: Moment | None = Field(None, examples=[None])
    minutes: _Minutes | None = 120


class AlertsBody(_Input):
    """The alerts whose rules and services are to be silent for so many minutes."""

    alerts: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] = Field(min_length=1, max_length=MANY_LIMIT)
    minutes: _Minutes
    reason: _Reason


class SilenceOut(BaseModel):
    """A silence."""

    silence_id: int = Field(examples=[3])
    scope: dict[str, list[str]] = Field(examples=[{"services": ["shop"]}])
    services: int = Field(description="How many services it is about now.", examples=[1])
    rule: int | None = Field(description="null: about all rules.", examples=[None])
    rule_name: str = Field(examples=[""])
    reason: str = Field(examples=["a known defect"])
    starts_at: str = Field(examples=[_WHEN])
    ends_at: str = Field(examples=[_WHEN])
    who: str = Field(examples=["ada"])
    is_active: bool = Field(examples=[True])


class SilenceList(BaseModel):
    """Silences."""

    items: list[SilenceOut]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=SilenceList, responses=NOT_MODIFIED)
async def silences(
    request: Request,
    identity: _Reader,
    ended: Annotated[bool, Query(description="Those that are over, too: the last 500.")] = False,
) -> Response:
    """Those that are not over."""
    found = await runtime.current().silences.list_all(identity, with_ended=ended)
    return answer_of(request, {"items": [shown_silence(view) for view in found]})


@router.post("", response_model=SilenceOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: SilenceBody, identity: _Doer) -> dict[str, Any]:
    """Be silent about some services."""
    values = body.model_dump()
    if values["ends_at"] is not None and "minutes" not in body.model_fields_set:
        values["minutes"] = None
    return shown_silence(await runtime.current().silences.create(identity, values))


@router.post("/alerts", response_model=SilenceList, status_code=CREATED)
async def create_for_alerts(body: AlertsBody, identity: _Doer) -> dict[str, Any]:
    """Be silent about what some alerts are about: a silence for each of their rules."""
    found = await runtime.current().silences.create_for_alerts(identity, body.alerts, body.minutes, body.reason)
    return {"items": [shown_silence(view) for view in found]}


@router.delete("/{silence_id}", response_model=SilenceOut)
async def end(silence_id: _Number, identity: _Doer) -> dict[str, Any]:
    """End a silence now; it stays in the list of those that are over."""
    return shown_silence(await runtime.current().silences.end(identity, silence_id))


def shown_silence(view: SilenceView) -> dict[str, Any]:
    """As the API and the screens tell it."""
    one = view.silence
    return {
        "silence_id": one.pk,
        "scope": {name: list(values) for name, values in view.scope.items()},
        "services": view.services,
        "rule": one.rule_pk,
        "rule_name": view.rule,
        "reason": one.reason,
        "starts_at": stamp(one.starts_at),
        "ends_at": stamp(one.ends_at),
        "who": one.who,
        "is_active": view.is_active,
    }
