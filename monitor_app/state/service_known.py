"""What is known of the service of the page: what its kind showed last in full, and what it is related to."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from monitor_app.domain.relation import DEPENDENCY
from monitor_app.domain.service_map import MapEdge
from monitor_app.engine.board import BoardRow
from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.fields import kinds
from monitor_app.state.guard import caller, requires
from monitor_app.state.map_graph import map_of_board
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_page import service_of
from monitor_app.state.service_relations import related_rows
from monitor_app.use_cases.results import sections_for

# What the small map shows: so many steps each way, and so many services in all.
STEPS = 2
NODES_LIMIT = 24


class KnownState(rx.State):
    """The newest report; the services around it as the small map draws them."""

    kind_title: str = ""
    sections: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    at: int = 0
    is_loaded: bool = False
    problem: str = ""
    related: dict[str, dict[str, Any]] = {"needs": {"rows": [], "more": 0}, "neededBy": {"rows": [], "more": 0}}  # noqa: RUF012
    graph: dict[str, Any] = {}  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> None:
        """Read both."""
        row = service_of(self)
        if row is None:
            self.sections, self.at, self.graph = [], 0, {}
            return
        self._tell(kind_title=_kind_title(row.definition.kind))
        self._tell(related=related_rows(current().board, row), graph=graph_around(row))
        try:
            detail = await current().results.newest_in_full(caller(), row.pk)
        except LightbulbError as err:
            self.problem = str(err)
            return
        self._tell(
            problem="",
            is_loaded=True,
            at=0 if detail is None else wire_time(detail.checked_at) or 0,
            sections=[] if detail is None else sections_for(caller(), detail),
        )

    def _tell(self, **news: Any) -> None:
        """Send what is not the same: this is asked for with every result, and mostly nothing is."""
        for name, value in news.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _kind_title(kind: str) -> str:
    try:
        return kinds()[kind].title
    except LightbulbError:  # its folder is not here any more
        return kind


def graph_around(row: BoardRow) -> dict[str, Any]:
    """The services within STEPS relations either way, the nearest first, and the arrows between them; {} for none."""
    board, edges = current().board, [edge for edge in map_of_board().edges if edge.enabled]
    found: dict[int, None] = {row.pk: None}
    for ends in (_targets, _sources):
        front = {row.pk}
        for _ in range(STEPS):
            front = {pk for pk in ends(edges, front) if board.get(pk) is not None} - found.keys()
            found |= dict.fromkeys(sorted(front))
    return graph_among(row.pk, list(found)) if len(found) > 1 else {}


def graph_among(own: int, found: Sequence[int]) -> dict[str, Any]:
    """The first of these services, the arrows between them, and how many `more` there are; {} when all are gone."""
    board = current().board
    pks = [pk for pk in found if board.get(pk) is not None][:NODES_LIMIT]
    rows = [known for pk in pks if (known := board.get(pk)) is not None]
    edges = [edge for edge in map_of_board().edges if edge.enabled]
    if not rows:
        return {}
    return {
        "own": own if own in pks else pks[0],
        "nodes": [
            {
                "id": each.pk,
                "sid": each.definition.service_id,
                "label": each.definition.label,
                "status": int(each.status),
            }
            for each in rows
        ],
        "edges": [
            [edge.source_pk, edge.target_pk, edge.relation_type]
            for edge in edges
            if edge.source_pk in pks and edge.target_pk in pks
        ],
        "more": len(found) - len(pks),
    }


def graph_below(own: int, known: Sequence[int]) -> dict[str, Any]:
    """These services, then all that depend on the first one, however far, the nearest first."""
    edges = [edge for edge in map_of_board().edges if edge.enabled and edge.relation_type == DEPENDENCY]
    found, seen, front = dict.fromkeys([own, *known] if own else known), {own}, {own}
    # Those that are known already are gone through as well: others stand behind them.
    while front := _sources(edges, front) - seen:
        seen |= front
        found |= dict.fromkeys(sorted(front))
    return graph_among(own, list(found))


def _targets(edges: list[MapEdge], front: set[int]) -> set[int]:
    return {edge.target_pk for edge in edges if edge.source_pk in front}


def _sources(edges: list[MapEdge], front: set[int]) -> set[int]:
    return {edge.source_pk for edge in edges if edge.target_pk in front}
