"""What a list of services shows: filters, order, page."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from monitor_app.domain.status import URGENCY, Status
from monitor_app.engine.board_row import BoardRow
from monitor_app.engine.board_shape import PLAIN, Shape
from monitor_app.engine.facets import ALL, Facets

PAGE_SIZE = 50
PAGE_SIZE_LIMIT = 200
SEARCH_LIMIT = 200


class Sort(StrEnum):
    """What a list is ordered by; the label decides between equals, and what has no value comes last."""

    URGENCY = "urgency"
    LABEL = "label"
    RESPONSE = "response"
    CHANGED = "changed"  # by age of the status: the latest change first
    CHECKED = "checked"  # by age of the last check
    GROUP = "group"


class DefinitionSort(StrEnum):
    """What a list of definitions is ordered by; the label decides between equals."""

    LABEL = "label"
    SERVICE_ID = "service_id"
    GROUP = "group"
    KIND = "kind"
    SERVICE_TYPE = "service_type"
    TARGET = "target"
    TAGS = "tags"
    ENVIRONMENT = "environment"
    ENABLED = "enabled"
    OWNER = "owner"
    MANAGED_BY = "managed_by"
    INTERVAL = "interval"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


_DEFINITION_KEYS: Final[Mapping[DefinitionSort, Callable[[BoardRow], Any]]] = {
    DefinitionSort.SERVICE_ID: lambda row: row.definition.service_id,
    DefinitionSort.GROUP: lambda row: row.definition.group.casefold(),
    DefinitionSort.SERVICE_TYPE: lambda row: row.definition.service_type,
    DefinitionSort.TARGET: lambda row: row.target.casefold(),
    DefinitionSort.TAGS: lambda row: [tag.casefold() for tag in row.definition.tags],
    DefinitionSort.ENVIRONMENT: lambda row: row.definition.environment.casefold(),
    DefinitionSort.ENABLED: lambda row: row.definition.enabled,
    DefinitionSort.OWNER: lambda row: row.definition.owner.casefold(),
    DefinitionSort.MANAGED_BY: lambda row: row.definition.managed_by,
    DefinitionSort.INTERVAL: lambda row: row.definition.interval_seconds,
    DefinitionSort.CREATED_AT: lambda row: row.definition.created_at,
    DefinitionSort.UPDATED_AT: lambda row: row.definition.updated_at,
}
# Who looks for one of these does not look for those that have none: they come last either way.
_BLANK_LAST: Final = frozenset(
    {
        DefinitionSort.TARGET,
        DefinitionSort.TAGS,
        DefinitionSort.ENVIRONMENT,
        DefinitionSort.OWNER,
        DefinitionSort.MANAGED_BY,
    }
)
# These change their order with results that change nothing else.
RESTLESS: Final = frozenset({Sort.RESPONSE, Sort.CHECKED})


def sort_of(name: str) -> Sort | DefinitionSort:
    """By its name; one that is a Sort and a DefinitionSort is a Sort. Raises ValueError for an unknown one."""
    if isinstance(name, Sort | DefinitionSort):
        return name
    return Sort(name) if name in set(Sort) else DefinitionSort(name)


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """One list of services; two equal queries are one view. Empty filters let everything through.

    Every word of `search` must occur in label, service_id, tags, target, group or environment. `group` stands for the
    groups in it, too. `page` counts from 1, of lines where the list has a `shape`. Who looks at a list that `tells_own`
    is told how its services are, whatever their status, and not only how all are.
    """

    search: str = ""
    statuses: frozenset[Status] = frozenset()
    group: str = ""
    tag: str = ""
    environment: str = ""
    facets: Facets = ALL
    sort: Sort | DefinitionSort = Sort.URGENCY
    descending: bool = False
    page: int = 1
    page_size: int = PAGE_SIZE
    shape: Shape = PLAIN
    tells_own: bool = False

    def __post_init__(self) -> None:
        """Bring every field into its form and bounds. Raises ValueError for a sort or status that does not exist."""
        object.__setattr__(self, "search", " ".join(self.search.casefold().split())[:SEARCH_LIMIT])
        object.__setattr__(self, "statuses", frozenset(Status(status) for status in self.statuses))
        object.__setattr__(self, "sort", sort_of(self.sort))
        object.__setattr__(self, "page", max(1, self.page))
        object.__setattr__(self, "page_size", min(max(1, self.page_size), PAGE_SIZE_LIMIT))

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves services out for another reason than their status."""
        return bool(self.search or self.group or self.tag or self.environment or self.facets)

    @property
    def key(self) -> str:
        """A short name for this list, the same in every process."""
        parts = (
            self.search,
            ",".join(str(int(status)) for status in sorted(self.statuses)),
            self.group,
            self.tag,
            self.environment,
            self.facets.key if self.facets else "",
            self.sort.value,
            str(self.descending),
            str(self.page),
            str(self.page_size),
            self.shape.key if self.shape else "",
            *(("own",) if self.tells_own else ()),
        )
        return hashlib.blake2s("\0".join(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page of a list: its services in order, how many match the filters, how many there are at all.

    `page` is the one that is shown: the last one when the asked one lies behind it. `pages` is at least 1.
    """

    pks: tuple[int, ...]
    matched: int
    total: int
    page: int
    pages: int


def ordered(rows: list[BoardRow], sort: Sort, *, descending: bool) -> list[BoardRow]:
    """`rows`, which come ordered by label, in the given order."""
    match sort:
        case Sort.LABEL:
            return rows[::-1] if descending else rows
        case Sort.URGENCY:
            return sorted(rows, key=lambda row: URGENCY[row.status], reverse=descending)
        case Sort.GROUP:
            has, has_not = _split(rows, lambda row: bool(row.definition.group))
            return sorted(has, key=lambda row: row.definition.group.casefold(), reverse=descending) + has_not
        case Sort.RESPONSE:
            has, has_not = _split(rows, lambda row: row.response_ms is not None)
            return sorted(has, key=lambda row: row.response_ms or 0.0, reverse=descending) + has_not
        case Sort.CHANGED:
            has, has_not = _split(rows, lambda row: row.since is not None)
            return sorted(has, key=_changed_at, reverse=not descending) + has_not
        case Sort.CHECKED:
            has, has_not = _split(rows, lambda row: row.checked_at is not None)
            return sorted(has, key=_checked_at, reverse=not descending) + has_not


def in_definition_order(
    rows: list[BoardRow], sort: DefinitionSort, kind_titles: Mapping[str, str], *, descending: bool
) -> list[BoardRow]:
    """`rows`, which come ordered by label, in the given order."""
    if sort is DefinitionSort.LABEL:
        return rows[::-1] if descending else rows
    key = _by_kind(kind_titles) if sort is DefinitionSort.KIND else _DEFINITION_KEYS[sort]
    has, has_not = _split(rows, lambda row: bool(key(row))) if sort in _BLANK_LAST else (rows, [])
    return sorted(has, key=key, reverse=descending) + has_not


def oldest_of(rows: Iterable[BoardRow]) -> BoardRow | None:
    """Of those that are down, or else of those that are degraded, the one that has been for longest."""
    found: dict[Status, list[BoardRow]] = {Status.FAILED: [], Status.DEGRADED: []}
    for row in rows:
        if row.status in found:
            found[row.status].append(row)
    return min(found[Status.FAILED] or found[Status.DEGRADED], key=_changed_at, default=None)


def _by_kind(titles: Mapping[str, str]) -> Callable[[BoardRow], str]:
    """By the name that people read; by its id where there is none."""
    keys = {kind: title.casefold() for kind, title in titles.items()}
    return lambda row: keys.get(row.definition.kind, row.definition.kind)


def _changed_at(row: BoardRow) -> float:
    return row.since.timestamp() if row.since is not None else 0.0


def _checked_at(row: BoardRow) -> float:
    return row.checked_at.timestamp() if row.checked_at is not None else 0.0


def _split(rows: list[BoardRow], has_value: Callable[[BoardRow], bool]) -> tuple[list[BoardRow], list[BoardRow]]:
    has: list[BoardRow] = []
    has_not: list[BoardRow] = []
    for row in rows:
        (has if has_value(row) else has_not).append(row)
    return has, has_not


def page_of(rows: list[BoardRow], query: BoardQuery, groups: frozenset[str]) -> BoardPage:
    """The asked page of `rows`, which are all services in the query's order; `groups` are those of `query.group`."""
    matching = matching_of(rows, query, groups)
    pages = max(1, -(-len(matching) // query.page_size))
    page = min(query.page, pages)
    first = (page - 1) * query.page_size
    pks = tuple(row.pk for row in matching[first : first + query.page_size])
    return BoardPage(pks=pks, matched=len(matching), total=len(rows), page=page, pages=pages)


def matching_of(rows: list[BoardRow], query: BoardQuery, groups: frozenset[str]) -> list[BoardRow]:
    """All of `rows` that the query lets through, in their order; not to be changed."""
    is_filtered = query.is_narrowed or query.statuses
    return _filtered(query.facets.of(rows), query, groups) if is_filtered else rows


def _filtered(rows: list[BoardRow], query: BoardQuery, groups: frozenset[str]) -> list[BoardRow]:
    words, statuses, environment = query.search.split(), query.statuses, query.environment
    tag = query.tag
    return [
        row
        for row in rows
        if (not statuses or row.status in statuses)
        and (not groups or row.definition.group in groups)
        and (not tag or tag in row.definition.tags)
        and (not environment or row.definition.environment == environment)
        and all(word in row.search_text for word in words)
    ]
