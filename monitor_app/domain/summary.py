"""What many results come to: how many of which status, and how long the answers took.

Everything is whole numbers, so merging summaries, in whatever order and however the results were split among them,
gives exactly what counting all results at once gives. That is what lets late results simply be added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor_app.domain.sketch import Sketch, merge_into, quantiles, sketch_of
from monitor_app.domain.status import Status

# The windows that are kept: five minutes, an hour, a day. All begin at whole multiples since 1970, in UTC.
GRANULARITIES = (300, 3600, 86_400)
_STATUSES = len(Status)

Counts = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """Results of one service and one window.

    `counts` are the results by the number of their status. `responses` are those with a response time, whatever their
    status; `total_us`, `min_us`, `max_us` (0 without any) and `sketch` are of these, in whole microseconds.
    """

    counts: Counts = (0, 0, 0, 0, 0, 0)
    responses: int = 0
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0
    sketch: Sketch = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """All results."""
        return sum(self.counts)

    @property
    def ok(self) -> int:
        """Results that were OK."""
        return self.counts[Status.OK]

    @property
    def degraded(self) -> int:
        """Results that were DEGRADED."""
        return self.counts[Status.DEGRADED]

    @property
    def failed(self) -> int:
        """Results that were FAILED."""
        return self.counts[Status.FAILED]

    @property
    def mean_ms(self) -> float | None:
        """The mean response time; None when there was no response."""
        return self.total_us / self.responses / 1000 if self.responses else None

    def percentiles(self, shares: Sequence[float]) -> list[float] | None:
        """Response times in ms below which these shares (0 to 1) lie, within 2.5 %; None when there was no response."""
        if not self.responses:
            return None
        return [min(max(value, self.min_us), self.max_us) / 1000 for value in quantiles(self.sketch, shares)]


EMPTY = Summary()


def window_start(checked_at_ms: int, granularity: int) -> int:
    """The beginning, in seconds since 1970, of the window of so many seconds that holds this time in ms since 1970."""
    return checked_at_ms // (granularity * 1000) * granularity


def micros(response_ms: float) -> int:
    """Whole microseconds of a response time in ms."""
    return round(response_ms * 1000)


def summary_of(statuses: Iterable[int], response_ms: Iterable[float | None]) -> Summary:
    """Count results, given by the numbers of their statuses and, in the same order, by their response times."""
    counts = [0] * _STATUSES
    for status in statuses:
        counts[status] += 1
    times = [micros(ms) for ms in response_ms if ms is not None]
    if not times:
        return Summary(_counts(counts))
    return Summary(_counts(counts), len(times), sum(times), min(times), max(times), sketch_of(times))


def summaries_of(
    checked_at_ms: Sequence[int], statuses: Sequence[int], response_ms: Sequence[float | None], granularity: int
) -> dict[int, Summary]:
    """The summary of each window that holds a result, by `window_start`. The results may come in any order."""
    grouped: dict[int, tuple[list[int], list[float | None]]] = {}
    starts = [window_start(at, granularity) for at in checked_at_ms]
    for start, status, ms in zip(starts, statuses, response_ms, strict=True):
        window = grouped.get(start)
        if window is None:
            window = grouped[start] = ([], [])
        window[0].append(status)
        window[1].append(ms)
    return {start: summary_of(*window) for start, window in grouped.items()}


def merged(summaries: Iterable[Summary]) -> Summary:
    """What all of them come to together."""
    counts = [0] * _STATUSES
    responses = total_us = 0
    lows, highs = [], []
    sketch: Sketch = {}
    for summary in summaries:
        for number, count in enumerate(summary.counts):
            counts[number] += count
        if summary.responses:
            responses += summary.responses
            total_us += summary.total_us
            lows.append(summary.min_us)
            highs.append(summary.max_us)
            merge_into(sketch, summary.sketch)
    return Summary(_counts(counts), responses, total_us, min(lows, default=0), max(highs, default=0), sketch)


def merged_windows(one: Mapping[int, Summary], other: Mapping[int, Summary]) -> dict[int, Summary]:
    """The windows of both, by their starts in ascending order; those that both have are merged."""
    windows = {**one, **other}
    for start in one.keys() & other.keys():
        windows[start] = merged((one[start], other[start]))
    return dict(sorted(windows.items()))


def _counts(counts: list[int]) -> Counts:
    ok, degraded, failed, starting, stopped, unknown = counts
    return ok, degraded, failed, starting, stopped, unknown
