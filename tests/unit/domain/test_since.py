"""What has become of services since somebody looked."""

from datetime import timedelta
from itertools import pairwise

from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.since import ChangedSince, changed_since
from monitor_app.domain.status import Status
from tests.board_rows import NOW

OK, DEGRADED, FAILED, STARTING, STOPPED, UNKNOWN = Status


def events(*statuses: Status, pk: int = 1, reason: str = "") -> list[ServiceEvent]:
    """From each status to the next one, a minute apart; newest first."""
    steps = pairwise(statuses)
    found = [
        ServiceEvent(pk, NOW + timedelta(minutes=minute), "status_changed", "", f"{reason}{minute}", before, after)
        for minute, (before, after) in enumerate(steps)
    ]
    return found[::-1]


def test_every_fall_is_counted_and_the_last_one_explains() -> None:
    [one] = changed_since(events(OK, FAILED, OK, FAILED, OK, reason="refused "))
    assert one == ChangedSince(1, OK, OK, 2, NOW + timedelta(minutes=3), "refused 2")


def test_who_is_what_it_was_has_not_changed_unless_it_was_down() -> None:
    assert changed_since(events(OK, DEGRADED, OK)) == []
    assert [each.downs for each in changed_since(events(OK, FAILED, OK))] == [1]
    assert [each.after for each in changed_since(events(OK, DEGRADED))] == [DEGRADED]


def test_pauses_are_no_news() -> None:
    assert changed_since(events(OK, STOPPED, STARTING)) == []
    assert changed_since(events(OK, STOPPED, STARTING, OK)) == []
    assert [each.after for each in changed_since(events(UNKNOWN, OK))] == [OK]


def test_latest_change_comes_first() -> None:
    newer, older = events(OK, FAILED, pk=2), events(OK, UNKNOWN, pk=1)
    assert [each.service_pk for each in changed_since([*newer, *older])] == [2, 1]
