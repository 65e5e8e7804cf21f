"""What of a service differs from the file that it was made by."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.service import ServiceDefinition
from monitor_app.use_cases.auditing import shown_service

_MISSING = object()


def drifted(definition: ServiceDefinition) -> tuple[str, ...]:
    """The names of its fields that are not as the file says, in the order of the file; none for what people made.

    `status_config` and `metric_config` are told by key, such as `status_config.url`. Secrets do not count: in both
    stands their mask.
    """
    if definition.applied is None:
        return ()
    return differences(definition.applied, shown_service(definition))


def differences(applied: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[str, ...]:
    """Names in `applied` that have another value in `current`; of mappings each key that either of them has."""
    names: list[str] = []
    for name, value in applied.items():
        now = current.get(name, _MISSING)
        if isinstance(value, Mapping) and isinstance(now, Mapping):
            keys = [*value, *(key for key in now if key not in value)]
            names += [f"{name}.{key}" for key in keys if value.get(key, _MISSING) != now.get(key, _MISSING)]
        elif value != now:
            names.append(name)
    return tuple(names)
