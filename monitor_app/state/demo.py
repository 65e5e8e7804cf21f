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

    @rx.event
    @requires(DEMO_MANAGE)
    async def load(self) -> Any:
        """Start the little servers and watch them."""
        async for update in self._run("The demo is loaded", "load"):
            yield update

    @rx.event
    @requires(DEMO_MANAGE)
    async def remove(self) -> Any:
        """Stop the little servers and remove their services."""
        async for update in self._run("The demo is gone", "remove"):
            yield update

    async def _run(self, done: str, action: str) -> Any:
        if self.is_busy:
            return
        self.is_busy = True
        yield
        try:
            await getattr(current().demo, action)(caller())
            await say(self, done)
            yield await show_own_change()
        except LightbulbError as err:
            await say(self, str(err), tone="failed")
        finally:
            self.is_busy = False
