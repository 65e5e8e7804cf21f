"""Times of requests in memory."""

from typing import Any

import pytest

from monitor_app.engine.own_health import requests
from monitor_app.engine.own_health.requests import OTHER, RequestTimes


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def times(hand: Hand) -> RequestTimes:
    return RequestTimes(hand)


def test_series_are_by_route_method_and_class(times: RequestTimes) -> None:
    times.note("/api/things", "GET", 200, 0.01)
    times.note("/api/things", "GET", 204, 0.02)
    times.note("/api/things", "GET", 404, 0.01)
    times.note("/api/things", "BREW", 405, 0.01)
    counts = {key: timings.count for key, timings in times.series.items()}
    assert counts == {
        ("/api/things", "GET", "2xx"): 2,
        ("/api/things", "GET", "4xx"): 1,
        ("/api/things", OTHER, "4xx"): 1,
    }
    assert times.count == 4


def test_recent_times_are_forgotten_after_a_while(times: RequestTimes, hand: Hand) -> None:
    times.note("/old", "GET", 200, 1.0)
    hand.now = 301
    times.note("/new", "GET", 200, 0.1)
    assert set(times.recent()) == {"/old", "/new"}
    hand.now = 602
    assert set(times.recent()) == {"/new"}
    hand.now = 5000
    assert times.recent() == {}
    assert times.count == 2


def test_both_halves_of_the_recent_past_add_up(times: RequestTimes, hand: Hand) -> None:
    times.note("/a", "GET", 200, 1.0)
    hand.now = 301
    times.note("/a", "GET", 200, 0.1)
    assert times.recent()["/a"].count == 2


def test_memory_is_bounded_whatever_routes_there_are(times: RequestTimes, monkeypatch: Any) -> None:
    monkeypatch.setattr(requests, "SERIES_LIMIT", 3)
    for number in range(10):
        times.note(f"/{number}", "GET", 200, 0.1)
    assert len(times.series) == 4
    assert times.series[OTHER, OTHER, "2xx"].count == 7
    assert len(times.recent()) == 3


def test_exceptions_are_counted_with_when_the_last_was(times: RequestTimes, hand: Hand) -> None:
    assert times.last_exception_at is None
    hand.now = 7
    times.note_exception("event")
    assert (times.exceptions["event"], times.last_exception_at) == (1, 7)
