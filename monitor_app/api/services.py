"""`/api/services`: services with what is true of them now, and having one checked at once."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer_of
from monitor_app.api.described import NOT_MODIFIED
from monitor_app.api.listing import PageOf, page_of
from monitor_app.api.service_lists import StatusListing
from monitor_app.api.service_models import SERVICE_ID_LIMIT
from monitor_app.api.source_services import SourceServices, shown_services
from monitor_app.api.status import StatusObject
from monitor_app.engine.board import BoardRow
from monitor_app.engine.status_object import status_object
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, Identity
from monitor_app.state import runtime
from monitor_app.state.check_results import order_check

WAIT_SECONDS: Final = 10.0
CONSUL: Final = "consul"
WAIT_MAX_SECONDS: Final = 30.0

router = APIRouter(prefix="/services", tags=["services"])
_Reader = Annotated[Identity, requires(BOARD_READ)]
_ServiceId = Annotated[str, Path(max_length=SERVICE_ID_LIMIT, examples=["shop"])]


class ServiceNow(StatusObject):
    """A service with its status."""

    label: str = Field(examples=["Shop"])
    service_type: str = Field(examples=["website"])
    kind: str = Field(examples=["http"])
    group: str = Field(examples=["Sales"])
    environment: str = Field(examples=["production"])
    tags: list[str] = Field(examples=[["public"]])
    enabled: bool = Field(examples=[True])


class ServiceNowPage(PageOf):
    """One page of services."""

    items: list[ServiceNow]


FIELDS = tuple(ServiceNow.model_fields)
_FROM_DETAILS: Final = ("label", "service_type", "kind", "group", "environment", "tags", "enabled")


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("", response_model=ServiceNowPage | SourceServices, responses=NOT_MODIFIED)
@router.head("", include_in_schema=False)
async def services(request: Request, wanted: Annotated[StatusListing, Query()], identity: _Reader) -> Response:
    """A page of services with their status; what is down comes first.

    With `source=consul` all services that Consul tells of in one answer, whatever the page, and whether it is there.
    """
    running = runtime.current()
    board = running.board
    if wanted.source == CONSUL:
        views = await running.sources.list_all(identity, CONSUL)
        return answer_of(request, shown_services(wanted.rows(board), views))
    return answer_of(request, page_of(wanted.rows(board), wanted, _service_id, shown, FIELDS))


@router.get("/{service_id}", response_model=ServiceNow, responses=NOT_MODIFIED)
@router.head("/{service_id}", include_in_schema=False)
async def service(request: Request, service_id: _ServiceId, identity: _Reader) -> Response:
    """One service with its status."""
    return answer_of(request, shown(_row(service_id)))


@router.post(
    "/{service_id}/check",
    response_model=ServiceNow,
    responses={202: {"model": ServiceNow, "description": "It was ordered, and there is no result yet."}},
)
async def check(
    service_id: _ServiceId,
    identity: Annotated[Identity, requires(CHECK_RUN)],
    wait_seconds: Annotated[
        float, Query(ge=0, le=WAIT_MAX_SECONDS, description="How long to wait for the result at most.")
    ] = WAIT_SECONDS,
) -> Response:
    """Have a service checked now and tell what was found; the result is recorded as any other.

    202 with the status as it is when there is no result in time: the engine is busy, or none runs. 409 for a service
    that is paused, or whose circuit breaker somebody has opened, and while all checks are stopped.
    """
    identity.require(BOARD_READ)  # what is found is told
    running = runtime.current()
    await running.follower.read_now()
    row = _row(service_id)
    is_found = await order_check(identity, row, wait_seconds)
    return JSONResponse(shown(row), 200 if is_found else 202, {"Cache-Control": "no-store"})


def shown(row: BoardRow) -> dict[str, Any]:
    """A service as the API gives it."""
    document = status_object(row)
    details = document["details"]
    return document | {name: details[name] for name in _FROM_DETAILS}


def _row(service_id: str) -> BoardRow:
    row = runtime.current().board.find(service_id)
    if row is None:
        raise NotFound(f"there is no service {service_id}")
    return row


def _service_id(row: BoardRow) -> str:
    return row.definition.service_id
