"""How this tab shows things: what was just chosen holds at once; "Refresh now" says when it is done."""

import time
from typing import Any, Final

import reflex as rx
from reflex.event import Event
from reflex.state import StateUpdate

from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires, show_person
from monitor_app.state.live import close_view
from monitor_app.state.person import PersonState
from monitor_app.use_cases.preferences import changed

# What is chosen in a tab comes back to it within this.
OWN_SECONDS: Final = 5.0


class DisplayState(rx.State):
    """The browser has the API keep what is chosen, for that can give it a cookie; here nothing is stored."""

    refreshes: int = 0
    # When something was chosen in this tab itself, on the clock that never goes back.
    _taken_at: float = float("-inf")

    @rx.event
    @requires(BOARD_READ)
    async def take(self, values: Any) -> None:
        """Something was chosen in this tab, by the names of Preferences. With auto refresh on, no patches come."""
        person = await self.get_state(PersonState)
        before = person._shown()
        try:
            after = changed(before, values)
        except InvalidInput:
            return
        self._taken_at = time.monotonic()
        person._told = after
        person._show(after)
        if after.auto_refresh and not before.auto_refresh:
            await close_view(self)

    @rx.event
    @requires(BOARD_READ)
    async def look_again(self) -> None:
        """Something was chosen, in another tab or on another device as a rule: it holds here, too."""
        if time.monotonic() - self._taken_at < OWN_SECONDS:
            return  # it is this tab that chooses, and it may be ahead of what is kept
        person = await self.get_state(PersonState)
        before = person.auto_refresh
        await show_person(self)
        if person.auto_refresh and not before:
            await close_view(self)

    @rx.event
    @requires(BOARD_READ)
    def refreshed(self) -> None:
        """Everything that the page shows was loaded anew; it stands last among what "Refresh now" calls."""
        self.refreshes += 1


def look_again() -> StateUpdate:
    """Have a browser ask for what its person has chosen."""
    return StateUpdate(events=[Event(name=f"{DisplayState.get_full_name()}.look_again")])
