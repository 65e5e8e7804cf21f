"""A short word to one browser after something was done, with a way back where there is one."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

import reflex as rx

from monitor_app.errors import DatabaseUnavailable, InvalidInput, LightbulbError
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.use_cases.change_words import joint_title
from monitor_app.use_cases.undo import Direction, TitledChange

UNDO_LIMIT = 20
# So many changes that could not be undone are passed over.
REFUSED_LIMIT = 50
_DONE: Final[Mapping[Direction, str]] = {"undo": "Undone", "redo": "Done again"}
_NOT_DONE: Final[Mapping[Direction, str]] = {"undo": "Not undone", "redo": "Not done again"}
# Of one that was refused: where the next one stands, and the button that takes that one.
_NEXT: Final[Mapping[Direction, tuple[str, str]]] = {
    "undo": ("Before that", "Undo that"),
    "redo": ("After that", "Do that again"),
}
# Undo or redo, and of which changes; of none: of whichever comes next.
Way = tuple[Direction, list[int]]


class ToastState(rx.State):
    """What the toast says. What its button needs stays here, by the toast's id."""

    toast: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    _ways: dict[str, Way] = {}  # noqa: RUF012
    # Changes that could not be undone, or done again, as the person was told: they do not stand in the way of others.
    _refused: dict[Direction, list[int]] = {}  # noqa: RUF012

    @rx.event
    @requires(SERVICE_WRITE)
    async def undo(self, toast_id: Any) -> Any:
        """Take back what the toast with this id told of; or do it again, where it told that it was taken back."""
        way = self._ways.get(toast_id) if isinstance(toast_id, str) else None
        if way is None:
            return None
        direction, pks = way
        if await (turn(self, direction, pks) if pks else turn_next(self, direction)):
            self._ways.pop(toast_id, None)
        return await show_own_change()

    def _show(self, text: str, tone: str = "", action: str = "", way: Way | None = None) -> None:
        toast_id = secrets.token_hex(6)
        if way is not None:
            self._ways = dict(list(self._ways.items())[-(UNDO_LIMIT - 1) :]) | {toast_id: way}
        self.toast = {"id": toast_id, "text": text, "tone": tone, "action": action}


async def say(
    state: rx.State, text: str, *, tone: str = "", undo: Sequence[int] = (), redo: Sequence[int] = ()
) -> None:
    """Show a text to the browser of `state`, with a button to undo these changes, or to do them again.

    They are the pks that use_cases/change_log.noted_changes gives.
    """
    toasts = await state.get_state(ToastState)
    if undo:
        toasts._show(text, tone, "Undo", ("undo", list(undo)))
    elif redo:
        toasts._show(text, tone, "Redo", ("redo", list(redo)))
    else:
        toasts._show(text, tone)


async def turn(state: rx.State, direction: Direction, pks: Sequence[int]) -> bool:
    """Undo these changes, or do them again, each by itself, and say so; a refusal says why. Whether any was."""
    done, reasons = list[TitledChange](), list[str]()
    for pk in reversed(pks) if direction == "undo" else pks:
        try:
            done.append(await _change(direction, pk))
        except DatabaseUnavailable:
            raise
        except LightbulbError as err:
            reasons.append(_reason(err))
    if not done:
        await say(state, f"{_NOT_DONE[direction]}: {reasons[0]}", tone="failed")
        return False
    told = done[0].title if len(done) == 1 else joint_title([one.change for one in done])
    text = f"{_DONE[direction]}: {told}"
    if reasons:
        text += f". {len(reasons)} of {len(pks)} parts not: {reasons[0]}"
    back = [one.change.pk for one in done]
    if direction == "undo":
        await say(state, text, redo=back[::-1])
    else:
        await say(state, text, undo=back)
    return True


async def turn_next(state: rx.State, direction: Direction) -> bool:
    """Undo the caller's last change, or do again what they undid last, and say so.

    One that is refused is told with its reason and with what would come next, which the next try takes.
    """
    toasts, use_case = await state.get_state(ToastState), current().undo
    refused = toasts._refused.get(direction, [])
    wanted = await use_case.next_change(caller(), direction, refused)
    if wanted is None:
        toasts._refused = {**toasts._refused, direction: []}
        toasts._show(f"{_NOT_DONE[direction]}: there is nothing {'else ' if refused else ''}to {direction}", "failed")
        return False
    if _is_before(direction, wanted.change.pk, refused):
        refused = []
    try:
        await _change(direction, wanted.change.pk)
    except DatabaseUnavailable:
        raise
    except LightbulbError as err:
        refused = [*refused, wanted.change.pk][-REFUSED_LIMIT:]
        toasts._refused = {**toasts._refused, direction: refused}
        text = f"{_NOT_DONE[direction]}: {wanted.title} ({_reason(err)})"
        following = await use_case.next_change(caller(), direction, refused)
        if following is None:
            toasts._show(text, "failed")
        else:
            where, action = _NEXT[direction]
            toasts._show(f"{text}. {where}: {following.title}", "failed", action, (direction, []))
        return False
    toasts._refused = {**toasts._refused, direction: refused}
    back: Direction = "redo" if direction == "undo" else "undo"
    toasts._show(f"{_DONE[direction]}: {wanted.title}", "", back.capitalize(), (back, [wanted.change.pk]))
    return True


def _is_before(direction: Direction, pk: int, refused: Sequence[int]) -> bool:
    """Whether it comes before all that were refused: something was done since, so that those have their turn again."""
    return bool(refused) and (pk > max(refused) if direction == "undo" else pk < min(refused))


async def _change(direction: Direction, pk: int) -> TitledChange:
    use_case = current().undo
    done: TitledChange = await (use_case.undo_change if direction == "undo" else use_case.redo_change)(caller(), pk)
    return done


def _reason(err: LightbulbError) -> str:
    return "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
