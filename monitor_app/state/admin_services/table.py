"""The table of all services as one browser sees it: one page of rows, live, and what is done in one of them."""

from typing import Any

import reflex as rx

from monitor_app.engine.board import Board, BoardRow
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.log import get_logger
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.admin_services.address import hints, query_of
from monitor_app.state.admin_services.choices import ChoiceBook, kind_title
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.board import is_own_only, show_own_change
from monitor_app.state.fields import kinds
from monitor_app.state.guard import caller, requires
from monitor_app.state.live import open_view
from monitor_app.state.managed import drift_words
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_form import EDIT, NEW
from monitor_app.state.services import row_of
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes

_choices = ChoiceBook()
logger = get_logger(__name__)


class AdminServices(rx.State):
    """One page of rows. Filters, order and columns are those of the page's address; the rows live in the browser."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    is_loaded: bool = False
    problem: str = ""
    total: int = 0
    matched: int = 0
    page: int = 1
    pages: int = 1
    page_size: int = 50
    # What each filter can be set to: value, text and count.
    choices: dict[str, list[dict[str, Any]]] = {}  # noqa: RUF012
    # Of each row what only this table shows, by its number.
    facts: dict[str, dict[str, Any]] = {}  # noqa: RUF012
    hints: list[dict[str, Any]] = []  # noqa: RUF012
    # Whether a new service is typed in and not saved.
    has_draft: bool = False
    # Of those shown, what somebody made who deletes only that.
    own: list[int] = []  # noqa: RUF012

    @rx.event
    @requires(SERVICE_WRITE)
    async def load(self) -> Any:
        """Open the list that the address asks for: when the page comes up, its address changes, something was changed,
        or the browser noticed that it missed something.
        """
        board = current().board
        query = query_of(self.router.url.query_parameters)
        try:
            snapshot = await open_view(self, query)
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        self.total, self.matched = snapshot["total"], snapshot["matched"]
        self.page, self.pages, self.page_size = snapshot["page"], snapshot["pages"], query.page_size
        self.choices = _choices.of(board, kinds())
        self.hints = [] if self.matched or not self.total else hints(board, query)
        shown = [row["id"] for row in snapshot["rows"]]
        facts, drafts = facts_of(board, shown), await _drafts()
        for pk in shown:
            facts[str(pk)]["draft"] = f"{EDIT}{pk}" in drafts
        self.facts, self.has_draft = facts, NEW in drafts
        self.own = [pk for pk in shown if is_own_only(pk)]
        (await self.get_state(ServiceSelection))._show(shown)
        self.problem, self.is_loaded = "", True
        self.snapshot = snapshot
        yield
        # The browser has them; kept here they would be sent once more with every reconnection.
        self.snapshot = {}

    @rx.event
    @requires(SERVICE_WRITE)
    async def switch(self, pk: Any, is_on: Any) -> Any:
        """Check a service, or do not any more. The browser shows it before this is asked; a refusal brings it back."""
        row = row_of(pk)
        if row is None or not isinstance(is_on, bool) or row.definition.enabled is is_on:
            yield AdminServices.load
            return
        services = current().services
        change = services.resume if is_on else services.pause
        follow: Any = AdminServices.load
        try:
            with noted_changes() as changes:
                await change(caller(), [row.definition.service_id])
            words = "is checked again" if is_on else "is paused"
            await say(self, f"{row.definition.label} {words}", undo=changes)
            follow = await show_own_change()
        except (NotFound, InvalidInput) as err:
            await say(self, f"{row.definition.label} stays as it was: {err}", tone="failed")
        finally:
            yield follow


async def _drafts() -> frozenset[str]:
    """Which forms the caller has typed into without saving."""
    if current().drafts is None:
        return frozenset()
    try:
        found: frozenset[str] = await current().drafts.subjects(caller())
    except LightbulbError as err:  # the list is of use without
        logger.warning("drafts are not shown", reason=str(err))
        return frozenset()
    return found


def facts_of(board: Board, pks: list[int]) -> dict[str, dict[str, Any]]:
    """What the table shows of these beside what every live row has."""
    return {str(pk): _facts(row) for pk in pks if (row := board.get(pk)) is not None}


def _facts(row: BoardRow) -> dict[str, Any]:
    definition = row.definition
    return {
        "kind": kind_title(kinds(), definition.kind),
        "owner": definition.owner,
        "file": definition.managed_by,
        "drift": drift_words(definition) if definition.managed_by else "",
        "created": wire_time(definition.created_at),
        "updated": wire_time(definition.updated_at),
    }
