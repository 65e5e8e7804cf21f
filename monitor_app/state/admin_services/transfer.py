"""Export and import of services in dialogs: the files themselves go through the API, past the states."""

from typing import Any

import reflex as rx

from monitor_app.security.permissions import BOARD_READ, CONFIG_APPLY, CONFIG_EXPORT
from monitor_app.state.admin_services.address import query_of
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say

NUMBER_LIMIT = 2**31 - 1  # what a column of whole numbers holds
SCOPES = ("all", "matching", "picked")


class ExportDialog(rx.State):
    """Which services are to be written into a file."""

    is_open: bool = False
    scope: str = "all"
    count: int = 0
    # Their service_ids, while the dialog is open; none: all.
    service_ids: list[str] = []  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(CONFIG_EXPORT)
    async def open(self, scope: Any) -> None:
        """Ask what the file shall be: of all services, those that match the filters, or those that are chosen."""
        if scope not in SCOPES:
            return
        board = current().board
        if scope == "picked":
            self.service_ids = (await self.get_state(ServiceSelection))._service_ids()
        elif scope == "matching":
            rows = board.matching(query_of(self.router.url.query_parameters))
            self.service_ids = [row.definition.service_id for row in rows]
        else:
            self.service_ids = []
        self.count = len(self.service_ids) if scope != "all" else sum(not row.definition.is_demo for row in board)
        self.scope, self.is_open = scope, True

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Enough."""
        self.is_open, self.service_ids = False, []


class ImportDialog(rx.State):
    """Whether a file is being brought in."""

    is_open: bool = False

    @rx.event
    @requires(CONFIG_APPLY)
    def open(self) -> None:
        """Ask for the file."""
        self.is_open = True

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Enough."""
        self.is_open = False

    @rx.event
    @requires(CONFIG_APPLY)
    async def done(self, brought: Any) -> Any:
        """A file was brought in: show what it brought, and take it back on request."""
        self.is_open = False
        if isinstance(brought, dict):
            added, changed, pk = (_number(brought.get(name)) for name in ("added", "changed", "change_id"))
            text = f"Imported: {added:,} added, {changed:,} changed"
            if pk and brought.get("settings") is True:
                text += ". Undo leaves the security settings as they are now"
            # Whose change that is, is looked at when it is undone.
            await say(self, text, undo=[pk] if pk else ())
        return await show_own_change()


def _number(value: Any) -> int:
    """What a browser says of what the API told it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= NUMBER_LIMIT else 0
