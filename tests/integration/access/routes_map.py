"""Routes of the map."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE, SYSTEM
from monitor_app.use_cases.map_places import Place
from tests.integration.access.routes import Call, Caller, Row, always, plain
from tests.integration.access.stage import Stage

PLACES = "/api/map/places"


async def one_down(stage: Stage, caller: Caller) -> Call:
    return Call({"down": [stage.service_id(await stage.add(SYSTEM))]})


async def one_service(stage: Stage, caller: Caller) -> Call:
    return Call(path=f"/api/services/{stage.service_id(await stage.add(SYSTEM))}/impact")


async def moved(stage: Stage, caller: Caller) -> Call:
    return Call({"places": {stage.service_id(await stage.add(SYSTEM)): {"x": 40, "y": -80}}})


async def somewhere_else(stage: Stage, caller: Caller) -> Call:
    """So that there is something to be reset."""
    await stage.running.map_places.save(SYSTEM, {stage.service_id(await stage.add(SYSTEM)): Place(1, 2)})
    return Call()


ROUTES: Final = (
    Row("GET", "/api/map", BOARD_READ, plain),
    Row("GET", "/api/root-causes", BOARD_READ, plain),
    Row("GET", "/api/services/{service_id}/impact", BOARD_READ, one_service),
    Row("POST", "/api/map/what-if", BOARD_READ, one_down),
    Row("PUT", PLACES, RELATION_WRITE, moved, always, 204),
    Row("DELETE", PLACES, RELATION_WRITE, somewhere_else, always, 204),
)
