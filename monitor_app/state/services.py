"""What a person does with one service in a list: edit, pause, resume, delete."""

from typing import Any

import reflex as rx

from monitor_app.engine.board import BoardRow
from monitor_app.errors import NotFound
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.board import row_of, show_own_change
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.guard import caller, requires
from monitor_app.state.holds import MAINTENANCE, PAUSE, HoldDialog
from monitor_app.state.runtime import current
from monitor_app.state.service_dialog import ServiceDialog
from monitor_app.state.service_form import COPY, EDIT
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes

__all__ = ["RowActions", "ServiceDialog", "row_of"]


class RowActions(rx.State):
    """The menu of a row."""

    @rx.event
    @requires(SERVICE_WRITE)
    async def act(self, action: Any, pk: Any) -> Any:
        """Something was chosen in a row's menu."""
        row = row_of(pk)
        if row is None:
            return None
        match action:
            case "edit":
                await (await self.get_state(ServiceDialog))._open(f"{EDIT}{row.pk}")
            case "duplicate":
                await (await self.get_state(ServiceDialog))._open(f"{COPY}{row.pk}")
            case "pause":
                return await self._change(row, current().services.pause, "is paused")
            case "hold":
                await (await self.get_state(HoldDialog))._open([row.pk], PAUSE)
            case "maintenance":
                await (await self.get_state(HoldDialog))._open([row.pk], MAINTENANCE)
            case "maintenance-end":
                return await (await self.get_state(HoldDialog))._end([row.pk], MAINTENANCE)
            case "resume":
                return await self._change(row, current().services.resume, "is checked again")
            case "delete":
                await (await self.get_state(DeleteDialog))._ask([row.pk])
        return None

    async def _change(self, row: BoardRow, change: Any, done: str) -> Any:
        try:
            with noted_changes() as changes:
                await change(caller(), [row.definition.service_id])
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, f"{row.definition.label} {done}", undo=changes)
        return await show_own_change()
