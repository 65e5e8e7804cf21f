"""Uptime of a span from downtimes and gaps, by hand and against counting every moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.uptime import Uptime, mean_uptime, uptime_of

spans = st.lists(st.tuples(st.integers(-10, 60), st.integers(-10, 60)), max_size=5)


def test_nothing_happened() -> None:
    assert uptime_of(0, 10_000, [], []) == Uptime(10.0, 0.0, 0.0, 1.0, 1.0)


def test_a_downtime_counts_only_where_something_is_known() -> None:
    found = uptime_of(0, 10_000, [(2000, 6000)], [(5000, 8000), (7000, 8000)])
    assert found == Uptime(4.0, 3.0, 3.0, 0.7, 4 / 7)


def test_only_what_lies_in_the_span_counts() -> None:
    assert uptime_of(1000, 5000, [(0, 2000), (4000, 9000)], []) == Uptime(2.0, 2.0, 0.0, 1.0, 0.5)


def test_without_anything_known_there_is_no_uptime() -> None:
    assert uptime_of(0, 1000, [(0, 1000)], [(0, 1000)]) == Uptime(0.0, 0.0, 1.0, 0.0, None)
    assert uptime_of(1000, 1000, [], []) == Uptime(0.0, 0.0, 0.0, 0.0, None)


@given(downtimes=spans, gaps=spans)
def test_it_is_what_counting_every_moment_gives(downtimes: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> None:
    def holds(all_spans: list[tuple[int, int]], moment: int) -> bool:
        return any(start <= moment < end for start, end in all_spans)

    unknown = {moment for moment in range(50) if holds(gaps, moment)}
    down = {moment for moment in range(50) if holds(downtimes, moment)} - unknown
    found = uptime_of(0, 50, downtimes, gaps)
    assert (found.gap_seconds, found.down_seconds) == (len(unknown) / 1000, len(down) / 1000)
    assert found.up_seconds == (50 - len(unknown) - len(down)) / 1000


def test_uptime_of_several_counts_each_second_by_weight() -> None:
    day = uptime_of(0, 100_000, [], [])
    half = uptime_of(0, 100_000, [(0, 50_000)], [])
    unknown = uptime_of(0, 100_000, [], [(0, 100_000)])
    mean = mean_uptime([(1, day), (3, half), (0, half)])
    assert mean is not None
    assert (mean.uptime, mean.coverage, mean.down_seconds) == (pytest.approx(0.625), 1.0, pytest.approx(37.5))
    mean = mean_uptime([(1, day), (1, unknown)])
    assert mean is not None
    assert (mean.uptime, mean.coverage) == (1.0, 0.5)
    assert mean_uptime([(0, day)]) is None
    nothing = mean_uptime([(1, unknown)])
    assert nothing is not None
    assert (nothing.uptime, nothing.coverage) == (None, 0.0)
    empty = mean_uptime([(1, uptime_of(0, 0, [], []))])
    assert empty is not None
    assert empty.coverage == 0.0
