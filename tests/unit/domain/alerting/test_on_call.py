"""Whose turn it is, also over both changes of the clock, and when people are left in peace."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.alerting.on_call import (
    Override,
    Schedule,
    in_order,
    next_on_call,
    on_call,
    overlapping,
    shifts,
)
from monitor_app.domain.alerting.quiet import QuietHours, QuietSpan, parse_spans, quiet_until, spans_document
from monitor_app.domain.alerting.wall_clock import at_wall_clock, given_clock, given_day, given_zone
from monitor_app.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
# A Sunday: the first turn begins on the Monday after it.
WEEKS = Schedule(1, "Ops", BERLIN, date(2026, 3, 1), 0, time(9), 7, (1, 2, 3))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-03-02T07:59", None),  # before the first turn
        ("2026-03-02T08:00", 1),
        ("2026-03-09T07:59", 1),
        ("2026-03-09T08:00", 2),
        ("2026-03-30T06:59", 1),  # the clock was set forward on the 29th: nine o'clock is seven in UTC
        ("2026-03-30T07:00", 2),
        ("2026-10-26T07:59", 1),  # and back on 25 October
        ("2026-10-26T08:00", 2),
    ],
)
def test_turns_are_handed_over_by_the_wall_clock(when: str, who: int | None) -> None:
    assert on_call(WEEKS, at(when)).account_pk == who


def test_turns_over_a_change_of_the_clock_are_an_hour_shorter_and_longer() -> None:
    spring, autumn = on_call(WEEKS, at("2026-03-28T00:00")), on_call(WEEKS, at("2026-10-25T00:00"))
    assert spring.ends_at - spring.starts_at == timedelta(days=7, hours=-1)
    assert autumn.ends_at - autumn.starts_at == timedelta(days=7, hours=1)


def with_overrides(*overrides: Override) -> Schedule:
    return Schedule(1, "Ops", BERLIN, date(2026, 3, 1), 0, time(9), 7, (1, 2, 3), in_order(overrides))


HOLIDAY = Override(5, 9, at("2026-03-10T00:00"), at("2026-03-12T00:00"))
NOBODY = Override(6, None, at("2026-03-11T00:00"), at("2026-03-11T12:00"))


def test_who_stands_in_counts_before_the_turn_and_the_later_entry_before_the_earlier() -> None:
    schedule = with_overrides(NOBODY, HOLIDAY)
    found = [
        (shift.account_pk, shift.override_pk, f"{shift.starts_at:%d %H}", f"{shift.ends_at:%d %H}")
        for shift in shifts(schedule, at("2026-03-09T12:00"), at("2026-03-17T00:00"))
    ]
    assert found == [
        (2, None, "09 12", "10 00"),
        (9, 5, "10 00", "11 00"),
        (None, 6, "11 00", "11 12"),
        (9, 5, "11 12", "12 00"),
        (2, None, "12 00", "16 08"),
        (3, None, "16 08", "17 00"),
    ]


def test_who_is_next_is_somebody_else() -> None:
    schedule = with_overrides(HOLIDAY)
    following = next_on_call(schedule, at("2026-03-09T12:00"))
    assert following is not None
    assert (following.account_pk, following.starts_at) == (9, HOLIDAY.starts_at)
    assert (
        next_on_call(Schedule(1, "Ops", BERLIN, date(2026, 3, 1), 0, time(9), 7, (1,)), at("2026-05-01T00:00")) is None
    )
    assert next_on_call(Schedule(1, "Ops", BERLIN, date(2026, 3, 1), 0, time(9), 7, ()), at("2026-05-01T00:00")) is None


def test_turns_of_one_person_are_told_as_one() -> None:
    alone = Schedule(1, "Ops", BERLIN, date(2026, 3, 1), 0, time(9), 7, (4,))
    (shift,) = shifts(alone, at("2026-04-01T00:00"), at("2026-06-01T00:00"))
    assert (shift.account_pk, shift.starts_at, shift.ends_at) == (4, at("2026-04-01T00:00"), at("2026-06-01T00:00"))


def test_what_shares_time_with_a_span() -> None:
    assert overlapping([HOLIDAY, NOBODY], at("2026-03-11T12:00"), at("2026-03-13T00:00")) == [HOLIDAY]


NEW_YEAR = datetime.fromisoformat("2026-01-01")
MOMENTS = st.datetimes(NEW_YEAR, NEW_YEAR + timedelta(days=700), timezones=st.just(UTC))


@given(
    st.lists(st.tuples(MOMENTS, st.integers(1, 90), st.none() | st.integers(1, 3)), max_size=5),
    MOMENTS,
    st.integers(1, 28),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_shifts_leave_no_gap_and_say_what_each_moment_says(
    given_overrides: list[tuple[datetime, int, int | None]], since: datetime, days: int, zone: str
) -> None:
    overrides = in_order(
        [Override(n, who, start, start + timedelta(days=d)) for n, (start, d, who) in enumerate(given_overrides, 1)]
    )
    schedule = Schedule(1, "Ops", ZoneInfo(zone), date(2026, 6, 1), 2, time(2, 30), days, (1, 2), overrides)
    until = since + timedelta(days=60)
    found = shifts(schedule, since, until)
    assert (found[0].starts_at, found[-1].ends_at) == (since, until)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    for shift in found:
        assert shift.starts_at < shift.ends_at
        for moment in (shift.starts_at, shift.ends_at - timedelta(microseconds=1)):
            assert on_call(schedule, moment).account_pk == shift.account_pk


NIGHTS = QuietHours(BERLIN, (QuietSpan(frozenset(range(7)), time(22), time(7)),), "critical")


@pytest.mark.parametrize(
    ("severity", "when", "until"),
    [
        ("warning", "2026-05-17T19:59", None),
        ("warning", "2026-05-17T20:00", "2026-05-18T05:00"),
        ("info", "2026-05-18T04:59", "2026-05-18T05:00"),
        ("warning", "2026-05-18T05:00", None),
        ("critical", "2026-05-18T03:00", None),
        ("warning", "2026-03-29T00:30", "2026-03-29T05:00"),  # the night is an hour shorter
        ("warning", "2026-10-25T00:30", "2026-10-25T06:00"),  # and longer
    ],
)
def test_what_can_wait_waits_for_the_morning(severity: str, when: str, until: str | None) -> None:
    assert quiet_until(NIGHTS, severity, at(when)) == (None if until is None else at(until))


def test_spans_that_touch_are_one_and_nobody_has_to_have_any() -> None:
    weekend = QuietHours(
        BERLIN,
        (
            QuietSpan(frozenset({4, 5, 6}), time(22), time(7)),
            QuietSpan(frozenset({5, 6}), time(7), time(22)),
        ),
    )
    assert quiet_until(weekend, "warning", at("2026-05-15T21:00")) == at("2026-05-18T05:00")
    assert quiet_until(None, "info", at("2026-05-15T21:00")) is None
    always = QuietHours(BERLIN, (QuietSpan(frozenset(range(7)), time(0), time(0)),))
    end = quiet_until(always, "info", at("2026-05-15T21:00"))
    assert end is not None
    assert end > at("2026-05-20T00:00")


def test_spans_are_their_document() -> None:
    document = [{"days": [0, 4], "from": "22:00", "to": "07:30"}]
    assert spans_document(parse_spans(document)) == document


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ("night", "must be a list"),
        ([{"days": [0], "from": "22:00", "to": "23:00"}] * 15, "at most 14"),
        (["night"], "each must have days, from and to"),
        ([{"days": [7], "from": "22:00", "to": "23:00"}], "numbers from 0 (Monday)"),
        ([{"days": [], "from": "22:00", "to": "23:00"}], "numbers from 0 (Monday)"),
        ([{"days": 3, "from": "22:00", "to": "23:00"}], "numbers from 0 (Monday)"),
        ([{"days": [True], "from": "22:00", "to": "23:00"}], "numbers from 0 (Monday)"),
        ([{"days": [1], "from": "24:00", "to": "23:00"}], "must be a time of day"),
    ],
    ids=str,
)
def test_what_is_no_span_is_refused(spans: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_spans(spans)
    assert words in refused.value.fields["spans"]


def test_times_that_a_clock_leaves_out_and_shows_twice() -> None:
    assert at_wall_clock(datetime.fromisoformat("2026-03-29T02:30"), BERLIN) == at("2026-03-29T01:30")
    assert at_wall_clock(datetime.fromisoformat("2026-10-25T02:30"), BERLIN) == at("2026-10-25T00:30")


@pytest.mark.parametrize(
    "value", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", 3, None, "x" * 65, "Europe"], ids=str
)
def test_what_is_no_time_zone_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="the name of a time zone"):
        given_zone("time_zone", value)


@pytest.mark.parametrize("value", ["2026-13-01", "26-1-1", "20260518", None, "1812-01-01", "9999-01-01"], ids=str)
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="must be a date"):
        given_day("starts_on", value)


def test_dates_times_and_zones_are_taken() -> None:
    assert given_day("starts_on", "2026-05-18") == date(2026, 5, 18)
    assert given_clock("at", "09:05") == time(9, 5)
    assert given_zone("time_zone", "Europe/Berlin") == BERLIN
    for wrong in ("9:00", "24:00", "12:60", 900, "12:00:00"):
        with pytest.raises(InvalidInput, match="must be a time of day"):
            given_clock("at", wrong)
