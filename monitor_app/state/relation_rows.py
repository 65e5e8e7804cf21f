"""Relations as a list shows them: what the address asks for, found in memory, a page at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from monitor_app.domain.relation import RELATION_TYPES, Relation
from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.engine.board import Board, BoardRow
from monitor_app.state.rows.wire import wire_time
from monitor_app.use_cases.relations import RelationView

PAGE_SIZE: Final = 50
TEXT_LIMIT: Final = 200
SORTS: Final = ("source", "target", "type", "enabled", "since", "by")
DEFAULT_SORT: Final = "source"
_STANDINGS: Final = {"on": True, "off": False}
FILTERS: Final = ("search", "type", "enabled", "service")


class Link(NamedTuple):
    """A relation with the rows of both its ends."""

    relation: Relation
    source: BoardRow
    target: BoardRow


@dataclass(frozen=True, slots=True)
class RelationQuery:
    """One list of relations; empty filters let everything through. `page` counts from 1."""

    search: str = ""
    relation_type: str = ""
    enabled: bool | None = None
    service: str = ""
    sort: str = DEFAULT_SORT
    descending: bool = False
    page: int = 1


class RelationPage(NamedTuple):
    """One page of a list. `matched` have passed the filters, of `total` that there are."""

    links: list[Link]
    matched: int
    total: int
    page: int
    pages: int


def query_of(parameters: Mapping[str, str]) -> RelationQuery:
    """The list that an address asks for; whatever it says wrong is left out, because people edit addresses."""
    sort, page, kind = parameters.get("sort", ""), parameters.get("page", "1"), parameters.get("type", "")
    name = sort.removeprefix("-")
    return RelationQuery(
        search=parameters.get("search", "")[:TEXT_LIMIT],
        relation_type=kind if kind in RELATION_TYPES else "",
        enabled=_STANDINGS.get(parameters.get("enabled", "")),
        service=parameters.get("service", "")[:TEXT_LIMIT],
        sort=name if name in SORTS else DEFAULT_SORT,
        descending=name in SORTS and sort.startswith("-"),
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 9 and int(page) else 1,
    )


def page_of(board: Board, query: RelationQuery) -> RelationPage:
    """The page of the list, the last one when the asked one lies behind it."""
    found = sorted(_matching(board, query), key=_KEYS[query.sort], reverse=query.descending)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(query.page, pages)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return RelationPage(shown, len(found), sum(1 for _ in links(board)), page, pages)


def hints(board: Board, query: RelationQuery) -> list[dict[str, Any]]:
    """For a list that is empty: what dropping each of its filters would find, the most useful first."""
    without: dict[str, tuple[str, RelationQuery]] = {}
    if query.search:
        without["search"] = f"Drop the search “{query.search}”", replace(query, search="")
    if query.relation_type:
        title = TEMPLATES[query.relation_type].title
        without["type"] = f"Drop the type {title}", replace(query, relation_type="")
    if query.enabled is not None:
        word = "enabled" if query.enabled else "disabled"
        without["enabled"] = f"Drop the filter {word}", replace(query, enabled=None)
    if query.service:
        without["service"] = f"Drop the service {query.service}", replace(query, service="")
    found = [
        {"filter": name, "text": text, "count": sum(1 for _ in _matching(board, wider))}
        for name, (text, wider) in without.items()
    ]
    return sorted(found, key=lambda hint: -int(str(hint["count"])))


def links(board: Board, service: BoardRow | None = None) -> Iterator[Link]:
    """All relations of services that are there, or those of one service."""
    book = board.relations
    # By its number: one that leads to where it comes from is on both sides.
    sides = () if service is None else (*book.outgoing(service.pk), *book.incoming(service.pk))
    for relation in book if service is None else {each.pk: each for each in sides}.values():
        if (link := link_of(board, relation)) is not None:
            yield link


def link_of(board: Board, relation: Relation | None) -> Link | None:
    """None while one of its services is deleted."""
    if relation is None:
        return None
    source, target = board.get(relation.source_pk), board.get(relation.target_pk)
    return None if source is None or target is None else Link(relation, source, target)


def wire_link(link: Link) -> dict[str, Any]:
    """A row of the table."""
    relation, source, target = link
    template = TEMPLATES[relation.relation_type]
    view = RelationView(relation, source.definition.service_id, target.definition.service_id)
    return {
        "id": relation.pk,
        "source": wire_end(source),
        "target": wire_end(target),
        "type": relation.relation_type,
        "title": template.title,
        "line": template.line,
        "sentence": template.sentence(source.definition.label, target.definition.label),
        "note": relation.note,
        "enabled": relation.enabled,
        "since": wire_time(relation.created_at) or 0,
        "by": relation.managed_by,
        "drift": ", ".join(view.drift),
    }


def wire_end(row: BoardRow) -> dict[str, Any]:
    """A service as one end of a relation."""
    return {
        "pk": row.pk,
        "sid": row.definition.service_id,
        "label": row.definition.label,
        "status": int(row.status),
    }


def _matching(board: Board, query: RelationQuery) -> Iterator[Link]:
    service = board.find(query.service) if query.service else None
    if query.service and service is None:
        return
    words = query.search.casefold().split()
    for link in links(board, service):
        relation, source, target = link
        if query.relation_type not in ("", relation.relation_type) or query.enabled not in (None, relation.enabled):
            continue
        if words:
            ends = (row.definition for row in (source, target))
            text = " ".join([relation.note, *(f"{one.service_id} {one.label}" for one in ends)]).casefold()
            if not all(word in text for word in words):
                continue
        yield link


_KEYS: Final[Mapping[str, Callable[[Link], Any]]] = {
    "source": lambda link: (link.source.label_key, link.target.label_key, link.relation.pk),
    "target": lambda link: (link.target.label_key, link.source.label_key, link.relation.pk),
    "type": lambda link: (RELATION_TYPES.index(link.relation.relation_type), link.source.label_key, link.relation.pk),
    "enabled": lambda link: (not link.relation.enabled, link.source.label_key, link.relation.pk),
    "since": lambda link: (link.relation.created_at, link.relation.pk),
    "by": lambda link: (not link.relation.managed_by, link.relation.managed_by, link.source.label_key),
}
