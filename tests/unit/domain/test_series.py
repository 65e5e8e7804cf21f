"""How fine a span is told, and what its points and windows hold."""

import pytest

from monitor_app.domain.series import (
    POINTS_LIMIT,
    Kept,
    MeasuredPlan,
    Plan,
    Point,
    bands_of,
    measured_plan,
    plan_of,
    points_of,
    points_of_results,
    regrouped,
    until_now,
    windows_of,
)
from monitor_app.domain.summary import Summary, merged, summary_of

NOW = 1_700_000_000
HOUR, DAY = 3600, 86_400


def plan(span: float, interval: int = 60, ago: float = 0, kept: Kept | None = None) -> Plan:
    return plan_of(NOW - ago - span, NOW - ago, interval, kept or Kept(), NOW)


@pytest.mark.parametrize(
    ("span", "interval", "source", "step", "window"),
    [
        (HOUR, 60, "results", 0, 120),
        (HOUR, 5, "results", 10, 30),
        (6 * HOUR, 5, "results", 60, 300),
        (DAY, 60, "5 minutes", 300, 300),
        (7 * DAY, 60, "5 minutes", 1800, 1800),
        (30 * DAY, 60, "hours", 7200, 7200),
        (30 * DAY, DAY, "results", 0, 2 * DAY),
        (365 * DAY, 60, "days", DAY, DAY),
        (365 * DAY, DAY, "days", DAY, 2 * DAY),
    ],
)
def test_resolution_follows_from_the_span(span: int, interval: int, source: str, step: int, window: int) -> None:
    found = plan(span, interval)
    assert (found.source, found.step_seconds, found.window_seconds) == (source, step, window)


@pytest.mark.parametrize("interval", [5, 60, 3600, DAY])
def test_no_span_is_told_in_too_many_points(interval: int) -> None:
    for span in (1, 300, HOUR, 5 * HOUR, DAY, 3 * DAY, 20 * DAY, 90 * DAY, 400 * DAY):
        found = plan(span, interval)
        assert len(found.windows) <= POINTS_LIMIT
        assert span / (found.step_seconds or interval) <= POINTS_LIMIT
        assert found.since <= NOW - span
        assert found.until >= NOW


def test_what_is_not_kept_is_read_from_what_is() -> None:
    assert plan(HOUR, ago=100 * DAY).source == "hours"
    assert plan(HOUR, ago=40 * DAY, kept=Kept(results=30)).source == "hours"
    assert plan(7 * DAY, ago=20 * DAY).source == "5 minutes"
    assert plan(7 * DAY, ago=40 * DAY).source == "hours"
    assert plan(7 * DAY, ago=500 * DAY).source == "days"
    assert plan(3000 * DAY).step_seconds == 14 * DAY
    assert plan(30_000 * DAY).step_seconds == 28 * DAY


def measured(
    span: int, interval: int = 60, ago: int = 0, kept: Kept | None = None, first_ago: int = 10_000 * DAY
) -> MeasuredPlan:
    """A span that ended some time ago, and when the first result was."""
    return measured_plan(NOW - ago - span, NOW - ago, interval, kept or Kept(), NOW, NOW - first_ago)


def test_window_that_is_under_way_stands_before_now() -> None:
    before, under_way = Point(1_800_000, mean=1.0), Point(5_400_000, mean=2.0)
    assert until_now([before, under_way], 3600, 4_000_000) == [before, Point(3_800_000, mean=2.0)]
    assert until_now([before, under_way], 3600, 7_200_000) == [before, under_way]


def test_windows_of_measurements_hold_a_result_each() -> None:
    assert measured(HOUR).step_seconds == 60
    assert measured(7 * DAY).step_seconds == 3600
    assert measured(HOUR, 3600).step_seconds == 3600


def test_what_few_results_measured_is_counted_from_them() -> None:
    assert measured(DAY) == MeasuredPlan(0, 300, NOW - DAY - 200, NOW + 100)
    assert measured(6 * DAY).granularity == 0
    assert measured(2 * DAY, 5).granularity == 3600
    assert measured(2 * DAY, 5, first_ago=DAY).granularity == 0
    assert measured(DAY, ago=100 * DAY).granularity == 3600
    assert measured(HOUR, ago=100 * DAY).step_seconds == 3600


def test_what_many_results_measured_is_read_from_summaries() -> None:
    shown = [
        (plan.granularity, plan.step_seconds) for plan in (measured(days * DAY) for days in (7, 30, 90, 365, 3000))
    ]
    assert shown == [(3600, 3600), (3600, 7200), (3600, 21_600), (86_400, DAY), (86_400, 14 * DAY)]
    assert measured(7 * DAY, ago=500 * DAY).granularity == 86_400
    assert measured(7 * DAY, kept=Kept(hours=3)).step_seconds == DAY
    for days in (7, 30, 90, 365):
        plan = measured(days * DAY + 7, ago=11)
        assert not plan.since % plan.step_seconds
        assert not plan.until % plan.step_seconds
        assert plan.since <= NOW - days * DAY - 18 < plan.since + plan.step_seconds


def test_summaries_are_put_together() -> None:
    one, two, three = summary_of([0], [10.0]), summary_of([2], [None]), summary_of([1], [30.0])
    assert regrouped({300: two, 0: one, 600: three}, 600) == {0: merged((one, two)), 600: three}


def test_point_tells_percentiles_of_its_window() -> None:
    (found,) = points_of({600: summary_of([0] * 100, [float(ms) for ms in range(1, 101)])}, 300, 60)
    assert (found.at_ms, found.low, found.high, found.mean) == (750_000, 1.0, 100.0, 50.5)
    for value, expected in ((found.p5, 5), (found.p50, 50), (found.p95, 95), (found.p99, 99)):
        assert value == pytest.approx(expected, rel=0.03)


def test_window_without_a_response_has_no_figures() -> None:
    assert points_of({0: Summary((0, 0, 3, 0, 0, 0))}, 300, 60) == [Point(150_000)]


def test_line_breaks_in_a_hole_and_nowhere_else() -> None:
    one = summary_of([0], [10.0])
    assert [point.mean for point in points_of({0: one, 300: one, 1800: one}, 300, 60)] == [10.0, 10.0, None, 10.0]
    assert len(points_of({0: one, 3600: one}, 300, 3600)) == 2  # it is checked every hour
    results = points_of_results([(0, 1.0), (61_000, 2.0), (300_000, None)], 60)
    assert [(point.at_ms, point.p50) for point in results] == [
        (0, 1.0),
        (61_000, 2.0),
        (180_500, None),
        (300_000, None),
    ]


def test_windows_count_results_and_time() -> None:
    told = Plan("5 minutes", 300, 300, 300, 0, 1200)
    summaries = {0: summary_of([0, 0, 2, 4], [None] * 4), 300: summary_of([1], [None])}
    first, second, third = windows_of(told, summaries, [(150_000, 300_000)], [(450_000, 600_000)], 630_000)
    assert (first.ok, first.degraded, first.failed, first.other, first.samples) == (2, 0, 1, 1, 4)
    assert (first.availability, first.known) == (0.5, 1.0)
    assert first.error_share == pytest.approx(1 / 3)
    assert first.checks_per_minute == pytest.approx(0.8)
    assert (second.availability, second.known, second.error_share) == (1.0, 0.5, 0.0)
    assert (third.seconds, third.samples, third.error_share, third.checks_per_minute) == (30.0, 0, None, None)
    assert (third.availability, third.known) == (None, 0.0)  # nothing came


def test_time_about_which_nothing_is_known_has_no_availability() -> None:
    (only,) = windows_of(Plan("days", 86_400, 300, 300, 0, 300), {}, [], [(-5, 900_000)], 10**9)
    assert (only.availability, only.known) == (None, 0.0)


def test_rate_of_a_window_that_has_just_begun_is_not_told() -> None:
    told = Plan("results", 0, 0, 300, 0, 300)
    found = summary_of([0, 0], [1.0, 1.0])
    assert [window.checks_per_minute for window in windows_of(told, {0: found}, [], [], 9_000)] == [None]
    assert [window.checks_per_minute for window in windows_of(told, {0: found}, [], [], 150_000)] == [0.8]
    assert windows_of(told, {}, [], [], 0) == []


def test_bands_that_nobody_could_tell_apart_are_one() -> None:
    span = POINTS_LIMIT * 1000
    assert bands_of([(-50, 2000), (2900, 4000), (9000, 9500)], 0, span) == [(0, 4000), (9000, 9500)]
    assert bands_of([(span + 1, span + 5), (5000, span * 2)], 0, span) == [(5000, span)]
