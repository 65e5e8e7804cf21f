"""The colours of tags and environments, for the chips of this browser."""

import reflex as rx

from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.state.runtime import current


class ColourState(rx.State):
    """By sort and name; what has none is left out."""

    colours: dict[str, dict[str, str]] = {}  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(BOARD_READ)
    def load(self) -> None:
        """Send them, if they are others than before."""
        self._take()

    def _take(self) -> None:
        known = current().board.group_book.colours
        now: dict[str, dict[str, str]] = {str(sort): dict(names) for sort, names in known.items() if names}
        if now != self.colours:
            self.colours = now
