"""Walks through relations: circles, what something depends on, what depends on it. Nodes are anything hashable.

A graph maps each node to the nodes it points to; a node that is missing points nowhere.
"""

import operator
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Graph = Mapping[Node, Collection[Node]]


def graph_of(edges: Iterable[tuple[Node, Node]]) -> dict[Node, list[Node]]:
    """The graph of edges from a source to a target."""
    graph: dict[Node, list[Node]] = {}
    for source, target in edges:
        graph.setdefault(source, []).append(target)
    return graph


def turned(graph: Graph[Node]) -> dict[Node, list[Node]]:
    """The graph with each edge turned round."""
    return graph_of((target, source) for source, targets in graph.items() for target in targets)


def reachable(graph: Graph[Node], start: Node) -> dict[Node, int]:
    """All that can be reached from `start`, with the least number of steps; nearest first, `start` itself not.

    In a graph of what depends on what these are the ancestors; in the `turned` one the dependents.
    """
    steps = {start: 0}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for target in graph.get(node, ()):
            if target not in steps:
                steps[target] = steps[node] + 1
                waiting.append(target)
    del steps[start]
    return steps


def path(graph: Graph[Node], start: Node, is_end: Callable[[Node], bool]) -> list[Node] | None:
    """A shortest way from `start` to a node that is an end, both included; None when there is none."""
    came_from: dict[Node, Node] = {}
    waiting, seen = deque([start]), {start}
    while waiting:
        node = waiting.popleft()
        if is_end(node):
            return _way_back(came_from, start, node)
        for target in graph.get(node, ()):
            if target not in seen:
                seen.add(target)
                came_from[target] = node
                waiting.append(target)
    return None


def circle(graph: Graph[Node], added: Iterable[tuple[Node, Node]]) -> list[Node] | None:
    """The circle that adding these edges would close, from a node back to the same one; None when there is none.

    The graph itself must have none. With several added edges, those before count for those after.
    """
    whole = {source: list(targets) for source, targets in graph.items()}
    for source, target in added:
        way = path(whole, target, partial(operator.eq, source))
        if way is not None:
            return [source, *way]
        whole.setdefault(source, []).append(target)
    return None


def any_circle(graph: Graph[Node]) -> list[Node] | None:
    """A circle of the graph, from a node back to the same one; None when it has none."""
    done: set[Node] = set()
    for start in list(graph):
        # From `start` down to where the walk is, each with those it has still to go to.
        way: dict[Node, Iterator[Node]] = {}
        node: Node | None = start if start not in done else None
        while node is not None:
            rest = way.setdefault(node, iter(graph.get(node, ())))
            following = next((target for target in rest if target not in done), None)
            if following is None:
                done.add(node)
                del way[node]
                node = next(reversed(way), None)
            elif following in way:
                walked = list(way)
                return [*walked[walked.index(following) :], following]
            else:
                node = following
    return None


def tangled(graph: Graph[Node]) -> set[Node]:
    """All nodes that lie on circles, or on ways from one to another; every circle is made of such nodes alone.

    What leads nowhere, or is led to from nowhere, is taken away until nothing of that kind is left.
    """
    back = turned(graph)
    left = {*graph, *back}
    for onward, behind in ((graph, back), (back, graph)):
        counts = {node: sum(target in left for target in onward.get(node, ())) for node in left}
        waiting = deque(node for node, count in counts.items() if not count)
        while waiting:
            node = waiting.popleft()
            left.discard(node)
            for other in behind.get(node, ()):
                if other in left:
                    counts[other] -= 1
                    if not counts[other]:
                        waiting.append(other)
    return left


def knots(graph: Graph[Node], starts: Iterable[Node] = ()) -> list[set[Node]]:
    """The nodes in sets within which each one leads to each other; a node on no circle is a set of its own.

    A set comes after all those that it leads to (Kosaraju's algorithm). `starts` are nodes that may lead nowhere.
    """
    back = turned(graph)
    seen: set[Node] = set()
    order = [node for start in (*graph, *starts) for node in _finished(graph, start, seen)]
    seen.clear()
    found = [set(_finished(back, start, seen)) for start in reversed(order)]
    return [knot for knot in reversed(found) if knot]


def leading(graph: Graph[Node], pairs: Collection[tuple[Node, Node]]) -> set[tuple[Node, Node]]:
    """Those of `pairs` whose first node leads to the second, or is it. One walk, however many pairs there are."""
    bits = {end: 1 << number for number, end in enumerate(dict.fromkeys(end for _, end in pairs))}
    # For each node which of the ends it leads to. What a knot leads to is known before the knot.
    reached: dict[Node, int] = {}
    for knot in knots(graph, [start for start, _ in pairs]):
        found = 0
        for node in knot:
            found |= bits.get(node, 0)
            for target in graph.get(node, ()):
                found |= reached.get(target, 0)
        reached.update(dict.fromkeys(knot, found))
    return {(start, end) for start, end in pairs if reached[start] & bits[end]}


def _finished(graph: Graph[Node], start: Node, seen: set[Node]) -> Iterator[Node]:
    """All that can be reached and was not `seen`, each after what it leads to."""
    if start in seen:
        return
    seen.add(start)
    way = [(start, iter(graph.get(start, ())))]
    while way:
        node, rest = way[-1]
        following = next((target for target in rest if target not in seen), None)
        if following is None:
            yield node
            way.pop()
        else:
            seen.add(following)
            way.append((following, iter(graph.get(following, ()))))


def _way_back(came_from: Mapping[Node, Node], start: Node, end: Node) -> list[Node]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
