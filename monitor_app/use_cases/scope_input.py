"""Scopes as people give and read them: services by their service_id, groups by their name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor_app.domain.alerting.scope import SERVICES_LIMIT, Scope
from monitor_app.domain.given import given_texts, shown
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput
from monitor_app.use_cases.selection import Present

SCOPE_LISTS: Final = ("services", "groups", "tags", "types", "environments", "except_services")
_TOLD: Final = 3
_SERVICES: Final = {"services": "service_pks", "except_services": "except_pks"}


def services_of(present: Present, scope: Scope) -> list[ServiceDefinition]:
    """Those that a scope is about now."""
    matches = scope.matcher(present.tree())
    return [service for service in present.definitions() if matches(service)]


def given_scope(present: Present, value: Any, *, must_match: bool = True) -> Scope:
    """A scope by names. One that must match is about a service now, unless there is none at all.

    Raises InvalidInput on `scope`, or on the list of it that is wrong.
    """
    if isinstance(value, Scope):
        return value
    if not isinstance(value, Mapping):
        raise InvalidInput({"scope": f"must be an object with {', '.join(SCOPE_LISTS)}, got {shown(value)}"})
    if strange := [name for name in value if name not in SCOPE_LISTS]:
        raise InvalidInput({"scope": f"must have only {', '.join(SCOPE_LISTS)}, got {shown(strange[0])}"})
    document: dict[str, Any] = {name: each for name, each in value.items() if name not in _SERVICES}
    for name, column in _SERVICES.items():
        document[column] = _service_pks(present, f"scope.{name}", value.get(name, []))
    scope = Scope.parse(document)
    tree = present.tree()
    if missing := [group for group in scope.groups if group not in tree]:
        raise InvalidInput({"scope.groups": f"must be groups that exist: there is no {missing[0]}"})
    if must_match and not services_of(present, scope) and next(iter(present.definitions()), None) is not None:
        message = f"is about no service: there is none {_named(value)}; leave it empty for every service"
        raise InvalidInput({"scope": message})
    return scope


def scope_names(present: Present, scope: Scope) -> dict[str, Sequence[str]]:
    """As people give it; services that are gone are left out."""
    names = {service.pk: service.service_id for service in present.definitions()}
    lists: dict[str, Sequence[str]] = {
        "services": [names[pk] for pk in scope.service_pks if pk in names],
        "groups": list(scope.groups),
        "tags": list(scope.tags),
        "types": list(scope.types),
        "environments": list(scope.environments),
        "except_services": [names[pk] for pk in scope.except_pks if pk in names],
    }
    return {name: values for name, values in lists.items() if values}


def _named(value: Mapping[str, Any]) -> str:
    """What was asked of a service: "of the tag nightly and of the type website"."""
    words = {"services": "called", "groups": "in the group", "tags": "of the tag", "types": "of the type"}
    words |= {"environments": "of the environment", "except_services": "other than"}
    parts = [
        f"{word} {' or '.join(value[name][:_TOLD])}{' or others' if len(value[name]) > _TOLD else ''}"
        for name, word in words.items()
        if value.get(name)
    ]
    return " and ".join(parts)


def _service_pks(present: Present, field: str, value: Any) -> list[int]:
    names = given_texts(field, value, SERVICES_LIMIT, 63)
    known = {service.service_id: service.pk for service in present.definitions()}
    if missing := [name for name in names if name not in known]:
        raise InvalidInput({field: f"must be services that exist: there is no {missing[0]}"})
    return [known[name] for name in names]
