"""The last results of the service of the page, and one of them in full."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import reflex as rx

from monitor_app.domain.report import ResultDetail, document, facts, sections_of
from monitor_app.domain.result import StoredResult
from monitor_app.errors import LightbulbError, NotFound
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.backwards import BackwardPages, place_of, start_of
from monitor_app.state.findings import milliseconds, phase_rows
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_page import service_of
from monitor_app.state.toast import say
from monitor_app.use_cases.results import sections_for

PAGE_SIZE: Final = 15
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks of engines on other machines differ.
AHEAD: Final = timedelta(days=1)


class ResultsState(BackwardPages, rx.State):
    """One page of results, the newest first; and the one that is open in full, 0 for none."""

    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    open_id: int = 0
    opened: dict[str, Any] = {}  # noqa: RUF012
    phases: list[dict[str, str]] = []  # noqa: RUF012
    metrics: list[dict[str, str]] = []  # noqa: RUF012
    sections: list[dict[str, Any]] = []  # noqa: RUF012
    is_kept: bool = False
    _results: list[StoredResult] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> None:
        """From the newest on."""
        self._starts, self.open_id = [], 0
        await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def refresh(self) -> None:
        """A new result came. Who looks at older ones is left where they are."""
        if not self._starts:
            await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def open(self, result_id: Any) -> None:
        """Show one of the page with all that is kept of it."""
        row = service_of(self)
        result = next((one for one in self._results if one.id == result_id), None)
        if row is None or result is None or isinstance(result_id, bool):
            return
        self.sections, self.is_kept = [], False
        try:
            if row.definition.source:
                detail = await current().told_checks.at(caller(), row.pk, result.id)
            else:
                _, detail = await current().results.in_full(caller(), row.pk, result.id)
            self.sections = [*_told_before(detail, result), *sections_for(caller(), detail)]
            self.is_kept = True
        except NotFound:
            pass  # only some are kept in full, and not for ever
        except LightbulbError as err:
            await say(self, str(err), tone="failed")
            return
        self.opened = _row(result, is_kept=self.is_kept)
        self.phases, self.metrics = phase_rows(result.phases), metric_rows(result.metrics)
        self.open_id = result.id

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide it."""
        self.open_id, self.sections = 0, []

    async def _read(self) -> None:
        row = service_of(self)
        if row is None:
            self.rows, self._results, self.has_older, self.has_newer = [], [], False, False
            return
        until = datetime.now(UTC) + AHEAD
        results, identity = current().results, caller()
        try:
            found = await results.page(identity, row.pk, EARLIEST, until, PAGE_SIZE + 1, place_of(self._starts))
            if row.definition.source:
                since = await current().told_checks.since(identity, row.pk)
                kept = {one.id for one in found if since is not None and one.id >= since}
            else:
                kept = await results.kept_in_full(identity, row.pk, found[:PAGE_SIZE])
        except LightbulbError as err:
            self.problem = str(err)
            return
        self._results = list(self._turned(found, PAGE_SIZE, lambda one: start_of(one.checked_at, one.id)))
        self.rows = [_row(one, is_kept=one.id in kept) for one in self._results]


def metric_rows(metrics: Mapping[str, float]) -> list[dict[str, str]]:
    """What was measured, by name."""
    return [
        {"name": name.replace("_", " "), "text": f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"}
        for name, value in metrics.items()
    ]


def _told_before(detail: ResultDetail, result: StoredResult) -> list[dict[str, Any]]:
    """That what is shown was told with an earlier result, where it was."""
    if detail.result_id == result.id:
        return []
    said = f"{detail.checked_at:%Y-%m-%d %H:%M:%S} UTC; until this result no check had another status"
    return sections_of(document([facts("Told", {"At": said})]), with_private=False)


def _row(result: StoredResult, *, is_kept: bool) -> dict[str, Any]:
    return {
        "id": result.id,
        "at": wire_time(result.checked_at) or 0,
        "status": int(result.status),
        "time": milliseconds(result.response_ms),
        "says": result.message,
        "is_kept": is_kept,
    }
