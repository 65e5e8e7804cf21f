"""Summaries of many windows of one service and one granularity in one blob.

Format 2: the byte 2, the seconds of a window and how many windows there are from the first to the last (varints), the
counts, a section (section.py).

The counts are what bars read, a thousand services at a time, so they are bytes that need no unpacking: the first
window's place (start // granularity, a varint folded as in a section), a byte whose bits 0 to 5 tell which statuses
there are at all, and bit 6 that some number does not fit in a byte. Then comes a column for each of these statuses: how
many results have it; a window without any is not there. A column is the number of its strays, the value of all others,
and place and value of each stray; or the byte 255 and all values. With bit 6 a column is all its values, four bytes
each, lowest first.

The last section holds how many results have no response time, and of the windows that have any: the fastest, the
slowest minus the fastest, the sum of all minus the sum if all had taken the middle of these two, and the counts of all
buckets from that of the fastest to that of the slowest, in one row: most of them are nought, one or two.
"""

import struct
from collections import Counter
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

FORMAT = 2
_STATUSES = len(Status)
_IS_WIDE = 1 << _STATUSES
_ALL_VALUES = 255
_STATUSES_OF = [[status for status in range(_STATUSES) if form >> status & 1] for form in range(_IS_WIDE)]


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """How many results of each status (by its number) the windows hold; `starts` are in seconds since 1970.

    A status that no result has is missing. There may be windows between the others that hold nothing.
    """

    starts: range
    by_status: Mapping[int, Sequence[int]]


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


def decode_times(blob: bytes) -> list[tuple[int, int, int]]:
    """(start of the window, responses, their time together in us) of those that have any, for less. Raises BrokenBlob.

    The counts of buckets, which are most of a blob, stay packed.
    """
    counts, start = _take_counts(blob)
    rest = SectionReader(blob, start)
    held = list(zip(counts.starts, map(sum, zip(*counts.by_status.values(), strict=True)), strict=True))
    samples = [(at, number) for at, number in held if number]
    responses = [
        number - without for (_, number), without in zip(samples, take_integers(rest, len(samples)), strict=True)
    ]
    timed = [(at, count) for (at, _), count in zip(samples, responses, strict=True) if count]
    lows = take_integers(rest, len(timed))
    highs = list(map(add, lows, take_integers(rest, len(timed))))
    beside = take_integers(rest, len(timed))
    return [
        (at, count, apart + _middle(low, high, count))
        for (at, count), low, high, apart in zip(timed, lows, highs, beside, strict=True)
    ]


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
    if not all(any(window.counts) for window in ordered):
        raise ValueError("a window needs at least one result")
    rest = SectionWriter()
    put_integers(rest, [sum(window.counts) - window.responses for window in ordered])
    timed = [window for window in ordered if window.responses]
    put_integers(rest, [window.min_us for window in timed])
    put_integers(rest, [window.max_us - window.min_us for window in timed])
    put_integers(rest, [window.total_us - _middle(window.min_us, window.max_us, window.responses) for window in timed])
    put_integers(rest, list(chain.from_iterable(window.buckets for window in timed)))
    return b"".join(
        (
            bytes((FORMAT,)),
            varint(granularity),
            varint((starts[-1] - starts[0]) // granularity + 1),
            _packed_counts([start // granularity for start in starts], [window.counts for window in ordered]),
            rest.finish(),
        )
    )


def _decode(blob: bytes) -> dict[int, _Window]:
    counts, start = _take_counts(blob)
    rest = SectionReader(blob, start)
    nothing = bytes(len(counts.starts))
    columns = [counts.by_status.get(status, nothing) for status in range(_STATUSES)]
    every: list[Any] = list(zip(counts.starts, zip(*columns, strict=True), strict=True))
    held_windows = [(at, held) for at, held in every if any(held)]
    samples = [sum(held) for _, held in held_windows]
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
    for (at, held), count in zip(held_windows, responses, strict=True):
        if count:
            low, high, apart, size, end = next(times)
            total = apart + _middle(low, high, count)
            windows[at] = _Window(held, count, total, low, high, buckets[end - size : end])
        else:
            windows[at] = _Window(held, 0, 0, 0, 0, ())
    return windows


def _packed_counts(places: Sequence[int], counts: Sequence[Counts]) -> bytes:
    by_status: list[Any] = list(zip(*counts, strict=True))
    if places[-1] - places[0] >= len(places):
        held = by_status
        by_status = [[0] * (places[-1] - places[0] + 1) for _ in held]
        for spread, column in zip(by_status, held, strict=True):
            for place, count in zip(places, column, strict=True):
                spread[place - places[0]] = count
    columns = [column for column in by_status if any(column)]
    form = sum(1 << status for status, column in enumerate(by_status) if any(column))
    if max(map(max, columns)) < 256:
        return b"".join((_place(places[0]), bytes((form,)), *map(_packed_column, columns)))
    wide = struct.Struct(f"<{len(columns[0])}I")
    return b"".join((_place(places[0]), bytes((form | _IS_WIDE,)), *(wide.pack(*column) for column in columns)))


def _place(number: int) -> bytes:
    """A clock can stand before 1970, too."""
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def _packed_column(values: Sequence[int]) -> bytes:
    usual = Counter(values).most_common(1)[0][0]
    strays = [(place, value) for place, value in enumerate(values) if value != usual]
    if 2 * len(strays) < min(len(values), _ALL_VALUES) and len(values) < 256:
        return bytes((len(strays), usual, *chain.from_iterable(strays)))
    return bytes((_ALL_VALUES, *values))


def _take_counts(blob: bytes) -> tuple[WindowCounts, int]:
    """The counts, and where in the blob they end."""
    if not blob or blob[0] != FORMAT:
        raise BrokenBlob(f"not a block of summaries of a known format: begins with {blob[:1].hex() or 'nothing'}")
    granularity, at = read_varint(blob, 1)
    count, at = read_varint(blob, at)
    folded_place, at = read_varint(blob, at)
    place = folded_place >> 1 if not folded_place & 1 else -(folded_place + 1 >> 1)
    starts = range(place * granularity, (place + count) * granularity, granularity)
    try:
        form, at = blob[at], at + 1
        columns: dict[int, Sequence[int]] = {}
        if form & _IS_WIDE:
            for status in _STATUSES_OF[form & _IS_WIDE - 1]:
                columns[status] = struct.unpack_from(f"<{count}I", blob, at)
                at += count * 4
            return WindowCounts(starts, columns), at
        for status in _STATUSES_OF[form]:
            columns[status], at = _take_column(blob, at, count)
    except (IndexError, struct.error):
        raise BrokenBlob("the counts are damaged") from None
    return WindowCounts(starts, columns), at


def _take_column(blob: bytes, at: int, count: int) -> tuple[Sequence[int], int]:
    """A column of bytes, and where in the blob it ends. Raises IndexError when the blob ends before."""
    strays = blob[at]
    if strays == _ALL_VALUES:
        at += 1
        if len(blob) < at + count:
            raise IndexError
        return blob[at : at + count], at + count
    end = at + 2 + 2 * strays
    values = blob[at + 1 : at + 2] * count
    if not strays:
        return values, end
    changed = bytearray(values)
    for place in range(at + 2, end, 2):
        changed[blob[place]] = blob[place + 1]
    return changed, end


def _buckets(low_us: int, high_us: int) -> range:
    return range(bucket_of(low_us), bucket_of(high_us) + 1)


def _middle(low_us: int, high_us: int, responses: int) -> int:
    return (low_us + high_us) * responses // 2
