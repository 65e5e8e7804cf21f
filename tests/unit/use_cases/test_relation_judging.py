"""Whether relations could be saved beside those that are in memory."""

import time

from monitor_app.domain.relation import DEPENDENCY, Relation
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.relation_graph import RelationGraph, graph_of
from monitor_app.use_cases.relation_input import RelationInput
from monitor_app.use_cases.relation_judging import Verdict, verdicts_on
from tests.board_rows import service

WEB_API = Relation(5, 1, 2, DEPENDENCY, True, "")


def graph(*relations: Relation) -> RelationGraph:
    made = RelationGraph({1: "web", 2: "api", 3: "db"})
    for relation in relations:
        made.add(relation)
    return made


def test_each_is_looked_at_as_if_it_were_the_only_one() -> None:
    pairs = [("api", "web"), ("api", "db"), ("db", "api"), ("web", "api"), ("web", "web"), ("web", "gone")]
    found = verdicts_on(graph(WEB_API), [RelationInput(*pair) for pair in pairs])
    assert [verdict.reason for verdict in found] == ["circle", "", "", "duplicate", "self", "unknown"]
    assert (found[0].path, found[0].relations, found[3].twin) == (["api", "web", "api"], [5], 5)
    disabled = RelationInput("api", "web", enabled=False)
    assert verdicts_on(graph(WEB_API), [disabled]) == [Verdict()]


def test_relation_that_is_replaced_stands_in_no_way_and_stays_in_the_graph() -> None:
    twin = Relation(6, 1, 2, "data-flow", True, "")
    turned, again = RelationInput("api", "web"), RelationInput("web", "api")
    whole = graph(WEB_API)
    assert verdicts_on(whole.without(WEB_API), [turned, again]) == [Verdict(), Verdict()]
    assert [verdict.reason for verdict in verdicts_on(whole, [turned, again])] == ["circle", "duplicate"]
    (left,) = verdicts_on(graph(WEB_API, twin).without(WEB_API), [turned])
    assert (left.reason, left.relations) == ("circle", [6])
    off = Relation(7, 1, 2, DEPENDENCY, False, "")
    assert verdicts_on(graph(off).without(off), [again]) == [Verdict()]
    gone = Relation(8, 1, 9, DEPENDENCY, True, "")
    assert verdicts_on(graph(gone).without(gone), [again]) == [Verdict()]


def test_thousand_questions_to_a_large_graph_are_answered_at_once() -> None:
    count = 10_000
    services = [service(pk) for pk in range(1, count + 1)]
    relations = [
        Relation(3 * pk + step, pk, pk + step, DEPENDENCY, True, "")
        for pk in range(1, count + 1)
        for step in (1, 2, 7)
        if pk + step <= count
    ]
    large = graph_of(KindRegistry(), services, relations)
    names = large.names
    began = time.process_time()
    wanted = [RelationInput(names[pk], names[pk + 3]) for pk in range(1, 1001)]
    assert not any(verdict.reason for verdict in verdicts_on(large, wanted))
    assert time.process_time() - began < 20  # each by itself would take minutes
