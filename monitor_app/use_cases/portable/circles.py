"""Where services lead to once an import is done, so that it closes no circle (use_cases/relation_graph.py)."""

import operator
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Final

from monitor_app.domain.graph import any_circle, path, tangled
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.relation_graph import members_of

RelationKey = tuple[str, str, str]
# So many links are looked at one by one when all of them together lead round.
LOOKED_LIMIT: Final = 1000


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
        self._looked = 0
        kept = [service for name, service in services.items() if name not in set(replaced_services)]
        self._targets = {name: list(members) for name, members in members_of(registry, kept).items()}
        without = set(replaced_relations)
        for key, relation in relations.items():
            if relation.enabled and key not in without:
                self._targets.setdefault(key[0], []).append(key[1])

    def close_none(self, added: Iterable[tuple[str, Collection[str]]]) -> bool:
        """Whether all of these together lead nowhere round: one walk, however many they are.

        If not, only what could be part of a circle is looked at from now on.
        """
        whole = {source: list(targets) for source, targets in self._targets.items()}
        for source, targets in added:
            whole.setdefault(source, []).extend(targets)
        if any_circle(whole) is None:
            return True
        tangle = tangled(whole)
        before = self._targets
        self._targets = {source: [each for each in before.get(source, ()) if each in tangle] for source in tangle}
        return False

    def circle_by(self, source: str, targets: Collection[str]) -> str:
        """The circle that these would close, in words; when there is none "", and they count from now on."""
        known = self._targets.get(source)
        wanted = [target for target in targets if target in self._targets]
        if known is None or not wanted:
            return ""
        self._looked += len(wanted)
        if self._looked > LOOKED_LIMIT:  # each look is a walk
            return f"{source} is among more than {LOOKED_LIMIT} links that lead round together, bring in fewer of them"
        for target in wanted:
            if (way := path(self._targets, target, partial(operator.eq, source))) is not None:
                return " -> ".join([source, *way])
        known.extend(wanted)
        return ""
