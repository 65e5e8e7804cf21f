"""The graph that must never have a circle: enabled relations of every type, and what composites are made of.

All types count together, because a circle is one whatever its parts are called: alerts, impact and root cause are
followed along it. A composite depends on its members, so those are edges, too. Whoever changes any of it looks here in
the same transaction, once the counters are raised (storage/relations.py): from then on nobody else can change it.
"""

import operator
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.graph import any_circle, leading, path
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.relations import load_ends, load_relations
from monitor_app.storage.services import load_services_of_kinds

NAMED_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Circle:
    """A way from a service back to itself, by service_id; `relations` are those on it that could be cut."""

    path: tuple[str, ...]
    relations: tuple[int, ...]

    @property
    def text(self) -> str:
        """`web -> api -> auth -> web`."""
        return " -> ".join(self.path)

    @property
    def advice(self) -> str:
        """The same with what to do about it."""
        if not self.relations:
            return f"{self.text}; the other links are members of composites"
        named = ", ".join(map(str, self.relations[:NAMED_LIMIT]))
        more = len(self.relations) - NAMED_LIMIT
        which = f"one of the relations {named}" if len(self.relations) > 1 else f"relation {named}"
        return f"{self.text}; cut {which}{f' and {more} more' if more > 0 else ''} first"

    def conflict(self, field: str, text: str) -> Conflict:
        """The error about it; programs find path and relations in it."""
        return Conflict({field: text}, self.details)

    @property
    def details(self) -> dict[str, Any]:
        """For programs."""
        return {"path": list(self.path), "relations": list(self.relations)}


class RelationGraph:
    """Which services lead to which, by service_id. `names` are those of services that are not deleted, by pk."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names
        self.pks = {name: pk for pk, name in names.items()}
        self._known: dict[tuple[str, str, str], int] = {}
        self._targets: dict[str, list[str]] = {}
        self._relations: dict[tuple[str, str], list[int]] = {}

    def link(self, source: str, targets: Collection[str]) -> None:
        """Let a service lead to others."""
        self._targets.setdefault(source, []).extend(targets)

    def add(self, relation: Relation) -> None:
        """Take one relation; a disabled one, and one whose service is deleted, leads nowhere."""
        if (ends := self.ends(relation)) is not None:
            self._known[*ends, relation.relation_type] = relation.pk
            if relation.enabled:
                self.link(ends[0], (ends[1],))
                self._relations.setdefault(ends, []).append(relation.pk)

    def plan(self, source: str, target: str, relation_type: str, enabled: bool) -> None:
        """Count with a relation that is about to be saved; `twin` tells 0 for it."""
        self._known[source, target, relation_type] = 0
        if enabled:
            self.link(source, (target,))

    def twin(self, source: str, target: str, relation_type: str) -> int | None:
        """The number of the relation like this, disabled or not; None when there is none."""
        return self._known.get((source, target, relation_type))

    def ends(self, relation: Relation) -> tuple[str, str] | None:
        """Source and target; None when one of them is deleted."""
        source, target = self.names.get(relation.source_pk), self.names.get(relation.target_pk)
        return None if source is None or target is None else (source, target)

    def closed_by(self, source: str, target: str) -> Circle | None:
        """The shortest circle that one more relation would close: `source`, `target`, ..., `source`."""
        way = path(self._targets, target, partial(operator.eq, source))
        return None if way is None else self._circle([source, *way])

    def closing(self, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of some pairs of source and target that would close a circle, each as if it were the only new one."""
        found = leading(self._targets, [(target, source) for source, target in pairs])
        return {(source, target) for target, source in found}

    def without(self, relation: Relation) -> "RelationGraph":
        """The same graph but for one relation that it has; a cheap copy, not to be changed."""
        rest = copy(self)
        if (ends := self.ends(relation)) is not None:
            rest._known = {key: pk for key, pk in self._known.items() if pk != relation.pk}
        if ends is not None and relation.enabled:
            source, target = ends
            targets = self._targets[source].copy()
            targets.remove(target)
            others = [pk for pk in self._relations[ends] if pk != relation.pk]
            rest._targets = self._targets | {source: targets}
            rest._relations = self._relations | {ends: others}
        return rest

    def through(self, name: str) -> Circle | None:
        """A circle that a service is on, from there."""
        found = (self.closed_by(name, target) for target in self._targets.get(name, ()))
        return next(filter(None, found), None)

    def any(self) -> Circle | None:
        """A circle anywhere."""
        way = any_circle(self._targets)
        return None if way is None else self._circle(way)

    def _circle(self, way: list[str]) -> Circle:
        found = (pk for link in pairwise(way) for pk in self._relations.get(link, ()))
        return Circle(tuple(way), tuple(dict.fromkeys(found)))


def graph_of(
    registry: KindRegistry, services: Collection[ServiceDefinition], relations: Iterable[Relation]
) -> RelationGraph:
    """The graph of what is in memory: for questions, not for saving."""
    graph = RelationGraph({service.pk: service.service_id for service in services})
    for whole, parts in members_of(registry, services).items():
        graph.link(whole, parts)
    for relation in relations:
        graph.add(relation)
    return graph


async def load_graph(
    conn: AsyncConnection,
    registry: KindRegistry,
    *,
    without: Collection[int] = (),
    replaced: Mapping[int, str] | None = None,
) -> RelationGraph:
    """The graph as it is in this transaction, but for some relations.

    `replaced` are services about to be saved, with the service_id they get: those they are members of know them by
    that, and their own members are left out.
    """
    replaced, ends = replaced or {}, await load_ends(conn)
    renamed = {name: replaced[pk] for pk, name, _ in ends if pk in replaced}
    # Most kinds have no members: no need to read the configs of all services.
    kinds = [name for name in dict.fromkeys(kind for _, _, kind in ends) if _has_members(registry, name)]
    wholes = await load_services_of_kinds(conn, kinds) if kinds else []
    members = members_of(registry, [service for service in wholes if service.pk not in replaced])
    graph = RelationGraph({pk: replaced.get(pk, name) for pk, name, _ in ends})
    for whole, parts in members.items():
        graph.link(whole, [renamed.get(part, part) for part in parts])
    for relation in await load_relations(conn):
        if relation.pk not in without:
            graph.add(relation)
    return graph


async def refuse_circles(conn: AsyncConnection, registry: KindRegistry) -> None:
    """For changes of many things at once, last in their transaction. Raises Conflict (field `relations`)."""
    if (circle := (await load_graph(conn, registry)).any()) is not None:
        raise circle.conflict("relations", f"must not close a circle: {circle.advice}")


def members_of(registry: KindRegistry, services: Iterable[ServiceDefinition]) -> dict[str, tuple[str, ...]]:
    """The members of each service that has any; what cannot be read has none."""
    members: dict[str, tuple[str, ...]] = {}
    for service in services:
        if _has_members(registry, service.kind):
            try:
                members[service.service_id] = tuple(registry[service.kind].parse(service.status_config).member_ids)
            except (InvalidInput, SecretUnreadable):
                continue
    return members


def _has_members(registry: KindRegistry, kind: str) -> bool:
    try:
        return registry[kind].config_model.member_ids is not CheckConfig.member_ids
    except NotFound:
        return False
