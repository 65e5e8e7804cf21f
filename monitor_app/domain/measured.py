"""What results measured over a span: phases of the response, metrics, and the classes of answers.

Summaries do not hold these, so results themselves are counted, for as long as they are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from monitor_app.domain.series import is_hole
from monitor_app.domain.status import Status

STATUS_CODE: Final = "status_code"
NO_ANSWER: Final = "no answer"
NAMES_LIMIT: Final = 12
_CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")

Numbers = Mapping[str, Any]


class Measured:
    """Counts results in windows of `step_seconds`. `timestamps` are ms since 1970, in the middle of each window.

    The columns below have a value for each timestamp; None stands in holes, where a line is to break.
    """

    def __init__(self, step_seconds: int, interval_seconds: int) -> None:
        self.step_seconds = step_seconds
        self._interval = interval_seconds
        self._phases: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._timed: dict[int, int] = defaultdict(int)
        self._metrics: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._classes: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._windows: set[int] = set()

    def add(
        self,
        checked_at_ms: Sequence[int],
        statuses: Sequence[int],
        response_ms: Sequence[float | None],
        phases: Sequence[Numbers | None],
        metrics: Sequence[Numbers | None],
    ) -> None:
        """Count results, given in columns, in any order."""
        size = self.step_seconds * 1000
        rows = zip(checked_at_ms, statuses, response_ms, phases, metrics, strict=True)
        for at, status, ms, phases_of, metrics_of in rows:
            window = at // size
            self._windows.add(window)
            if phases_of and ms is not None:
                self._timed[window] += 1
                for name, value in phases_of.items():
                    self._phases[name][window] += value
            for name, value in (metrics_of or {}).items():
                self._metrics[name][window].append(value)
            if status == Status.FAILED and STATUS_CODE not in (metrics_of or {}):
                self._classes[NO_ANSWER][window] += 1

    @property
    def timestamps(self) -> list[int]:
        """The middles of the windows that hold something, and one in each hole."""
        return [at for at, _ in self._row_places()]

    def phases(self) -> dict[str, list[float | None]]:
        """The mean of each phase, in the order of the phases: together the mean of the whole."""
        return {
            name: self._column({window: total / self._timed[window] for window, total in totals.items()}, 0.0)
            for name, totals in list(self._phases.items())[:NAMES_LIMIT]
        }

    def metrics(self) -> dict[str, dict[str, list[float | None]]]:
        """Mean, low and high of each metric, but for status codes; of at most NAMES_LIMIT."""
        found = {}
        for name in sorted(self._metrics.keys() - {STATUS_CODE})[:NAMES_LIMIT]:
            held = self._metrics[name]
            found[name] = {
                "mean": self._column({window: sum(values) / len(values) for window, values in held.items()}),
                "low": self._column({window: min(values) for window, values in held.items()}),
                "high": self._column({window: max(values) for window, values in held.items()}),
            }
        return found

    @property
    def metrics_left_out(self) -> int:
        """How many metrics there are beyond NAMES_LIMIT."""
        return max(0, len(self._metrics.keys() - {STATUS_CODE}) - NAMES_LIMIT)

    def status_classes(self) -> dict[str, list[float | None]]:
        """How many answers of which class, and how many failures without an answer; none where there are no codes."""
        codes = self._metrics.get(STATUS_CODE)
        if not codes:
            return {}
        classes: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for window, values in codes.items():
            for value in values:
                classes[_class_of(value)][window] += 1
        counted: dict[str, dict[int, float]] = {name: classes[name] for name in (*_CLASSES, "other") if name in classes}
        if self._classes:
            counted[NO_ANSWER] = {window: float(count) for window, count in self._classes[NO_ANSWER].items()}
        return {name: self._column(column, 0.0) for name, column in counted.items()}

    def _row_places(self) -> Iterable[tuple[int, int | None]]:
        """(time, window), with None for the window in a hole."""
        before: int | None = None
        for window in sorted(self._windows):
            at = window * self.step_seconds * 1000 + self.step_seconds * 500
            if before is not None and is_hole(before, at, self.step_seconds, self._interval):
                yield (before + at) // 2, None
            yield at, window
            before = at

    def _column(self, held: Mapping[int, float], nothing: float | None = None) -> list[float | None]:
        return [None if window is None else held.get(window, nothing) for _, window in self._row_places()]


def _class_of(code: float) -> str:
    number = int(code) // 100
    return f"{number}xx" if 1 <= number <= len(_CLASSES) else "other"
