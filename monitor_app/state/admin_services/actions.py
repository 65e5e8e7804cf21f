"""What is done with one service of the table, or with all that are chosen: each leads to its own dialog."""

# An event of another state is called as Reflex has it, which is no function to mypy.
# mypy: disable-error-code="operator, misc"

from typing import Any, Final

import reflex as rx

from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.admin_services.bulk import ServiceBulkState
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.admin_services.transfer import ExportDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.guard import requires
from monitor_app.state.holds import HoldDialog
from monitor_app.state.services import ServiceDialog, row_of
from monitor_app.state.versions import VersionsDialog
from monitor_app.use_cases.services import MANY_LIMIT

RELATIONS: Final = "/admin/relations"


class ServiceActions(rx.State):
    """The menu of a row, the bar of the selection, and the question before very many are deleted."""

    is_asking: bool = False
    count: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    def act(self, action: Any, pk: Any) -> Any:
        """Something was chosen in a row's menu. What it leads to decides who may do it."""
        row = row_of(pk)
        if row is None:
            return None
        match action:
            case "edit":
                return ServiceDialog.open_edit(row.pk)
            case "duplicate":
                return ServiceDialog.duplicate(row.pk)
            case "check":
                return CheckNow.run(row.pk)
            case "history":
                return VersionsDialog.open(row.pk)
            case "relations":
                return rx.redirect(f"{RELATIONS}?service={row.definition.service_id}")
            case "delete":
                return DeleteDialog.ask([row.pk])
            case "pause" | "maintenance":
                return HoldDialog.open([row.pk], action)
            case "maintenance-end":
                return HoldDialog.end([row.pk], "maintenance")
            case "resume":
                return HoldDialog.end([row.pk], "pause")
        return None

    @rx.event
    @requires(SERVICE_WRITE)
    async def act_on_chosen(self, action: Any) -> Any:
        """Something was chosen in the bar of the selection."""
        chosen = await self.get_state(ServiceSelection)
        pks = sorted(chosen._pks)
        if not pks:
            return None
        match action:
            case "pause" | "maintenance":
                return HoldDialog.open(pks, action)
            case "export":
                return ExportDialog.open("picked")
            case "delete" if len(pks) > MANY_LIMIT:
                self.count, self.is_asking = len(pks), True
            case "delete":
                return DeleteDialog.ask(pks)
        return None

    @rx.event
    @requires(SERVICE_WRITE)
    def keep(self) -> None:
        """Do not delete after all."""
        self.is_asking = False

    @rx.event
    @requires(SERVICE_WRITE)
    def delete(self) -> Any:
        """Delete all that are chosen: more than one transaction should hold."""
        if not self.is_asking:
            return None
        self.is_asking = False
        return ServiceBulkState.delete
