"""Handlers of the pages of groups, tags and environments."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, SYSTEM
from monitor_app.state.group_dialog import DeleteGroup, GroupDialog
from monitor_app.state.tags import TagsState
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "ColourState.load", "GroupPage.load", "GroupPage.refresh", "GroupDialog.close", "DeleteGroup.close")
plain(BOARD_READ, "TagDialog.close", "GroupPage.load_past")
plain(SERVICE_WRITE, "GroupsState.load", "GroupsState.refresh", "GroupDialog.open_new")


async def _service(tab: Tab) -> dict[str, str]:
    """The group, the tag and the environment of a new service, which no other has."""
    names = {name: tab.stage.new_name(name) for name in ("group", "tag", "environment")}
    await tab.stage.add(SYSTEM, group=names["group"], tags=[names["tag"]], environment=names["environment"])
    return names


async def _group(tab: Tab) -> str:
    return (await _service(tab))["group"]


@case("GroupsState.fold", SERVICE_WRITE)
@case("GroupDialog.open_edit", SERVICE_WRITE)
@case("DeleteGroup.ask", SERVICE_WRITE)
async def group(tab: Tab) -> dict[str, Any]:
    return {"name": await _group(tab)}


@case("GroupsState.act", SERVICE_WRITE)
async def edit(tab: Tab) -> dict[str, Any]:
    return {"action": "edit", "name": await _group(tab)}


@case("GroupsState.act", SERVICE_WRITE)
async def delete(tab: Tab) -> dict[str, Any]:
    return {"action": "delete", "name": await _group(tab)}


@case("GroupsState.move", SERVICE_WRITE, changes=True)
async def dragged(tab: Tab) -> dict[str, Any]:
    return {"name": await _group(tab), "parent": await _group(tab)}


async def _form(tab: Tab) -> dict[str, str]:
    return {"name": tab.stage.new_name("New group"), "description": "", "parent": "", "how": "worst"}


@case("GroupDialog.leave", SERVICE_WRITE)
async def field(tab: Tab) -> dict[str, Any]:
    await tab.send(GroupDialog.open_new)
    return {"key": "name", "form": await _form(tab)}


@case("GroupDialog.save", SERVICE_WRITE, changes=True)
async def new_group(tab: Tab) -> dict[str, Any]:
    await tab.send(GroupDialog.open_new)
    return {"form": await _form(tab)}


@case("GroupDialog.save", SERVICE_WRITE, changes=True)
async def renamed_group(tab: Tab) -> dict[str, Any]:
    await tab.send(GroupDialog.open_edit, name=await _group(tab))
    return {"form": await _form(tab)}


@case("DeleteGroup.confirm", SERVICE_WRITE, changes=True)
async def asked(tab: Tab) -> dict[str, Any]:
    await tab.send(DeleteGroup.ask, name=await _group(tab))
    return {"form": {"services_to": "none"}}


@case("TagsState.paint", SERVICE_WRITE, changes=True)
async def colour(tab: Tab) -> dict[str, Any]:
    return {"sort": "tag", "name": (await _service(tab))["tag"], "colour": "teal"}


@case("TagsState.act", SERVICE_WRITE)
async def rename(tab: Tab) -> dict[str, Any]:
    return {"action": "rename", "sort": "tag", "name": (await _service(tab))["tag"]}


@case("TagsState.act", SERVICE_WRITE, changes=True)
async def moved_up(tab: Tab) -> dict[str, Any]:
    await _service(tab)
    name = (await _service(tab))["environment"]
    action = "down" if tab.stage.running.board.environments()[0] == name else "up"
    return {"action": action, "sort": "environment", "name": name}


@case("TagDialog.save", SERVICE_WRITE, changes=True)
async def new_name(tab: Tab) -> dict[str, Any]:
    await tab.send(TagsState.act, **await rename(tab))
    return {"form": {"name": tab.stage.new_name("tag")}}


@case("TagDialog.save", SERVICE_WRITE, changes=True)
async def taken_away(tab: Tab) -> dict[str, Any]:
    await tab.send(TagsState.act, **(await rename(tab) | {"action": "remove"}))
    return {"form": {}}
