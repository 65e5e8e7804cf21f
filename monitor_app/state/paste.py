"""A pasted list of addresses: tested line by line while one looks, saved on one click."""

import asyncio
from typing import Any

import reflex as rx

from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput, LightbulbError
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.fields import kinds, ordered_kinds
from monitor_app.state.findings import milliseconds
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.paste import UNTESTED, LineState, PasteLine, PasteSession

SHOWN_LIMIT = 100
PIECE_LIMIT = 128 * 1024
PIECES_LIMIT = 200
# A tab that was closed tells nobody, and its tests would keep others waiting.
TESTING_SECONDS = 600.0
# In a list too long to be shown whole, what wants a look comes first.
_ORDER = (
    LineState.REFUSED,
    LineState.FAILING,
    LineState.TESTING,
    LineState.WAITING,
    LineState.OK,
    LineState.DUPLICATE,
    LineState.WATCHED,
    LineState.SAVED,
)
_LEFT_OUT = (LineState.REFUSED, LineState.DUPLICATE, LineState.WATCHED)


class PasteState(rx.State):
    """The list and what is known of each line. At most 100 lines are sent to the browser; the session holds all."""

    is_open: bool = False
    is_busy: bool = False
    lines: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    total: int = 0
    done: int = 0
    answering: int = 0
    failing: int = 0
    left_out: int = 0
    error: str = ""
    forms: list[dict[str, str]] = []  # noqa: RUF012 - how addresses of each kind are written, while that is shown
    _session: PasteSession | None = None
    _pieces: int = 0

    @rx.var
    def savable(self) -> int:
        """How many services would be saved now."""
        return self.answering + self.failing

    @rx.var
    def progress(self) -> str:
        """How much is done, as a width."""
        return f"{self.done / self.total * 100 if self.total else 0:.0f}%"

    @rx.event
    @requires(SERVICE_WRITE)
    def open(self) -> None:
        """Show the paste box in a dialog."""
        self._clear()
        self.is_open = True

    @rx.event
    @requires(BOARD_READ)
    def explain(self) -> None:
        """Show how addresses of each kind are written, or hide it again."""
        self.forms = [] if self.forms else _forms()

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the dialog and forget the list."""
        self._clear()
        self.is_open = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def take(self, piece: Any, index: Any, count: Any) -> Any:
        """Take a piece of the text; with the last one the tests begin."""
        if not _is_piece(piece, index, count):
            return None
        if index == 0:
            self._clear()
            runtime = current()
            self._session = PasteSession(caller, kinds(), runtime.probing, runtime.services)
        elif self._session is None or index != self._pieces:
            return None  # a piece of a list that was given up
        session = self._session
        self._pieces = index + 1
        self.is_busy = True
        try:
            await session.add(piece)
            if index + 1 < count:
                return None
            await session.finish()
        except InvalidInput as err:
            self.error = "; ".join(err.fields.values())
            self._pieces = -1  # no further piece fits; what came before is kept and tested
        self._show(session)
        return PasteState.run

    @rx.event(background=True)
    @requires(SERVICE_WRITE)
    async def run(self) -> None:
        """Test every line, and tell what was found four times a second."""
        async with self:
            session = self._session
        if session is None:
            return

        async def show(_: Any) -> None:
            async with self:
                if self._session is session:
                    self._show(session)
                else:
                    session.stop()

        error = ""
        try:
            async with asyncio.timeout(TESTING_SECONDS):
                await session.test(show)
        except TimeoutError:
            session.stop()
            error = (
                f"were not all tested within {TESTING_SECONDS / 60:g} min: save those that were, paste the rest again"
            )
        finally:
            async with self:
                if self._session is session:
                    self._show(session)
                    self.error = self.error or error
                    self.is_busy = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self) -> Any:
        """Make services of the lines that were tested."""
        session = self._session
        if session is None:
            return None
        try:
            with noted_changes() as changes:
                saved = await session.save()
        except LightbulbError as err:
            self._show(session)  # a long list is saved in parts
            await say(self, str(err), tone="failed")
            return await show_own_change()
        counts = session.counts
        untested = sum(counts.get(state, 0) for state in UNTESTED)
        left_out = sum(counts.get(state, 0) for state in _LEFT_OUT)
        told = [f"{len(saved)} services are watched now" if len(saved) != 1 else f"{saved[0].label} is watched now"]
        if untested:
            told.append(f"{_lines(untested)} not tested yet")
        if left_out:
            told.append(f"{_lines(left_out)} left out")
        await say(self, "; ".join(told), undo=changes)
        if untested or counts.get(LineState.REFUSED):
            self._show(session)
            self.is_open = True  # the rest stays to be looked at, wherever the list was pasted
        else:
            self._clear()
            self.is_open = False
        return await show_own_change()

    def _clear(self) -> None:
        if self._session is not None:
            self._session.stop()
        self._session = None
        self._pieces = 0
        self.is_busy = False
        self.lines = []
        self.total = self.done = self.answering = self.failing = self.left_out = 0
        self.error = ""

    def _show(self, session: PasteSession) -> None:
        lines, counts = session.lines, session.counts
        if len(lines) > SHOWN_LIMIT:
            lines = sorted(lines, key=lambda line: _ORDER.index(line.state))[:SHOWN_LIMIT]
        self.lines = [_row(line) for line in lines]
        self.total = sum(counts.values())
        self.done = self.total - counts.get(LineState.WAITING, 0) - counts.get(LineState.TESTING, 0)
        self.answering = counts.get(LineState.OK, 0)
        self.failing = counts.get(LineState.FAILING, 0)
        self.left_out = sum(counts.get(state, 0) for state in _LEFT_OUT)


def _forms() -> list[dict[str, str]]:
    return [{"kind": kind.title, "form": form} for kind in ordered_kinds() if (form := kind.config_model.address_form)]


def _is_piece(piece: object, index: object, count: object) -> bool:
    return (
        isinstance(piece, str)
        and len(piece) <= PIECE_LIMIT
        and isinstance(index, int)
        and isinstance(count, int)
        and 0 <= index < count <= PIECES_LIMIT
    )


def _row(line: PasteLine) -> dict[str, Any]:
    status = line.result.status if line.result else Status.OK if line.state is LineState.SAVED else None
    return {
        "number": line.number,
        "address": line.address,
        "kind": line.kind_title,
        "state": str(line.state),
        "status": -1 if status is None else int(status),
        "says": line.message or ("waiting" if line.state is LineState.WAITING else "checking"),
        "time": milliseconds(line.result.response_ms) if line.result else "",
    }


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
