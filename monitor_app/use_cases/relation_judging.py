"""Whether relations could be saved beside those that are there, and why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from monitor_app.errors import Conflict, InvalidInput
from monitor_app.use_cases.relation_graph import RelationGraph
from monitor_app.use_cases.relation_input import RelationInput

Reason = Literal["", "unknown", "self", "duplicate", "circle"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a relation could be saved. `path` is the circle that it would close, `relations` what could be cut.

    `twin` is the number of the relation like it, 0 when there is none.
    """

    reason: Reason = ""
    message: str = ""
    path: Sequence[str] = ()
    relations: Sequence[int] = ()
    twin: int = 0


class Refused(Conflict):
    """A relation contradicts what is there, and why."""

    def __init__(self, reason: Reason, text: str, details: Mapping[str, Any]) -> None:
        self.reason = reason
        super().__init__({"target_service_id": text}, {"reason": reason, **details})


def judge(graph: RelationGraph, wanted: RelationInput, *, leads_anew: bool) -> None:
    """Raises InvalidInput for unknown services and for a relation to itself, Refused for a twin and for a circle."""
    source, target = wanted.source_service_id, wanted.target_service_id
    ends = {"source_service_id": source, "target_service_id": target}
    if unknown := {field: name for field, name in ends.items() if name not in graph.pks}:
        raise InvalidInput(
            {field: f"must be a service that exists: there is no {name}" for field, name in unknown.items()}
        )
    if source == target:
        raise InvalidInput({"target_service_id": f"must be another service: {source} cannot be related to itself"})
    if (twin := graph.twin(source, target, wanted.relation_type)) is not None:
        same = f"is related to {source} by {wanted.relation_type} already"
        raise Refused("duplicate", f"{same}: relation {twin}" if twin else same, {"relation_id": twin or None})
    if leads_anew and (circle := graph.closed_by(source, target)) is not None:
        raise Refused("circle", f"must not close a circle: {circle.advice}", circle.details)


def verdict_on(graph: RelationGraph, wanted: RelationInput) -> Verdict:
    """The same as an answer instead of an error."""
    return _verdict(graph, wanted, leads_anew=wanted.enabled)


def verdicts_on(graph: RelationGraph, many: Sequence[RelationInput]) -> list[Verdict]:
    """The same for several, each as if it were the only one; the graph is walked once for all of them."""
    closing = graph.closing((one.source_service_id, one.target_service_id) for one in many)
    return [
        _verdict(graph, one, leads_anew=one.enabled and (one.source_service_id, one.target_service_id) in closing)
        for one in many
    ]


def judge_all(
    graph: RelationGraph, many: Sequence[Mapping[str, Any]]
) -> tuple[list[RelationInput], dict[int, InvalidInput]]:
    """Those that can be added, each counting for those after it; and for the number of each other one why not."""
    good: list[RelationInput] = []
    errors: dict[int, InvalidInput] = {}
    for number, values in enumerate(many, 1):
        try:
            wanted = RelationInput.parse(values)
            judge(graph, wanted, leads_anew=wanted.enabled)
        except InvalidInput as err:
            errors[number] = err
        else:
            graph.plan(wanted.source_service_id, wanted.target_service_id, wanted.relation_type, wanted.enabled)
            good.append(wanted)
    return good, errors


def together(errors: Mapping[int, InvalidInput], *, is_numbered: bool) -> InvalidInput:
    """All of them as one; a conflict when nothing else is wrong, with the details of the first."""
    if not is_numbered:
        return next(iter(errors.values()))
    messages = {f"{number}.{name}": text for number, err in errors.items() for name, text in err.fields.items()}
    first = next(iter(errors.values()))
    if isinstance(first, Conflict) and all(isinstance(err, Conflict) for err in errors.values()):
        return Conflict(messages, first.details)
    return InvalidInput(messages)


def _verdict(graph: RelationGraph, wanted: RelationInput, *, leads_anew: bool) -> Verdict:
    try:
        judge(graph, wanted, leads_anew=leads_anew)
    except Refused as err:
        message, details = err.fields["target_service_id"], err.details
        twin = details.get("relation_id") or 0
        return Verdict(err.reason, message, details.get("path", ()), details.get("relations", ()), twin)
    except InvalidInput as err:
        reason: Reason = "self" if wanted.source_service_id == wanted.target_service_id else "unknown"
        return Verdict(reason, str(err))
    return Verdict()
