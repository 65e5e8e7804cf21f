"""Undo and redo by keys, on every page of the frame."""

from typing import Any

import reflex as rx

from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import requires
from monitor_app.state.toast import turn_next


class UndoState(rx.State):
    """Takes back what the person has changed last, or does it again; the toast says what that was."""

    @rx.event
    @requires(SERVICE_WRITE)
    async def undo(self) -> Any:
        """Take back the last change."""
        await turn_next(self, "undo")
        return await show_own_change()

    @rx.event
    @requires(SERVICE_WRITE)
    async def redo(self) -> Any:
        """Do again what was undone last."""
        await turn_next(self, "redo")
        return await show_own_change()
