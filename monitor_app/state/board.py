"""The board as one browser sees it: which rows, how many there are, what can be filtered by."""

from typing import Any, Final

import reflex as rx

from monitor_app.engine.board import BoardQuery, BoardRow
from monitor_app.engine.board_query import PAGE_SIZE
from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE, SERVICE_DELETE_ANY
from monitor_app.state.address import LAYOUTS, hints, layout_of, query_of
from monitor_app.state.colours import ColourState
from monitor_app.state.guard import caller, requires
from monitor_app.state.live import open_view
from monitor_app.state.runtime import current
from monitor_app.state.shown_page import note_reload, reload_of_shown_page

logger = get_logger(__name__)
# The page of one group shows the board's rows, too.
GROUP_PAGE: Final = "/group"


class BoardState(rx.State):
    """One page of rows. Its filters are those of the page's address; the rows live in the browser, not here."""

    snapshot: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    is_loaded: bool = False
    layout: str = LAYOUTS[0]
    is_wall_screen: bool = False
    # Whether the page has one line a service, so that they can be numbered.
    is_counted: bool = True
    total: int = 0
    matched: int = 0
    page: int = 1
    pages: int = 1
    page_size: int = PAGE_SIZE
    groups: list[str] = []  # noqa: RUF012
    tags: list[str] = []  # noqa: RUF012
    environments: list[str] = []  # noqa: RUF012
    hints: list[dict[str, Any]] = []  # noqa: RUF012
    has_demo: bool = False
    # Of those shown, what somebody made who deletes only that; empty for who deletes all, or nothing.
    own: list[int] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> Any:
        """Open the view that the address asks for, and send its rows: when the page comes up, its address changes, or
        the browser noticed that it missed something.
        """
        board = current().board
        parameters = dict(self.router.url.query_parameters)
        # Who came with the token of a wall screen sees a wall, unless the address says otherwise.
        self.is_wall_screen = caller().via == "wall"
        if self.is_wall_screen:
            parameters.setdefault("layout", "wall")
        query = query_of(parameters)
        snapshot = await open_view(self, query)
        self.layout, self.is_counted = layout_of(parameters), _is_counted(query, snapshot)
        self.total, self.matched = snapshot["total"], snapshot["matched"]
        self.page, self.pages, self.page_size = snapshot["page"], snapshot["pages"], query.page_size
        self.groups, self.tags, self.environments = board.groups(), board.tags(), board.environments()
        self.hints = [] if self.matched or not self.total else hints(board, query)
        if self.router.url.path.rstrip("/") == GROUP_PAGE:  # its group is what that page is about
            self.hints = [hint for hint in self.hints if hint["filter"] != "group"]
        if self.layout == "problems" and not parameters.get("status"):
            self.hints = [hint for hint in self.hints if hint["filter"] != "status"]
        self.has_demo = any(row.definition.is_demo for row in board)
        self.own = [row["id"] for row in snapshot["rows"] if is_own_only(row["id"])]
        (await self.get_state(ColourState))._take()
        self.is_loaded = True
        self.snapshot = snapshot
        yield
        # The browser has them; kept here they would be sent once more with every reconnection.
        self.snapshot = {}


def _is_counted(query: BoardQuery, snapshot: dict[str, Any]) -> bool:
    """Whether neither headings stand among the rows, nor rows are folded under others."""
    lines = query.shape.by_group or any(not isinstance(line, int) for line in snapshot.get("lines", ()))
    return not lines and snapshot["pages"] == max(1, -(-snapshot["matched"] // query.page_size))


def is_own_only(pk: int) -> bool:
    """Whether the caller may delete this service because they made it, and for no other reason."""
    identity, row = caller(), current().board.get(pk)
    if row is None or identity.may(SERVICE_DELETE_ANY) or not identity.may(SERVICE_DELETE):
        return False
    return row.definition.owner == identity.name


def row_of(pk: object) -> BoardRow | None:
    """The board's row for a payload that should be a service's number."""
    return current().board.get(pk) if isinstance(pk, int) and not isinstance(pk, bool) else None


async def show_own_change() -> Any:
    """What a handler returns after it changed services: who did it sees it at once, even with the pointer on the table.

    That is, on the page they look at: each tells by its ON_CHANGE what it loads anew.

    The change is made: that it cannot be read now is no failure of it, and the follower catches up by itself.
    """
    try:
        await current().follower.read_now()
    except LightbulbError as err:
        logger.warning("a change is not on the board yet", reason=str(err))
    return reload_of_shown_page()


note_reload("/", BoardState.load)
