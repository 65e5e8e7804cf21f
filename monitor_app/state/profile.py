"""One's own account, as its page shows it."""

import reflex as rx

from monitor_app.errors import LightbulbError, PermissionDenied
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.own_keys import KeysState
from monitor_app.state.own_sessions import SessionsState
from monitor_app.state.runtime import current


class ProfileState(rx.State):
    """What is true of the account; its sessions and keys have states of their own."""

    is_loaded: bool = False
    problem: str = ""
    has_second_factor: bool = False
    # How many recovery codes are left.
    recovery_codes: int = 0

    @rx.event
    @requires(PROFILE_MANAGE)
    async def load(self) -> None:
        """Read all that the page shows: when it comes up, or something was done."""
        try:
            profile = await current().profile.get(caller())
            await (await self.get_state(SessionsState))._read()
            await (await self.get_state(KeysState))._read()
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        self.has_second_factor, self.recovery_codes = profile.has_second_factor, profile.recovery_codes
        self.problem, self.is_loaded = "", True
