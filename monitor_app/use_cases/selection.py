"""Which services a report, an overview or an objective is about: those that there are now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import NotFound


@dataclass(frozen=True, slots=True)
class Selection:
    """What has to hold of a service, all of it; what is empty lets every service through.

    A group stands for the groups in it, too.
    """

    service_ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True)
class Present:
    """The services and groups of this moment, as the board knows them."""

    definitions: Callable[[], Iterable[ServiceDefinition]]
    tree: Callable[[], GroupTree]

    def chosen(self, selection: Selection) -> list[ServiceDefinition]:
        """By label. Raises NotFound for a service that there is not."""
        every = list(self.definitions())
        if selection.service_ids:
            known = {service.service_id: service for service in every}
            if missing := [name for name in selection.service_ids if name not in known]:
                raise NotFound(f"there is no service {missing[0]}")
            every = [known[name] for name in dict.fromkeys(selection.service_ids)]
        groups = self.tree().below_all(selection.groups)
        environments, tags = frozenset(selection.environments), frozenset(selection.tags)
        found = [
            service
            for service in every
            if (not groups or service.group in groups)
            and (not environments or service.environment in environments)
            and (not tags or not tags.isdisjoint(service.tags))
        ]
        return sorted(found, key=lambda service: (service.label.casefold(), service.pk))

    def of_group(self, name: str) -> list[ServiceDefinition]:
        """The services of a group and of the groups in it."""
        inside = self.tree().below(name)
        return [service for service in self.definitions() if service.group in inside]
