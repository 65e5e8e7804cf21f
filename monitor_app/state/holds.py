"""Pausing services and putting them into maintenance, with a reason and an end, from any list."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import reflex as rx

from monitor_app.domain.hold import Hold
from monitor_app.engine.board import BoardRow
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.service_bulk import BulkAction, BulkChange, BulkOutcome
from monitor_app.use_cases.services import MANY_LIMIT

PAUSE: Final = "pause"
MAINTENANCE: Final = "maintenance"
What = Literal["pause", "maintenance"]
# What of the choices lasts how many minutes, as people say it.
SPANS: Final = {"30": "30 minutes", "60": "1 hour", "240": "4 hours"}
_NEVER, _AT = "never", "at"
_DONE: Final = {PAUSE: "paused", MAINTENANCE: "in maintenance"}
_ENDS: Final[dict[What, tuple[BulkAction, str]]] = {
    PAUSE: ("resume", "checked again"),
    MAINTENANCE: ("end_maintenance", "no longer in maintenance"),
}
# More than that nobody chooses.
CHOSEN_LIMIT: Final = 10_000
_GONE: Final = "It was deleted meanwhile"
_MILLIS_LIMIT: Final = 253_402_300_799_000  # the end of the year 9999


class HoldDialog(rx.State):
    """Asks why, and until when; ending asks nothing."""

    is_open: bool = False
    what: str = PAUSE
    title: str = ""
    # What one that rests already was told: its reason, and its end in epoch milliseconds (0: none).
    reason: str = ""
    until: int = 0
    errors: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    refusals: int = 0
    # Counts the questions, each of which begins with an empty form.
    asked: int = 0
    _pks: list[int] = []  # noqa: RUF012

    @rx.event
    @requires(SERVICE_WRITE)
    async def open(self, pks: Any, what: Any) -> None:
        """Ask about a service, or about many, by their pks; `what` is pause or maintenance."""
        if what in (PAUSE, MAINTENANCE):
            await self._open(numbers_of(pks), what)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Change nothing."""
        self.is_open = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self, form: Any) -> Any:
        """Do it, with the reason and the end of the form."""
        if not self.is_open or not isinstance(form, dict):
            return None
        reason, choice = form.get("reason"), form.get("choice")
        what: What = MAINTENANCE if self.what == MAINTENANCE else PAUSE
        rows = rows_of(self._pks)
        try:
            wanted = BulkChange(what, reason=reason if isinstance(reason, str) else "", until=_until(form))
            told = await self._change(rows, wanted, f"{_DONE[what]}{_span(choice)}")
        except InvalidInput as err:
            self._refuse(err.fields)
            return None
        self.is_open = False
        return told

    @rx.event
    @requires(SERVICE_WRITE)
    async def end(self, pks: Any, what: Any) -> Any:
        """Resume, or end the maintenance of, a service or many."""
        if what in (PAUSE, MAINTENANCE):
            return await self._end(numbers_of(pks), what)
        return None

    async def _open(self, pks: Sequence[int], what: What) -> None:
        rows = rows_of(pks)
        if not rows:
            await say(self, _GONE, tone="failed")
            return
        self._pks, self.what, self.errors = [row.pk for row in rows], what, {}
        name = rows[0].definition.label if len(rows) == 1 else f"{len(rows)} services"
        self.title = f"Pause {name}" if what == PAUSE else f"Maintenance of {name}"
        known = _hold(rows[0], what) if len(rows) == 1 else None
        self.reason = "" if known is None else known.reason
        self.until = 0 if known is None else wire_time(known.until) or 0
        self.asked += 1
        self.is_open = True

    async def _end(self, pks: Sequence[int], what: What) -> Any:
        action, done = _ENDS[what]
        return await self._change(rows_of(pks), BulkChange(action), done)

    async def _change(self, rows: Sequence[BoardRow], wanted: BulkChange, done: str) -> Any:
        """Raises InvalidInput."""
        if not rows:
            await say(self, _GONE, tone="failed")
            return None
        labels = {row.definition.service_id: row.definition.label for row in rows}
        with noted_changes() as changes:
            errors = await _change_all(list(labels), wanted)
        good = [label for name, label in labels.items() if name not in errors]
        told = [f"{good[0]} is {done}" if len(good) == 1 else f"{len(good)} services are {done}"] if good else []
        if errors:
            told.append(f"{len(errors)} not: {next(iter(errors.values()))}")
        await say(self, "; ".join(told), tone="" if good else "failed", undo=changes)
        return await show_own_change()

    def _refuse(self, messages: dict[str, str]) -> None:
        known = {name: text for name, text in messages.items() if name in ("reason", "until")}
        rest = "; ".join(text for name, text in messages.items() if name not in known)
        self.errors = known | ({"": rest} if rest else {})
        self.refusals += 1


async def _change_all(service_ids: Sequence[str], wanted: BulkChange) -> dict[str, str]:
    """Why those that could not be changed were not; so many in a transaction as may be. Raises InvalidInput."""
    errors: dict[str, str] = {}
    for start in range(0, len(service_ids), MANY_LIMIT):
        some = service_ids[start : start + MANY_LIMIT]
        outcome: BulkOutcome = await current().service_bulk.change(caller(), some, wanted)
        errors |= outcome.errors
    return errors


def numbers_of(pks: object) -> list[int]:
    """The pks that a payload names, one or a list of them; none for what is no such thing, or too long."""
    given: list[Any] = pks if isinstance(pks, list) else [pks]
    if len(given) > CHOSEN_LIMIT or any(isinstance(pk, bool) or not isinstance(pk, int) for pk in given):
        return []
    return given


def rows_of(pks: Sequence[int]) -> list[BoardRow]:
    """Those of them that are there."""
    board = current().board
    return [row for pk in dict.fromkeys(pks) if (row := board.get(pk)) is not None]


def _hold(row: BoardRow, what: What) -> Hold | None:
    if what == MAINTENANCE:
        return row.maintenance
    return None if row.definition.enabled else row.definition.pause


def _until(form: dict[str, Any]) -> datetime | None:
    """The end that was chosen; None: until somebody says so. Raises InvalidInput."""
    choice, at = form.get("choice"), form.get("at")
    if choice == _NEVER:
        return None
    if isinstance(choice, str) and choice in SPANS:
        return datetime.now(UTC) + timedelta(minutes=int(choice))
    if not isinstance(at, str) or not re.fullmatch("[0-9]{1,15}", at) or int(at) > _MILLIS_LIMIT:
        raise InvalidInput({"until": "needs a day and a time"})
    return datetime.fromtimestamp(int(at) / 1000, UTC)


def _span(choice: object) -> str:
    return f" for {SPANS[choice]}" if isinstance(choice, str) and choice in SPANS else ""
