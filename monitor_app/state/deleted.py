"""Services that were deleted in the last 30 days, to bring them back with their history."""

from typing import Any

import reflex as rx

from monitor_app.errors import DatabaseUnavailable, LightbulbError
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.deleted_services import Deleted

# So many stand in the dialog; the search finds the others.
SHOWN_LIMIT = 100
SEARCH_LIMIT = 120


class DeletedDialog(rx.State):
    """The list, and the way back."""

    is_open: bool = False
    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    total: int = 0
    search: str = ""

    @rx.event
    @requires(SERVICE_DELETE)
    async def open(self) -> None:
        """Show what can come back."""
        self.search = ""
        await self._load()
        self.is_open = True

    @rx.event
    @requires(SERVICE_DELETE)
    async def find(self, text: Any) -> None:
        """Show those only whose label or id holds this."""
        if isinstance(text, str):
            self.search = text[:SEARCH_LIMIT]
            await self._load()

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the list."""
        self.is_open = False
        self.rows = []

    @rx.event
    @requires(SERVICE_DELETE)
    async def restore(self, pk: Any) -> Any:
        """Bring one back."""
        was = next((row["sid"] for row in self.rows if row["pk"] == pk and not isinstance(pk, bool)), None)
        if was is None or not self.is_open:
            return None
        await bring_back(self, pk, was)
        await self._load()
        return await show_own_change()

    async def _load(self) -> None:
        found: list[Deleted] = await current().deleted_services.list_deleted(caller())
        wanted = self.search.strip().casefold()
        matching = [one for one in found if wanted in f"{one.row.label} {one.row.service_id}".casefold()]
        self.total = len(matching)
        self.rows = [wire_deleted(one) for one in matching[:SHOWN_LIMIT]]


def wire_deleted(one: Deleted) -> dict[str, Any]:
    """A service that can come back, as browsers get it."""
    return {
        "pk": one.row.pk,
        "sid": one.row.service_id,
        "label": one.row.label,
        "at": wire_time(one.row.deleted_at) or 0,
        "by": one.row.deleted_by,
        "gone_at": wire_time(one.gone_at) or 0,
        "is_taken": one.is_taken,
    }


async def bring_back(state: rx.State, pk: int, was: str) -> None:
    """Bring back what was called `was`, and tell what came of it."""
    try:
        with noted_changes() as changes:
            restored = await current().services.restore(caller(), [pk], is_renamed=True)
    except DatabaseUnavailable:
        raise
    except LightbulbError as err:
        await say(state, f"Not restored: {err}", tone="failed")
        return
    if not restored:
        await say(state, "It is there again already, or gone for good", tone="failed")
        return
    service = restored[0]
    new = f" as {service.service_id}, because {was} is another service by now" if service.service_id != was else ""
    await say(state, f"{service.label} is back{new}", undo=changes)
