"""Where services lead to once an import is done, so that it closes no circle (use_cases/relation_graph.py)."""

import operator
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from monitor_app.domain.graph import any_circle, path
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.relation_graph import members_of

RelationKey = tuple[str, str, str]


class Links:
    """What is there and stays, by service_id; and what is added, one after the other."""

    def __init__(
        self,
        registry: KindRegistry,
        services: Mapping[str, ServiceDefinition],
        relations: Mapping[RelationKey, Relation],
        replaced_services: Collection[str],
        replaced_relations: Collection[RelationKey],
    ) -> None:
        """What an import says anew does not count as it was before."""
        kept = [service for name, service in services.items() if name not in set(replaced_services)]
        self._targets = {name: list(members) for name, members in members_of(registry, kept).items()}
        without = set(replaced_relations)
        for key, relation in relations.items():
            if relation.enabled and key not in without:
                self._targets.setdefault(key[0], []).append(key[1])

    def close_none(self, added: Iterable[tuple[str, Collection[str]]]) -> bool:
        """Whether all of these together lead nowhere round: one walk, however many they are."""
        whole = {source: list(targets) for source, targets in self._targets.items()}
        for source, targets in added:
            whole.setdefault(source, []).extend(targets)
        return any_circle(whole) is None

    def circle_by(self, source: str, targets: Collection[str]) -> list[str] | None:
        """The circle that these would close; when there is none, they count from now on."""
        for target in targets:
            if (way := path(self._targets, target, partial(operator.eq, source))) is not None:
                return [source, *way]
        self._targets.setdefault(source, []).extend(targets)
        return None
