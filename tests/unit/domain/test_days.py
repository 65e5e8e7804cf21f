"""Days that are left, in numbers and in words."""

import pytest

from monitor_app.domain.days import days_found, days_words


@pytest.mark.parametrize(
    ("days", "found"), [(9.996, 9.99), (10.0, 10.0), (0.004, 0.0), (-0.004, -0.01), (-3.0, -3.0), (-3.2, -3.2)]
)
def test_what_is_left_is_never_rounded_up(days: float, found: float) -> None:
    assert days_found(days) == found


@pytest.mark.parametrize(
    ("days", "words"),
    [(0.0, "less than a day"), (0.99, "less than a day"), (1.9, "1 day"), (2.0, "2 days"), (9.996, "9 days")],
)
def test_days_are_told_in_whole_ones(days: float, words: str) -> None:
    assert days_words(days) == words


@pytest.mark.parametrize("days", [9.9999, 10.0, 1.0049, 0.9951])
def test_number_and_words_agree(days: float) -> None:
    assert days_words(days_found(days)) == days_words(days)
