"""Summaries of many windows of one service and one granularity in one blob.

Format 1: the byte 1, the seconds of a window and the number of windows (varints), two sections (see section.py). The
first holds the first window's place (start // granularity) and whether all others follow one after the other (1, else 0
and the column of all places), a number whose bits tell which statuses there are at all, and for each of these how many
results have it. The second holds how many results have no response time, and of
the windows that have any: the fastest, the slowest minus the fastest, the sum of all minus the sum if all had taken the
middle of these two, and the counts of all buckets from that of the fastest to that of the slowest, in one row: most of
them are nought, one or two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import add, sub
from typing import Any, NamedTuple

from monitor_app.domain.sketch import bucket_of
from monitor_app.domain.status import Status
from monitor_app.domain.summary import Counts, Summary, merged
from monitor_app.storage.blocks.integers import put_integers, take_integers
from monitor_app.storage.blocks.section import (
    BrokenBlob,
    SectionReader,
    SectionWriter,
    read_varint,
    varint,
)

FORMAT = 1
_STATUSES = len(Status)


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """How many results of each status (by its number) the windows hold; `starts` are in seconds since 1970."""

    starts: Sequence[int]
    by_status: tuple[Sequence[int], ...]


def encode_summaries(granularity: int, summaries: Mapping[int, Summary]) -> bytes:
    """Pack summaries, given by the starts of their windows (whole multiples of `granularity`, seconds since 1970).

    Raises ValueError when there are none, or when one is not what results come to.
    """
    return _encode(granularity, {start: _Window.of(summary) for start, summary in summaries.items()})


def decode_summaries(blob: bytes) -> dict[int, Summary]:
    """The summaries by the starts of their windows, in order. Raises BrokenBlob."""
    return {start: window.summary() for start, window in _decode(blob).items()}


def decode_counts(blob: bytes) -> WindowCounts:
    """How many results of which status the windows hold, for a fraction of the work. Raises BrokenBlob."""
    return _take_counts(blob)[0]


def folded(blob: bytes | None, granularity: int, fresh: Mapping[int, Summary]) -> bytes:
    """A blob with what more results came to: windows that are there already are merged. Raises BrokenBlob."""
    windows = _decode(blob) if blob else {}
    for start, summary in fresh.items():
        before = windows.get(start)
        windows[start] = _Window.of(merged((before.summary(), summary)) if before else summary)
    return _encode(granularity, windows)


class _Window(NamedTuple):
    """A summary as it is packed: `buckets` are the counts of all buckets between the fastest and the slowest."""

    counts: Counts
    responses: int
    total_us: int
    min_us: int
    max_us: int
    buckets: Sequence[int]

    @classmethod
    def of(cls, summary: Summary) -> "_Window":
        buckets: list[int] = []
        if summary.responses:
            buckets = [summary.sketch.get(bucket, 0) for bucket in _buckets(summary.min_us, summary.max_us)]
        if sum(buckets) != summary.responses:
            raise ValueError("a sketch must hold each response time, from the fastest to the slowest")
        return cls(summary.counts, summary.responses, summary.total_us, summary.min_us, summary.max_us, buckets)

    def summary(self) -> Summary:
        sketch = {}
        if self.responses:
            held = zip(_buckets(self.min_us, self.max_us), self.buckets, strict=True)
            sketch = {bucket: count for bucket, count in held if count}
        return Summary(self.counts, self.responses, self.total_us, self.min_us, self.max_us, sketch)


def _encode(granularity: int, windows: Mapping[int, _Window]) -> bytes:
    if not windows:
        raise ValueError("a block needs at least one summary")
    starts = sorted(windows)
    if any(start % granularity for start in starts):
        raise ValueError(f"a window of {granularity} s must begin at a whole multiple of that")
    ordered = [windows[start] for start in starts]
    counts = SectionWriter()
    counts.number(starts[0] // granularity)
    is_unbroken = starts[-1] - starts[0] == (len(starts) - 1) * granularity
    counts.number(int(is_unbroken))
    if not is_unbroken:
        put_integers(counts, [start // granularity for start in starts], is_trend=True)
    by_status = list(zip(*[window.counts for window in ordered], strict=True))
    counts.number(sum(1 << status for status, column in enumerate(by_status) if any(column)))
    for column in by_status:
        if any(column):
            put_integers(counts, column)
    rest = SectionWriter()
    put_integers(rest, [sum(window.counts) - window.responses for window in ordered])
    timed = [window for window in ordered if window.responses]
    put_integers(rest, [window.min_us for window in timed])
    put_integers(rest, [window.max_us - window.min_us for window in timed])
    put_integers(rest, [window.total_us - _middle(window.min_us, window.max_us, window.responses) for window in timed])
    put_integers(rest, list(chain.from_iterable(window.buckets for window in timed)))
    return b"".join((bytes((FORMAT,)), varint(granularity), varint(len(ordered)), counts.finish(), rest.finish()))


def _decode(blob: bytes) -> dict[int, _Window]:
    counts, start = _take_counts(blob)
    rest = SectionReader(blob, start)
    status_counts: list[Any] = list(zip(*counts.by_status, strict=True))
    samples = list(map(sum, status_counts))
    without = take_integers(rest, len(samples))
    responses = list(map(sub, samples, without))
    timed = sum(map(bool, responses))
    lows = take_integers(rest, timed)
    highs = list(map(add, lows, take_integers(rest, timed)))
    beside = take_integers(rest, timed)
    sizes = [len(_buckets(low, high)) for low, high in zip(lows, highs, strict=True)]
    buckets = take_integers(rest, sum(sizes))
    times = zip(lows, highs, beside, sizes, accumulate(sizes), strict=True)
    windows = {}
    for at, held, count in zip(counts.starts, status_counts, responses, strict=True):
        if count:
            low, high, apart, size, end = next(times)
            total = apart + _middle(low, high, count)
            windows[at] = _Window(held, count, total, low, high, buckets[end - size : end])
        else:
            windows[at] = _Window(held, 0, 0, 0, 0, ())
    return windows


def _take_counts(blob: bytes) -> tuple[WindowCounts, int]:
    if not blob or blob[0] != FORMAT:
        raise BrokenBlob(f"not a block of summaries of a known format: begins with {blob[:1].hex() or 'nothing'}")
    granularity, start = read_varint(blob, 1)
    count, start = read_varint(blob, start)
    section = SectionReader(blob, start)
    first = section.number() * granularity
    starts: Sequence[int] = range(first, first + count * granularity, granularity)
    if not section.number():
        starts = [place * granularity for place in take_integers(section, count)]
    used = section.number()
    nothing = [0] * count
    by_status = [take_integers(section, count) if used >> status & 1 else nothing for status in range(_STATUSES)]
    return WindowCounts(starts, tuple(by_status)), section.end


def _buckets(low_us: int, high_us: int) -> range:
    return range(bucket_of(low_us), bucket_of(high_us) + 1)


def _middle(low_us: int, high_us: int, responses: int) -> int:
    return (low_us + high_us) * responses // 2
