"""Measures of many windows of one service and one granularity in one blob.

Format 1: the byte 1, the seconds of a window (varint), and a section (section.py): how many windows there are; a
document [names of the phases, names of the metrics, classes of answers]; the windows' places (start // granularity, a
trend); how many results they have, how many of these are timed; of each phase which windows have it (1 or 0), and the
sums of these; of each class the counts. Then comes of each metric: how many values each window has of it, with how many
noughts all its numbers end (millionths of whole numbers end with six), and without these noughts, of the windows that
have any value: the lowest, the highest minus the lowest, and the sum minus what it would be if all had taken the middle
of these two.

A column is the number 0 and a column of integers.py, or the number 1 and every number for itself, where one is too
large for integers.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

from monitor_app.domain.measure import Figure, Measure, merged_measures
from monitor_app.storage.blocks.integers import LIMIT, put_integers, take_integers
from monitor_app.storage.blocks.section import BrokenBlob, SectionReader, SectionWriter, read_varint, varint

FORMAT = 1
_WITHIN, _BEYOND = 0, 1
# A millionth has so many decimals.
_MOST_NOUGHTS = 6


def encode_measures(granularity: int, measures: Mapping[int, Measure]) -> bytes:
    """Pack measures, given by the starts of their windows (whole multiples of `granularity`, seconds since 1970).

    Raises ValueError when there are none, or a window begins elsewhere.
    """
    if not measures:
        raise ValueError("a block needs at least one window")
    starts = sorted(measures)
    if any(start % granularity for start in starts):
        raise ValueError(f"windows of {granularity} s begin at its multiples")
    held = [measures[start] for start in starts]
    phases = _names(one.phases for one in held)
    metrics = _names(one.metrics for one in held)
    classes = _names(one.classes for one in held)
    section = SectionWriter()
    section.number(len(held))
    section.document([phases, metrics, classes])
    put_integers(section, [start // granularity for start in starts], is_trend=True)
    _put(section, [one.results for one in held])
    _put(section, [one.timed for one in held])
    for name in phases:
        sums = [one.phases.get(name) for one in held]
        _put(section, [int(total is not None) for total in sums])
        _put(section, [total for total in sums if total is not None])
    for name in classes:
        _put(section, [one.classes.get(name, 0) for one in held])
    for name in metrics:
        _put_metric(section, [one.metrics.get(name) for one in held])
    return b"".join((bytes((FORMAT,)), varint(granularity), section.finish()))


def decode_measures(blob: bytes) -> dict[int, Measure]:
    """The measures by the starts of their windows, in order. Raises BrokenBlob."""
    if not blob or blob[0] != FORMAT:
        raise BrokenBlob(f"not a block of measures of a known format: begins with {blob[:1].hex() or 'nothing'}")
    granularity, start = read_varint(blob, 1)
    section = SectionReader(blob, start)
    count = section.number()
    phases, metrics, classes = section.document()
    starts = [place * granularity for place in take_integers(section, count)]
    results, timed = _take(section, count), _take(section, count)
    sums: list[dict[str, int]] = [{} for _ in starts]
    for name in phases:
        holding = [window for window, has in enumerate(_take(section, count)) if has]
        for window, total in zip(holding, _take(section, len(holding)), strict=True):
            sums[window][name] = total
    counts: list[dict[str, int]] = [{} for _ in starts]
    for name in classes:
        for window, number in enumerate(_take(section, count)):
            if number:
                counts[window][name] = number
    figures: list[dict[str, Figure]] = [{} for _ in starts]
    for name in metrics:
        for window, figure in _take_metric(section, count):
            figures[window][name] = figure
    columns = zip(results, timed, sums, figures, counts, strict=True)
    return {at: Measure(*column) for at, column in zip(starts, columns, strict=True)}


def folded_measures(blob: bytes | None, granularity: int, fresh: Mapping[int, Measure]) -> bytes:
    """A blob with what more results measured: windows that are there already are merged. Raises BrokenBlob."""
    windows = decode_measures(blob) if blob else {}
    for start, measure in fresh.items():
        before = windows.get(start)
        windows[start] = merged_measures((before, measure)) if before else measure
    return encode_measures(granularity, windows)


def _names(held: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for one in held for name in one))


def _put_metric(section: SectionWriter, figures: Sequence[Figure | None]) -> None:
    _put(section, [one.count if one else 0 for one in figures])
    held = [one for one in figures if one is not None]
    noughts = _noughts(held)
    section.number(noughts)
    unit = 10**noughts
    _put(section, [one.low // unit for one in held])
    _put(section, [(one.high - one.low) // unit for one in held])
    _put(section, [one.total // unit - _middle(one.low // unit, one.high // unit, one.count) for one in held])


def _take_metric(section: SectionReader, count: int) -> Iterable[tuple[int, Figure]]:
    """(number of the window, figure) of those that have any value."""
    counts = [(window, number) for window, number in enumerate(_take(section, count)) if number]
    unit = 10 ** section.number()
    lows = _take(section, len(counts))
    spreads = _take(section, len(counts))
    beside = _take(section, len(counts))
    for (window, number), low, spread, apart in zip(counts, lows, spreads, beside, strict=True):
        total = apart + _middle(low, low + spread, number)
        yield window, Figure(number, total * unit, low * unit, (low + spread) * unit)


def _noughts(figures: Sequence[Figure]) -> int:
    numbers = [number for one in figures for number in (one.low, one.high, one.total)]
    noughts = _MOST_NOUGHTS
    while any(number % 10**noughts for number in numbers):
        noughts -= 1
    return noughts


def _middle(low: int, high: int, count: int) -> int:
    return (low + high) * count // 2


def _put(section: SectionWriter, values: Sequence[int]) -> None:
    if not values:
        return
    if min(values) >= -LIMIT and max(values) <= LIMIT:
        section.number(_WITHIN)
        put_integers(section, values)
        return
    section.number(_BEYOND)
    for value in values:
        section.number(value)


def _take(section: SectionReader, count: int) -> list[int]:
    if not count:
        return []
    if section.number() == _WITHIN:
        return take_integers(section, count)
    return [section.number() for _ in repeat(None, count)]
