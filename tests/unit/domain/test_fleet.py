"""Services side by side: their days, and what stands out."""

from typing import Any

from monitor_app.domain.fleet import (
    DAY_MS,
    NOTHING,
    WEEK_MS,
    WHOLE,
    FleetLine,
    Known,
    Responses,
    day_cells,
    flakiest,
    fleet_line,
    most_changed,
    slowest,
)

NO_RESPONSES = Responses()
FAST, SLOW = Responses(100, 100 * 20_000), Responses(100, 100 * 80_000)
UNTIL = 15 * DAY_MS


def line(pk: int, *, week: Responses = NO_RESPONSES, before: Responses = NO_RESPONSES, **known: Any) -> FleetLine:
    return fleet_line(pk, 0, UNTIL, Known(bytes([1] * 15), **known), week, before)


def test_a_day_is_whole_unknown_or_a_share() -> None:
    half, cut = DAY_MS + DAY_MS // 2, 3 * DAY_MS
    cells = day_cells(0, 4 * DAY_MS, Known(b"\x01\x01\x00\x01", [(half, 2 * DAY_MS), (cut, cut + 1)]))
    assert list(cells) == [WHOLE, WHOLE // 2, NOTHING, WHOLE - 1]


def test_a_downtime_over_days_without_results_and_beyond_the_ends() -> None:
    cells = day_cells(DAY_MS, 4 * DAY_MS, Known(b"\x00\x00\x01", [(0, 3 * DAY_MS), (5 * DAY_MS, 6 * DAY_MS)]))
    assert list(cells) == [0, 0, WHOLE]


def test_a_day_that_was_up_for_a_moment_is_not_nothing() -> None:
    assert list(day_cells(0, DAY_MS, Known(b"\x01", [(1, DAY_MS)]))) == [1]


def test_a_downtime_in_maintenance_says_nothing_of_its_day() -> None:
    known = Known(b"\x01", [(0, DAY_MS)], [(0, DAY_MS)])
    assert list(day_cells(0, DAY_MS, known)) == [NOTHING]
    assert fleet_line(1, 0, DAY_MS, known).uptime.uptime is None


def test_a_gap_takes_from_its_day_and_hides_it_when_it_is_whole() -> None:
    half = DAY_MS // 2
    known = Known(b"\x01\x01\x01", [(half // 2, half)], [(half, 2 * DAY_MS), (2 * DAY_MS, 2 * DAY_MS + half)])
    assert list(day_cells(0, 3 * DAY_MS, known)) == [WHOLE // 2, NOTHING, WHOLE]


def test_the_figures_of_a_line() -> None:
    found = line(7, week=SLOW, before=FAST, down=[(UNTIL - WEEK_MS, UNTIL - WEEK_MS // 2)], status_changes=3)
    assert (found.pk, found.downtimes, found.status_changes) == (7, 1, 3)
    assert (found.mean_ms, found.mean_ms_before) == (80, 20)
    assert (found.availability, found.availability_before) == (0.5, 1.0)
    assert found.change == 2 + 5


def test_of_too_short_a_span_the_week_before_is_not_known() -> None:
    found = fleet_line(1, 0, 7 * DAY_MS, Known(bytes(7)))
    assert (found.availability, found.availability_before, found.change) == (1.0, None, 0.0)


def test_few_responses_and_small_changes_say_nothing() -> None:
    assert Responses(9, 9_000_000).mean_ms is None
    assert line(1, week=Responses(10, 20_000), before=Responses(10, 40_000)).change == 0


def test_what_stands_out() -> None:
    calm, slow = line(1, week=FAST, before=FAST), line(2, week=SLOW, before=FAST)
    flaky = line(3, down=[(0, 5), (10, 15)], status_changes=4)
    restless, nothing = line(4, status_changes=2), line(5)
    every = [calm, slow, flaky, restless, nothing]
    assert [one.pk for one in slowest(every, 5)] == [2, 1]
    assert [one.pk for one in slowest(every, 1)] == [2]
    assert [one.pk for one in flakiest(every, 5)] == [3, 4]
    assert [one.pk for one in most_changed(every, 5)] == [2]


def test_those_that_are_alike_come_in_their_order() -> None:
    assert [one.pk for one in slowest([line(2, week=FAST), line(1, week=FAST)], 5)] == [1, 2]
