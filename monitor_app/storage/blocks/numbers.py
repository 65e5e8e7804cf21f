"""Columns of numbers as JSON knows them: whole ones stay whole, decimal ones come back to the last digit.

Format of a column, as a number of the section's head: 0 to 6 are so many decimals, the column of whole numbers of the
last decimal follows; WHOLE is a column of whole numbers; MIXED is a JSON list, for all that is rare: kinds of numbers
mixed, too large, or with more decimals.
"""

from collections.abc import Sequence
from itertools import repeat
from operator import truediv
from typing import TypeGuard

from monitor_app.storage.blocks.integers import LIMIT, put_integers, take_integers
from monitor_app.storage.blocks.section import SectionReader, SectionWriter

Number = int | float

# Of times in ms.
MICRO_DECIMALS = 3

_WHOLE, _MIXED = 7, 8
# Most times have three decimals, most metrics two or none; whoever has another number of them takes the next higher.
_DECIMALS = (0, 2, 3, 6)
_SAMPLE = 8
# Beside this number floats have no room for a fraction: adding and taking it off again rounds what is up to _ROUNDED.
# A third of what `round` costs, and the same to the last bit.
_ROUNDER = 1.5 * 2**52
_ROUNDED = 2**51


def put_numbers(section: SectionWriter, values: Sequence[Number], *, is_trend: bool | None = None) -> None:
    """Write a column of finite numbers. The reader knows how many there are."""
    if not values:
        return
    if _are_whole(values):
        section.number(_WHOLE)
        put_integers(section, values, is_trend=is_trend)
        return
    for decimals in _DECIMALS:
        scaled = shifted(values, decimals)
        if scaled is not None:
            section.number(decimals)
            put_integers(section, scaled, is_trend=is_trend)
            return
    section.number(_MIXED)
    section.document(values)


def put_micros(section: SectionWriter, values: Sequence[float]) -> list[int] | None:
    """The same for noisy times in ms; returns them in whole microseconds, or None when that is not exact."""
    micros = shifted(values, MICRO_DECIMALS) if values else []
    if micros is None:
        put_numbers(section, values)
    elif micros:
        section.number(MICRO_DECIMALS)
        put_integers(section, micros)
    return micros


def take_numbers(section: SectionReader, count: int) -> list[Number]:
    """Read a column that `put_numbers` or `put_micros` wrote. Raises BrokenBlob."""
    return take_micros(section, count)[0]


def take_micros(section: SectionReader, count: int) -> tuple[list[Number], list[int] | None]:
    """The same, together with what `put_micros` returned."""
    if not count:
        return [], []
    form = section.number()
    if form == _MIXED:
        return section.document(), None
    whole = take_integers(section, count)
    if form == _WHOLE:
        return list(whole), None
    return unshifted(whole, form), whole if form == MICRO_DECIMALS else None


def _are_whole(values: Sequence[Number]) -> TypeGuard[Sequence[int]]:
    """Whether all are ints (not bools) that `put_integers` takes."""
    return set(map(type, values)) == {int} and min(values) >= -LIMIT and max(values) <= LIMIT


def shifted(values: Sequence[Number], decimals: int) -> list[int] | None:
    """All values in whole numbers of their last decimal; None when that is not exact, or some are no floats."""
    factor = 10.0**decimals
    for value in values[:_SAMPLE]:  # most columns that do not fit show it at once
        if type(value) is not float or _rounded(value * factor) / factor != value:
            return None
    if set(map(type, values)) != {float} or max(values) * factor > _ROUNDED or min(values) * factor < -_ROUNDED:
        return None
    whole = [value * factor + _ROUNDER - _ROUNDER for value in values]
    if list(map(truediv, whole, repeat(factor))) != list(values):
        return None
    return list(map(int, whole))


def _rounded(value: float) -> float:
    return value + _ROUNDER - _ROUNDER


def unshifted(whole: Sequence[int], decimals: int) -> list[Number]:
    """The decimal numbers again."""
    return list(map(truediv, whole, repeat(10.0**decimals)))
