"""The downtimes of the service of the page, with what people wrote about them."""

from datetime import UTC, datetime
from typing import Any, Final

import reflex as rx

from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.backwards import BackwardPages, place_of, start_of
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_page import service_of
from monitor_app.state.service_timeline import note_row
from monitor_app.use_cases.downtimes import NotedDowntime

PAGE_SIZE: Final = 10


class DowntimesState(BackwardPages, rx.State):
    """One page of them, the newest first."""

    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> None:
        """From the newest on."""
        self._starts = []
        await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def refresh(self) -> None:
        """One began or ended, or somebody wrote about one: the page that is shown anew."""
        await self._read()

    async def _read(self) -> None:
        row = service_of(self)
        if row is None:
            self.rows, self.has_older, self.has_newer = [], False, False
            return
        now, place = datetime.now(UTC), place_of(self._starts)
        try:
            found = await current().downtimes.page(caller(), row.pk, now, PAGE_SIZE + 1, before=place)
        except LightbulbError as err:
            self.problem = str(err)
            return
        shown = self._turned(found, PAGE_SIZE, lambda one: start_of(one.incident.started_at, one.incident.number))
        self.rows = [_row(one) for one in shown]


def _row(one: NotedDowntime) -> dict[str, Any]:
    incident = one.incident
    return {
        "id": incident.number,
        "at": wire_time(incident.started_at) or 0,
        "to": wire_time(incident.ended_at) or 0,
        "cause": incident.cause,
        "notes": [{**note_row(note), "key": f"note-{note.pk}"} for note in one.notes],
    }
