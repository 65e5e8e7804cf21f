"""Handlers of relations: the dialog, the list, the suggestions."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE, SYSTEM
from monitor_app.state.relation_dialog import RelationDialog
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Stage, Tab

plain(BOARD_READ, "RelationDialog.close")
plain(
    RELATION_WRITE, "RelationDialog.turn", "RelationDialog.take_theirs", "RelationsState.load", "SuggestionState.load"
)


async def two(stage: Stage) -> tuple[str, str]:
    """Services that nothing relates yet."""
    source, target = [stage.service_id(await stage.add(SYSTEM)) for _ in range(2)]
    return source, target


async def related(tab: Tab, source: str = "", target: str = "") -> int:
    """A relation of two services."""
    if not source:
        source, target = await two(tab.stage)
    ends = {"source_service_id": source, "target_service_id": target}
    made = await tab.stage.running.relations.create(SYSTEM, ends)
    await tab.stage.running.follower.read_now()
    pk: int = made.relation.pk
    return pk


@case("RelationDialog.open_new", RELATION_WRITE)
async def ends_of_new(tab: Tab) -> dict[str, Any]:
    source, target = await two(tab.stage)
    return {"source": source, "target": target}


@case("RelationDialog.open_edit", RELATION_WRITE)
async def one(tab: Tab) -> dict[str, Any]:
    return {"relation_id": await related(tab)}


@case("RelationDialog.ask", RELATION_WRITE)
async def typed(tab: Tab) -> dict[str, Any]:
    await tab.send(RelationDialog.open_new, **await ends_of_new(tab))
    return {"field": "picks", "text": "shop"}


@case("RelationDialog.pick", RELATION_WRITE)
@case("RelationDialog.drop", RELATION_WRITE)
async def chosen(tab: Tab) -> dict[str, Any]:
    ends = await ends_of_new(tab)
    await tab.send(RelationDialog.open_new, **ends)
    return {"field": "picks", "service": ends["target"]}


@case("RelationDialog.choose_type", RELATION_WRITE)
async def other_type(tab: Tab) -> dict[str, Any]:
    await tab.send(RelationDialog.open_new, **await ends_of_new(tab))
    return {"relation_type": "data-flow"}


@case("RelationDialog.choose_enabled", RELATION_WRITE)
async def off(tab: Tab) -> dict[str, Any]:
    await tab.send(RelationDialog.open_new, **await ends_of_new(tab))
    return {"enabled": False}


@case("RelationDialog.cut", RELATION_WRITE, changes=True)
async def on_a_circle(tab: Tab) -> dict[str, Any]:
    ends = await ends_of_new(tab)
    pk = await related(tab, ends["target"], ends["source"])
    await tab.send(RelationDialog.open_new, **ends)
    return {"relation_id": pk, "how": "disable"}


@case("RelationDialog.delete", RELATION_WRITE, changes=True)
async def shown(tab: Tab) -> dict[str, Any]:
    await tab.send(RelationDialog.open_edit, **await one(tab))
    return {}


@case("RelationDialog.save", RELATION_WRITE, changes=True, free="form")
async def new(tab: Tab) -> dict[str, Any]:
    await tab.send(RelationDialog.open_new, **await ends_of_new(tab))
    return {"form": {"note": "its orders"}}


@case("RelationsState.ask", RELATION_WRITE)
async def filter_text(tab: Tab) -> dict[str, Any]:
    return {"field": "service", "text": "shop"}


@case("RelationsState.switch", RELATION_WRITE, changes=True)
async def switched(tab: Tab) -> dict[str, Any]:
    return await one(tab) | {"enabled": False}


@case("RelationsState.act", RELATION_WRITE, changes=True)
async def menu(tab: Tab) -> dict[str, Any]:
    return await one(tab) | {"action": "delete"}


@case("RelationsState.bulk", RELATION_WRITE, changes=True)
async def many(tab: Tab) -> dict[str, Any]:
    return {"action": "disable", "relation_ids": [await related(tab), await related(tab)]}


@case("SuggestionState.accept", RELATION_WRITE, changes=True)
@case("SuggestionState.dismiss", RELATION_WRITE, changes=True)
async def keys(tab: Tab) -> dict[str, Any]:
    return {"keys": [" ".join(await two(tab.stage))]}


@case("SuggestionState.bring_back", RELATION_WRITE, changes=True)
async def dismissed(tab: Tab) -> dict[str, Any]:
    """This person's own, where they may dismiss any."""
    if tab.identity.may(RELATION_WRITE):
        source, target = await two(tab.stage)
        pair = {"source_service_id": source, "target_service_id": target}
        await tab.stage.running.relation_suggestions.dismiss(tab.identity, [pair])
    return {}
