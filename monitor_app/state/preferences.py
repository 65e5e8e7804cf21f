"""How somebody wants to see the screens: time zone, language of dates, theme, the page after the log-in."""

from typing import Any

import reflex as rx

from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.guard import caller, requires, show_person
from monitor_app.state.runtime import current
from monitor_app.state.toast import say


class PreferencesState(rx.State):
    """Changes them one at a time; what is chosen now is in PersonState."""

    @rx.event
    @requires(PROFILE_MANAGE)
    async def change(self, name: Any, value: Any) -> None:
        """Something else was chosen. It holds at once, on this page too."""
        if not isinstance(name, str):
            return
        try:
            await current().profile.set_preferences(caller(), {name: value})
        except InvalidInput as err:
            await say(self, f"Not saved: {err}", tone="failed")
        # A refused choice goes back to what is stored, too.
        await show_person(self)
