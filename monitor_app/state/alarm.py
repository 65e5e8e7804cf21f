"""News of what goes down, for pages without rows of their own."""

from typing import Any, Final

import reflex as rx

from monitor_app.engine.board import BoardQuery
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.state.live import open_view

# News come with every view; the smallest one does.
_NEWS: Final = BoardQuery(page_size=1)


class AlarmState(rx.State):
    """Browsers ask for it where a sound or a notification is wanted and the page has no view yet."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(BOARD_READ)
    async def listen(self) -> None:
        """From now on this tab is told."""
        self.snapshot = await open_view(self, _NEWS)
