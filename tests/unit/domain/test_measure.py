"""What a window of results measured: whole numbers, exact however it is split and merged."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.measure import (
    MILLION,
    NAMES_KEPT,
    NO_ANSWER,
    Figure,
    Measure,
    coarser,
    measures_of,
    merged_measures,
    merged_windows_of_measures,
    millionths,
)
from tests.measured_rows import columns_of, measured_rows


@given(measured_rows, measured_rows, st.sampled_from((3600, 86_400)))
def test_merging_is_counting_at_once(early: list[Any], late: list[Any], seconds: int) -> None:
    one, other = measures_of(seconds, *columns_of(early)), measures_of(seconds, *columns_of(late))
    again = measures_of(seconds, *columns_of(early + late))
    assert merged_windows_of_measures(one, other) == again
    assert list(merged_windows_of_measures(other, one)) == sorted(again)


@given(measured_rows)
def test_days_are_made_of_hours(rows: list[Any]) -> None:
    assert coarser(measures_of(3600, *columns_of(rows)), 86_400) == measures_of(86_400, *columns_of(rows))


def test_a_window_tells_phases_metrics_and_classes() -> None:
    rows = [
        (0, 0, 30.0, {"dns": 10.0, "body": 20.0}, {"status_code": 200, "load": 0.25}),
        (1000, 2, None, {"dns": 5.0}, {"load": 2}),
        (2000, 2, 10.5, {"body": 10.5}, {"status_code": 503}),
        (3_600_000, 1, 1.0, None, None),
    ]
    assert measures_of(3600, *columns_of(rows)) == {
        0: Measure(
            3,
            2,
            {"dns": 10_000, "body": 30_500},
            {"load": Figure(2, 2_250_000, 250_000, 2_000_000)},
            {"2xx": 1, "5xx": 1, NO_ANSWER: 1},
        ),
        3600: Measure(1),
    }


def test_numbers_of_any_size_are_whole_millionths() -> None:
    assert millionths(0.000001) == 1
    assert millionths(-2.5) == -2_500_000
    assert millionths(10**30) == 10**36
    assert millionths(1e300) == int(1e300) * MILLION
    assert millionths(True) == MILLION


def test_ever_new_names_do_not_fill_the_database() -> None:
    """The same ones are kept in whatever order they come."""
    parts = [
        measures_of(3600, [0], [0], [1.0], [None], [{f"m{number:04}": 1 for number in range(first, first + 50)}])[0]
        for first in range(0, 500, 25)
    ]
    kept = {f"m{number:04}" for number in range(NAMES_KEPT)}
    forth, back = merged_measures(parts), merged_measures(parts[::-1])
    assert forth == back
    assert forth.metrics.keys() == kept
