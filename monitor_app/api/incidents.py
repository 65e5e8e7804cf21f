"""`/api/incidents`: when something was down, of all services.

For now each downtime of a service is an incident of its own, so `service_ids` names one.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.history import Downtime, page_of, shown_downtime
from monitor_app.api.spans import Backwards
from monitor_app.api.status import listed, names_of, row_of
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.storage.history import Incident, IncidentFilter

router = APIRouter(tags=["incidents"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Names = Annotated[str, Field(max_length=8000)]
State = Literal["open", "ended"]


class IncidentInList(Downtime):
    """A time in which services were down."""

    service_ids: list[str] = Field(examples=[["shop"]])
    status: State = Field(description="open while it lasts.", examples=["ended"])


class Incidents(BaseModel):
    """A page of incidents, those that began last first."""

    items: list[IncidentInList]
    next_cursor: str | None = Field(description="For the page after this; null at the end.", examples=[None])


class WantedIncidents(Backwards):
    """Which incidents: those that touch the span, of all times without one; several names have commas between them."""

    service_id: _Names = Field("", description="Only of these services.", examples=["shop"])
    group: _Names = Field("", description="Only of services of these groups, and of all groups in them.", examples=[""])
    environment: _Names = Field("", description="Only of services of these environments.", examples=[""])
    status: State | None = Field(None, description="Only those that last, or only those that are over.")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/incidents", response_model=Incidents, responses=NOT_MODIFIED)
@router.head("/incidents", include_in_schema=False)
async def incidents(request: Request, wanted: Annotated[WantedIncidents, Query()], identity: _Reader) -> Response:
    """When services were down, the newest first, page by page."""
    _, until = wanted.bounds
    is_open = None if wanted.status is None else wanted.status == "open"
    chosen = IncidentFilter(until, wanted.since, _pks(wanted), is_open, wanted.place)
    found: list[Incident] = await runtime.current().results.incidents(identity, chosen, wanted.limit + 1)
    return answer_of(request, page_of(found, wanted, partial(_shown, now=datetime.now(UTC)), IncidentInList))


def _pks(wanted: WantedIncidents) -> list[int] | None:
    """The services that the filters let through; None for all. Raises NotFound for one that does not exist."""
    board = runtime.current().board
    if wanted.service_id:
        rows = [row_of(service_id) for service_id in listed(wanted.service_id)]
    elif wanted.group or wanted.environment:
        rows = list(board)
    else:
        return None
    groups = board.group_tree().below_all(names_of(wanted.group))
    environments = names_of(wanted.environment)
    return [
        row.pk
        for row in rows
        if (not groups or row.definition.group in groups)
        and (not environments or row.definition.environment in environments)
    ]


def _shown(incident: Incident, now: datetime) -> dict[str, Any]:
    row = runtime.current().board.get(incident.service_pk)
    return {
        **shown_downtime(incident, now),
        "service_ids": [] if row is None else [row.definition.service_id],
        "status": "open" if incident.ended_at is None else "ended",
    }
