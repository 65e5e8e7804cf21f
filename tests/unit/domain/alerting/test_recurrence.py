"""Maintenance windows in time: once, again and again, over both changes of the clock, and what never happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.alerting.recurrence import (
    Window,
    active,
    all_clashing,
    clashing,
    given_local,
    given_recurrence,
    occurrences,
    upcoming,
)
from monitor_app.domain.alerting.scope import EVERYTHING
from monitor_app.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime.fromisoformat("2026-03-22T02:30")
MAY, JULY = datetime.fromisoformat("2026-05-01"), datetime.fromisoformat("2026-07-01")
ONCE = Window(1, "Disks", "new disks", EVERYTHING, SUNDAY, BERLIN, 60)
WEEKLY = replace(ONCE, recurrence="FREQ=WEEKLY;BYDAY=SU")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def begins(window: Window, since: str, until: str) -> list[str]:
    return [f"{each.starts_at:%m-%d %H:%M}" for each in occurrences(window, at(since), at(until))]


def test_once_is_once() -> None:
    assert begins(ONCE, "2026-01-01", "2027-01-01") == ["03-22 01:30"]
    assert begins(ONCE, "2026-03-22T02:29", "2026-03-23") == ["03-22 01:30"]  # still on
    assert begins(ONCE, "2026-03-22T02:30", "2026-03-23") == []
    assert begins(ONCE, "2026-03-22T00:00", "2026-03-22T01:30") == []
    assert upcoming(ONCE, at("2026-03-20")) == occurrences(ONCE, at("2026-03-22"), at("2026-03-23"))[0]
    assert upcoming(ONCE, at("2026-03-22T01:30")) is None


def test_once_in_a_year_is_known_today() -> None:
    following = upcoming(ONCE, at("2025-01-01"))
    assert following is not None
    assert following.local == "2026-03-22T02:30"
    assert upcoming(replace(ONCE, skipped=frozenset({"2026-03-22T02:30"})), at("2025-01-01")) is None


def test_again_and_again_by_the_wall_clock() -> None:
    """Half past two is left out on 29 March, and comes twice on 25 October."""
    assert begins(WEEKLY, "2026-03-20", "2026-04-10") == ["03-22 01:30", "03-29 01:30", "04-05 00:30"]
    assert begins(WEEKLY, "2026-10-17", "2026-11-02") == ["10-18 00:30", "10-25 00:30", "11-01 01:30"]
    lengths = {each.ends_at - each.starts_at for each in occurrences(WEEKLY, at("2026-03-20"), at("2026-11-02"))}
    assert lengths == {timedelta(hours=1)}


def test_what_a_person_left_out_does_not_happen() -> None:
    skipping = replace(WEEKLY, skipped=frozenset({"2026-03-29T02:30"}))
    assert begins(skipping, "2026-03-20", "2026-04-10") == ["03-22 01:30", "04-05 00:30"]


def test_what_is_on_now_and_what_comes_next() -> None:
    on = active(WEEKLY, at("2026-03-29T02:29"))
    assert on is not None
    assert (on.local, on.starts_at, on.ends_at) == ("2026-03-29T02:30", at("2026-03-29T01:30"), at("2026-03-29T02:30"))
    assert active(WEEKLY, at("2026-03-29T02:30")) is None
    assert active(WEEKLY, at("2026-03-29T01:29")) is None
    following = upcoming(WEEKLY, at("2026-03-29T01:30"))
    assert following is not None
    assert following.local == "2026-04-05T02:30"
    off = replace(WEEKLY, enabled=False)
    assert (active(off, at("2026-03-29T02:00")), upcoming(off, at("2026-03-29T02:00"))) == (None, None)


def test_of_those_that_overlap_the_longest_counts() -> None:
    daily = replace(ONCE, recurrence="FREQ=DAILY", minutes=36 * 60)
    on = active(daily, at("2026-04-10T06:00"))
    assert on is not None
    assert on.local == "2026-04-10T02:30"


def test_rare_ones_are_found_and_over_is_over() -> None:
    leap = replace(ONCE, recurrence="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    following = upcoming(leap, at("2026-03-01"))
    assert following is not None
    assert following.local == "2028-02-29T02:30"
    assert upcoming(replace(ONCE, recurrence="FREQ=DAILY;COUNT=3"), at("2026-03-25")) is None
    assert upcoming(replace(ONCE, recurrence="FREQ=DAILY;UNTIL=20260324T000000Z"), at("2026-03-25")) is None
    assert begins(replace(ONCE, recurrence="FREQ=DAILY;COUNT=3"), "2026-01-01", "2027-01-01") == [
        "03-22 01:30",
        "03-23 01:30",
        "03-24 01:30",
    ]


def test_there_is_an_end_to_how_many_are_told() -> None:
    assert len(occurrences(replace(ONCE, recurrence="FREQ=DAILY"), at("2026-03-01"), at("2036-03-01"))) == 1000


def test_others_at_the_same_time_are_told() -> None:
    other = replace(WEEKLY, pk=2, name="Updates", starts_local=SUNDAY + timedelta(minutes=30))
    apart = replace(WEEKLY, pk=3, name="Apart", starts_local=SUNDAY + timedelta(hours=2))
    off = replace(other, pk=4, name="Off", enabled=False)
    assert clashing([WEEKLY, other, apart, off], WEEKLY, at("2026-03-20"), at("2026-04-20")) == ["Updates"]
    every = all_clashing([apart, WEEKLY, other, off], at("2026-03-20"), at("2026-04-20"))
    assert every == {WEEKLY.pk: ["Updates"], other.pk: ["Disks"]}


def test_long_one_clashes_with_all_that_begin_in_it_but_not_with_itself() -> None:
    long = replace(WEEKLY, pk=5, name="Long", minutes=10 * 24 * 60)
    later = replace(ONCE, pk=6, name="Later", starts_local=SUNDAY + timedelta(days=9))
    assert all_clashing([long, later], at("2026-03-20"), at("2026-04-20")) == {5: ["Later"], 6: ["Long"]}


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("", ""),
        ("rrule:freq=weekly;byday=su", "FREQ=WEEKLY;BYDAY=SU"),
        ("FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=2TU"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3", "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=3"),
        ("FREQ=DAILY;UNTIL=20271231", "FREQ=DAILY;UNTIL=20271231"),
        ("FREQ=DAILY;COUNT=5", "FREQ=DAILY;COUNT=5"),
    ],
)
def test_rules_of_recurrence_are_kept_in_capitals(given_text: str, kept: str) -> None:
    assert given_recurrence("recurrence", given_text, SUNDAY) == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=SECONDLY", "must have one of FREQ=DAILY"),
        ("INTERVAL=2", "must have one of FREQ=DAILY"),
        ("every sunday", "must be made of FREQ, INTERVAL"),
        ("FREQ=DAILY;BYHOUR=3", "must be made of FREQ, INTERVAL"),
        ("FREQ=DAILY;FREQ=WEEKLY", "must give FREQ one value"),
        ("FREQ=DAILY;COUNT=0", "COUNT from 1 to 1000"),
        ("FREQ=DAILY;COUNT=5000", "COUNT from 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=X", "INTERVAL from 1 to 366"),
        ("FREQ=WEEKLY;BYDAY=XX", "must be a rule of RFC 5545"),
        ("FREQ=DAILY;UNTIL=SOON", "must be a rule of RFC 5545"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "either COUNT or UNTIL"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "BYMONTHDAY only with FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never happens in the ten years"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=4", "never happens in the ten years"),
        (
            "FREQ=DAILY;UNTIL=20200101",
            "must come at least once, such as FREQ=WEEKLY;BYDAY=SU: it never happens in the ten",
        ),
        ("FREQ=DAILY;" + "BYDAY=MO;" * 60, "at most 300 characters"),
    ],
)
def test_rules_that_are_none_or_never_happen_are_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        given_recurrence("recurrence", text, SUNDAY)
    assert words in refused.value.fields["recurrence"]


@pytest.mark.parametrize(
    "value", ["2026-05-17", "2026-05-17T25:00", 3, "2026-05-17 22:00", "1812-05-17T22:00"], ids=str
)
def test_what_is_no_local_time_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"must be a (date and )?time"):
        given_local("starts_at", value)


def test_a_local_time_is_taken() -> None:
    assert given_local("starts_at", "2026-03-22T02:30") == SUNDAY


@given(
    st.datetimes(SUNDAY, SUNDAY + timedelta(days=500), timezones=st.just(UTC)),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,WE", "FREQ=MONTHLY;BYDAY=-1FR", ""]),
    st.integers(1, 3000),
)
def test_what_is_on_is_one_of_the_occurrences(moment: datetime, recurrence: str, minutes: int) -> None:
    window = replace(ONCE, recurrence=recurrence, minutes=minutes)
    every = occurrences(window, moment - timedelta(days=3), moment + timedelta(days=40))
    on = active(window, moment)
    assert (on in every) if on else not any(each.starts_at <= moment < each.ends_at for each in every)
    later = [each for each in every if each.starts_at > moment]
    if later:
        assert upcoming(window, moment) == later[0]


@pytest.mark.parametrize(
    "recurrence",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYDAY=MO,FR;BYMONTH=5,6",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=WE",
        "FREQ=WEEKLY;UNTIL=20260601",
        "FREQ=MONTHLY;BYDAY=-1SU",
    ],
)
def test_rule_that_began_long_ago_gives_what_walking_through_all_of_it_gives(recurrence: str) -> None:
    window = replace(ONCE, starts_local=datetime.fromisoformat("1999-11-28T02:30"), recurrence=recurrence)
    walked = rrulestr(recurrence, dtstart=window.starts_local).between(MAY, JULY, inc=True)
    found = occurrences(replace(window, zone=ZoneInfo("UTC")), MAY.replace(tzinfo=UTC), JULY.replace(tzinfo=UTC))
    assert [each.local for each in found] == [f"{each:%Y-%m-%dT%H:%M}" for each in walked]
    assert len(found) > 1
