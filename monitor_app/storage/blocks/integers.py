"""Columns of whole numbers: constant but for a few, growing regularly, or noise around a middle.

Format of a column, as numbers of the section's head:
- CONSTANT, value;
- TREND, first value, then the column of the differences;
- SPARSE, value, number of strays, for each its distance from the last one's place and its value minus that value;
- NOISE, bits, lowest, and strays in the same way, minus `lowest`.
  A number is `lowest + (high << bits) + low`: `high` (0 to 255) is a byte of what compresses, because the highs are
  few and some are frequent, `low` is packed into what does not. Strays are too far away: 128 is in their place.

A noisy response time costs little more than the logarithm of its spread: no coder could do much better.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import add, sub

from monitor_app.storage.blocks.bits import pack, packed_size, unpack
from monitor_app.storage.blocks.section import BrokenBlob, SectionReader, SectionWriter

# Floats count whole numbers exactly up to here, and the differences of such numbers still fit.
LIMIT = 2**53
_CONSTANT, _TREND, _NOISE, _SPARSE = 0, 1, 2, 3
_MIDDLE = 128  # of the highs
_SAMPLE = 100
# A column is sparse when one value in so many at the most is another one.
_SPARSE_SHARE = 16


def put_integers(section: SectionWriter, values: Sequence[int], *, is_trend: bool | None = False) -> None:
    """Write a column of numbers from -LIMIT to LIMIT. The reader knows how many there are.

    `is_trend` writes the differences, which is shorter for what grows regularly; None finds out what is shorter.
    """
    if not values:
        return
    first = values[0]
    if values.count(first) == len(values):
        section.number(_CONSTANT)
        section.number(first)
        return
    if is_trend is not False:
        steps = [after - before for before, after in pairwise(values)]
        if is_trend or _spread(steps) < _spread(values):
            section.number(_TREND)
            section.number(first)
            put_integers(section, steps)
            return
    _put_noise(section, values)


def take_integers(section: SectionReader, count: int) -> list[int]:
    """Read a column that `put_integers` wrote. Raises BrokenBlob."""
    if not count:
        return []
    match section.number():
        case 0:  # _CONSTANT
            return [section.number()] * count
        case 1:  # _TREND
            first = section.number()
            return list(accumulate(take_integers(section, count - 1), initial=first))
        case 2:  # _NOISE
            return _take_noise(section, count)
        case 3:  # _SPARSE
            value = section.number()
            values = [value] * count
            _take_strays(section, values, value)
            return values
        case form:
            raise BrokenBlob(f"a column has the unknown form {form}")


def _put_noise(section: SectionWriter, values: Sequence[int]) -> None:
    low, median, high = _quartiles(values)
    if low == high and (len(values) - values.count(median)) * _SPARSE_SHARE <= len(values):
        section.number(_SPARSE)
        section.number(median)
        _put_strays(section, [(place, value - median) for place, value in enumerate(values) if value != median])
        return
    # Two to four steps of the highs between the quartiles: few enough to be frequent, and the lows are even noise.
    bits = max(0, (high - low).bit_length() - 2)
    lowest = median - (_MIDDLE << bits)
    strays: list[tuple[int, int]] = []
    above = [value - lowest for value in values]
    try:
        highs = bytes([value >> bits for value in above])
    except ValueError:  # some are beyond 0 to 255
        beyond = 256 << bits
        strays = [(place, value) for place, value in enumerate(above) if not 0 <= value < beyond]
        for place, _ in strays:
            above[place] = _MIDDLE << bits
        highs = bytes([value >> bits for value in above])
    section.number(_NOISE)
    section.number(bits)
    section.number(lowest)
    _put_strays(section, strays)
    section.soft(highs)
    section.hard(pack(above, bits))


def _take_noise(section: SectionReader, count: int) -> list[int]:
    bits, lowest = section.number(), section.number()
    highs = section.soft(count)
    value_of: Sequence[int] = range(lowest, lowest + (256 << bits), 1 << bits)
    if count > _SAMPLE:
        value_of = list(value_of)
    values = list(map(value_of.__getitem__, highs))
    if bits:
        values = list(map(add, values, unpack(section.hard(packed_size(count, bits)), count, bits)))
    _take_strays(section, values, lowest)
    return values


def _put_strays(section: SectionWriter, strays: Sequence[tuple[int, int]]) -> None:
    section.number(len(strays))
    last = 0
    for place, value in strays:
        section.number(place - last)
        section.number(value)
        last = place


def _take_strays(section: SectionReader, values: list[int], base: int) -> None:
    place = 0
    for _ in range(section.number()):
        place += section.number()
        values[place] = section.number() + base


def _spread(values: Sequence[int]) -> int:
    """How far most values are from each other: twice the quartiles' distance, and one more where not all are equal."""
    low, _, high = _quartiles(values)
    return (high - low) * 2 + (min(values) != max(values))


def _quartiles(values: Sequence[int]) -> tuple[int, int, int]:
    """What about a quarter, half and three quarters of the values are below; of many only some are looked at."""
    ordered = sorted(values[:: max(1, len(values) // _SAMPLE)])
    count = len(ordered)
    return ordered[count // 4], ordered[count // 2], ordered[count * 3 // 4]


def differences(values: Sequence[int], others: Sequence[int]) -> list[int]:
    """Each value minus the other at its place."""
    return list(map(sub, values, others))
