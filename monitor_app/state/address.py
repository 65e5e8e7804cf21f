"""The board's filters as they stand in the address of the page, and back: a link restores the view."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from monitor_app.domain.status import STATUS_WORDS, Status
from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.engine.board_query import PAGE_SIZE
from monitor_app.engine.board_shape import NO_GROUP, Shape

# A status as the address names it.
STATUS_KEYS: Final = {status.name.lower(): status for status in Status}
TEXT_LIMIT: Final = 200
PAGE_LIMIT: Final = 100_000
# How the board can look; the first one is what it is without a word in the address.
LAYOUTS: Final = ("table", "cards", "problems", "wall")
PROBLEMS: Final = frozenset({Status.FAILED, Status.DEGRADED, Status.UNKNOWN})
# So many tiles fill a wall.
WALL_SIZE: Final = 30
# A list in an address: so long, and of so many names.
LIST_LIMIT: Final = 20_000
NAMES_LIMIT: Final = 1000
# In a list of folded groups: all groups but these; and those services that are in none.
ALL_BUT: Final = "*"
UNGROUPED: Final = "-"


def layout_of(parameters: Mapping[str, str]) -> str:
    """The layout that an address asks for."""
    layout = parameters.get("layout", "")
    return layout if layout in LAYOUTS else LAYOUTS[0]


def query_of(parameters: Mapping[str, str]) -> BoardQuery:
    """The query that an address asks for; whatever it says wrong is left out, because people edit addresses."""
    sort, is_descending = _sort(parameters.get("sort", ""))
    keys = parameters.get("status", "").split(",")
    statuses = frozenset(STATUS_KEYS[key] for key in keys if key in STATUS_KEYS)
    page, layout = parameters.get("page", "1"), layout_of(parameters)
    return BoardQuery(
        search=parameters.get("q", "")[:TEXT_LIMIT],
        statuses=(statuses & PROBLEMS or PROBLEMS) if layout == "problems" else statuses,
        group=parameters.get("group", "")[:TEXT_LIMIT],
        tag=parameters.get("tag", "")[:TEXT_LIMIT],
        environment=parameters.get("environment", "")[:TEXT_LIMIT],
        sort=sort,
        descending=is_descending,
        page=min(int(page), PAGE_LIMIT) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        page_size=WALL_SIZE if layout == "wall" else PAGE_SIZE,
        shape=_shape(parameters, is_by_cause=sort is Sort.URGENCY and not is_descending),
        tells_own=layout == "wall",
    )


def _shape(parameters: Mapping[str, str], *, is_by_cause: bool) -> Shape:
    """`by=group`, `fold` (groups, with commas), `follow` (service_ids of root causes). A wall has no headings."""
    by_group = parameters.get("by", "") == "group" and layout_of(parameters) != "wall"
    folds = _listed(parameters.get("fold", "")) if by_group else []
    folded = frozenset(NO_GROUP if name == UNGROUPED else unquote(name) for name in folds if name != ALL_BUT)
    unfolded = _listed(parameters.get("follow", "")) if is_by_cause and not by_group else []
    return Shape(by_group, is_by_cause, folded, ALL_BUT in folds, frozenset(unfolded))


def _listed(text: str) -> list[str]:
    """The names of a list; commas and percent signs in them are escaped."""
    return [name for name in text[:LIST_LIMIT].split(",")[:NAMES_LIMIT] if name]


def hints(board: Board, query: BoardQuery) -> list[dict[str, Any]]:
    """For a query that finds nothing: what dropping each of its filters would find, the most useful first."""
    found = []
    if query.search:
        found.append(_hint(board, query, "q", f"Drop the search “{query.search}”", search=""))
    if query.statuses:
        words = " or ".join(STATUS_WORDS[status] for status in sorted(query.statuses))
        found.append(_hint(board, query, "status", f"Drop the status {words}", statuses=frozenset()))
    if query.group:
        found.append(_hint(board, query, "group", f"Drop the group {query.group}", group=""))
    if query.tag:
        found.append(_hint(board, query, "tag", f"Drop the tag {query.tag}", tag=""))
    if query.environment:
        text = f"Drop the environment {query.environment}"
        found.append(_hint(board, query, "environment", text, environment=""))
    return sorted(found, key=lambda hint: -hint["count"])


def _hint(board: Board, query: BoardQuery, name: str, text: str, **without: Any) -> dict[str, Any]:
    fields = {field: getattr(query, field) for field in ("search", "statuses", "group", "tag", "environment")}
    wider = BoardQuery(**(fields | without))
    return {"filter": name, "text": text, "count": board.query(wider).matched}


def _sort(text: str) -> tuple[Sort, bool]:
    name = text.removeprefix("-")
    if name not in set(Sort):
        return Sort.URGENCY, False
    return Sort(name), text.startswith("-")
