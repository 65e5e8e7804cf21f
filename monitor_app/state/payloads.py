"""Whether what an event brings fits the handler that it names: anybody can send anything under any name."""

import functools
import inspect
from collections.abc import Mapping
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError
from reflex_base.registry import RegisteredEventHandler

# What Reflex's own handlers take. We keep nothing in the browser's storage, so there are no vars to bring along.
_HASHES_LIMIT: Final = 500
_TEXT_LIMIT: Final = 20_000


def misfit(registered: RegisteredEventHandler, payload: Mapping[str, Any]) -> str:
    """What is wrong with the arguments, for the log; "" when they fit. What was brought is not quoted."""
    adapters, required = _expected(registered.handler.fn)
    if unknown := [name for name in payload if name not in adapters]:
        return f"{len(unknown)} unknown arguments"
    if missing := [name for name in required if name not in payload]:
        return f"{missing[0]} is missing"
    for name, value in payload.items():
        adapter = adapters[name]
        if adapter is None:
            continue
        try:
            adapter.validate_python(value)
        except (ValidationError, RecursionError):
            return f"{name} has the wrong type"
    return ""


def framework_misfit(name: str, payload: Mapping[str, Any]) -> str:
    """The same for a handler of Reflex itself, by the last part of its name."""
    given = dict(payload)
    if name == "hydrate_and_load" and _is_hashes(given.pop("hashes", None)) and not given.pop("vars", None):
        return "" if not given else "unknown arguments"
    if name == "update_vars_internal" and given.pop("vars", {}) == {}:
        return "" if not given else "unknown arguments"
    if name == "set_is_hydrated":
        return "" if list(given) == ["value"] and isinstance(given["value"], bool) else "value must be a bool"
    if name == "handle_frontend_exception":
        texts = [given.pop("info", None), given.pop("component_stack", None)]
        is_fit = all(isinstance(text, str) and len(text) <= _TEXT_LIMIT for text in texts) and not given
        return "" if is_fit else "info and component_stack must be short texts"
    return "" if name in ("hydrate", "on_load_internal") and not given else "these arguments are not taken"


def _is_hashes(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) <= _HASHES_LIMIT
    return value is None or (is_list and all(isinstance(one, str) for one in value))


@functools.cache
def _expected(handler: Any) -> tuple[dict[str, TypeAdapter[Any] | None], list[str]]:
    """Each argument's type (None where it takes anything), and which ones must be there."""
    hints = get_type_hints(handler)
    parameters = list(inspect.signature(handler).parameters.values())[1:]
    adapters = {
        one.name: None if hints.get(one.name, Any) is Any else TypeAdapter(hints[one.name]) for one in parameters
    }
    return adapters, [one.name for one in parameters if one.default is inspect.Parameter.empty]
