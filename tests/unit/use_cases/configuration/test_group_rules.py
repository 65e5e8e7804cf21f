"""Groups of files beside those that there are."""

from monitor_app.domain.group import Group
from monitor_app.use_cases.configuration.document import GroupEntry
from monitor_app.use_cases.configuration.group_rules import wrong_groups


def test_circle_is_told_of_each_entry_on_it() -> None:
    present = [Group(1, "Europe", "", parent="Shop")]
    wrong = wrong_groups(present, [GroupEntry("Shop", parent="Europe"), GroupEntry("Data")], [])
    assert list(wrong) == ["Shop"]
    assert "Shop → Europe → Shop" in wrong["Shop"][1] or "Europe → Shop → Europe" in wrong["Shop"][1]


def test_too_many_levels_are_told() -> None:
    present = [Group(number, f"g{number}", "", parent=f"g{number - 1}") for number in range(2, 9)]
    assert wrong_groups(present, [GroupEntry("g1")], []) == {}
    wrong = wrong_groups(present, [GroupEntry("g1", parent="top")], [])
    assert "8 levels" in wrong["g1"][1]


def test_weight_of_a_service_that_there_is_not_is_told() -> None:
    share = {"how": "share", "degraded_below": 100, "failed_below": 50, "weights": {"web": 3, "nobody": 1}}
    assert "nobody" in wrong_groups([], [GroupEntry("Shop", rollup=share)], ["web"])["Shop"][1]
