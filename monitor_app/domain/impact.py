"""What hangs on what when something is down: impact, root causes, and what would fail. Nodes are anything hashable.

A graph maps each node to those it depends on, as in domain/graph.py. Relations never form a circle; where one got in
all the same, its nodes are taken together: nothing here runs for ever, and none of them is hidden.
"""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from monitor_app.domain.graph import Graph, knots, reachable, turned
from monitor_app.domain.status import Status

Node = TypeVar("Node", bound=Hashable)
Statuses = Mapping[Node, Status]

# So many roots are told of each node that is in trouble: with all of them, one switch with hundreds of servers behind
# it would make a list of millions.
ROOTS_LIMIT: Final = 10
# What has trouble that something else may be the reason of.
_IN_TROUBLE: Final = (Status.FAILED, Status.DEGRADED)


@dataclass(frozen=True, slots=True)
class Impact(Generic[Node]):
    """All that depends on a node, and all that it depends on, with the least number of steps; nearest first."""

    dependents: Mapping[Node, int]
    dependencies: Mapping[Node, int]


@dataclass(frozen=True, slots=True)
class RootCauses(Generic[Node]):
    """Where failures come from. `because` has the roots of each other node that is in trouble: the nearest ten."""

    roots: tuple[Node, ...]
    because: Mapping[Node, tuple[Node, ...]]


@dataclass(frozen=True, slots=True)
class Composite(Generic[Node]):
    """What a node is made of, and how many of so many members have to be up."""

    members: tuple[Node, ...]
    needed: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Simulation(Generic[Node]):
    """What follows when some nodes are down: what fails that has not failed yet, with its steps from them; and what is
    made of those and goes on without them.
    """

    fails: Mapping[Node, int]
    weakened: tuple[Node, ...]


def impact(graph: Graph[Node], node: Node) -> Impact[Node]:
    """What depends on a node all the way, and what it depends on."""
    return Impact(dependents=reachable(turned(graph), node), dependencies=reachable(graph, node))


def root_causes(graph: Graph[Node], statuses: Statuses[Node]) -> RootCauses[Node]:
    """The deepest failed dependencies, and what is in trouble because of them.

    Blame passes through all that is not known to be fine: something paused or unknown in between hides no origin. What
    is OK stops it, for then the trouble behind it is not the reason. All failed nodes of one circle are roots together.
    """
    is_fine = {node for node, status in statuses.items() if status is Status.OK}
    shaky = {
        node: [target for target in targets if target not in is_fine]
        for node, targets in graph.items()
        if node not in is_fine
    }
    failed = [node for node, status in statuses.items() if status is Status.FAILED]
    deepest = _deepest(shaky, failed)
    roots = tuple(node for node in failed if node in deepest)
    return RootCauses(roots, _because(shaky, statuses, roots))


def what_if(
    graph: Graph[Node],
    statuses: Statuses[Node],
    down: Collection[Node],
    composites: Mapping[Node, Composite[Node]] | None = None,
) -> Simulation[Node]:
    """What would fail if `down` were down. `graph` holds relations only: composites go by their own rule.

    What has failed already counts against composites, but is not told again, and neither is `down`.
    """
    composites = composites or {}
    dependents = turned(graph)
    wholes = turned({whole: tuple(dict.fromkeys(made.members)) for whole, made in composites.items()})
    steps = dict.fromkeys(down, 0)
    waiting = deque(steps.items())
    hit: dict[Node, _Members[Node]] = {}
    for node in steps:
        _take_from(wholes.get(node, ()), composites, hit, statuses, node)
    while waiting:
        node, count = waiting.popleft()
        broken = [whole for whole in wholes.get(node, ()) if hit[whole].is_broken]
        for follower in (*dependents.get(node, ()), *broken):
            if follower not in steps:
                steps[follower] = count + 1
                _take_from(wholes.get(follower, ()), composites, hit, statuses, follower)
                waiting.append((follower, count + 1))
    fails = {node: count for node, count in steps.items() if count and statuses.get(node) is not Status.FAILED}
    weakened = (node for node in hit if node not in steps and statuses.get(node) is not Status.FAILED)
    return Simulation(fails, tuple(weakened))


def _deepest(shaky: Graph[Node], failed: Collection[Node]) -> set[Node]:
    """The failed nodes with no failed one behind them, but for those on a circle with them."""
    all_failed = set(failed)
    found: set[Node] = set()
    leads_to_failed: set[Node] = set()
    # Each knot comes after all those that it leads to.
    for knot in knots(shaky, all_failed):
        behind = any(target in leads_to_failed for node in knot for target in shaky.get(node, ()))
        its_failed = knot & all_failed
        if not behind:
            found |= its_failed
        if behind or its_failed:
            leads_to_failed |= knot
    return found


def _because(shaky: Graph[Node], statuses: Statuses[Node], roots: Collection[Node]) -> Mapping[Node, tuple[Node, ...]]:
    """All roots go up at the same pace, so the nearest arrive first; at a node that is full the way ends."""
    back = turned(shaky)
    origins: dict[Node, dict[Node, None]] = {root: {root: None} for root in roots}
    waiting = deque((root, root) for root in roots)
    while waiting:
        node, root = waiting.popleft()
        for follower in back.get(node, ()):
            known = origins.setdefault(follower, {})
            if root not in known and len(known) < ROOTS_LIMIT:
                known[root] = None
                waiting.append((follower, root))
    own = set(roots)
    return {
        node: tuple(found) for node, found in origins.items() if node not in own and statuses.get(node) in _IN_TROUBLE
    }


@dataclass(slots=True)
class _Members(Generic[Node]):
    """What is left of a composite. Paused members are not reckoned with; of those in doubt the best is hoped."""

    counted: int
    left: int
    needed: Callable[[int], int]

    @property
    def is_broken(self) -> bool:
        return self.left < self.needed(self.counted)


def _take_from(
    wholes: Collection[Node],
    composites: Mapping[Node, Composite[Node]],
    hit: dict[Node, "_Members[Node]"],
    statuses: Statuses[Node],
    node: Node,
) -> None:
    """A member fails in these. Counted down one by one: hundreds of members of hundreds of composites are many."""
    status = statuses.get(node)
    for whole in wholes:
        if whole not in hit:
            found = [statuses.get(member) for member in composites[whole].members]
            paused, failed = found.count(Status.STOPPED), found.count(Status.FAILED)
            hit[whole] = _Members(len(found) - paused, len(found) - paused - failed, composites[whole].needed)
        if status is Status.STOPPED:
            hit[whole].counted += 1
        elif status is not Status.FAILED:
            hit[whole].left -= 1
