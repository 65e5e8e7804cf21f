"""What results measured over a span, as charts draw it, in columns of windows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from monitor_app.domain.measure import CLASSES, MILLION, NO_ANSWER, Measure
from monitor_app.domain.series import is_hole

NAMES_LIMIT: Final = 12

Column = list[float | None]


class Measured:
    """Measures of windows of `step_seconds`, by their starts (seconds since 1970), in order.

    `timestamps` are ms since 1970, in the middle of each window. The columns below have a value for each timestamp;
    None stands in holes, where a line is to break.
    """

    def __init__(self, measures: Mapping[int, Measure], step_seconds: int, interval_seconds: int) -> None:
        self.step_seconds = step_seconds
        self._places = list(_places(measures, step_seconds, interval_seconds))
        self._measures = measures.values()

    @property
    def timestamps(self) -> list[int]:
        """The middles of the windows that hold something, and one in each hole."""
        return [at for at, _ in self._places]

    def phases(self) -> dict[str, Column]:
        """The mean of each phase in ms, in the order of the phases: together the mean of the whole."""
        names = dict.fromkeys(name for one in self._measures for name in one.phases)
        return {
            name: [_mean_ms(one, name) if one is not None else None for _, one in self._places]
            for name in list(names)[:NAMES_LIMIT]
        }

    def metrics(self) -> dict[str, dict[str, Column]]:
        """Mean, low and high of each metric, but for status codes; of at most NAMES_LIMIT."""
        return {name: self._metric(name) for name in self._metric_names()[:NAMES_LIMIT]}

    @property
    def metrics_left_out(self) -> int:
        """How many metrics there are beyond NAMES_LIMIT."""
        return max(0, len(self._metric_names()) - NAMES_LIMIT)

    def status_classes(self) -> dict[str, Column]:
        """How many answers of which class, and how many failures without an answer; none where there are no codes."""
        held = {name for one in self._measures for name in one.classes}
        if held <= {NO_ANSWER}:
            return {}
        return {
            name: [float(one.classes.get(name, 0)) if one is not None else None for _, one in self._places]
            for name in CLASSES
            if name in held
        }

    def _metric_names(self) -> Sequence[str]:
        return sorted({name for one in self._measures for name in one.metrics})

    def _metric(self, name: str) -> dict[str, Column]:
        figures = [None if one is None else one.metrics.get(name) for _, one in self._places]
        return {
            "mean": [None if one is None else one.total / (one.count * MILLION) for one in figures],
            "low": [None if one is None else one.low / MILLION for one in figures],
            "high": [None if one is None else one.high / MILLION for one in figures],
        }


def _mean_ms(one: Measure, name: str) -> float | None:
    return one.phases.get(name, 0) / (one.timed * 1000) if one.timed else None


def _places(
    measures: Mapping[int, Measure], step_seconds: int, interval_seconds: int
) -> Iterable[tuple[int, Measure | None]]:
    """(middle of the window in ms since 1970, its measure), with None for the measure in a hole."""
    before: int | None = None
    for start, one in measures.items():
        at = start * 1000 + step_seconds * 500
        if before is not None and is_hole(before, at, step_seconds, interval_seconds):
            yield (before + at) // 2, None
        yield at, one
        before = at
