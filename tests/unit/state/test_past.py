"""What was, in words."""

from datetime import UTC, datetime

import pytest

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.state.past import event_rows, event_words, share, uptime_row
from monitor_app.use_cases.results import Uptime

NOW = datetime(2030, 5, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (1.0, "100 %"),
        (0.999999, "99.99 %"),
        (0.99987, "99.98 %"),
        (0.9, "90.0 %"),
        (0.9912, "99.12 %"),
        (0.0, "0 %"),
    ],
)
def test_uptime_has_the_digits_that_matter_and_is_never_rounded_up(value: float | None, text: str) -> None:
    assert share(value) == text


def test_uptime_tells_how_much_is_known_where_that_is_not_all() -> None:
    whole = Uptime(86_400, 0, 0, 1.0, 1.0)
    assert uptime_row("24 hours", whole) == {"title": "24 hours", "uptime": "100 %", "note": ""}
    half = Uptime(43_000, 200, 43_200, 0.5, 0.99537)
    assert uptime_row("24 hours", half)["note"] == "50.0 % of it known"
    assert uptime_row("24 hours", None)["note"] == "no data"


def test_events_say_who_did_what_and_why() -> None:
    by_hand = ServiceEvent(1, NOW, "breaker_opened", "ann", "new disks")
    assert event_words(by_hand) == "circuit breaker opened by ann: new disks"
    by_itself = ServiceEvent(1, NOW, "breaker_opened", "", "after 5 failures")
    assert event_words(by_itself) == "circuit breaker opened: after 5 failures"
    down = ServiceEvent(1, NOW, "status_changed", "", "connection refused", Status.OK, Status.FAILED)
    assert event_words(down) == "down, was up: connection refused"
    assert [row["status"] for row in event_rows([down, by_hand])] == [2, -1]
