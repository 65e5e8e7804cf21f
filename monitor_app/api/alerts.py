"""`/api/alerts`: what fires, and what people do about it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.alert_shapes import (
    LIMIT,
    LIMIT_MAX,
    AlertOut,
    AlertsBody,
    Input,
    Minutes,
    Note,
    Number,
    PageCursor,
    Pk,
    before,
    shown_alert,
)
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.spans import Moment, cursor_of
from monitor_app.domain.alerting.severity import Severity
from monitor_app.domain.service import GROUP_LIMIT, TAG_LIMIT
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, Identity
from monitor_app.state import runtime
from monitor_app.storage.alert_log import ShownAlert
from monitor_app.use_cases.alerts import MANY_LIMIT, WantedAlerts

router = APIRouter(prefix="/alerts", tags=["alerts"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Doer = Annotated[Identity, requires(ALERT_ACKNOWLEDGE)]


class WantedQuery(BaseModel):
    """Which alerts; what is left out does not count."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "pending", "resolved", "all"] = Field("open", description="open: fires, held or not.")
    severity: Severity | None = None
    held: Literal["none", "dependency", "maintenance", "silence", "flapping", "offline"] | None = Field(
        None, description="Why nobody is told; none: somebody is."
    )
    acknowledged: bool | None = None
    assignee: Annotated[str, Field(max_length=64)] = ""
    rule_id: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    incident_id: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    service_id: Annotated[str, Field(max_length=63)] = ""
    group: Annotated[str, Field(max_length=GROUP_LIMIT, description="With the groups in it.")] = ""
    tag: Annotated[str, Field(max_length=TAG_LIMIT)] = ""
    search: Annotated[str, Field(max_length=100)] = ""
    since: Moment | None = Field(None, description="Only those that began since then.")
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT
    cursor: PageCursor = ""

    @property
    def wanted(self) -> WantedAlerts:
        """As the use case takes it."""
        return WantedAlerts(
            self.state,
            self.severity or "",
            self.held or "",
            self.acknowledged,
            self.assignee,
            self.rule_id,
            self.incident_id,
            self.service_id,
            self.group,
            self.tag,
            self.search,
            self.since,
        )


class AlertPage(BaseModel):
    """A page of alerts, those that began last first."""

    items: list[AlertOut]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class AlertList(BaseModel):
    """The alerts as they are now."""

    items: list[AlertOut]


class CountsOut(BaseModel):
    """How many alerts are open."""

    firing: int = Field(description="Somebody was told.", examples=[2])
    unacknowledged: int = Field(description="Of these, nobody is on it.", examples=[1])
    held: int = Field(examples=[23])
    pending: int = Field(examples=[0])


class RuleChoice(BaseModel):
    """A rule that alerts may be of."""

    rule_id: int = Field(examples=[1])
    name: str = Field(examples=["A service is down"])


class ChoicesOut(BaseModel):
    """What alerts can be narrowed down by, and who can take them on."""

    rules: list[RuleChoice]
    people: list[str] = Field(examples=[["ada"]])
    groups: list[str] = Field(examples=[["Sales"]])
    tags: list[str] = Field(examples=[["web"]])


class AcknowledgeBody(Input):
    """Which alerts somebody is on."""

    alerts: list[Pk] = Field(min_length=1, max_length=MANY_LIMIT)
    minutes: Minutes = 0
    note: Note = ""


class AssignBody(Input):
    """Who takes which alerts on; null: nobody."""

    alerts: list[Pk] = Field(min_length=1, max_length=MANY_LIMIT)
    username: Annotated[str | None, Field(max_length=64, examples=["ada"])]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=AlertPage, responses=NOT_MODIFIED)
async def list_alerts(request: Request, query: Annotated[WantedQuery, Query()], identity: _Reader) -> Response:
    """Alerts, those that began last first."""
    use_case = runtime.current().alerts
    found = await use_case.page(identity, query.wanted, query.limit + 1, before(query.cursor))
    shown = found[: query.limit]
    last = shown[-1].alert if len(found) > query.limit else None
    return answer_of(
        request,
        {
            "items": [shown_alert(each) for each in shown],
            "next_cursor": None if last is None else cursor_of(last.since, last.pk),
        },
    )


@router.get("/counts", response_model=CountsOut, responses=NOT_MODIFIED)
async def counts(request: Request, identity: _Reader) -> Response:
    """How many are open."""
    found = await runtime.current().alerts.counts(identity)
    return answer_of(request, {name: getattr(found, name) for name in CountsOut.model_fields})


@router.get("/choices", response_model=ChoicesOut, responses=NOT_MODIFIED)
async def choices(request: Request, identity: _Reader) -> Response:
    """What alerts can be narrowed down by, and who can take them on."""
    running = runtime.current()
    rules = [{"rule_id": view.rule.pk, "name": view.rule.name} for view in await running.alert_rules.list_all(identity)]
    people = await running.channels.people(identity)
    found = {"rules": rules, "people": people, "groups": running.board.groups(), "tags": running.board.tags()}
    return answer_of(request, found)


@router.get("/{alert_id}", response_model=AlertOut, responses=NOT_MODIFIED)
async def alert(request: Request, alert_id: Number, identity: _Reader) -> Response:
    """One alert."""
    return answer_of(request, shown_alert(await runtime.current().alerts.get(identity, alert_id)))


@router.post("/acknowledge", response_model=AlertList)
async def acknowledge(body: AcknowledgeBody, identity: _Doer) -> dict[str, Any]:
    """Somebody is on them: whoever is to be told next is not. Their end is told all the same."""
    return _listed(await runtime.current().alerts.acknowledge(identity, body.alerts, body.minutes, body.note))


@router.post("/unacknowledge", response_model=AlertList)
async def unacknowledge(body: AlertsBody, identity: _Doer) -> dict[str, Any]:
    """Nobody is on them after all."""
    return _listed(await runtime.current().alerts.take_back(identity, body.alerts))


@router.post("/assign", response_model=AlertList)
async def assign(body: AssignBody, identity: _Doer) -> dict[str, Any]:
    """Somebody takes them on."""
    return _listed(await runtime.current().alerts.assign(identity, body.alerts, body.username))


def _listed(found: list[ShownAlert]) -> dict[str, Any]:
    return {"items": [shown_alert(each) for each in found]}
