"""Durations in buckets."""

import itertools

import pytest

from monitor_app.domain.timings import BOUNDS, TOLD, Timings


def timings(*seconds: float) -> Timings:
    made = Timings()
    for each in seconds:
        made.add(each)
    return made


def test_bounds_grow_by_a_quarter_and_a_bit() -> None:
    assert all(1.2 < after / before < 1.3 for before, after in itertools.pairwise(BOUNDS))
    assert set(TOLD) <= set(BOUNDS)
    assert TOLD[:4] == (0.001, 0.0025, 0.005, 0.01)


def test_nothing_has_no_percentiles() -> None:
    assert (Timings().percentile(0.5), Timings().count) == (0, 0)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_percentiles_are_at_most_a_quarter_too_long(share: float) -> None:
    made = timings(*(number / 1000 for number in range(1, 1001)))
    assert share <= made.percentile(share) <= share * 1.29


def test_longest_is_told_as_it_is_and_bounds_all_percentiles() -> None:
    made = timings(0.0011, 200.0)
    assert made.in_ms(0.5, 0.99) == {"p50": 1.25, "p99": 200_000.0, "max": 200_000.0}
    assert timings(0.0011).percentile(0.99) == 0.0011


def test_what_is_just_as_long_as_a_bound_lies_below_it() -> None:
    assert timings(0.0025).told()[:3] == [(0.001, 0), (0.0025, 1), (0.005, 1)]
    assert timings(500.0).told()[-1][1] == 0


def test_several_add_up() -> None:
    both = Timings.sum([timings(0.1, 0.2), timings(3.0)])
    assert (both.count, both.total, both.longest) == (3, pytest.approx(3.3), 3.0)


def test_another_process_gets_the_same() -> None:
    made = timings(0.1, 0.2, 7)
    again = Timings.of(**made.wire())
    assert (again.buckets, again.total, again.longest) == (made.buckets, pytest.approx(made.total), made.longest)
