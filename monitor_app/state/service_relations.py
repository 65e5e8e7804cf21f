"""What one service depends on, and what depends on it, as its details show it."""

from typing import Any, Final

from monitor_app.domain.relation import DEPENDENCY
from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.domain.status import URGENCY
from monitor_app.engine.board import Board, BoardRow
from monitor_app.state.relation_rows import Link, links

# More on one side are told as a number: the page of relations has all of them.
SHOWN: Final = 12


def related_rows(board: Board, row: BoardRow) -> dict[str, Any]:
    """Both sides: `rows` each, and how many `more` there are."""
    both = list(links(board, row))
    outgoing = [link for link in both if link.source.pk == row.pk]
    incoming = [link for link in both if link.target.pk == row.pk]
    return {"needs": _side(outgoing, is_outgoing=True), "neededBy": _side(incoming, is_outgoing=False)}


def _side(some: list[Link], *, is_outgoing: bool) -> dict[str, Any]:
    """What is down comes first, what does not count last."""

    def order(link: Link) -> tuple[bool, int, tuple[str, int]]:
        other = link.target if is_outgoing else link.source
        return not link.relation.enabled, URGENCY[other.status], other.label_key

    shown = sorted(some, key=order)[:SHOWN]
    return {"rows": [_row(link, is_outgoing=is_outgoing) for link in shown], "more": len(some) - len(shown)}


def _row(link: Link, *, is_outgoing: bool) -> dict[str, Any]:
    relation, other = link.relation, link.target if is_outgoing else link.source
    template = TEMPLATES[relation.relation_type]
    verb = template.verb if is_outgoing else template.reversed_verb
    words = [] if relation.relation_type == DEPENDENCY else [verb]
    words += [] if relation.enabled else ["disabled"]
    words += [relation.note] if relation.note else []
    return {
        "id": relation.pk,
        "pk": other.pk,
        "sid": other.definition.service_id,
        "label": other.definition.label,
        "status": int(other.status),
        "enabled": relation.enabled,
        "says": " · ".join(words),
    }
