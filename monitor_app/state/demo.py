"""The demo: little servers of our own that answer well, slowly, wrongly or not at all."""

from typing import Any

import reflex as rx

from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import DEMO_MANAGE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say


class DemoState(rx.State):
    """Loads the demo and takes it away again."""

    is_busy: bool = False

    @rx.event(background=True)
    @requires(DEMO_MANAGE)
    async def load(self) -> Any:
        """Start the little servers and watch them."""
        return await self._run("The demo is loaded", "load")

    @rx.event(background=True)
    @requires(DEMO_MANAGE)
    async def remove(self) -> Any:
        """Stop the little servers and remove their services."""
        return await self._run("The demo is gone", "remove")

    async def _run(self, done: str, action: str) -> Any:
        async with self:
            if self.is_busy:
                return None
            self.is_busy = True
        tone = ""
        try:
            await getattr(current().demo, action)(caller())
        except LightbulbError as err:
            done, tone = str(err), "failed"
        finally:
            async with self:
                self.is_busy = False
        async with self:
            await say(self, done, tone=tone)
        return await show_own_change()
