"""The board's filters as they stand in the address of the page, and back: a link restores the view."""

from collections.abc import Mapping
from typing import Any, Final

from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardQuery, Sort

# A status as the address names it, and as people read it.
STATUS_KEYS: Final = {status.name.lower(): status for status in Status}
STATUS_WORDS: Final = {
    Status.OK: "Up",
    Status.DEGRADED: "Degraded",
    Status.FAILED: "Down",
    Status.STARTING: "Starting",
    Status.STOPPED: "Paused",
    Status.UNKNOWN: "Unknown",
}
TEXT_LIMIT: Final = 200
PAGE_LIMIT: Final = 100_000


def query_of(parameters: Mapping[str, str]) -> BoardQuery:
    """The query that an address asks for; whatever it says wrong is left out, because people edit addresses."""
    sort, is_descending = _sort(parameters.get("sort", ""))
    keys = parameters.get("status", "").split(",")
    page = parameters.get("page", "1")
    return BoardQuery(
        search=parameters.get("q", "")[:TEXT_LIMIT],
        statuses=frozenset(STATUS_KEYS[key] for key in keys if key in STATUS_KEYS),
        group=parameters.get("group", "")[:TEXT_LIMIT],
        tag=parameters.get("tag", "")[:TEXT_LIMIT],
        environment=parameters.get("environment", "")[:TEXT_LIMIT],
        sort=sort,
        descending=is_descending,
        page=min(int(page), PAGE_LIMIT) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


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
