"""What holds an alert because of what its service depends on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from monitor_app.domain.graph import knots, reachable, turned
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status

Trouble = Literal["", "doubtful", "failing"]
# What is found in maintenance says so (domain/evaluate.py).
_FOUND_FAILED: Final = f"found {Status.FAILED.name}"


def trouble_of(state: ServiceState | None) -> Trouble:
    """Whether a service fails, or is about to be confirmed as failing. What is not known is no trouble."""
    if state is None:
        return ""
    if state.status is Status.FAILED:
        return "failing"
    if state.in_maintenance:
        return "failing" if state.message.startswith(_FOUND_FAILED) else ""
    is_doubtful = state.pending is not None and state.pending.status is Status.FAILED
    return "doubtful" if is_doubtful else ""


class Dependencies:
    """Who depends on whom, all the way; as of one moment.

    Services on one circle do not depend on each other here: otherwise each would wait for the others for ever.
    """

    def __init__(self, graph: Mapping[int, Sequence[int]]) -> None:
        self._graph = graph
        self._back = turned(graph)
        self._circles = {pk: knot for knot in knots(graph) if len(knot) > 1 for pk in knot}
        self._above: dict[int, tuple[int, ...]] = {}
        self._below: dict[int, tuple[int, ...]] = {}

    def above(self, pk: int) -> tuple[int, ...]:
        """All that a service depends on, the nearest first."""
        known = self._above.get(pk)
        if known is None:
            known = self._above[pk] = self._reached(self._graph, pk)
        return known

    def below(self, pk: int) -> tuple[int, ...]:
        """All that depends on a service, the nearest first."""
        known = self._below.get(pk)
        if known is None:
            known = self._below[pk] = self._reached(self._back, pk)
        return known

    def near(self, pk: int) -> tuple[int, ...]:
        """All that a service is connected with: above, below, or on a circle with it."""
        return (*self.above(pk), *self.below(pk), *(self._circles.get(pk, set()) - {pk}))

    def _reached(self, graph: Mapping[int, Sequence[int]], pk: int) -> tuple[int, ...]:
        if pk not in graph:
            return ()
        circle = self._circles.get(pk, set())
        return tuple(other for other in reachable(graph, pk) if other not in circle)


@dataclass(frozen=True, slots=True)
class Cause:
    """What holds a service's alerts: the nearest dependency in trouble."""

    service_pk: int
    trouble: Trouble


def cause_of(
    above: Iterable[int], trouble: Callable[[int], Trouble], is_told_of: Callable[[int], bool]
) -> Cause | None:
    """Why a service may fail; None when it has only itself to blame.

    A dependency that fails for certain holds nothing where no rule tells of it: somebody has to be told.
    """
    for pk in above:
        found = trouble(pk)
        if found == "doubtful" or (found == "failing" and is_told_of(pk)):
            return Cause(pk, found)
    return None


def to_be_asked(
    above: Iterable[int], state_of: Callable[[int], ServiceState | None], is_new: Callable[[ServiceState], bool]
) -> list[int]:
    """The dependencies whose last result is too old to be sure of them: those that are checked at all."""
    found = []
    for pk in above:
        state = state_of(pk)
        if state is None or state.status is Status.STOPPED or (state.breaker.phase == "open" and state.breaker.who):
            continue
        if not is_new(state):
            found.append(pk)
    return found
