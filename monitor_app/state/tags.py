"""Tags and environments on the page of groups: their colours, other names, and the order of environments."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.colour import COLOURS, SORTS, Sort
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.colours import ColourState
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes

SHOWN_LIMIT: Final = 200
SORT_OF_TAB: Final[dict[str, Sort]] = {"tags": "tag", "environments": "environment"}
_TAB_OF_SORT: Final = {sort: tab for tab, sort in SORT_OF_TAB.items()}


class TagsState(rx.State):
    """The tags, or the environments, that the page shows."""

    sort: str = SORTS[0]
    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    total: int = 0
    matched: int = 0
    choices: list[str] = list(COLOURS)  # noqa: RUF012
    # Another number when a colour is answered: what a browser showed before that is settled.
    answered: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    async def paint(self, sort: Any, name: Any, colour: Any) -> Any:
        """Give one another colour; it shows at once, and the old one again when that is refused."""
        if sort not in SORTS or not isinstance(name, str):
            return None
        try:
            await current().tags.paint(caller(), sort, name, colour)
        except PermissionDenied:
            raise
        except LightbulbError as err:
            await say(self, f"{name} keeps its colour: {_reason(err)}", tone="failed")
        reload = await show_own_change()
        (await self.get_state(ColourState))._take()
        self._show(_TAB_OF_SORT[sort], self.router.url.query_parameters.get("search", ""))
        self.answered += 1
        return reload

    @rx.event
    @requires(SERVICE_WRITE)
    async def act(self, action: Any, sort: Any, name: Any) -> Any:
        """Something was chosen in the menu of one."""
        if sort not in SORTS or not isinstance(name, str) or name not in _counts(sort):
            return None
        match action:
            case "rename" | "remove":
                (await self.get_state(TagDialog))._open(action, sort, name)
            case "up" | "down":
                return await self._step(name, -1 if action == "up" else 1)
        return None

    async def _step(self, name: str, step: int) -> Any:
        """One place up or down; at the end it stays."""
        names = current().board.environments()
        if name not in names:
            return None
        at = names.index(name)
        to = min(max(0, at + step), len(names) - 1)
        names.insert(to, names.pop(at))
        await current().tags.put_in_order(caller(), names)
        return await show_own_change()

    def _show(self, tab: str, search: str) -> None:
        sort = SORT_OF_TAB[tab]
        board, word = current().board, search.casefold().strip()
        colours, counts = board.group_book.colours.get(sort, {}), _counts(sort)
        names = board.tags() if sort == "tag" else board.environments()
        found = [name for name in names if word in name.casefold()]
        rows = [
            {
                "name": name,
                "services": counts.get(name, 0),
                "colour": colours.get(name, ""),
                "menu": _menu(sort, is_first=name == names[0], is_last=name == names[-1]),
            }
            for name in found[:SHOWN_LIMIT]
        ]
        if (rows, sort) != (self.rows, self.sort):
            self.rows, self.sort = rows, sort
        self.total, self.matched = len(names), len(found)


class TagDialog(rx.State):
    """Another name for a tag or environment, or the question before it is taken from all services."""

    is_open: bool = False
    action: str = ""
    sort: str = SORTS[0]
    name: str = ""
    services: int = 0
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Do nothing after all."""
        self.is_open = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self, form: Any) -> Any:
        """Do it."""
        if not isinstance(form, dict) or not self.is_open or self.sort not in SORTS:
            return None
        tags, sort = current().tags, self.sort
        try:
            with noted_changes() as changes:
                if self.action == "rename":
                    done = await tags.rename(caller(), sort, self.name, form.get("name", ""))
                else:
                    done = await tags.remove(caller(), sort, self.name)
        except (InvalidInput, NotFound) as err:
            self.errors = {"name": _reason(err)}
            self.refusals += 1
            return None
        self.is_open = False
        many = "1 service" if done.services == 1 else f"{done.services} services"
        what = f"{self.name} is {done.name} now on {many}" if done.name else f"{self.name} is taken from {many}"
        await say(self, what, undo=changes)
        return await show_own_change()

    def _open(self, action: str, sort: str, name: str) -> None:
        self.action, self.sort, self.name = action, sort, name
        self.services, self.errors, self.is_open = _counts(sort).get(name, 0), {}, True


def _counts(sort: str) -> Any:
    board = current().board
    return board.tag_counts() if sort == "tag" else board.environment_counts()


def _reason(err: LightbulbError) -> str:
    return "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)


def _menu(sort: str, *, is_first: bool, is_last: bool) -> list[dict[str, Any]]:
    items = [{"action": "rename", "icon": "edit", "text": "Rename"}]
    if sort == "environment":
        steps = [("up", "Move up", is_first), ("down", "Move down", is_last)]
        items += [{"action": action, "icon": action, "text": text} for action, text, is_end in steps if not is_end]
    removal = "Take from all services" if sort == "tag" else "Take all services out"
    return [*items, {"action": "remove", "icon": "trash", "text": removal, "isDangerous": True}]
