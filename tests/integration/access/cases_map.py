"""Handlers of the map."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE, SYSTEM
from monitor_app.use_cases.map_places import Place
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "MapState.load", "MapState.ask_causes")


@case("MapState.ask_impact", BOARD_READ)
async def service_on_map(tab: Tab) -> dict[str, Any]:
    return {"pk": await tab.stage.add(tab.identity)}


@case("MapState.simulate", BOARD_READ)
async def services_on_map(tab: Tab) -> dict[str, Any]:
    return {"pks": [await tab.stage.add(tab.identity)]}


@case("MapState.keep_places", RELATION_WRITE, changes=True)
async def moved_service(tab: Tab) -> dict[str, Any]:
    return {"places": [[await tab.stage.add(tab.identity), 40.4, -80]]}


@case("MapState.reset_places", RELATION_WRITE, changes=True)
async def place_to_forget(tab: Tab) -> dict[str, Any]:
    name = tab.stage.service_id(await tab.stage.add(tab.identity))
    await tab.stage.running.map_places.save(SYSTEM, {name: Place(1, 2)})
    return {}


@case("MapState.delete_relation", RELATION_WRITE, changes=True)
async def relation_on_map(tab: Tab) -> dict[str, Any]:
    source, target = [tab.stage.service_id(await tab.stage.add(tab.identity)) for _ in range(2)]
    ends = {"source_service_id": source, "target_service_id": target}
    made = await tab.stage.running.relations.create(SYSTEM, ends)
    return {"relation_id": made.relation.pk}
