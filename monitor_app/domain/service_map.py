"""Services and what is between them as a graph, and the part of it that somebody wants to see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from monitor_app.domain.graph import graph_of
from monitor_app.domain.impact import Composite
from monitor_app.domain.relation import DEPENDENCY
from monitor_app.domain.status import Status

# The type of an edge from a composite to what it is made of; no relation stands behind it.
MEMBER: Final = "member"


@dataclass(frozen=True, slots=True)
class MapNode:
    """A service, as far as it does not change with each check."""

    pk: int
    service_id: str
    label: str
    service_type: str
    group: str
    tags: tuple[str, ...]
    environment: str
    owner: str


@dataclass(frozen=True, slots=True)
class MapEdge:
    """From a service to one that it depends on, talks to, sends data to, or is made of (`relation_id` 0)."""

    relation_id: int
    source_pk: int
    target_pk: int
    relation_type: str
    enabled: bool
    note: str = ""

    @property
    def is_followed(self) -> bool:
        """Whether a failure of the target is one of the source."""
        return self.enabled and self.relation_type in (DEPENDENCY, MEMBER)


@dataclass(frozen=True, slots=True)
class MapFilter:
    """Which services; an empty field lets all through, of several values any will do. `types` are of relations."""

    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    types: frozenset[str] = frozenset()

    def takes(self, node: MapNode, status: Status) -> bool:
        """Whether a service is wanted."""
        return (
            (not self.groups or node.group in self.groups)
            and (not self.tags or not self.tags.isdisjoint(node.tags))
            and (not self.environments or node.environment in self.environments)
            and (not self.statuses or status in self.statuses)
        )


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Nodes by their labels, edges by their ends; each end is a node. `composites` goes by pk, too.

    `paths` has of each group those that it is in, itself last.
    """

    nodes: tuple[MapNode, ...] = ()
    edges: tuple[MapEdge, ...] = ()
    composites: Mapping[int, Composite[int]] = field(default_factory=dict)
    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def dependencies(self) -> dict[int, list[int]]:
        """What each service cannot do without: relations of the type dependency, and members."""
        return graph_of((edge.source_pk, edge.target_pk) for edge in self.edges if edge.is_followed)

    def relied_on(self) -> dict[int, list[int]]:
        """The same without members, which composites judge by their own rule."""
        followed = (edge for edge in self.edges if edge.is_followed and edge.relation_type != MEMBER)
        return graph_of((edge.source_pk, edge.target_pk) for edge in followed)

    def path(self, group: str) -> Sequence[str]:
        """The groups that a group is in, itself last; empty for none."""
        return self.paths.get(group, (group,) if group else ())

    def groups(self) -> list[str]:
        """The groups of its services."""
        return sorted({node.group for node in self.nodes if node.group}, key=str.casefold)

    def only(self, wanted: MapFilter, statuses: Mapping[int, Status]) -> "ServiceMap":
        """The part that somebody wants to see: services, and edges between them."""
        nodes = tuple(node for node in self.nodes if wanted.takes(node, statuses.get(node.pk, Status.UNKNOWN)))
        edges = self._between({node.pk for node in nodes}, wanted.types)
        return replace(self, nodes=nodes, edges=edges)

    def _between(self, pks: Collection[int], types: Collection[str]) -> tuple[MapEdge, ...]:
        return tuple(
            edge
            for edge in self.edges
            if edge.source_pk in pks and edge.target_pk in pks and (not types or edge.relation_type in types)
        )
