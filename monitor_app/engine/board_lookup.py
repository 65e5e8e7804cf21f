"""Finding a few services by what somebody types, the best first: for the command palette."""

import heapq
from collections.abc import Iterable
from enum import IntEnum

from monitor_app.engine.board_row import BoardRow

TEXT_LIMIT = 100
FUZZY_FROM = 2  # with fewer characters nearly everything would match


class Match(IntEnum):
    """How well a row matches, the best first; the browser ranks what else it offers by the same steps."""

    SAME = 0
    BEGINS = 1  # label or service_id begin with the text
    WORDS = 2  # each word of the text begins a word of label, service_id or a tag
    NAMED = 3  # each word occurs in label or service_id
    ANYWHERE = 4  # ... in target, group, environment or a tag
    FUZZY = 5  # the characters occur in label or service_id, in this order


def lookup(rows: Iterable[BoardRow], text: str, limit: int) -> list[tuple[Match, BoardRow]]:
    """The best `limit` matches of `text`, in order; shorter labels go before longer ones that match as well."""
    wanted = " ".join(text.casefold().split())[:TEXT_LIMIT]
    if not wanted:
        return []
    words = list(dict.fromkeys(wanted.split()))
    found = ((match, row) for row in rows if (match := _match(row, wanted, words)) is not None)
    return heapq.nsmallest(limit, found, key=lambda pair: (pair[0], len(pair[1].definition.label), pair[1].label_key))


def _match(row: BoardRow, wanted: str, words: list[str]) -> Match | None:
    label, service_id = row.label_key[0], row.definition.service_id
    if wanted in (label, service_id):
        return Match.SAME
    if label.startswith(wanted) or service_id.startswith(wanted):
        return Match.BEGINS
    if all(word in row.search_text for word in words):
        named = f"{label} {service_id}"
        beginnings = _words(f"{named} {' '.join(row.definition.tags).casefold()}")
        if all(any(one.startswith(word) for one in beginnings) for word in words):
            return Match.WORDS
        return Match.NAMED if all(word in named for word in words) else Match.ANYWHERE
    packed = wanted.replace(" ", "")
    if len(packed) >= FUZZY_FROM and (_in_order(packed, label) or _in_order(packed, service_id)):
        return Match.FUZZY
    return None


def _words(text: str) -> list[str]:
    for mark in "-_./:":
        text = text.replace(mark, " ")
    return text.split()


def _in_order(characters: str, text: str) -> bool:
    rest = iter(text)
    return all(character in rest for character in characters)
