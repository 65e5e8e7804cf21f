"""Handlers of undo and redo, of deleting, of what was deleted, and of the versions of a service."""

from typing import Any

from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE, SERVICE_WRITE
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.deleted import DeletedDialog
from monitor_app.state.service_page import ServicePage
from monitor_app.state.toast import ToastState
from monitor_app.state.undo import UndoState
from monitor_app.state.versions import VersionsDialog
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(BOARD_READ, "DeleteDialog.keep", "DeletedDialog.close", "VersionsDialog.close")
plain(SERVICE_DELETE, "DeletedDialog.open")


@case("DeleteDialog.ask", SERVICE_DELETE, free="pks")
async def doomed(tab: Tab) -> dict[str, Any]:
    return {"pks": [await tab.stage.add(tab.identity)]}


@case("DeleteDialog.delete", SERVICE_DELETE, changes=True)
async def confirmed(tab: Tab) -> dict[str, Any]:
    await tab.send(DeleteDialog.ask, **await doomed(tab))
    return {}


async def _deleted(tab: Tab) -> None:
    await confirmed(tab)
    await tab.send(DeleteDialog.delete)


@case("ToastState.undo", SERVICE_WRITE, changes=True)
async def said(tab: Tab) -> dict[str, Any]:
    await _deleted(tab)
    return {"toast_id": tab.shows(ToastState, "toast")["id"]}


@case("UndoState.undo", SERVICE_WRITE, changes=True)
async def done(tab: Tab) -> dict[str, Any]:
    await _deleted(tab)
    return {}


@case("UndoState.redo", SERVICE_WRITE, changes=True)
async def undone(tab: Tab) -> dict[str, Any]:
    await _deleted(tab)
    await tab.send(UndoState.undo)
    return {}


@case("DeletedDialog.find", SERVICE_DELETE, free="text")
async def sought(tab: Tab) -> dict[str, Any]:
    await tab.send(DeletedDialog.open)
    return {"text": "shop"}


@case("DeletedDialog.restore", SERVICE_DELETE, changes=True)
async def listed(tab: Tab) -> dict[str, Any]:
    await _deleted(tab)
    await tab.send(DeletedDialog.open)
    rows = tab.shows(DeletedDialog, "rows")
    return {"pk": rows[0]["pk"] if rows else 1}


@case("ServicePage.restore", SERVICE_DELETE, changes=True)
async def looked_for(tab: Tab) -> dict[str, Any]:
    pks = (await doomed(tab))["pks"]
    tab.address = f"/services/{tab.stage.service_id(pks[0])}"
    await tab.send(DeleteDialog.ask, pks=pks)
    await tab.send(DeleteDialog.delete)
    await tab.send(ServicePage.load)
    return {}


@case("VersionsDialog.open", SERVICE_WRITE)
async def changed(tab: Tab) -> dict[str, Any]:
    pk = await tab.stage.add(tab.identity)
    if tab.identity.may(SERVICE_WRITE):
        name = tab.stage.service_id(pk)
        await tab.stage.running.services.update(tab.identity, name, {"label": "Other"}, expected_revision=None)
        await tab.stage.running.follower.read_now()
    return {"pk": pk}


@case("VersionsDialog.choose", SERVICE_WRITE)
async def shown(tab: Tab) -> dict[str, Any]:
    await tab.send(VersionsDialog.open, **await changed(tab))
    versions = tab.shows(VersionsDialog, "versions")
    return {"change_pk": versions[-1]["pk"] if versions else 1}


@case("VersionsDialog.roll_back", SERVICE_WRITE, changes=True)
async def chosen(tab: Tab) -> dict[str, Any]:
    await tab.send(VersionsDialog.choose, **await shown(tab))
    return {}
