"""Handlers of the table of all services, of its dialogs, and of saved views."""

from typing import Any

from monitor_app.security.permissions import (
    BOARD_READ,
    CONFIG_APPLY,
    CONFIG_EXPORT,
    PROFILE_MANAGE,
    SERVICE_DELETE,
    SERVICE_WRITE,
)
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.saved_views import SavedViewsState
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(SERVICE_WRITE, "AdminServices.load", "ServiceSelection.clear", "ServiceSelection.pick_matching")
plain(SERVICE_WRITE, "ServiceActions.keep", "ServiceActions.delete")
plain(BOARD_READ, "ServiceBulkState.cancel", "ServiceBulkState.close", "ExportDialog.close", "ImportDialog.close")
plain(CONFIG_APPLY, "ImportDialog.open")


async def _chosen(tab: Tab) -> list[int]:
    pks = [await tab.stage.add(tab.identity)]
    await tab.send(ServiceSelection.clear)
    await tab.send(ServiceSelection.pick, pks=pks, is_on=True)
    return pks


@case("ServiceSelection.pick", SERVICE_WRITE, free="pks")
async def pick(tab: Tab) -> dict[str, Any]:
    return {"pks": [await tab.stage.add(tab.identity)], "is_on": True}


@case("AdminServices.switch", SERVICE_WRITE, changes=True)
async def switch_off(tab: Tab) -> dict[str, Any]:
    return {"pk": await tab.stage.add(tab.identity), "is_on": False}


@case("ServiceActions.act", SERVICE_WRITE)
async def edit(tab: Tab) -> dict[str, Any]:
    return {"action": "edit", "pk": await tab.stage.add(tab.identity)}


@case("ServiceActions.act_on_chosen", SERVICE_WRITE)
async def export_chosen(tab: Tab) -> dict[str, Any]:
    await _chosen(tab)
    return {"action": "export"}


@case("ServiceBulkState.run", SERVICE_WRITE, changes=True, free="values")
async def pause_chosen(tab: Tab) -> dict[str, Any]:
    await _chosen(tab)
    return {"action": "disable", "values": {}}


@case("ServiceBulkState.delete", SERVICE_DELETE, changes=True)
async def delete_chosen(tab: Tab) -> dict[str, Any]:
    await _chosen(tab)
    return {}


@case("ExportDialog.open", CONFIG_EXPORT)
async def export_all(tab: Tab) -> dict[str, Any]:
    return {"scope": "all"}


@case("ImportDialog.done", CONFIG_APPLY, free="brought")
async def imported(tab: Tab) -> dict[str, Any]:
    return {"brought": {"added": 1, "changed": 0, "change_id": 1, "settings": False}}


@case("SavedViewsState.load", BOARD_READ)
async def views(tab: Tab) -> dict[str, Any]:
    return {"page": "services"}


@case("SavedViewsState.save_as", PROFILE_MANAGE, changes=True, free="form")
async def new_view(tab: Tab) -> dict[str, Any]:
    await tab.send(SavedViewsState.load, page="services")
    return {"form": {"name": tab.stage.new_name("view"), "query": "status=failed", "is_shared": False}}


async def _view(tab: Tab) -> int:
    owner = tab.identity if tab.identity.account_pk is not None else await tab.stage.admin()
    made = await tab.stage.running.saved_views.create(owner, "services", {"name": tab.stage.new_name("view")})
    await tab.send(SavedViewsState.load, page="services")
    pk: int = made.pk
    return pk


@case("SavedViewsState.change", PROFILE_MANAGE, changes=True)
async def other_query(tab: Tab) -> dict[str, Any]:
    return {"pk": await _view(tab), "values": {"query": "status=ok"}}


@case("SavedViewsState.remove", PROFILE_MANAGE, changes=True)
async def own_view(tab: Tab) -> dict[str, Any]:
    return {"pk": await _view(tab)}
