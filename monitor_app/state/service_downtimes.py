"""The downtimes of the service of the page, with what people wrote about them."""

from datetime import UTC, datetime
from typing import Any, Final

import reflex as rx

from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.backwards import Start, place_of, start_of
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_page import service_of
from monitor_app.state.service_timeline import note_row
from monitor_app.use_cases.downtimes import NotedDowntime

PAGE_SIZE: Final = 10


class DowntimesState(rx.State):
    """One page of them, the newest first."""

    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    is_loaded: bool = False
    has_older: bool = False
    has_newer: bool = False
    problem: str = ""
    _starts: list[Start] = []  # noqa: RUF012
    _next: Start | None = None

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

    @rx.event
    @requires(BOARD_READ)
    async def older(self) -> None:
        """The page behind this one."""
        if self._next is not None:
            self._starts = [*self._starts, self._next]
            await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def newer(self) -> None:
        """The page before this one."""
        self._starts = self._starts[:-1]
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
        shown = found[:PAGE_SIZE]
        self.problem, self.is_loaded = "", True
        self.rows = [_row(one) for one in shown]
        self.has_older, self.has_newer = len(found) > PAGE_SIZE, bool(self._starts)
        last = shown[-1].incident if shown else None
        self._next = start_of(last.started_at, last.number) if last is not None and self.has_older else None


def _row(one: NotedDowntime) -> dict[str, Any]:
    incident = one.incident
    return {
        "id": incident.number,
        "at": wire_time(incident.started_at) or 0,
        "to": wire_time(incident.ended_at) or 0,
        "cause": incident.cause,
        "notes": [{**note_row(note), "key": f"note-{note.pk}"} for note in one.notes],
    }
