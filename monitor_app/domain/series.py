"""What the charts of a service draw: how fine a span is told, and the figures of each part of it.

A span is told in points and in windows. Points are about response times: each result, where there are few, else what
the results of some time come to. Windows are about counts, and long enough to hold some results each. There are at most
POINTS_LIMIT of both, however long the span.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from monitor_app.domain.status import Status
from monitor_app.domain.summary import EMPTY, GRANULARITIES, Summary, merged
from monitor_app.domain.uptime import Span, uptime_of

POINTS_LIMIT: Final = 420
# So many results are shown one by one.
RESULTS_LIMIT: Final = 400
# Up to here the results of a span are read themselves, be there too many to be shown one by one.
RESULTS_SECONDS: Final = 6 * 3600
SHARES: Final = (0.05, 0.5, 0.95, 0.99)
MEASURED_WINDOWS: Final = 300
# Of so many results it is counted one by one what they measured.
MEASURED_RESULTS: Final = 20_000
# Of a window of results that are read themselves: a chart of bars.
BARS: Final = 120
# More of the interval than this between two results is a hole.
LATE: Final = 2.2
DAY: Final = 86_400
_STEPS: Final = (
    *(10, 15, 20, 30, 60, 120),
    *(300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200),
    *(DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY),
)
_FIVE_MINUTES, _HOUR, _DAY = GRANULARITIES

Source = Literal["results", "5 minutes", "hours", "days"]
_SOURCES: Final[Mapping[int, Source]] = {_FIVE_MINUTES: "5 minutes", _HOUR: "hours", _DAY: "days"}


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days results, summaries of 5 minutes and of hours are kept; those of days for ever."""

    results: int = 90
    five_minutes: int = 35
    hours: int = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """How a span is told. Times are seconds since 1970, `since` and `until` whole multiples of `window_seconds`.

    `step_seconds` 0: each result is a point. `granularity` 0: results are read, else summaries of so many seconds.
    """

    source: Source
    granularity: int
    step_seconds: int
    window_seconds: int
    since: int
    until: int

    @property
    def windows(self) -> range:
        """Where the windows begin."""
        return range(self.since, self.until, self.window_seconds)


@dataclass(frozen=True, slots=True)
class MeasuredPlan:
    """How it is told what results measured: as `Plan`, in windows of `step_seconds`."""

    granularity: int
    step_seconds: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Point:
    """Response times at a moment (ms since 1970), in ms; all None where nothing is known."""

    at_ms: int
    low: float | None = None
    p5: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    high: float | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """How many results of which status the window from `start` on (seconds since 1970) has.

    `availability` (0 to 1) is of the time about which something is known, `known` that as a share of the window;
    `seconds` how much of the window has been.
    """

    start: int
    seconds: float
    ok: int
    degraded: int
    failed: int
    other: int
    availability: float | None
    known: float
    # None of a window of which too little has been.
    checks_per_minute: float | None

    @property
    def samples(self) -> int:
        """All results."""
        return self.ok + self.degraded + self.failed + self.other

    @property
    def error_share(self) -> float | None:
        """Of those that count, the share that FAILED; None without any."""
        counted = self.ok + self.degraded + self.failed
        return self.failed / counted if counted else None


def plan_of(since: float, until: float, interval_seconds: int, kept: Kept, now: float) -> Plan:
    """How to tell [since, until), seconds since 1970, of a service with this interval."""
    span = until - since
    is_kept = since >= now - kept.results * DAY
    if is_kept and span / interval_seconds <= RESULTS_LIMIT:
        return _plan("results", 0, 0, _bars(span, interval_seconds), since, until)
    if is_kept and span <= RESULTS_SECONDS:
        step = _step(span / POINTS_LIMIT)
        return _plan("results", 0, step, _bars(span, interval_seconds, step), since, until)
    step = _step(max(span / (POINTS_LIMIT - 1), _finest(since, kept, now)))
    granularity = next(size for size in reversed(GRANULARITIES) if not step % size)
    return _plan(_SOURCES[granularity], granularity, step, _step(2 * interval_seconds, step), since, until)


def _plan(source: Source, granularity: int, step: int, window: int, since: float, until: float) -> Plan:
    first = int(since // window) * window
    return Plan(source, granularity, step, window, first, -int(-until // window) * window)


def _finest(since: float, kept: Kept, now: float) -> int:
    """The shortest windows that are kept of the whole span."""
    if since >= now - kept.five_minutes * DAY:
        return _FIVE_MINUTES
    return _HOUR if since >= now - kept.hours * DAY else _DAY


def _bars(span: float, interval_seconds: int, step: int = 10) -> int:
    return _step(max(span / BARS, 2 * interval_seconds), step)


def _step(at_least: float, multiple_of: int = 1) -> int:
    fitting = [step for step in _STEPS if not step % multiple_of]
    return next((step for step in fitting if step >= at_least), fitting[-1])


def measured_plan(
    since: float, until: float, interval_seconds: int, kept: Kept, now: float, first_result: float
) -> MeasuredPlan:
    """How to tell what the results of [since, until) measured, seconds since 1970.

    From `first_result` on results are kept of the service. Windows are long enough to hold one each.
    """
    step = _step(max((until - since) / MEASURED_WINDOWS, interval_seconds))
    results = (until - max(since, first_result)) / interval_seconds
    if step < _HOUR and since >= now - kept.results * DAY and results <= MEASURED_RESULTS:
        return _measured_plan(0, step, since, until)
    return measured_summaries(since, until, interval_seconds, kept, now)


def measured_summaries(since: float, until: float, interval_seconds: int, kept: Kept, now: float) -> MeasuredPlan:
    """The same, without results."""
    finest = _HOUR if since >= now - kept.hours * DAY else _DAY
    step = _step(max((until - since) / (POINTS_LIMIT - 1), interval_seconds), finest)
    return _measured_plan(_HOUR if step % DAY else _DAY, step, since, until)


def _measured_plan(granularity: int, step: int, since: float, until: float) -> MeasuredPlan:
    return MeasuredPlan(granularity, step, int(since // step) * step, -int(-until // step) * step)


def is_hole(before_ms: int, after_ms: int, step_seconds: int, interval_seconds: int) -> bool:
    """Whether results are missing between two windows of so many seconds, or two results (0)."""
    return after_ms - before_ms > max(1.5 * step_seconds, LATE * interval_seconds + step_seconds) * 1000


def regrouped(summaries: Mapping[int, Summary], seconds: int) -> dict[int, Summary]:
    """Summaries of windows of so many seconds, from those of shorter ones, in order; empty ones are not there."""
    groups: dict[int, list[Summary]] = {}
    for start in sorted(summaries):
        groups.setdefault(start // seconds * seconds, []).append(summaries[start])
    return {start: merged(parts) if len(parts) > 1 else parts[0] for start, parts in groups.items()}


def points_of(summaries: Mapping[int, Summary], step_seconds: int, interval_seconds: int) -> list[Point]:
    """A point for each summary (by its start, in order), in the middle of its window; one without figures in a hole."""
    middle = step_seconds * 500
    points = [_point(start * 1000 + middle, summary) for start, summary in summaries.items()]
    return _broken(points, step_seconds, interval_seconds)


def points_of_results(results: Iterable[tuple[int, float | None]], interval_seconds: int) -> list[Point]:
    """A point for each result (ms since 1970, response time in ms), in order of time; holes as in `points_of`."""
    points = [Point(at, ms, ms, ms, ms, ms, ms, ms) for at, ms in results]
    return _broken(points, 0, interval_seconds)


def until_now(points: Iterable[Point], step_seconds: int, now_ms: int) -> list[Point]:
    """The same, but that of a window that is under way stands in the middle of what has been of it."""
    half = step_seconds * 500
    return [
        replace(point, at_ms=(point.at_ms - half + now_ms) // 2) if point.at_ms + half > now_ms else point
        for point in points
    ]


def _point(at_ms: int, summary: Summary) -> Point:
    percentiles = summary.percentiles(SHARES)
    if percentiles is None:
        return Point(at_ms)
    p5, p50, p95, p99 = percentiles
    return Point(at_ms, summary.min_us / 1000, p5, p50, p95, p99, summary.max_us / 1000, summary.mean_ms)


def _broken(points: Sequence[Point], step_seconds: int, interval_seconds: int) -> list[Point]:
    found: list[Point] = []
    for point in points:
        if found and is_hole(found[-1].at_ms, point.at_ms, step_seconds, interval_seconds):
            found.append(Point((found[-1].at_ms + point.at_ms) // 2))
        found.append(point)
    return found


def windows_of(
    plan: Plan, summaries: Mapping[int, Summary], downtimes: Iterable[Span], unknown: Iterable[Span], now_ms: int
) -> list[Window]:
    """Every window of the plan, empty ones too, from summaries of its windows.

    Downtimes and times about which nothing is known are spans in ms since 1970. What is to come is in no window.
    """
    down, gaps = _by_window(plan, downtimes), _by_window(plan, unknown)
    windows = []
    for start in plan.windows:
        first, last = start * 1000, min((start + plan.window_seconds) * 1000, now_ms)
        if last <= first:
            break
        counts = summaries.get(start, EMPTY).counts
        # Who found nothing, though there was time for two results, knows nothing; a breaker may have kept them away.
        is_seen = any(counts) or start in down
        uptime = uptime_of(first, last, down.get(start, ()), gaps.get(start, ()) if is_seen else [(first, last)])
        ok, degraded, failed = (counts[status] for status in (Status.OK, Status.DEGRADED, Status.FAILED))
        other = sum(counts) - ok - degraded - failed
        seconds = (last - first) / 1000
        rate = sum(counts) * 60 / seconds if seconds >= plan.window_seconds / 2 else None
        windows.append(Window(start, seconds, ok, degraded, failed, other, uptime.uptime, uptime.coverage, rate))
    return windows


def _by_window(plan: Plan, spans: Iterable[Span]) -> dict[int, list[Span]]:
    """The spans that touch each window."""
    size = plan.window_seconds * 1000
    found: dict[int, list[Span]] = {}
    for start, end in spans:
        first, last = max(start, plan.since * 1000), min(end, plan.until * 1000)
        for window in range(first // size, -(-last // size)):
            found.setdefault(window * plan.window_seconds, []).append((start, end))
    return found


def bands_of(spans: Iterable[Span], since_ms: int, until_ms: int) -> list[Span]:
    """What is shaded: spans cut to [since, until), and put together where nobody could see what is between."""
    least = (until_ms - since_ms) // POINTS_LIMIT
    bands: list[Span] = []
    for start, end in sorted((max(start, since_ms), min(end, until_ms)) for start, end in spans):
        if start >= end:
            continue
        if bands and start - bands[-1][1] <= least:
            bands[-1] = (bands[-1][0], max(bands[-1][1], end))
        else:
            bands.append((start, end))
    return bands
