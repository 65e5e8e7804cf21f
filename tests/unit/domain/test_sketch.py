"""The sketch: its bounds, its error, its merging."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.sketch import Sketch, add, bucket_of, merge_into, quantiles, sketch_of

DAY_US = 86_400_000_000
times = st.lists(st.integers(0, DAY_US), min_size=1, max_size=200)


def at_place(values: Sequence[int], share: float) -> int:
    return sorted(values)[math.floor(share * (len(values) - 1))]


@given(times, st.floats(0, 1))
def test_a_percentile_is_within_two_and_a_half_percent_of_the_true_one(values: list[int], share: float) -> None:
    true = at_place(values, share)
    assert abs(quantiles(sketch_of(values), [share])[0] - true) <= max(true * 0.025, 10)


@given(times, st.integers(0, 200), st.randoms())
def test_any_split_in_any_order_merges_to_the_same(values: list[int], cut: int, random: object) -> None:
    whole = sketch_of(values)
    random.shuffle(values)  # type: ignore[attr-defined]
    one, other = sketch_of(values[:cut]), sketch_of(values[cut:])
    merge_into(one, other)
    assert one == whole


@given(times)
def test_adding_one_after_the_other_is_counting_all(values: list[int]) -> None:
    sketch: Sketch = {}
    for value in values:
        add(sketch, value)
    assert sketch == sketch_of(values)


@pytest.mark.parametrize(
    ("micros", "bucket"),
    [(-5, 0), (0, 0), (10, 0), (11, 2), (12, 4), (105, 49), (1_000_000, 236), (10**30, 599)],
)
def test_bounds(micros: int, bucket: int) -> None:
    assert bucket_of(micros) == bucket


def test_buckets_never_fall_while_times_grow() -> None:
    numbers = [bucket_of(micros) for micros in range(0, 200_000, 7)]
    assert numbers == sorted(numbers)


def test_the_ends_are_the_lowest_and_the_highest() -> None:
    low, high = quantiles(sketch_of([1_000, 50_000, 2_000_000]), [0, 1])
    assert low == pytest.approx(1_000, rel=0.025)
    assert high == pytest.approx(2_000_000, rel=0.025)


def test_an_empty_sketch_has_no_percentiles() -> None:
    with pytest.raises(ValueError, match="empty sketch"):
        quantiles({}, [0.5])


@pytest.mark.parametrize("share", [-0.1, 1.1, 95])
def test_a_share_beyond_the_whole_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="a share must be 0 to 1"):
        quantiles({3: 1}, [0.5, share])
