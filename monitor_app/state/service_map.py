"""The map as one browser sees it: the graph once, what hangs on a service, and what would fail."""

import secrets
from typing import Any, Final

import reflex as rx

from monitor_app.domain.service_map import ServiceMap
from monitor_app.engine.board import BoardQuery, BoardRow, Sort
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, RELATION_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.live import open_view
from monitor_app.state.map_graph import causes, impact_of, map_of_board, simulate
from monitor_app.state.runtime import current
from monitor_app.state.services import row_of
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.map_places import MANY_LIMIT, Place

DOWN_LIMIT: Final = 100
# One row is enough to know whether the connection stands, and how many are down.
_FEED: Final = BoardQuery(sort=Sort.LABEL, page_size=1)


# The last one with owners, and without.
_sent: dict[bool, tuple[ServiceMap, dict[str, Any]]] = {}


class MapState(rx.State):
    """The graph is the one long list that a page holds: it is sent once, and lives in the browser from then on."""

    graph: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    feed: dict[str, Any] = {}  # noqa: RUF012
    is_loaded: bool = False
    impact: dict[str, Any] = {}  # noqa: RUF012
    causes: dict[str, Any] = {}  # noqa: RUF012
    simulation: dict[str, Any] = {}  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> Any:
        """Send the map: when the page comes up, when it is another map, and when the browser missed something."""
        snapshot = await open_view(self, _FEED)
        live = await current().map_hub.join(self.router.session.session_id)
        places = await current().map_places.load(caller())
        self.causes = _wire_causes()
        self.is_loaded = True
        self.feed = snapshot
        self.graph = _wire_map(live, places)
        yield
        # The browser has them; kept here they would be sent once more with every reconnection.
        self.feed, self.graph = {}, {}

    @rx.event
    @requires(BOARD_READ)
    def ask_impact(self, pk: Any) -> None:
        """Somebody chose a service: what depends on it, what it depends on, and whom to tell."""
        row = row_of(pk)
        self.impact = {} if row is None else _wire_impact(row.pk)

    @rx.event
    @requires(BOARD_READ)
    def ask_causes(self) -> None:
        """A status changed: where do failures come from now?"""
        self.causes = _wire_causes()

    @rx.event
    @requires(BOARD_READ)
    def simulate(self, pks: Any) -> None:
        """What would fail if these were down? Nothing is changed."""
        if not isinstance(pks, list):
            return
        down = [row.pk for pk in pks[:DOWN_LIMIT] if (row := row_of(pk)) is not None]
        self.simulation = _wire_simulation(down) if down else {}

    @rx.event
    @requires(RELATION_WRITE)
    async def keep_places(self, places: Any) -> None:
        """Services were moved: [pk, x, y] each."""
        moved = _places(places)
        if not moved:
            return
        try:
            await current().map_places.save(caller(), {row.definition.service_id: at for row, at in moved})
        except InvalidInput as err:
            await say(self, f"The places are not kept: {err}", tone="failed")
        else:
            current().map_hub.note_moved({row.pk: at for row, at in moved})

    @rx.event
    @requires(RELATION_WRITE)
    async def reset_places(self) -> Any:
        """Let the layout put all services, for everybody."""
        await current().map_places.reset(caller())
        current().map_hub.note_reset()
        await say(self, "All services stand where the layout puts them")
        return MapState.load

    @rx.event
    @requires(RELATION_WRITE)
    async def delete_relation(self, relation_id: Any) -> Any:
        """Take a relation away."""
        if not isinstance(relation_id, int) or isinstance(relation_id, bool):
            return None
        try:
            view = await current().relations.get(caller(), relation_id)
            with noted_changes() as changes:
                await current().relations.delete(caller(), relation_id)
        except (InvalidInput, NotFound) as err:  # somebody else was faster
            await say(self, str(err), tone="failed")
        else:
            ends = f"{view.source_service_id} → {view.target_service_id}"
            await say(self, f"The relation {ends} is deleted", undo=changes)
        return await show_own_change()


def _wire_map(live: dict[str, Any], places: dict[str, Place]) -> dict[str, Any]:
    """All of it; owners only for those who have an account."""
    return {
        **live,
        **_lasting(map_of_board(), caller().may(MONITOR_READ)),
        "load_id": secrets.token_hex(4),
        "places": {name: [at.x, at.y] for name, at in places.items()},
    }


def _lasting(made: ServiceMap, has_owners: bool) -> dict[str, Any]:
    """What is the same for all who look until services or relations change: made once, however many ask for it."""
    known = _sent.get(has_owners)
    if known is None or known[0] is not made:
        known = _sent[has_owners] = made, _wire_graph(made, has_owners)
    return known[1]


def _wire_graph(made: ServiceMap, has_owners: bool) -> dict[str, Any]:
    nodes = [
        {
            "id": node.pk,
            "sid": node.service_id,
            "label": node.label,
            "type": node.service_type,
            "group": node.group,
            "tags": list(node.tags),
            "environment": node.environment,
            "owner": node.owner if has_owners else "",
        }
        for node in made.nodes
    ]
    edges = [
        [edge.relation_id, edge.source_pk, edge.target_pk, edge.relation_type, edge.enabled, edge.note]
        for edge in made.edges
    ]
    return {"nodes": nodes, "edges": edges, "paths": dict(made.paths)}


def _wire_impact(pk: int) -> dict[str, Any]:
    found = impact_of(pk)
    return {"id": pk, "dependents": list(found.dependents.items()), "dependencies": list(found.dependencies.items())}


def _wire_causes() -> dict[str, Any]:
    """The roots of each service that has trouble because of others, the nearest first; and all roots."""
    found = causes()
    return {"roots": list(found.roots), "because": [[pk, list(roots)] for pk, roots in found.because.items()]}


def _wire_simulation(down: list[int]) -> dict[str, Any]:
    found = simulate(down)
    return {"down": down, "fails": list(found.fails.items()), "weakened": list(found.weakened)}


def _places(given: Any) -> list[tuple[BoardRow, Place]]:
    """Those that make sense."""
    moved: list[tuple[BoardRow, Place]] = []
    for each in given[:MANY_LIMIT] if isinstance(given, list) else []:
        match each:
            case [pk, int() | float() as x, int() | float() as y] if (row := row_of(pk)) is not None:
                if abs(x) < 1e7 and abs(y) < 1e7:  # not so for what is no number
                    moved.append((row, Place(round(x), round(y))))
    return moved
