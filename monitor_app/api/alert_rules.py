"""`/api/alert-rules`: what somebody is to be told of, and what a rule would have told in the past."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import IDEMPOTENCY_KEY, NOT_MODIFIED, PROBLEMS
from monitor_app.api.scopes import ScopeBody
from monitor_app.domain.alerting.condition import units_of
from monitor_app.domain.alerting.severity import Severity
from monitor_app.domain.thresholds import RESPONSE_MS
from monitor_app.engine.board import BoardRow
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import ALERT_RULE_WRITE, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.alert_rules import FOR_SECONDS_MAX, NAME_LIMIT, RuleView
from monitor_app.use_cases.alert_trials import DAYS, DAYS_MAX, Trial

CREATED, NO_CONTENT = 201, 204
LABELS_LIMIT: Final = 8
METRICS_LIMIT: Final = 200
router = APIRouter(prefix="/alert-rules", tags=["alert rules"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Writer = Annotated[Identity, requires(ALERT_RULE_WRITE)]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
_WHEN = "2026-05-17T12:00:00.000Z"
_Name = Annotated[str, Field(max_length=NAME_LIMIT, examples=["The shop is slow"])]
_Switch = Annotated[bool, Field(strict=True, examples=[True])]
_Condition = Annotated[
    dict[str, Any],
    Field(
        description=(
            "Its `type` says what else it has. status: statuses. share: statuses, share, span_minutes. metric: metric, "
            "comparison, value, unit. response: percentile, above_ms, span_minutes. certificate_days and domain_days: "
            "days. no_data: minutes. burn: target, window_days."
        ),
        examples=[{"type": "status", "statuses": ["failed"]}],
    ),
]
_For = Annotated[
    int, Field(ge=0, le=FOR_SECONDS_MAX, description="It has to hold for so long before it fires.", examples=[0])
]
_Policy = Annotated[
    int | None, Field(ge=1, le=2**31 - 1, description="The escalation policy; null: the default one.", examples=[None])
]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class RuleBody(_Input):
    """A new rule."""

    name: _Name
    enabled: _Switch = True
    severity: Severity = "critical"
    condition: _Condition
    scope: ScopeBody = Field(default_factory=ScopeBody)
    for_seconds: _For = 0
    policy: _Policy = None


class RulePatch(_Input):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, json_schema_extra={"examples": [{"severity": "warning"}]}
    )

    name: _Name = ""
    enabled: _Switch = True
    severity: Severity = "critical"
    condition: _Condition = Field(default_factory=dict)
    scope: ScopeBody = Field(default_factory=ScopeBody)
    for_seconds: _For = 0
    policy: _Policy = None


class TrialBody(_Input):
    """A rule that somebody thinks of, and over how many days it is to be tried."""

    condition: _Condition
    scope: ScopeBody = Field(default_factory=ScopeBody)
    for_seconds: _For = 0
    days: int = Field(DAYS, ge=1, le=DAYS_MAX, examples=[30])


class ReachBody(_Input):
    """Which services somebody thinks of."""

    scope: ScopeBody = Field(default_factory=ScopeBody)


class MetricOut(BaseModel):
    """What some of the services measure, as of their last results."""

    name: str = Field(examples=["certificate_days"])
    services: int = Field(description="How many of the services have it.", examples=[12])
    lowest: float = Field(examples=[3.5])
    highest: float = Field(examples=[88.2])
    units: list[str] = Field(description="In which a value may be given; the first is its own.", examples=[["d"]])


class TypeOut(BaseModel):
    """A type of services."""

    name: str = Field(examples=["website"])
    services: int = Field(examples=[12])


class ReachOut(BaseModel):
    """What a scope is about now."""

    services: int = Field(examples=[12])
    labels: list[str] = Field(description="The first of them, by name.", examples=[["Shop"]])
    metrics: list[MetricOut] = Field(description="What they measure: what most of them have comes first.")
    types: list[TypeOut] = Field(description="The types of all services that there are.")


class RuleOut(BaseModel):
    """A rule."""

    rule_id: int = Field(examples=[3])
    name: str = Field(examples=["The shop is slow"])
    enabled: bool = Field(examples=[True])
    is_default: bool = Field(description="There from the start.", examples=[False])
    severity: str = Field(examples=["critical"])
    condition: dict[str, Any] = Field(examples=[{"type": "status", "statuses": ["failed"]}])
    words: str = Field(description="The condition in words.", examples=["is down"])
    scope: dict[str, list[str]] = Field(examples=[{}])
    services: int = Field(description="How many services it is about now.", examples=[12])
    for_seconds: int = Field(examples=[0])
    policy: int | None = Field(examples=[None])
    policy_name: str = Field(examples=[""])


class RuleList(BaseModel):
    """All rules, by name."""

    items: list[RuleOut]


class FiringOut(BaseModel):
    """It would have fired."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    at: str = Field(examples=[_WHEN])
    until: str | None = Field(description="null: it would still be open.", examples=[_WHEN])
    cause: str = Field(examples=["connection refused"])


class TrialOut(BaseModel):
    """What a rule would have done: before dependencies, maintenance, silences and flapping hold anything."""

    since: str = Field(examples=[_WHEN])
    until: str = Field(examples=[_WHEN])
    count: int = Field(description="How often it would have fired.", examples=[3])
    too_short: int = Field(description="How often it held, but not for long enough.", examples=[1])
    services: int = Field(description="How many services it is about.", examples=[12])
    tried: int = Field(description="How many of them were looked at.", examples=[12])
    is_cut: bool = Field(description="There were too many results to look at all of these.", examples=[False])
    items: list[FiringOut] = Field(description="The latest, the newest first.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=RuleList, responses=NOT_MODIFIED)
async def rules(request: Request, identity: _Reader) -> Response:
    """All rules."""
    found = await runtime.current().alert_rules.list_all(identity)
    return answer_of(request, {"items": [shown_rule(view) for view in found]})


@router.post("/reach", response_model=ReachOut)
async def reach(body: ReachBody, identity: _Reader) -> dict[str, Any]:
    """Which services a scope is about now, and what they measure."""
    running = runtime.current()
    found = running.alert_rules.reach(identity, body.scope.model_dump())
    rows = [row for service in found if (row := running.board.get(service.pk)) is not None]
    types = Counter(row.definition.service_type for row in running.board)
    return {
        "services": len(found),
        "labels": [service.label for service in found[:LABELS_LIMIT]],
        "metrics": measured(rows),
        "types": [{"name": name, "services": count} for name, count in sorted(types.items()) if name],
    }


@router.get("/{rule_id}", response_model=RuleOut, responses=NOT_MODIFIED)
async def rule(request: Request, rule_id: _Number, identity: _Reader) -> Response:
    """One rule."""
    return answer_of(request, shown_rule(await runtime.current().alert_rules.get(identity, rule_id)))


@router.post("", response_model=RuleOut, status_code=CREATED, openapi_extra=IDEMPOTENCY_KEY)
async def create(body: RuleBody, identity: _Writer) -> dict[str, Any]:
    """Keep a new rule."""
    return shown_rule(await runtime.current().alert_rules.create(identity, body.model_dump()))


@router.post("/try", response_model=TrialOut)
async def trial(body: TrialBody, identity: _Writer) -> dict[str, Any]:
    """What a rule would have done in the last days; it is not kept."""
    values = body.model_dump()
    days = values.pop("days")
    return shown_trial(await runtime.current().alert_trials.run(identity, values, days))


@router.patch("/{rule_id}", response_model=RuleOut)
async def change(rule_id: _Number, body: RulePatch, identity: _Writer) -> dict[str, Any]:
    """Change what is named."""
    values = body.model_dump(exclude_unset=True)
    return shown_rule(await runtime.current().alert_rules.update(identity, rule_id, values))


@router.delete("/{rule_id}", status_code=NO_CONTENT, response_class=Response)
async def delete(rule_id: _Number, identity: _Writer) -> None:
    """Take a rule away; its open alerts end, and say why."""
    await runtime.current().alert_rules.delete(identity, rule_id)


def shown_rule(view: RuleView) -> dict[str, Any]:
    """As the API and the screens tell it."""
    rule = view.rule
    return {
        "rule_id": rule.pk,
        "name": rule.name,
        "enabled": rule.enabled,
        "is_default": rule.is_default,
        "severity": rule.severity,
        "condition": rule.condition.document(),
        "words": rule.condition.words,
        "scope": {name: list(values) for name, values in view.scope.items()},
        "services": view.services,
        "for_seconds": rule.for_seconds,
        "policy": rule.policy_pk,
        "policy_name": view.policy,
    }


def measured(rows: Sequence[BoardRow]) -> list[dict[str, Any]]:
    """What these services measure, and between which values: what most of them have comes first."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.metrics.items():
            values[name].append(value)
        if row.response_ms is not None:
            values[RESPONSE_MS].append(row.response_ms)
    # Names of hosts and disks can make thousands of them.
    names = sorted(values, key=lambda name: (-len(values[name]), name))[:METRICS_LIMIT]
    return [
        {
            "name": name,
            "services": len(values[name]),
            "lowest": min(values[name]),
            "highest": max(values[name]),
            "units": list(units_of(name)),
        }
        for name in names
    ]


def shown_trial(trial: Trial) -> dict[str, Any]:
    """As the API and the screens tell it."""
    return {
        "since": stamp(trial.since),
        "until": stamp(trial.until),
        "count": trial.count,
        "too_short": trial.too_short,
        "services": trial.services,
        "tried": trial.tried,
        "is_cut": trial.is_cut,
        "items": [
            {
                "service_id": firing.service_id,
                "label": firing.label,
                "at": stamp(firing.at),
                "until": None if firing.until is None else stamp(firing.until),
                "cause": firing.cause,
            }
            for firing in trial.firings
        ],
    }
