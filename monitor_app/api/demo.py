"""`/api/demo`: little servers that are well, slow, flapping or failing, to try Lightbulb with."""

from typing import Annotated

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field

from monitor_app.api.access import requires
from monitor_app.errors import Busy
from monitor_app.security.permissions import DEMO_MANAGE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.demo import DemoServersFailed

CREATED, NO_CONTENT = 201, 204

router = APIRouter(prefix="/demo", tags=["demo"])
_Operator = Annotated[Identity, requires(DEMO_MANAGE)]


class DemoServices(BaseModel):
    """The services of the demo."""

    service_ids: list[str] = Field(examples=[["demo-steady"]])


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.post("", status_code=CREATED)
async def load(identity: _Operator) -> DemoServices:
    """Start the demo's servers and add its services; what is there already stays. 503 when they do not start."""
    running = runtime.current()
    try:
        services = await running.demo.load(identity)
    except DemoServersFailed as err:
        raise Busy(str(err)) from err
    await running.follower.read_now()
    return DemoServices(service_ids=[service.service_id for service in services])


@router.delete("", status_code=NO_CONTENT)
async def remove(identity: _Operator) -> None:
    """Take its services and servers away."""
    running = runtime.current()
    await running.demo.remove(identity)
    await running.follower.read_now()
