"""One part of the monitor, and how it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

# `unknown` is what this process cannot know, which is nothing bad.
State = Literal["ok", "degraded", "failing", "unknown"]
_BADNESS: Final[tuple[State, ...]] = ("unknown", "ok", "degraded", "failing")


@dataclass(frozen=True, slots=True)
class Component:
    """`words` say what is so, and of what is not well also why; `figures` are what it was judged by."""

    name: str
    state: State
    words: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def worst(components: Iterable[Component]) -> State:
    """How the whole is: as its worst part."""
    found = max((_BADNESS.index(component.state) for component in components), default=1)
    return _BADNESS[max(found, 1)]
