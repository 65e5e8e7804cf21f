"""The map as it is now, made from the board in memory; made once for all who look until something of it changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor_app.domain.impact import Composite, Impact, RootCauses, Simulation, impact, root_causes, what_if
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.service_map import MEMBER, MapEdge, MapNode, ServiceMap
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, Sort
from monitor_app.errors import LightbulbError
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.state.fields import kinds
from monitor_app.state.runtime import current, is_running


@dataclass(slots=True)
class _Known:
    """The last map and the last root causes, with what they were made from."""

    board: Board | None = None
    version: tuple[int, int] = (-1, -1)
    made: ServiceMap | None = None
    causes_version: tuple[int, int, int] = (-1, -1, -1)
    causes: RootCauses[int] | None = None


_known = _Known()


def version_of(board: Board) -> tuple[int, int]:
    """Another one whenever services or relations are others."""
    return board.definition_version, board.relation_revision


def map_of_board() -> ServiceMap:
    """All services with what is between them."""
    board = current().board
    if _known.board is not board:
        _known.board, _known.made, _known.causes = board, None, None
    if _known.made is None or _known.version != version_of(board):
        _known.made, _known.version = _build(board), version_of(board)
    return _known.made


def statuses() -> dict[int, Status]:
    """What is shown of each service now."""
    return {row.pk: row.status for row in current().board}


def impact_of(pk: int) -> Impact[int]:
    """What depends on a service all the way, and what it depends on."""
    return impact(map_of_board().dependencies(), pk)


def causes() -> RootCauses[int]:
    """Where what is down comes from; worked out once for all who ask until a status changes."""
    made, board = map_of_board(), current().board
    version = (*version_of(board), board.layout_version)
    if _known.causes is None or _known.causes_version != version:
        _known.causes, _known.causes_version = root_causes(made.dependencies(), statuses()), version
    return _known.causes


def because() -> Mapping[int, tuple[int, ...]]:
    """The root causes of what is in trouble because of others, the nearest first; nothing while the program stops."""
    return causes().because if is_running() else {}


def simulate(down: list[int]) -> Simulation[int]:
    """What would fail if these services were down. Changes nothing."""
    made = map_of_board()
    return what_if(made.relied_on(), statuses(), down, made.composites)


def _build(board: Board) -> ServiceMap:
    definitions = [row.definition for row in board.in_order(Sort.LABEL)]
    pks = {definition.service_id: definition.pk for definition in definitions}
    composites = {definition.pk: made for definition in definitions if (made := _composite(definition, pks))}
    related = [
        MapEdge(each.pk, each.source_pk, each.target_pk, each.relation_type, each.enabled, each.note)
        for each in board.relations
        if board.get(each.source_pk) is not None and board.get(each.target_pk) is not None
    ]
    members = [
        MapEdge(0, whole, member, MEMBER, enabled=True)
        for whole, made in composites.items()
        for member in made.members
        if board.get(member) is not None
    ]
    tree = board.group_tree()
    paths = {name: tree.path(name) for name in tree}
    return ServiceMap(tuple(map(_node, definitions)), (*related, *members), composites, paths)


def _node(definition: ServiceDefinition) -> MapNode:
    return MapNode(
        definition.pk,
        definition.service_id,
        definition.label,
        definition.service_type,
        definition.group,
        tuple(definition.tags),
        definition.environment,
        definition.owner,
    )


def _composite(definition: ServiceDefinition, pks: dict[str, int]) -> Composite[int] | None:
    """A member that does not exist has the number 0: nothing is known of it."""
    try:
        kind = kinds()[definition.kind]
        # Most kinds have no members: no need to read their configs.
        if kind.config_model.member_ids is CheckConfig.member_ids:
            return None
        config = kind.parse(definition.status_config)
    except LightbulbError:
        return None
    return Composite(tuple(pks.get(name, 0) for name in config.member_ids), config.needed)
