"""Which services a rule, a silence or a maintenance window is about."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from monitor_app.domain.given import given_pk, given_texts, shown
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ENVIRONMENT_LIMIT, GROUP_LIMIT, TAG_LIMIT, ServiceDefinition
from monitor_app.errors import InvalidInput

VALUES_LIMIT: Final = 200
SERVICES_LIMIT: Final = 5000
_TYPE_LIMIT: Final = 40
_TEXTS: Final = {
    "groups": GROUP_LIMIT,
    "tags": TAG_LIMIT,
    "types": _TYPE_LIMIT,
    "environments": ENVIRONMENT_LIMIT,
}
_PKS: Final = ("service_pks", "except_pks")


@dataclass(frozen=True, slots=True)
class Scope:
    """What has to hold of a service, all of it, by any value of each; what is empty lets every service through.

    A group stands for the groups in it, too. `except_pks` are left out in any case.
    """

    service_pks: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    except_pks: tuple[int, ...] = ()

    @classmethod
    def parse(cls, document: Any, field: str = "scope") -> Self:
        """From its document. Raises InvalidInput on `field`."""
        if not isinstance(document, Mapping):
            raise InvalidInput({field: f"must be an object, got {shown(document)}"})
        if strange := [name for name in document if name not in _TEXTS and name not in _PKS]:
            allowed = ", ".join((*_PKS, *_TEXTS))
            raise InvalidInput({field: f"must have only {allowed}, got {shown(strange[0])}"})
        texts = {
            name: tuple(given_texts(f"{field}.{name}", document.get(name, []), VALUES_LIMIT, longest))
            for name, longest in _TEXTS.items()
        }
        pks = {name: _pks(f"{field}.{name}", document.get(name, [])) for name in _PKS}
        return cls(**texts, **pks)  # type: ignore[arg-type] # each has what its name says

    @property
    def is_everything(self) -> bool:
        """Whether it lets every service through, those left out aside."""
        return not (self.service_pks or self.groups or self.tags or self.types or self.environments)

    def document(self) -> dict[str, list[Any]]:
        """As it is stored: without what is empty."""
        return {name: list(values) for name, values in asdict(self).items() if values}

    def matcher(self, tree: GroupTree) -> Callable[[ServiceDefinition], bool]:
        """Tells of a service whether it is meant, with the groups as they are in `tree`."""
        pks, left_out = frozenset(self.service_pks), frozenset(self.except_pks)
        groups, tags = tree.below_all(self.groups), frozenset(self.tags)
        types, environments = frozenset(self.types), frozenset(self.environments)

        def matches(service: ServiceDefinition) -> bool:
            return (
                service.pk not in left_out
                and (not pks or service.pk in pks)
                and (not groups or service.group in groups)
                and (not tags or not tags.isdisjoint(service.tags))
                and (not types or service.service_type in types)
                and (not environments or service.environment in environments)
            )

        return matches


EVERYTHING: Final = Scope()


def _pks(field: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput({field: f"must be a list of numbers, got {shown(value)}"})
    if len(value) > SERVICES_LIMIT:
        raise InvalidInput({field: f"must be at most {SERVICES_LIMIT} services, got {len(value)}"})
    return tuple(dict.fromkeys(given_pk(field, pk) for pk in value))
