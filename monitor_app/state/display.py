"""How this tab shows things: what was just chosen holds at once; "Refresh now" says when it is done."""

from typing import Any

import reflex as rx

from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.state.live import close_view
from monitor_app.state.person import PersonState
from monitor_app.use_cases.preferences import changed


class DisplayState(rx.State):
    """The browser has the API keep what is chosen, for that can give it a cookie; here nothing is stored."""

    refreshes: int = 0

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
        person._told = after
        person._show(after)
        if after.auto_refresh and not before.auto_refresh:
            await close_view(self)

    @rx.event
    @requires(BOARD_READ)
    def refreshed(self) -> None:
        """Everything that the page shows was loaded anew; it stands last among what "Refresh now" calls."""
        self.refreshes += 1
