"""The table's filters, order and page as they stand in the address, and back: a link restores the list."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from monitor_app.engine.board import Board, BoardQuery, Sort
from monitor_app.engine.board_query import sort_of
from monitor_app.engine.facets import ALL, Facets
from monitor_app.state.address import PAGE_LIMIT, STATUS_KEYS, TEXT_LIMIT

PAGE_SIZES: Final = (25, 50, 100, 200)
PAGE_SIZE_DEFAULT: Final = 50
VALUES_LIMIT: Final = 100
# Each filter with several values: its name in the address, and the field of Facets.
FACETS: Final = {
    "kind": "kinds",
    "type": "service_types",
    "group": "groups",
    "tag": "tags",
    "environment": "environments",
    "owner": "owners",
    "file": "files",
}
_ENABLED: Final = {"yes": True, "no": False}
_TITLES: Final = {
    "q": "search",
    "status": "status",
    "enabled": "state",
    "kind": "kind",
    "type": "type",
    "group": "group",
    "tag": "tag",
    "environment": "environment",
    "owner": "owner",
    "file": "file",
}
_LONGEST: Final = 20_000


def query_of(parameters: Mapping[str, str]) -> BoardQuery:
    """The list that an address asks for; whatever it says wrong is left out, because people edit addresses."""
    sort, is_descending = _sort(parameters.get("sort", ""))
    page, size = parameters.get("page", "1"), parameters.get("size", "")
    return BoardQuery(
        search=parameters.get("q", "")[:TEXT_LIMIT],
        statuses=frozenset(STATUS_KEYS[key] for key in parameters.get("status", "").split(",") if key in STATUS_KEYS),
        facets=Facets(
            **{field: values_of(parameters.get(name, "")) for name, field in FACETS.items()},
            enabled=_ENABLED.get(parameters.get("enabled", "")),
        ),
        sort=sort,
        descending=is_descending,
        page=min(int(page), PAGE_LIMIT) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        page_size=int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZE_DEFAULT,
    )


def values_of(text: str) -> frozenset[str]:
    """Values with commas between; a comma within one is written %2C, a percent sign %25."""
    parts = [unquote(part).strip() for part in text[:_LONGEST].split(",")[:VALUES_LIMIT]]
    return frozenset(part for part in parts if part and len(part) <= TEXT_LIMIT)


def hints(board: Board, query: BoardQuery) -> list[dict[str, Any]]:
    """For a list that is empty: what dropping each of its filters would find, the most useful first."""
    found = []
    for name, drop in _DROPS.items():
        wider = drop(query)
        if wider != query:
            text = f"Drop the search “{query.search}”" if name == "q" else f"Drop the filter by {_TITLES[name]}"
            count = len(board.matching(wider))
            found.append({"filter": name, "value": "", "text": text, "count": count})
    return sorted(found, key=lambda hint: -hint["count"])


def _without(field: str) -> Callable[[BoardQuery], BoardQuery]:
    nothing: Any = getattr(ALL, field)
    return lambda query: replace(query, facets=replace(query.facets, **{field: nothing}))


_DROPS: Final[Mapping[str, Callable[[BoardQuery], BoardQuery]]] = {
    "q": lambda query: replace(query, search=""),
    "status": lambda query: replace(query, statuses=frozenset()),
    "enabled": _without("enabled"),
    **{name: _without(field) for name, field in FACETS.items()},
}


def _sort(text: str) -> tuple[Any, bool]:
    try:
        return sort_of(text.removeprefix("-")), text.startswith("-")
    except ValueError:
        return Sort.LABEL, False
