"""Percentiles of response times in a few bytes: counts in buckets whose bounds grow by 5 %, merged by addition.

The idea is DDSketch's (Masson, Rim, Lee, 2019, https://arxiv.org/abs/1908.10693): a value lies at most half a bucket
beside the middle of its own, which is 2.5 %. Everything is whole microseconds against whole bounds, so the same values
make the same sketch on every machine, however they were split and in whatever order they came.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

# Bucket number -> how many values. Bucket i holds 10 µs * 1.05**(i - 1) < value <= 10 µs * 1.05**i, bucket 0 all below.
Sketch = dict[int, int]

_FIRST_US = 10
_BUCKETS = 600  # the last one begins at a year and a half

# The highest whole microsecond of each bucket. In whole numbers: floats differ by a bit from machine to machine.
_BOUNDS = [_FIRST_US * 105**number // 100**number for number in range(_BUCKETS)]
_MIDDLES = [_FIRST_US * 1.05**number * 2 / 2.05 for number in range(_BUCKETS)]


def bucket_of(micros: int) -> int:
    """The bucket of a response time in whole microseconds; what is beyond the last bound is in the last one."""
    number = bisect_left(_BOUNDS, micros)
    return number if number < _BUCKETS else _BUCKETS - 1


def sketch_of(micros: Iterable[int]) -> Sketch:
    """The sketch of these response times in whole microseconds."""
    return dict(Counter(map(bucket_of, micros)))


def add(sketch: Sketch, micros: int) -> None:
    """Count one more response time in whole microseconds."""
    bucket = bucket_of(micros)
    sketch[bucket] = sketch.get(bucket, 0) + 1


def merge_into(sketch: Sketch, other: Mapping[int, int]) -> None:
    """Add what another sketch counted."""
    for bucket, count in other.items():
        sketch[bucket] = sketch.get(bucket, 0) + count


def quantiles(sketch: Mapping[int, int], shares: Sequence[float]) -> list[float]:
    """The values in µs below which these shares (0 to 1) of all lie, each within 2.5 % of one that was counted.

    A share of 0.5 of n values means the one at place `floor(0.5 * (n - 1))` when they are sorted, counted from 0.
    Raises ValueError for a share beyond 0 to 1, and when nothing was counted.
    """
    count = sum(sketch.values())
    if not count:
        raise ValueError("an empty sketch has no percentiles")
    for share in shares:
        if not 0 <= share <= 1:
            raise ValueError(f"a share must be 0 to 1, got {share}")
    ordered = sorted(sketch.items())
    return [_middle_at(ordered, share * (count - 1)) for share in shares]


def _middle_at(ordered: Iterable[tuple[int, int]], place: float) -> float:
    """The middle of the bucket that holds what stands at this place; `place` is below the sum of all counts."""
    passed = 0
    for bucket, count in ordered:  # noqa: B007 - it is the one after the loop
        passed += count
        if passed > place:
            break
    return _MIDDLES[bucket]
