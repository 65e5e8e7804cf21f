"""Impact, root causes, and what would fail."""

import time

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.graph import graph_of, reachable, turned
from monitor_app.domain.impact import ROOTS_LIMIT, Composite, impact, root_causes, what_if
from monitor_app.domain.status import Status

OK, DEGRADED, FAILED, STOPPED, UNKNOWN = Status.OK, Status.DEGRADED, Status.FAILED, Status.STOPPED, Status.UNKNOWN
SHOP = graph_of([("web", "api"), ("api", "db-main"), ("api", "cache"), ("jobs", "db-main"), ("db-main", "disk")])
NAMES = ("web", "api", "jobs", "db-main", "cache", "disk")
edges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25)
statuses_of_ten = st.dictionaries(st.integers(0, 9), st.sampled_from(Status))


def all_ok(**others: Status) -> dict[str, Status]:
    changed = {name.replace("_", "-"): status for name, status in others.items()}
    return dict.fromkeys(NAMES, OK) | changed


def test_impact_goes_all_the_way_in_both_directions() -> None:
    found = impact(SHOP, "db-main")
    assert found.dependents == {"api": 1, "jobs": 1, "web": 2}
    assert found.dependencies == {"disk": 1}


def test_impact_of_what_is_related_to_nothing_is_nothing() -> None:
    found = impact(SHOP, "printer")
    assert (found.dependents, found.dependencies) == ({}, {})


def test_deepest_failed_dependency_is_the_root_and_the_rest_is_because_of_it() -> None:
    found = root_causes(SHOP, all_ok(db_main=FAILED, api=FAILED, web=FAILED, jobs=FAILED))
    assert found.roots == ("db-main",)
    assert found.because == {"api": ("db-main",), "web": ("db-main",), "jobs": ("db-main",)}


def test_what_is_degraded_is_because_of_it_but_no_root() -> None:
    found = root_causes(SHOP, all_ok(db_main=FAILED, api=DEGRADED, disk=DEGRADED))
    assert found.roots == ("db-main",)
    assert found.because == {"api": ("db-main",)}
    assert root_causes(SHOP, all_ok(api=DEGRADED)).roots == ()


def test_nothing_is_because_of_anything_while_all_is_well() -> None:
    found = root_causes(SHOP, all_ok())
    assert (found.roots, found.because) == ((), {})


def test_two_roots_are_told_the_nearest_first() -> None:
    found = root_causes(SHOP, all_ok(web=FAILED, api=FAILED, cache=FAILED, db_main=FAILED, disk=FAILED))
    assert set(found.roots) == {"cache", "disk"}
    assert found.because["web"] == ("cache", "disk")


def test_something_paused_or_unknown_in_between_hides_no_origin() -> None:
    for between in (STOPPED, UNKNOWN, DEGRADED):
        found = root_causes(SHOP, all_ok(web=FAILED, api=between, db_main=FAILED))
        assert found.because["web"] == ("db-main",)


def test_something_fine_in_between_is_not_to_blame_and_stops_the_search() -> None:
    found = root_causes(SHOP, all_ok(web=FAILED, db_main=FAILED))
    assert set(found.roots) == {"web", "db-main"}
    assert found.because == {}


def test_all_failed_ones_of_a_circle_are_roots_together() -> None:
    ring = graph_of([("a", "b"), ("b", "c"), ("c", "a"), ("web", "a")])
    found = root_causes(ring, dict.fromkeys(("a", "b", "c", "web"), FAILED))
    assert set(found.roots) == {"a", "b", "c"}
    assert found.because == {"web": ("a", "b", "c")}


def test_circle_that_hangs_on_something_failed_is_because_of_that() -> None:
    ring = graph_of([("a", "b"), ("b", "a"), ("b", "disk")])
    found = root_causes(ring, dict.fromkeys(("a", "b", "disk"), FAILED))
    assert found.roots == ("disk",)
    assert found.because == {"b": ("disk",), "a": ("disk",)}


def test_failed_one_without_relations_is_a_root() -> None:
    assert root_causes(SHOP, {"printer": FAILED}).roots == ("printer",)


@given(edges, statuses_of_ten)
def test_no_failure_is_ever_hidden(links: list[tuple[int, int]], statuses: dict[int, Status]) -> None:
    graph = graph_of(links)
    found = root_causes(graph, statuses)
    failed = {node for node, status in statuses.items() if status is FAILED}
    assert set(found.roots) <= failed
    assert failed == set(found.roots) | (set(found.because) & failed)
    for node, roots in found.because.items():
        assert node not in found.roots
        assert all(root in reachable(graph, node) for root in roots)


def test_all_that_depends_on_what_is_down_would_fail_with_its_distance() -> None:
    found = what_if(SHOP, all_ok(), ["db-main"])
    assert found.fails == {"api": 1, "jobs": 1, "web": 2}
    assert found.weakened == ()


def test_what_has_failed_already_is_not_told_again_but_what_hangs_on_it_is() -> None:
    found = what_if(SHOP, all_ok(api=FAILED), ["db-main"])
    assert found.fails == {"jobs": 1, "web": 2}


def test_composite_fails_only_when_too_few_members_are_left() -> None:
    either = {"pool": Composite(("a", "b"), lambda count: 1)}
    both = {"pool": Composite(("a", "b"), lambda count: count)}
    up = dict.fromkeys(("a", "b", "pool", "web"), OK)
    graph = graph_of([("web", "pool")])
    assert what_if(graph, up, ["a"], either).fails == {}
    assert what_if(graph, up, ["a"], either).weakened == ("pool",)
    assert what_if(graph, up, ["a", "b"], either).fails == {"pool": 1, "web": 2}
    assert what_if(graph, up, ["a"], both).fails == {"pool": 1, "web": 2}
    assert what_if(graph, up | {"b": FAILED}, ["a"], either).fails == {"pool": 1, "web": 2}


def test_paused_members_are_not_reckoned_with_unless_they_are_said_to_be_down() -> None:
    either = {"pool": Composite(("a", "b"), lambda count: 1)}
    statuses = {"a": OK, "b": STOPPED, "pool": OK}
    assert what_if({}, statuses, ["a"], either).fails == {"pool": 1}
    assert what_if({}, statuses, ["b"], either).fails == {}


def test_simulation_ends_on_a_circle() -> None:
    ring = graph_of([("a", "b"), ("b", "c"), ("c", "a"), ("web", "a")])
    assert what_if(ring, {}, ["b"]).fails == {"a": 1, "c": 2, "web": 2}


@given(edges, st.sets(st.integers(0, 9), max_size=3))
def test_without_composites_all_dependents_fail(links: list[tuple[int, int]], down: set[int]) -> None:
    graph = graph_of(links)
    wanted = {node for each in down for node in reachable(turned(graph), each)} - down
    assert set(what_if(graph, {}, down).fails) == wanted


def test_thousand_failed_services_are_explained_quickly() -> None:
    graph = graph_of((number, below) for number in range(1, 1000) for below in {number // 2, number // 3, number - 1})
    started = time.process_time()
    found = root_causes(graph, dict.fromkeys(range(1000), FAILED))
    assert found.roots == (0,)
    assert len(found.because) == 999
    assert time.process_time() - started < 10


def test_one_switch_with_hundreds_of_failed_servers_behind_it_is_explained_quickly() -> None:
    servers = range(2, 302)
    links = [(1, server) for server in servers] + [(number, max(number - 1, 1)) for number in range(1000, 5000)]
    links.append((1000, 1))
    started = time.process_time()
    found = root_causes(graph_of(links), dict.fromkeys([1, *servers, *range(999, 5000)], FAILED))
    assert len(found.roots) == 301
    assert len(found.because[4999]) == ROOTS_LIMIT
    assert time.process_time() - started < 10


def test_hundreds_of_members_in_hundreds_of_composites_are_followed_quickly() -> None:
    members = tuple(range(500))
    pools = {1000 + number: Composite(members, lambda count: 1) for number in range(300)}
    started = time.process_time()
    assert len(what_if({}, {}, members[:-1], pools).weakened) == 300
    assert len(what_if({}, {}, members, pools).fails) == 300
    assert time.process_time() - started < 10
