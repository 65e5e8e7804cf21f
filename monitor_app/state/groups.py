"""The page of groups: their tree with what is true of each, folding it, and arranging it."""

from typing import Any, Final

import reflex as rx

from monitor_app.engine.board import Board
from monitor_app.errors import InvalidInput, LightbulbError, PermissionDenied
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.colours import ColourState
from monitor_app.state.group_dialog import DeleteGroup, GroupDialog, known_group
from monitor_app.state.group_rows import group_row
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.tags import TagsState
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes

# So many are shown at once; the search, and folding, find the others.
SHOWN_LIMIT: Final = 300
# A tree of at most so many is shown unfolded at first.
UNFOLDED_LIMIT: Final = 100
SEARCH_LIMIT: Final = 200
TABS: Final = ("groups", "tags", "environments")


class GroupsState(rx.State):
    """The groups that are in sight. Which are folded is this browser's business, and the server's to remember."""

    tab: str = TABS[0]
    is_loaded: bool = False
    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    total: int = 0
    matched: int = 0
    left_out: int = 0
    search: str = ""
    # Another number when a move is answered: what a browser showed before that is settled.
    answered: int = 0
    # Those whose folding is not as it is at first.
    _turned: set[str] = set()  # noqa: RUF012

    @rx.event
    @requires(SERVICE_WRITE)
    async def load(self) -> None:
        """Show what the address asks for: when the page comes up, its address changes, or something was done."""
        parameters = self.router.url.query_parameters
        tab = parameters.get("tab", "")
        self.tab = tab if tab in TABS else TABS[0]
        self.search = parameters.get("search", "")[:SEARCH_LIMIT]
        if (hub := current().map_hub) is not None:
            await hub.join(self.router.session.session_id)
        (await self.get_state(ColourState))._take()
        if self.tab == TABS[0]:
            self._show()
        else:
            (await self.get_state(TagsState))._show(self.tab, self.search)
        self.is_loaded = True

    @rx.event
    @requires(SERVICE_WRITE)
    async def refresh(self) -> None:
        """Something has changed on the board."""
        if self.tab == TABS[0]:
            self._show()
        else:
            (await self.get_state(TagsState))._show(self.tab, self.search)

    @rx.event
    @requires(SERVICE_WRITE)
    def fold(self, name: Any) -> None:
        """Fold a group, or unfold it."""
        if known_group(name):
            self._turned = self._turned ^ {name}
            self._show()

    @rx.event
    @requires(SERVICE_WRITE)
    async def act(self, action: Any, name: Any) -> None:
        """Something was chosen in the menu of a group."""
        if not known_group(name):
            return
        match action:
            case "edit" | "rename" | "move" | "rule":
                (await self.get_state(GroupDialog))._open(name, focus=action)
            case "inside":
                (await self.get_state(GroupDialog))._open("", parent=name)
            case "delete":
                (await self.get_state(DeleteGroup))._ask(name)

    @rx.event
    @requires(SERVICE_WRITE)
    async def move(self, name: Any, parent: Any) -> None:
        """A group was dragged into another one, or ("") to the top."""
        self.answered += 1
        if not known_group(name) or not isinstance(parent, str):
            return
        try:
            with noted_changes() as changes:
                await current().groups.update(caller(), name, {"parent": parent})
        except PermissionDenied:
            raise
        except LightbulbError as err:
            text = "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
            await say(self, f"{name} stays where it is: its parent {text}", tone="failed")
        else:
            await say(self, f"{name} is in {parent} now" if parent else f"{name} is at the top now", undo=changes)
        await self._reload()

    async def _reload(self) -> None:
        try:
            await current().follower.read_now()
        except LightbulbError:  # it is done; the board catches up by itself
            return
        self._show()

    def _show(self) -> None:
        board = current().board
        names = _in_sight(board, self._turned, self.search)
        rows = [group_row(board, name) for name in names[:SHOWN_LIMIT]]
        for row in rows:
            row["open"] = not _is_folded(board, row["name"], self._turned) or bool(self.search)
        if rows != self.rows:
            self.rows = rows
        self.total, self.matched = len(board.group_tree()), len(names)
        self.left_out = max(0, len(names) - SHOWN_LIMIT)


def _is_folded(board: Board, name: str, turned: set[str]) -> bool:
    tree = board.group_tree()
    return (len(tree) > UNFOLDED_LIMIT and bool(tree.children(name))) != (name in turned)


def _in_sight(board: Board, turned: set[str], search: str) -> list[str]:
    """The groups that no fold hides; with a search those that it finds, and those that they are in."""
    tree, word = board.group_tree(), search.casefold().strip()
    if word:
        found = [name for name in tree if word in name.casefold() or _says(board, name, word)]
        wanted = {each for name in found for each in tree.path(name)}
        return [name for name in tree if name in wanted]
    names: list[str] = []
    waiting = tree.children("")[::-1]
    while waiting:
        name = waiting.pop()
        names.append(name)
        if not _is_folded(board, name, turned):
            waiting += tree.children(name)[::-1]
    return names


def _says(board: Board, name: str, word: str) -> bool:
    row = board.group_tree().rows.get(name)
    return row is not None and word in row.description.casefold()
