"""Lists of accepted statuses."""

import pytest

from monitor_app.checks.http.statuses import normal_statuses, parse_statuses


def test_numbers_and_ranges_are_read() -> None:
    assert parse_statuses("200-299,304") == (range(200, 300), range(304, 305))


def test_spaces_are_taken_out() -> None:
    assert normal_statuses(" 200 - 299 , 304 ") == "200-299,304"


@pytest.mark.parametrize("text", ["", ",", "200,", "abc", "20", "2000", "200-", "-200", "200..299", "2٠0"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match='must list statuses and ranges, such as "200-299,304"'):
        parse_statuses(text)


def test_a_range_must_go_upward() -> None:
    with pytest.raises(ValueError, match="must have ranges that go upward, got '299-200'"):
        parse_statuses("299-200")


def test_statuses_begin_at_100() -> None:
    with pytest.raises(ValueError, match="from 100 to 999, got 42"):
        parse_statuses("042")
