"""Counters over the restarts of what counts."""

from monitor_app.domain.carried import Carried


def test_counts_of_one_life_are_taken_as_they_are() -> None:
    carried = Carried()
    assert carried.totals() == {}
    carried.take("a", {"done": 3, "by_status": [1, 2]})
    carried.take("a", {"done": 5, "by_status": [2, 3]})
    assert carried.totals() == {"done": 5, "by_status": [2, 3]}


def test_another_life_is_added() -> None:
    carried = Carried()
    carried.take("a", {"done": 5, "by_status": [2, 3]})
    carried.take("b", {"done": 0, "by_status": [0, 0]})
    carried.take("b", {"done": 2, "by_status": [0, 2]})
    carried.take("c", {"done": 1, "by_status": [1, 0]})
    assert carried.totals() == {"done": 8, "by_status": [3, 5]}


def test_counters_come_and_go_with_versions() -> None:
    carried = Carried()
    carried.take("a", {"old": 5})
    carried.take("b", {"new": 2.5})
    assert carried.totals() == {"old": 5, "new": 2.5}
