"""What the table can be narrowed down to: the values that services have, and how many have each."""

from collections import Counter
from typing import Any, Final

from monitor_app.engine.board import Board
from monitor_app.engine.facets import BY_HAND
from monitor_app.errors import NotFound
from monitor_app.plugins.registry import KindRegistry

# A list that is longer is searched in, not read.
CHOICES_LIMIT: Final = 300
BY_HAND_WORDS: Final = "Made by hand"

Choices = dict[str, list[dict[str, Any]]]


class ChoiceBook:
    """Counted once for all who look, until a service is added, changed or deleted."""

    def __init__(self) -> None:
        self._known: tuple[Board, int, Choices] | None = None

    def of(self, board: Board, kinds: KindRegistry) -> Choices:
        """By the filter's name in the address: value, text and count of each, most often used first. Not changed."""
        if self._known is None or self._known[0] is not board or self._known[1] != board.definition_version:
            self._known = board, board.definition_version, _choices(board, kinds)
        return self._known[2]


def _choices(board: Board, kinds: KindRegistry) -> Choices:
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("kind", "type", "group", "tag", "environment", "owner", "file")
    }
    for row in board:
        definition = row.definition
        counts["kind"][definition.kind] += 1
        counts["type"][definition.service_type] += 1
        counts["group"][definition.group] += 1
        counts["tag"].update(definition.tags)
        counts["environment"][definition.environment] += 1
        counts["owner"][definition.owner] += 1
        counts["file"][definition.managed_by or BY_HAND] += 1
    if set(counts["file"]) <= {BY_HAND}:
        counts["file"].clear()  # nothing to choose from
    titles = {"kind": lambda value: kind_title(kinds, value), "type": _words, "file": _file_words}
    return {
        name: [
            {"value": value, "text": titles.get(name, str)(value), "count": count}
            for value, count in sorted(found.most_common(CHOICES_LIMIT), key=lambda each: (-each[1], each[0]))
            if value
        ]
        for name, found in counts.items()
    }


def kind_title(kinds: KindRegistry, kind: str) -> str:
    """What people call a kind."""
    try:
        return kinds[kind].title
    except NotFound:  # not here any more
        return kind


def _words(service_type: str) -> str:
    return service_type.replace("_", " ")


def _file_words(name: str) -> str:
    return BY_HAND_WORDS if name == BY_HAND else name
