"""The status of groups: the worst, or by share; no data is never green."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.group import WORST, Group, Rollup, rollup_of
from monitor_app.domain.group_status import NOTHING, Member, by_share, picture
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.status import Status

OK, DEGRADED, FAILED, STARTING, STOPPED, UNKNOWN = Status
SHARE = {"how": "share", "degraded_below": 100, "failed_below": 50, "weights": {}}


def status_of(*statuses: Status, rollup: Mapping[str, Any] | None = None, resting: tuple[Status, ...] = ()) -> Status:
    """Of one group with services of these statuses."""
    members = [Member(number, "A", status) for number, status in enumerate(statuses, 1)]
    members += [Member(100 + number, "A", status, is_resting=True) for number, status in enumerate(resting)]
    return picture(GroupTree([Group(1, "A", "", rollup=rollup)]), members)["A"].status


def test_worst_of_its_services_is_told() -> None:
    assert status_of(OK, OK) is OK
    assert status_of(OK, DEGRADED) is DEGRADED
    assert status_of(OK, DEGRADED, FAILED, UNKNOWN) is FAILED


def test_no_data_is_not_green() -> None:
    assert status_of() is UNKNOWN
    assert status_of(OK, UNKNOWN) is UNKNOWN
    assert status_of(OK, STARTING) is STARTING
    assert status_of(UNKNOWN, DEGRADED) is DEGRADED


def test_share_is_of_what_is_known() -> None:
    tree = GroupTree([Group(1, "A", ""), Group(2, "B", "", rollup=SHARE)])
    members = [Member(n, group, status) for n, group in enumerate("AB") for status in (OK, FAILED, UNKNOWN, STARTING)]
    found = picture(tree, [*members, Member(9, "C", OK)])
    assert (found["A"].share, found["B"].share) == (0.5, 0.5)
    assert (found["A"].known, found["A"].counting) == (2, 4)
    assert picture(tree, [Member(1, "A", UNKNOWN), Member(2, "B", UNKNOWN)])["B"].share is None
    assert picture(tree, [Member(1, "A", UNKNOWN), Member(2, "B", UNKNOWN)])["A"].share is None


def test_paused_and_resting_services_are_left_out() -> None:
    assert status_of(OK, STOPPED) is OK
    assert status_of(OK, resting=(FAILED,)) is OK
    assert status_of(STOPPED, resting=(FAILED,)) is STOPPED


def test_sub_groups_count_with_their_own_status() -> None:
    tree = GroupTree(
        [Group(1, "top", ""), Group(2, "half", "", parent="top", rollup=SHARE), Group(3, "no", "", parent="top")]
    )
    members = [Member(1, "half", OK), Member(2, "half", FAILED), Member(3, "top", OK), Member(4, "", FAILED)]
    found = picture(tree, members)
    assert found["half"].status is DEGRADED
    assert found["top"].status is DEGRADED
    assert (found["no"].status, found["no"].is_left_out) == (UNKNOWN, True)
    assert found["top"].counts == (2, 0, 1, 0, 0, 0)
    assert (found["top"].total, found["top"].own, found["top"].up, found["top"].counting) == (3, 1, 2, 3)
    assert found["top"].share == pytest.approx(2 / 3)
    assert NOTHING.total == 0


def test_share_counts_all_that_is_below_by_weight() -> None:
    rollup = {"how": "share", "degraded_below": 80, "failed_below": 40, "weights": {"1": 3, "4": 0}}
    tree = GroupTree([Group(1, "top", "", rollup=rollup), Group(2, "in", "", parent="top")])
    members = [Member(1, "top", FAILED), Member(2, "in", OK), Member(3, "in", OK), Member(4, "in", FAILED)]
    found = picture(tree, [*members, Member(5, "in", OK, is_resting=True), Member(6, "top", STOPPED)])
    assert (found["top"].status, found["top"].share) == (DEGRADED, pytest.approx(2 / 5))
    assert (found["top"].resting, found["top"].counting) == (1, 4)
    assert found["in"].status is FAILED


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ((OK, OK), OK),
        ((OK, FAILED), DEGRADED),
        ((OK, FAILED, FAILED), FAILED),
        ((DEGRADED, DEGRADED), DEGRADED),
        ((UNKNOWN, UNKNOWN), UNKNOWN),
        ((STARTING, STARTING), STARTING),
        ((UNKNOWN, STARTING), UNKNOWN),
        ((OK, UNKNOWN), UNKNOWN),
        ((FAILED, FAILED, FAILED, UNKNOWN), FAILED),
        ((OK, FAILED, UNKNOWN), DEGRADED),
        ((STOPPED,), STOPPED),
    ],
    ids=lambda value: "-".join(one.name for one in value) if isinstance(value, tuple) else value.name,
)
def test_what_is_unknown_counts_both_ways(statuses: tuple[Status, ...], wanted: Status) -> None:
    assert status_of(*statuses, rollup=SHARE) is wanted


def test_share_without_any_weight_counts_for_nothing() -> None:
    assert by_share(Rollup("share", 100, 50, {1: 0}), {OK: 0}) is None
    assert status_of(OK, rollup={**SHARE, "weights": {"1": 0}}) is STOPPED


def test_share_is_ok_though_something_is_unknown_when_it_is_ok_either_way() -> None:
    assert by_share(Rollup("share", 80, 50), {OK: 9, UNKNOWN: 1}) is OK


@given(st.dictionaries(st.sampled_from([*list(Status)[:4], UNKNOWN]), st.integers(0, 5)), st.integers(0, 100))
def test_nothing_known_is_never_ok(weights: dict[Status, int], bound: int) -> None:
    known = sum(weights.get(status, 0) for status in (OK, DEGRADED, FAILED))
    found = by_share(Rollup("share", bound, bound // 2), weights)
    assert known or found is not OK


def test_rollup_is_read_as_it_was_written() -> None:
    rollup = Rollup("share", 90, 30, {7: 3})
    assert rollup_of(rollup.document()) == rollup
    assert (rollup.weight(7), rollup.weight(8)) == (3, 1)
    assert WORST.document() is None
    assert rollup_of(None) == rollup_of({"how": "by the stars"}) == WORST
