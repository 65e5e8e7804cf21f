"""Services to choose from as one types: those that a text finds, as the browser's picker shows them."""

from typing import Any, Final

from monitor_app.engine.board import Board, BoardRow, Sort
from monitor_app.state.services import row_of

ANSWERS: Final = 20
SEARCH_LIMIT: Final = 120
# So many that match are put in order of how well; more are told as a number.
_RANKED: Final = 400

Choice = dict[str, Any]


def found_services(board: Board, text: str) -> tuple[list[BoardRow], int]:
    """At most 20, the best first: those that are called so, then those that begin so; and how many match at all."""
    words = text[:SEARCH_LIMIT].casefold().split()
    matching = [row for row in board.in_order(Sort.LABEL) if all(word in row.search_text for word in words)]
    if not words:
        return matching[:ANSWERS], len(matching)
    whole = " ".join(words)
    ranked = sorted(matching[:_RANKED], key=lambda row: _rank(row, whole))
    exact = board.find(whole)
    if exact is not None and exact not in ranked[:ANSWERS]:
        ranked.insert(0, exact)
    return ranked[:ANSWERS], len(matching)


def choice(row: BoardRow) -> Choice:
    """As a picker shows it."""
    definition = row.definition
    return {
        "sid": definition.service_id,
        "label": definition.label,
        "group": definition.group,
        "status": int(row.status),
        "mark": "",
        "why": "",
        "isPicked": False,
    }


def service_of(board: Board, given: object) -> BoardRow | None:
    """The row of a payload that should be a service's id or its number."""
    return board.find(given) if isinstance(given, str) else row_of(given)


def in_words(names: list[str]) -> str:
    """`api, cache and db`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _rank(row: BoardRow, whole: str) -> int:
    names = row.definition.service_id, row.label_key[0]
    if whole in names:
        return 0
    return 1 if any(name.startswith(whole) for name in names) else 2
