"""Summaries: exact whatever the split and the order."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.status import Status
from monitor_app.domain.summary import (
    EMPTY,
    GRANULARITIES,
    Summary,
    merged,
    merged_windows,
    micros,
    summaries_of,
    summary_of,
    window_start,
)

NOON_MS = 1_779_019_200_000
# (checked_at in ms, status, response_ms): in no order, some at the same time, some without a response time.
row = st.tuples(
    st.integers(NOON_MS - 2 * 86_400_000, NOON_MS),
    st.integers(0, 5),
    st.none() | st.floats(0, 60_000).map(lambda ms: round(ms, 3)),
)
rows = st.lists(row, max_size=80)


def columns(of: list[Any]) -> tuple[list[int], list[int], list[float | None]]:
    return [at for at, _, _ in of], [status for _, status, _ in of], [ms for _, _, ms in of]


def summarised(of: list[Any]) -> Summary:
    return summary_of(*columns(of)[1:])


@given(rows, st.lists(st.integers(0, 80), max_size=5), st.randoms())
def test_any_split_in_any_order_comes_to_the_same(all_rows: list[Any], cuts: list[int], shuffled: Any) -> None:
    whole = summarised(all_rows)
    shuffled.shuffle(all_rows)
    borders = [0, *sorted(cuts), 80]
    parts = [summarised(all_rows[start:stop]) for start, stop in pairwise(borders)]
    shuffled.shuffle(parts)
    assert merged(parts) == whole


@given(rows, rows, st.sampled_from(GRANULARITIES))
def test_late_results_are_simply_added(early: list[Any], late: list[Any], granularity: int) -> None:
    added = merged_windows(summaries_of(*columns(early), granularity), summaries_of(*columns(late), granularity))
    again = summaries_of(*columns(early + late), granularity)
    assert added == again
    assert list(added) == sorted(added)


@given(rows)
def test_days_are_their_hours_and_hours_their_five_minutes(all_rows: list[Any]) -> None:
    for small, large in ((300, 3600), (3600, 86_400)):
        finer = summaries_of(*columns(all_rows), small)
        coarser = summaries_of(*columns(all_rows), large)
        for start, summary in coarser.items():
            assert merged(part for at, part in finer.items() if start <= at < start + large) == summary


def test_what_is_counted() -> None:
    summary = summary_of(
        [Status.OK, Status.OK, Status.DEGRADED, Status.FAILED, Status.FAILED, Status.UNKNOWN],
        [10.0, 20.0004, 900.0, 30.0, None, None],
    )
    assert summary.counts == (2, 1, 2, 0, 0, 1)
    assert (summary.samples, summary.ok, summary.degraded, summary.failed) == (6, 2, 1, 2)
    assert (summary.responses, summary.total_us, summary.min_us, summary.max_us) == (4, 960_000, 10_000, 900_000)
    assert summary.mean_ms == 240
    assert sum(summary.sketch.values()) == 4


def test_without_a_response_there_is_no_time() -> None:
    summary = summary_of([Status.FAILED], [None])
    assert summary.mean_ms is None
    assert summary.percentiles([0.5]) is None
    assert (summary.min_us, summary.max_us) == (0, 0)


def test_percentiles_stay_between_the_fastest_and_the_slowest() -> None:
    assert summary_of([0, 0], [41.0, 41.0]).percentiles([0, 0.5, 1]) == [41.0, 41.0, 41.0]
    draw = random.Random(3)
    times = [draw.lognormvariate(4, 0.5) for _ in range(1000)]
    median, p99 = summary_of([0] * 1000, times).percentiles([0.5, 0.99]) or []
    assert median == pytest.approx(sorted(times)[499], rel=0.025)
    assert p99 == pytest.approx(sorted(times)[989], rel=0.025)


@pytest.mark.parametrize(
    ("granularity", "start"), [(300, 1_779_019_200), (3600, 1_779_019_200), (86_400, 1_778_976_000)]
)
def test_windows_begin_at_whole_multiples_in_utc(granularity: int, start: int) -> None:
    assert window_start(NOON_MS, granularity) == start
    assert window_start(NOON_MS + 299_999, granularity) == start
    assert window_start(start * 1000 - 1, granularity) == start - granularity


def test_times_before_1970_have_windows_too() -> None:
    assert window_start(-1, 300) == -300


def test_microseconds_are_rounded() -> None:
    assert micros(12.3456) == 12_346


def test_nothing_comes_to_nothing() -> None:
    assert merged([]) == EMPTY == summary_of([], [])
    assert merged_windows({}, {}) == {}
