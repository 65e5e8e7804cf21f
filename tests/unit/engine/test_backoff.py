"""Waiting before the next attempt."""

from monitor_app.engine.backoff import backoff_seconds


def test_waits_double_up_to_the_limit():
    assert [backoff_seconds(failures, 0.25, 5) for failures in range(7)] == [0.25, 0.5, 1, 2, 4, 5, 5]


def test_any_number_of_failures_is_waited_for():
    assert backoff_seconds(100_000, 0.25, 5) == 5
