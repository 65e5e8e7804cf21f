"""A short word to one browser after something was done, with a way back where there is one."""

import secrets
from typing import Any

import reflex as rx

from monitor_app.errors import Conflict
from monitor_app.security.permissions import SERVICE_DELETE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current

UNDO_LIMIT = 20


class ToastState(rx.State):
    """What the toast says. What an undo needs stays here, by the toast's id."""

    toast: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    _undo: dict[str, list[int]] = {}  # noqa: RUF012

    @rx.event
    @requires(SERVICE_DELETE)
    async def undo(self, toast_id: Any) -> Any:
        """Bring back what the toast with this id told the end of, with its history."""
        pks = self._undo.get(toast_id) if isinstance(toast_id, str) else None
        if not pks:
            return None
        try:
            restored = await current().services.restore(caller(), pks)
        except Conflict as err:
            await say(self, f"This cannot be undone: {err}", tone="failed")
            return None
        self._undo.pop(toast_id)
        if restored:
            await say(self, f"{restored[0].label} is back" if len(restored) == 1 else f"{len(restored)} are back")
        return await show_own_change()


async def say(state: rx.State, text: str, *, tone: str = "", undo: list[int] | None = None) -> None:
    """Show a text to the browser of `state`; `undo` holds the keys of the services that the button brings back."""
    toasts = await state.get_state(ToastState)
    toast_id = secrets.token_hex(6)
    if undo:
        kept = list(toasts._undo.items())[-(UNDO_LIMIT - 1) :]
        toasts._undo = dict(kept) | {toast_id: undo}
    toasts.toast = {"id": toast_id, "text": text, "tone": tone, "action": "Undo" if undo else ""}
