"""Circles and walks through relations."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.graph import any_circle, circle, graph_of, knots, leading, path, reachable, tangled, turned

CHAIN = graph_of([("web", "api"), ("api", "database"), ("api", "cache"), ("database", "disk")])
edges = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30)


def test_walk_tells_how_far_away_each_is_nearest_first() -> None:
    assert list(reachable(CHAIN, "web").items()) == [("api", 1), ("database", 2), ("cache", 2), ("disk", 3)]
    assert reachable(CHAIN, "disk") == {}
    assert reachable(CHAIN, "nobody") == {}


def test_turned_walk_tells_who_depends_on_it() -> None:
    assert reachable(turned(CHAIN), "disk") == {"database": 1, "api": 2, "web": 3}


def test_shortest_path_is_found() -> None:
    graph = graph_of([(1, 2), (2, 3), (3, 4), (1, 4)])
    assert path(graph, 1, lambda node: node == 4) == [1, 4]
    assert path(graph, 1, lambda node: node == 3) == [1, 2, 3]
    assert path(graph, 4, lambda node: node == 1) is None
    assert path(graph, 1, lambda node: node == 1) == [1]


def test_circle_is_told_from_its_beginning_to_its_end() -> None:
    assert circle(CHAIN, [("disk", "web")]) == ["disk", "web", "api", "database", "disk"]


def test_loop_of_one_is_a_circle() -> None:
    assert circle({}, [("web", "web")]) == ["web", "web"]


def test_edges_that_close_a_circle_only_together_are_found() -> None:
    assert circle({}, [(1, 2), (2, 3), (3, 1)]) == [3, 1, 2, 3]


def test_circle_in_a_whole_graph_is_found() -> None:
    assert any_circle(CHAIN) is None
    assert any_circle(graph_of([("a", "a")])) == ["a", "a"]
    graph = graph_of([("x", "b"), ("x", "a"), ("a", "y"), ("a", "b"), ("b", "c"), ("c", "y"), ("c", "a")])
    found = any_circle(graph)
    assert found is not None
    assert set(pairwise(found)) in ({("a", "b"), ("b", "c"), ("c", "a")},)


def test_what_closes_no_circle_is_fine() -> None:
    assert circle(CHAIN, [("web", "disk"), ("cache", "disk")]) is None
    assert CHAIN["web"] == ["api"]


def has_circle(pairs: list[tuple[int, int]]) -> bool:
    """By taking away what points nowhere, again and again."""
    left = set(pairs)
    while left:
        sources = {source for source, _ in left}
        rest = {(source, target) for source, target in left if target in sources}
        if rest == left:
            return True
        left = rest
    return False


@given(edges)
def test_circle_is_found_exactly_when_there_is_one(pairs: list[tuple[int, int]]) -> None:
    found = circle({}, pairs)
    assert (found is not None) is has_circle(pairs)
    if found is not None:
        assert found[0] == found[-1]
        assert set(pairwise(found)) <= set(pairs)


@given(edges)
def test_circle_of_a_whole_graph_is_found_exactly_when_there_is_one(pairs: list[tuple[int, int]]) -> None:
    found = any_circle(graph_of(pairs))
    assert (found is not None) is has_circle(pairs)
    if found is not None:
        assert found[0] == found[-1]
        assert len(set(found)) == len(found) - 1
        assert set(pairwise(found)) <= set(pairs)


@given(edges, st.integers(0, 12))
def test_who_is_reachable_has_a_path(pairs: list[tuple[int, int]], start: int) -> None:
    graph = graph_of(pairs)
    for node, steps in reachable(graph, start).items():
        way = path(graph, start, lambda other, node=node: other == node)
        assert way is not None
        assert len(way) == steps + 1


@given(edges, edges)
def test_which_pairs_lead_from_one_to_the_other_is_what_single_walks_find(
    pairs: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    graph = graph_of(pairs)
    found = leading(graph, asked)
    assert found == {(start, end) for start, end in asked if start == end or end in reachable(graph, start)}


def test_ten_thousand_services_take_milliseconds() -> None:
    graph = graph_of((number, other) for number in range(10_000) for other in (2 * number + 1, 2 * number + 2))
    began = time.process_time()
    assert circle(graph, [(20_000, 0)]) is not None
    assert circle(graph, [(0, 20_001)]) is None
    assert time.process_time() - began < 10  # and not the minutes that each pair of them would take


def test_only_what_is_on_circles_or_between_them_is_tangled() -> None:
    edges = ["ab", "ba", "bc", "cd", "de", "ed", "ef", "xa", "aa", "ab"]
    assert tangled(graph_of([(edge[0], edge[1]) for edge in edges])) == set("abcde")
    assert tangled(CHAIN) == set()


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_every_circle_is_in_the_tangle(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    found = tangled(graph)
    assert bool(found) is (any_circle(graph) is not None)
    assert all(node in found for node in graph if node in reachable(graph, node) or node in graph[node])
    for node in graph:
        if any(path(graph, target, lambda end, node=node: end == node) for target in graph[node]):
            assert node in found


@given(edges)
def test_knots_hold_those_that_lead_to_each_other_and_come_after_what_they_lead_to(
    links: list[tuple[int, int]],
) -> None:
    graph = graph_of(links)
    found = knots(graph, starts=[99])
    assert {99} in found
    place = {node: number for number, knot in enumerate(found) for node in knot}
    assert sorted(place) == sorted({node for link in links for node in link} | {99})
    for source in graph:
        for target in reachable(graph, source):
            is_same = source in reachable(graph, target)
            assert (place[source] == place[target]) is is_same or source == target
            assert place[target] <= place[source]
