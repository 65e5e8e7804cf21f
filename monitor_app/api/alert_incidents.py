"""`/api/alerting/incidents`: what belongs together, its story, and what people do about it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from monitor_app.api.access import requires
from monitor_app.api.alert_shapes import (
    LIMIT,
    LIMIT_MAX,
    WHEN,
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
    stamp_or_none,
)
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.api.spans import cursor_of
from monitor_app.domain.alerting.incident import TITLE_LIMIT
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, NOTE_WRITE, Identity
from monitor_app.state import runtime
from monitor_app.state.service_known import graph_below
from monitor_app.storage.alert_log import ShownIncident
from monitor_app.storage.notification_log import Logged
from monitor_app.storage.notifications import HELD
from monitor_app.use_cases.alert_incidents import NOTE_LIMIT, POST_MORTEM_LIMIT, WholeIncident

router = APIRouter(prefix="/alerting/incidents", tags=["alerts"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(MONITOR_READ)]
_Doer = Annotated[Identity, requires(ALERT_ACKNOWLEDGE)]
_Writer = Annotated[Identity, requires(NOTE_WRITE)]


class IncidentQuery(BaseModel):
    """Which incidents; what was merged into another is not listed."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "resolved", "all"] = "open"
    search: Annotated[str, Field(max_length=100)] = ""
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT
    cursor: PageCursor = ""


class IncidentAcknowledgeBody(Input):
    """For how long it counts."""

    minutes: Minutes = 0
    note: Note = ""


class IncidentAssignBody(Input):
    """Who takes it on; null: nobody."""

    username: Annotated[str | None, Field(max_length=64, examples=["ada"])]


class MapNode(BaseModel):
    """A service on the map of an incident."""

    id: int = Field(examples=[7])
    sid: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    status: int = Field(description="0 OK, 1 DEGRADED, 2 FAILED, 3 STARTING, 4 STOPPED, 5 UNKNOWN.", examples=[2])


class IncidentMap(BaseModel):
    """The services of an incident and those that depend on the one that it began with. Empty when all are gone."""

    own: int = Field(description="The one that it began with; 0: none.", examples=[7])
    nodes: list[MapNode]
    edges: list[tuple[int, int, str]] = Field(description="Source, target, type.", examples=[[[8, 7, "dependency"]]])
    more: int = Field(description="So many are left out.", examples=[0])


class NoteBody(Input):
    """A line for the timeline."""

    text: Annotated[str, Field(max_length=NOTE_LIMIT, examples=["the disk was full"])]


class IncidentPatch(Input):
    """What people write about it; what is left out stays."""

    title: Annotated[str | None, Field(max_length=TITLE_LIMIT, examples=["The shop was down"])] = None
    post_mortem: Annotated[str | None, Field(max_length=POST_MORTEM_LIMIT, examples=["## What happened"])] = None
    post_mortem_before: Annotated[
        str | None,
        Field(
            max_length=POST_MORTEM_LIMIT,
            description="What it said when writing began: 412 when it says something else by now.",
            examples=[None],
        ),
    ] = None


class MergeBody(Input):
    """The incident that it is one with."""

    into: Pk


class IncidentOut(BaseModel):
    """One or more alerts with one cause."""

    incident_id: int = Field(examples=[3])
    title: str = Field(examples=["Shop is down"])
    severity: str = Field(examples=["critical"])
    cause: str = Field(examples=["connection refused"])
    service_id: str = Field(description="The service that it began with.", examples=["shop"])
    label: str = Field(examples=["Shop"])
    started_at: str = Field(examples=[WHEN])
    resolved_at: str | None = Field(examples=[None])
    alerts: int = Field(examples=[24])
    open_alerts: int = Field(examples=[24])
    merged_into: int | None = Field(examples=[None])
    acknowledged_by: str = Field(examples=[""])
    acknowledged_at: str | None = Field(examples=[None])
    acknowledged_until: str | None = Field(examples=[None])
    assignee: str = Field(examples=[""])
    has_post_mortem: bool = Field(examples=[False])


class IncidentPage(BaseModel):
    """A page of incidents, those that began last first."""

    items: list[IncidentOut]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class EntryOut(BaseModel):
    """A line of the timeline."""

    entry_id: int = Field(examples=[40])
    at: str = Field(examples=[WHEN])
    kind: str = Field(examples=["fired"])
    who: str = Field(description="Empty for the program itself.", examples=[""])
    text: str = Field(examples=[""])
    until: str | None = Field(description="Until when it is held; null where that is not known.", examples=[None])
    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])


class ToldOut(BaseModel):
    """A notification of it."""

    notification_id: int = Field(examples=[9])
    kind: str = Field(examples=["fired"])
    channel: str = Field(examples=["Mail"])
    account: str = Field(examples=[""])
    state: str = Field(examples=["sent"])
    why: str = Field(examples=[""])
    held_until: str | None = Field(description="null where it is not held, or that is not known.", examples=[None])
    created_at: str = Field(examples=[WHEN])
    finished_at: str | None = Field(examples=[WHEN])
    attempts: int = Field(examples=[1])
    answer: str = Field(examples=["250 OK"])


class WholeIncidentOut(IncidentOut):
    """An incident with all that belongs to it."""

    items: list[AlertOut] = Field(description="Its alerts, those that began last first.")
    timeline: list[EntryOut] = Field(description="The oldest first.")
    notifications: list[ToldOut] = Field(description="Who was told what, the newest first.")
    post_mortem: str = Field(description="Markdown, as text.", examples=[""])
    merged: list[int] = Field(description="The incidents that are one with it.", examples=[[]])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=IncidentPage, responses=NOT_MODIFIED)
async def list_incidents(request: Request, query: Annotated[IncidentQuery, Query()], identity: _Reader) -> Response:
    """Incidents, those that began last first."""
    is_open = None if query.state == "all" else query.state == "open"
    found = await runtime.current().alert_incidents.page(
        identity, is_open=is_open, search=query.search, limit=query.limit + 1, before=before(query.cursor)
    )
    shown = found[: query.limit]
    last = shown[-1].incident if len(found) > query.limit else None
    return answer_of(
        request,
        {
            "items": [shown_incident(each) for each in shown],
            "next_cursor": None if last is None else cursor_of(last.started_at, last.pk),
        },
    )


@router.get("/{incident_id}", response_model=WholeIncidentOut, responses=NOT_MODIFIED)
async def incident(request: Request, incident_id: Number, identity: _Reader) -> Response:
    """One incident with its alerts, its timeline, and who was told what."""
    return answer_of(request, whole(await runtime.current().alert_incidents.get(identity, incident_id)))


@router.get("/{incident_id}/map", response_model=IncidentMap, responses=NOT_MODIFIED)
async def incident_map(request: Request, incident_id: Number, identity: _Reader) -> Response:
    """What it is about and what it affects."""
    whole = await runtime.current().alert_incidents.get(identity, incident_id)
    # Those that fire stand before those that are held, and open ones before the others.
    ranked = sorted(whole.alerts, key=lambda each: (each.alert.resolved_at is not None, each.alert.is_held))
    services = [each.alert.service_pk for each in ranked if each.alert.service_pk is not None]
    graph = graph_below(whole.shown.incident.root_service_pk or 0, services)
    return answer_of(request, graph or {"own": 0, "nodes": [], "edges": [], "more": 0})


@router.get(
    "/{incident_id}/export",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}, "description": "Markdown."}},
)
async def export(incident_id: Number, identity: _Reader) -> Response:
    """All of it as Markdown, the post-mortem included."""
    text = await runtime.current().alert_incidents.export(identity, incident_id)
    name = f'attachment; filename="incident-{incident_id}.md"'
    return Response(text, media_type="text/markdown; charset=utf-8", headers={"Content-Disposition": name})


@router.patch("/{incident_id}", response_model=WholeIncidentOut)
async def change(incident_id: Number, body: IncidentPatch, identity: _Writer) -> dict[str, Any]:
    """Write its title or its post-mortem."""
    use_case = runtime.current().alert_incidents
    if body.title is not None:
        await use_case.retitle(identity, incident_id, body.title)
    if body.post_mortem is not None:
        await use_case.write_post_mortem(identity, incident_id, body.post_mortem, body.post_mortem_before)
    return whole(await use_case.get(identity, incident_id))


@router.post("/{incident_id}/acknowledge", response_model=WholeIncidentOut)
async def acknowledge_incident(incident_id: Number, body: IncidentAcknowledgeBody, identity: _Doer) -> dict[str, Any]:
    """Somebody is on it, and on all of its alerts."""
    found = await runtime.current().alert_incidents.acknowledge(identity, incident_id, body.minutes, body.note)
    return whole(found)


@router.delete("/{incident_id}/acknowledge", response_model=WholeIncidentOut)
async def unacknowledge_incident(incident_id: Number, identity: _Doer) -> dict[str, Any]:
    """Nobody is on it after all."""
    return whole(await runtime.current().alert_incidents.take_back(identity, incident_id))


@router.post("/{incident_id}/assign", response_model=WholeIncidentOut)
async def assign_incident(incident_id: Number, body: IncidentAssignBody, identity: _Doer) -> dict[str, Any]:
    """Somebody takes it on, with all of its alerts."""
    return whole(await runtime.current().alert_incidents.assign(identity, incident_id, body.username))


@router.post("/{incident_id}/notes", response_model=WholeIncidentOut)
async def note(incident_id: Number, body: NoteBody, identity: _Writer) -> dict[str, Any]:
    """Write a line into its timeline."""
    return whole(await runtime.current().alert_incidents.note(identity, incident_id, body.text))


@router.post("/{incident_id}/merge", response_model=WholeIncidentOut)
async def merge(incident_id: Number, body: MergeBody, identity: _Doer) -> dict[str, Any]:
    """It is one with another incident, which is answered; its alerts follow within a second."""
    return whole(await runtime.current().alert_incidents.merge(identity, incident_id, body.into))


@router.post("/{incident_id}/split", response_model=WholeIncidentOut)
async def split(incident_id: Number, body: AlertsBody, identity: _Doer) -> dict[str, Any]:
    """Some of its open alerts become an incident of their own, within a second."""
    return whole(await runtime.current().alert_incidents.split(identity, incident_id, body.alerts))


def shown_incident(each: ShownIncident) -> dict[str, Any]:
    """As the API and the screens tell it."""
    one = each.incident
    return {
        "incident_id": one.pk,
        "title": one.title,
        "severity": one.severity,
        "cause": one.cause,
        "service_id": each.service_id,
        "label": each.label,
        "started_at": stamp(one.started_at),
        "resolved_at": stamp_or_none(one.resolved_at),
        "alerts": each.alerts,
        "open_alerts": each.open_alerts,
        "merged_into": one.merged_into_pk,
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": stamp_or_none(one.acknowledged_at),
        "acknowledged_until": stamp_or_none(one.acknowledged_until),
        "assignee": each.assignee,
        "has_post_mortem": each.has_post_mortem,
    }


def whole(found: WholeIncident) -> dict[str, Any]:
    """An incident with all that belongs to it."""
    return {
        **shown_incident(found.shown),
        "items": [shown_alert(each) for each in found.alerts],
        "timeline": [
            {
                "entry_id": entry.pk,
                "at": stamp(entry.at),
                "kind": entry.kind,
                "who": entry.who,
                "text": entry.text,
                "until": entry.facts.get("until"),
                "service_id": entry.service_id,
                "label": entry.label,
            }
            for entry in found.timeline
        ],
        "notifications": [_told(one) for one in found.notifications],
        "post_mortem": found.post_mortem,
        "merged": list(found.merged),
    }


def _told(one: Logged) -> dict[str, Any]:
    return {
        "notification_id": one.pk,
        "kind": one.kind,
        "channel": one.channel_name,
        "account": one.account,
        "state": one.state,
        "why": one.why,
        "held_until": stamp_or_none(one.due_at) if one.state == HELD else None,
        "created_at": stamp(one.created_at),
        "finished_at": stamp_or_none(one.finished_at),
        "attempts": one.attempts,
        "answer": one.answer,
    }
