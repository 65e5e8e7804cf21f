"""Turning a stamp's age into a time of arrival."""

import pytest

from monitor_app.net.stream import arrival

NOW, EMPTY_AT = 100.0, 90.0


def test_bytes_arrived_as_long_ago_as_their_stamp_says() -> None:
    assert arrival(NOW, 4.0, EMPTY_AT) == 96.0


def test_without_a_stamp_bytes_arrived_now() -> None:
    assert arrival(NOW, None, EMPTY_AT) == NOW


@pytest.mark.parametrize("age", [-3600.0, 3600.0, 10.5])
def test_a_stamp_that_cannot_be_is_not_believed(age: float) -> None:
    """The clock was set between arrival and reading: back, forward, or a little."""
    assert arrival(NOW, age, EMPTY_AT) == NOW


def test_the_two_clocks_need_not_agree_to_the_microsecond() -> None:
    assert arrival(NOW, -0.0005, EMPTY_AT) == NOW
    assert arrival(NOW, 10.0005, EMPTY_AT) == pytest.approx(EMPTY_AT, abs=0.001)
