"""A short word to one browser after something was done, with a way back where there is one."""

import secrets
from collections.abc import Sequence
from typing import Any

import reflex as rx

from monitor_app.errors import DatabaseUnavailable, InvalidInput, LightbulbError
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.use_cases.undo import Direction, TitledChange

UNDO_LIMIT = 20
_WORDS: dict[Direction, str] = {"undo": "Undone", "redo": "Done again"}


class ToastState(rx.State):
    """What the toast says. What its button needs stays here, by the toast's id."""

    toast: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    # Undo or redo, and of which changes.
    _ways: dict[str, tuple[Direction, list[int]]] = {}  # noqa: RUF012

    @rx.event
    @requires(SERVICE_WRITE)
    async def undo(self, toast_id: Any) -> Any:
        """Take back what the toast with this id told of; or do it again, where it told that it was taken back."""
        way = self._ways.get(toast_id) if isinstance(toast_id, str) else None
        if way is None:
            return None
        if await turn(self, *way):
            self._ways.pop(toast_id, None)
        return await show_own_change()


async def say(
    state: rx.State, text: str, *, tone: str = "", undo: Sequence[int] = (), redo: Sequence[int] = ()
) -> None:
    """Show a text to the browser of `state`, with a button to undo these changes, or to do them again.

    They are the pks that use_cases/change_log.noted_changes gives.
    """
    toasts = await state.get_state(ToastState)
    toast_id = secrets.token_hex(6)
    if undo or redo:
        kept = list(toasts._ways.items())[-(UNDO_LIMIT - 1) :]
        way: tuple[Direction, list[int]] = ("undo", list(undo)) if undo else ("redo", list(redo))
        toasts._ways = dict(kept) | {toast_id: way}
    toasts.toast = {"id": toast_id, "text": text, "tone": tone, "action": "Undo" if undo else "Redo" if redo else ""}


async def turn(state: rx.State, direction: Direction, pks: Sequence[int]) -> bool:
    """Undo changes, or do them again, and say so; a refusal says why. With no pks it is the caller's last one."""
    use_case, done = current().undo, list[TitledChange]()
    try:
        if not pks:
            done.append(await (use_case.undo(caller()) if direction == "undo" else use_case.redo(caller())))
        for pk in reversed(pks) if direction == "undo" else pks:
            change = use_case.undo_change if direction == "undo" else use_case.redo_change
            done.append(await change(caller(), pk))
    except DatabaseUnavailable:
        raise
    except LightbulbError as err:
        await say(state, f"{'Not undone' if direction == 'undo' else 'Not done again'}: {_reason(err)}", tone="failed")
        return False
    back = [one.change.pk for one in done]
    told = f"{_WORDS[direction]}: {', '.join(one.title for one in done)}"
    if direction == "undo":
        await say(state, told, redo=back[::-1])
    else:
        await say(state, told, undo=back)
    return True


def _reason(err: LightbulbError) -> str:
    return "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
