"""What the results of a window measured: phases of the response, metrics, and the classes of answers.

Everything is whole numbers, as in a Summary: merging measures, in whatever order and however the results were split
among them, gives exactly what counting all results at once gives.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import mul
from typing import Any, Final, TypeVar

from monitor_app.domain.status import Status
from monitor_app.domain.summary import GRANULARITIES

# The windows that are kept: an hour, a day. Shorter ones are counted from the results.
MEASURED: Final = GRANULARITIES[1:]
STATUS_CODE: Final = "status_code"
NO_ANSWER: Final = "no answer"
OTHER: Final = "other"
_HUNDREDS: Final = 5  # RFC 9110, section 15
CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx", OTHER, NO_ANSWER)
# Who tells ever new names does not fill the database: those that come first by the alphabet are kept.
NAMES_KEPT: Final = 60
MILLION: Final = 1_000_000
_ALL_WHOLE: Final = 2.0**53

Numbers = Mapping[str, Any]
_Held = TypeVar("_Held")


@dataclass(frozen=True, slots=True)
class Figure:
    """Values of one metric: how many, their sum, the lowest and the highest, in whole millionths."""

    count: int
    total: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Results of one service and one window.

    `timed` are those with phases and a response time; `phases` their sums in whole microseconds, in the order of the
    phases. `classes` are counts of answers by CLASSES, where NO_ANSWER is a failure without a status code.
    """

    results: int = 0
    timed: int = 0
    phases: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Figure] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)


def millionths(value: float) -> int:
    """Whole millionths of a finite number, of any size."""
    if isinstance(value, int) or abs(value) >= _ALL_WHOLE:
        return int(value) * MILLION
    return round(value * MILLION)


def measure_of(
    statuses: Sequence[int],
    response_ms: Sequence[float | None],
    phases: Sequence[Numbers | None],
    metrics: Sequence[Numbers | None],
) -> Measure:
    """Count results, given in columns, in any order."""
    phases_of = [one for one, ms in zip(phases, response_ms, strict=True) if one and ms is not None]
    sums: dict[str, int] = {}
    for name, column in _columns(phases_of):
        sums[name] = sums.get(name, 0) + sum(map(round, map(mul, column, repeat(1000.0))))
    figures: dict[str, Figure] = {}
    answers: Counter[str] = Counter()
    for name, column in _columns([one for one in metrics if one]):
        if name == STATUS_CODE:
            for code, count in Counter(column).items():
                answers[_class_of(code)] += count
        else:
            found = _figure(column)
            figures[name] = _both(figures[name], found) if name in figures else found
    failed = (one for one, status in zip(metrics, statuses, strict=True) if status == Status.FAILED)
    if silent := sum(not one or STATUS_CODE not in one for one in failed):
        answers[NO_ANSWER] = silent
    return Measure(len(metrics), len(phases_of), _first_names(sums), _first_names(figures), dict(answers))


def _columns(dicts: Sequence[Numbers]) -> Iterator[tuple[str, Sequence[Any]]]:
    """The values of each name; a name comes once for each set of names that dicts have. Most have the same."""
    by_names: dict[tuple[str, ...], list[Iterable[Any]]] = {}
    for one in dicts:
        by_names.setdefault(tuple(one), []).append(one.values())
    for names, values in by_names.items():
        yield from zip(names, zip(*values, strict=True), strict=True)


def _figure(column: Sequence[float]) -> Figure:
    if len(set(column)) == 1:
        only = millionths(column[0])
        return Figure(len(column), only * len(column), only, only)
    held = list(map(millionths, column))
    return Figure(len(held), sum(held), min(held), max(held))


def measures_of(
    seconds: int,
    checked_at_ms: Sequence[int],
    statuses: Sequence[int],
    response_ms: Sequence[float | None],
    phases: Sequence[Numbers | None],
    metrics: Sequence[Numbers | None],
) -> dict[int, Measure]:
    """The measure of each window of so many seconds that holds a result, by its start (seconds since 1970), in order.

    The results may come in any order.
    """
    grouped: dict[int, list[tuple[Any, ...]]] = {}
    size = seconds * 1000
    for at, *row in zip(checked_at_ms, statuses, response_ms, phases, metrics, strict=True):
        grouped.setdefault(at // size, []).append(tuple(row))
    return {window * seconds: measure_of(*zip(*grouped[window], strict=True)) for window in sorted(grouped)}


def merged_measures(measures: Sequence[Measure]) -> Measure:
    """What all of them come to together."""
    if len(measures) == 1:
        return measures[0]
    phases: dict[str, int] = {}
    figures: dict[str, Figure] = {}
    classes: dict[str, int] = {}
    for one in measures:
        for name, total in one.phases.items():
            phases[name] = phases.get(name, 0) + total
        for name, count in one.classes.items():
            classes[name] = classes.get(name, 0) + count
        for name, figure in one.metrics.items():
            held = figures.get(name)
            figures[name] = figure if held is None else _both(held, figure)
    results, timed = sum(one.results for one in measures), sum(one.timed for one in measures)
    return Measure(results, timed, _first_names(phases), _first_names(figures), classes)


def coarser(measures: Mapping[int, Measure], seconds: int) -> dict[int, Measure]:
    """Measures of windows of so many seconds, from those of shorter ones, in order of their starts."""
    groups: dict[int, list[Measure]] = {}
    for start in sorted(measures):
        groups.setdefault(start // seconds * seconds, []).append(measures[start])
    return {start: merged_measures(parts) for start, parts in groups.items()}


def merged_windows_of_measures(one: Mapping[int, Measure], other: Mapping[int, Measure]) -> dict[int, Measure]:
    """The windows of both, by their starts in ascending order; those that both have are merged."""
    windows = {**one, **other}
    for start in one.keys() & other.keys():
        windows[start] = merged_measures((one[start], other[start]))
    return dict(sorted(windows.items()))


def _both(one: Figure, other: Figure) -> Figure:
    low, high = min(one.low, other.low), max(one.high, other.high)
    return Figure(one.count + other.count, one.total + other.total, low, high)


def _first_names(found: dict[str, _Held]) -> dict[str, _Held]:
    if len(found) <= NAMES_KEPT:
        return found
    kept = set(sorted(found)[:NAMES_KEPT])
    return {name: held for name, held in found.items() if name in kept}


def _class_of(code: float) -> str:
    number = int(code) // 100
    return f"{number}xx" if 1 <= number <= _HUNDREDS else OTHER
