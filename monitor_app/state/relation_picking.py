"""What the dialog of relations knows of the services that are chosen, or could be: is it refused, and why."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.relation_book import RelationBook
from monitor_app.state.fields import kinds
from monitor_app.state.relation_rows import link_of
from monitor_app.state.runtime import current
from monitor_app.state.service_choice import Choice, choice, found_services, in_words
from monitor_app.use_cases.relation_graph import RelationGraph, graph_of
from monitor_app.use_cases.relation_input import RelationInput
from monitor_app.use_cases.relation_judging import Verdict, verdicts_on

SOURCE: Final = "source"
TARGET: Final = "target"
# More than these at the other end are not all looked at while one types.
_OTHERS_LIMIT: Final = 5
_NAMES: Final = {
    "source_service_id": "From",
    "target_service_id": "To",
    "relation_type": "Type",
    "enabled": "Enabled",
    "note": "Note",
}


@dataclass(frozen=True, slots=True)
class Ends:
    """What is chosen: one service, and those at the other end."""

    anchor: Sequence[Choice]
    picks: Sequence[Choice]
    one_end: str
    relation_type: str
    enabled: bool

    def pairs(self) -> list[dict[str, str]]:
        """One for each at the other end; none while one of the ends is open."""
        return [self.pair(one["sid"], other["sid"]) for one in self.anchor for other in self.picks]

    def pair(self, one: str, other: str) -> dict[str, str]:
        """Source and target."""
        source, target = (one, other) if self.one_end == SOURCE else (other, one)
        return {"source_service_id": source, "target_service_id": target}


@dataclass(frozen=True, slots=True)
class _Known:
    """A graph with what it was made from."""

    version: tuple[Board, int, int]
    relations: RelationBook
    graph: RelationGraph


# The last one, if there was any.
_made: list[_Known] = []


def chip(row: BoardRow) -> Choice:
    """A service that is chosen."""
    return choice(row) | {"twin": 0}


async def judged(ends: Ends, picks: Sequence[Choice], relation_id: int | None) -> tuple[list[Choice], list[Verdict]]:
    """The chosen ones, each with what is wrong with it, and the verdicts in the same order."""
    verdicts = await _verdicts(ends, ends.pairs(), relation_id) if ends.anchor else [Verdict()] * len(picks)
    marked = [
        each | {"mark": verdict.reason, "why": _why(verdict), "twin": verdict.twin}
        for each, verdict in zip(picks, verdicts, strict=True)
    ]
    return marked, verdicts


async def answers_for(
    ends: Ends, field: str, text: str, chosen: Sequence[Choice], relation_id: int | None
) -> dict[str, Any]:
    """The services that a text finds; those that could not be saved with what stands at the other end say why."""
    rows, matched = found_services(current().board, text)
    picked = {each["sid"] for each in chosen}
    others = [each["sid"] for each in (ends.picks if field == "anchor" else ends.anchor)][:_OTHERS_LIMIT]
    options = [choice(row) | {"isPicked": row.definition.service_id in picked} for row in rows]
    pairs = [
        ends.pair(other, option["sid"]) if field == "picks" else ends.pair(option["sid"], other)
        for option in options
        for other in others
    ]
    verdicts = iter(await _verdicts(ends, pairs, relation_id) if pairs else [])
    for option in options:
        refused = [verdict for verdict in (next(verdicts) for _ in others) if verdict.reason]
        if refused:
            option |= {"mark": refused[0].reason, "why": _why(refused[0])}
    return {"field": field, "query": text, "options": options, "matched": matched}


def circle_of(ends: Ends, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The first circle that would be closed: its `steps` from the source back to it, and the relations to `cut`."""
    closing = next((verdict for verdict in verdicts if verdict.reason == "circle"), None)
    if closing is None:
        return {}
    board, known = current().board, {}
    cuts = []
    for relation_id in closing.relations:
        link = link_of(board, board.relations.get(relation_id))
        if link is None:
            continue
        names = link.source.definition, link.target.definition
        template = TEMPLATES[link.relation.relation_type]
        known[names[0].service_id, names[1].service_id] = template.line
        cuts.append({"id": relation_id, "text": f"{names[0].label} {template.verb} {names[1].label}"})
    steps = []
    for number, (name, following) in enumerate(pairwise(closing.path)):
        # The first link is the one that is asked for; what is no relation is a member of a composite.
        line = TEMPLATES[ends.relation_type].line if number == 0 else known.get((name, following), "member")
        steps.append(_step(name) | {"line": line, "isNew": number == 0})
    steps.append(_step(closing.path[-1]) | {"line": "", "isNew": False})
    return {"steps": steps, "cuts": cuts, "text": " -> ".join(step["label"] for step in steps)}


def type_cards(ends: Ends) -> list[dict[str, Any]]:
    """The types to choose from, with the names put in."""
    one = ends.anchor[0]["label"] if ends.anchor else "this service"
    others = [each["label"] for each in ends.picks] or ["the other"]
    many = in_words(others) if len(others) < _OTHERS_LIMIT else f"{len(others)} services"
    if ends.one_end == TARGET:
        source, target = many if len(others) == 1 else f"each of {many}", one
    else:
        source, target = one, many
    return [
        {
            "name": name,
            "title": template.title,
            "sentence": template.sentence(source, target),
            "verb": template.verb if ends.one_end == SOURCE else template.reversed_verb,
            "meaning": template.meaning,
            "suppresses": template.suppresses_alerts,
            "example": template.example,
            "line": template.line,
        }
        for name, template in TEMPLATES.items()
    ]


def what_changed(before: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[dict[str, str]]:
    """What somebody else made of a relation: names, what stood there, what stands there now."""
    return [
        {"name": title, "before": _shown(before.get(name)), "after": _shown(theirs[name])}
        for name, title in _NAMES.items()
        if before.get(name) != theirs[name]
    ]


async def _verdicts(ends: Ends, pairs: Sequence[Mapping[str, str]], relation_id: int | None) -> list[Verdict]:
    """By what is in memory: somebody types. Whoever saves is judged by the database."""
    known = await _latest()
    graph, replaced = known.graph, known.relations.get(relation_id) if relation_id is not None else None
    if replaced is not None:
        graph = graph.without(replaced)
    wanted = [RelationInput(**pair, relation_type=ends.relation_type, enabled=ends.enabled) for pair in pairs]
    return await asyncio.to_thread(verdicts_on, graph, wanted)


async def _latest() -> _Known:
    """The graph of the board's relations; made once for all who ask until something of them changes."""
    board = current().board
    version = board, board.definition_version, board.relation_revision
    if not _made or _made[-1].version != version:
        services, relations = [row.definition for row in board], board.relations
        _made[:] = [_Known(version, relations, await asyncio.to_thread(graph_of, kinds(), services, relations))]
    return _made[-1]


def _why(verdict: Verdict) -> str:
    match verdict.reason:
        case "circle":
            return f"would close a circle: {' -> '.join(verdict.path)}"
        case "duplicate":
            return "is there already"
        case "self":
            return "is the same service"
        case "unknown":
            return "does not exist any more"
        case _:
            return ""


def _step(service_id: str) -> dict[str, Any]:
    row = current().board.find(service_id)
    return {"sid": service_id, "label": row.definition.label if row is not None else service_id}


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value or "")
