"""What holds an alert because of what its service depends on."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.alerting.dependency import Cause, Dependencies, cause_of, to_be_asked, trouble_of
from monitor_app.domain.graph import graph_of, reachable
from monitor_app.domain.state import Breaker, Pending, ServiceState
from monitor_app.domain.status import Status

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
OK = ServiceState(1, Status.OK, NOON, NOON, 1.0, "", 1)


def pending(status):
    return Pending(status, 1, 3, NOON, "")


def test_trouble_is_what_fails_or_begins_to():
    assert trouble_of(None) == ""
    assert trouble_of(OK) == ""
    assert trouble_of(replace(OK, status=Status.FAILED)) == "failing"
    assert trouble_of(replace(OK, status=Status.FAILED, pending=pending(Status.OK))) == "failing"
    assert trouble_of(replace(OK, pending=pending(Status.FAILED))) == "doubtful"
    assert trouble_of(replace(OK, status=Status.UNKNOWN)) == ""
    assert trouble_of(replace(OK, status=Status.UNKNOWN, settled=Status.FAILED)) == ""
    resting = replace(OK, status=Status.STOPPED, in_maintenance=True)
    assert trouble_of(replace(resting, message="found FAILED: refused")) == "failing"
    assert trouble_of(replace(resting, message="found OK: 200")) == ""


def test_dependencies_are_known_all_the_way():
    known = Dependencies(graph_of([(1, 2), (2, 3), (4, 3)]))
    assert (known.above(1), known.above(3), known.above(9)) == ((2, 3), (), ())
    assert set(known.below(3)) == {1, 2, 4}
    assert known.above(1) is known.above(1)


def test_services_on_a_circle_do_not_depend_on_each_other():
    known = Dependencies(graph_of([(1, 2), (2, 3), (3, 1), (3, 9), (8, 1)]))
    assert [known.above(pk) for pk in (1, 2, 3)] == [(9,), (9,), (9,)]
    assert set(known.above(8)) == {1, 2, 3, 9}
    assert known.below(1) == (8,)
    assert sorted(known.near(1)) == [2, 3, 8, 9]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_somebody_in_each_outage_is_held_by_nobody(edges):
    graph = graph_of(edges)
    known = Dependencies(graph)
    failing = set(range(9))
    free = [pk for pk in failing if cause_of(known.above(pk), lambda _: "failing", lambda _: True) is None]
    assert free
    for pk in failing:
        assert set(known.above(pk)) <= set(reachable(graph, pk))
        if pk not in free:
            assert any(other in free for other in (*known.above(pk), pk))


def test_nearest_trouble_is_the_cause():
    troubles = {2: "", 3: "doubtful", 4: "failing"}
    assert cause_of((2, 3, 4), lambda pk: troubles[pk], lambda pk: True) == Cause(3, "doubtful")
    assert cause_of((2, 4), lambda pk: troubles[pk], lambda pk: True) == Cause(4, "failing")
    assert cause_of((2,), lambda pk: troubles[pk], lambda pk: True) is None


def test_failure_that_no_rule_tells_of_holds_nothing():
    assert cause_of((4,), lambda pk: "failing", lambda pk: False) is None
    assert cause_of((4,), lambda pk: "doubtful", lambda pk: False) == Cause(4, "doubtful")


def test_only_what_is_checked_is_asked():
    by_hand = Breaker("open", NOON, None, 5, "ada", "a move")
    states = {
        1: OK,
        2: None,
        3: replace(OK, status=Status.STOPPED),
        4: replace(OK, breaker=by_hand),
        5: replace(OK, breaker=replace(by_hand, who="")),
    }
    assert to_be_asked(states, states.get, lambda state: False) == [1, 5]
    assert to_be_asked(states, states.get, lambda state: True) == []
