"""The page of one group: what is true of it and below it, how it was, and when something in it was down."""

from datetime import UTC, datetime
from typing import Any, Final

import reflex as rx

from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.board import BoardState
from monitor_app.state.colours import ColourState
from monitor_app.state.details import SPANS
from monitor_app.state.group_rows import group_row, path_rows
from monitor_app.state.guard import caller, requires
from monitor_app.state.past import uptime_row
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_map import MapState
from monitor_app.use_cases.results import Incident

# What of the group is shown: its services, or its map. Both follow the board, and one browser follows one list.
TABS: Final = ("services", "map")
# In the place of the uptime until it is known.
AWAITED: Final = [{"title": title, "uptime": "–", "note": ""} for title in SPANS.values()]


class GroupPage(rx.State):
    """The group that the address names (`?group=`). Its services are the board's rows."""

    name: str = ""
    tab: str = TABS[0]
    is_loaded: bool = False
    is_known: bool = False
    group: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    path: list[str] = []  # noqa: RUF012
    inner: list[dict[str, Any]] = []  # noqa: RUF012
    # Uptime and downtimes come last; what stands below them waits, so that nothing moves.
    is_past_loaded: bool = False
    uptime: list[dict[str, str]] = AWAITED
    incidents: list[dict[str, Any]] = []  # noqa: RUF012
    problem: str = ""

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> Any:
        """Show what the address asks for; then its services, or its map; then how it was, which takes longest."""
        parameters = self.router.url.query_parameters
        name = parameters.get("group", "")[:GROUP_LIMIT].strip()
        if name != self.name:
            self.name, self.uptime, self.incidents, self.is_past_loaded = name, list(AWAITED), [], False
        self.tab = TABS[parameters.get("tab", "") == TABS[1]]
        if (hub := current().map_hub) is not None:
            await hub.join(self.router.session.session_id)
        (await self.get_state(ColourState))._take()
        self._show()
        self.is_loaded = True
        return [MapState.load if self.tab == TABS[1] else BoardState.load, GroupPage.load_past]

    @rx.event
    @requires(BOARD_READ)
    async def load_past(self) -> None:
        """Read uptime and downtimes: with thousands of services about a second."""
        try:
            await self._show_past()
        except LightbulbError as err:
            self.problem = str(err)
        self.is_past_loaded = True

    @rx.event
    @requires(BOARD_READ)
    def refresh(self) -> None:
        """Something has changed on the board."""
        self._show()

    def _show(self) -> None:
        board = current().board
        tree = board.group_tree()
        self.is_known = self.name in tree
        if not self.is_known:
            self.group, self.path, self.inner = {}, [], []
            return
        group = group_row(board, self.name)
        inner = [group_row(board, name) for name in tree.children(self.name)]
        path = path_rows(tree, self.name)
        if (group, path, inner) != (self.group, self.path, self.inner):
            self.group, self.path, self.inner = group, path, inner

    async def _show_past(self) -> None:
        if not self.is_known:
            self.uptime, self.incidents = list(AWAITED), []
            return
        weights = current().board.group_weights(self.name)
        past = await current().results.group_past(caller(), weights, datetime.now(UTC))
        self.uptime = [uptime_row(SPANS[days], uptime) for days, uptime in past.uptime.items()]
        self.incidents = [row for incident in past.incidents if (row := _incident_row(incident))]
        self.problem = ""


def _incident_row(incident: Incident) -> dict[str, Any] | None:
    """A downtime as the page draws it; None for a service that is gone meanwhile. `to` is 0 while it lasts."""
    row = current().board.get(incident.service_pk)
    if row is None:
        return None
    return {
        "id": incident.number,
        "pk": row.pk,
        "sid": row.definition.service_id,
        "label": row.definition.label,
        "at": wire_time(incident.started_at),
        "to": wire_time(incident.ended_at) or 0,
        "cause": incident.cause,
    }
