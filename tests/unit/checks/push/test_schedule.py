"""When reports are due."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.checks.push.schedule import checked_cron, checked_timezone, due_after

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_period_runs_from_the_last_report() -> None:
    assert due_after(NOON, 90, "", "UTC") == NOON + timedelta(seconds=90)


def test_cron_is_due_at_its_next_moment_in_its_time_zone() -> None:
    assert due_after(NOON, None, "30 2 * * *", "UTC") == datetime(2026, 1, 2, 2, 30, tzinfo=UTC)
    assert due_after(NOON, None, "30 2 * * *", "Europe/Berlin") == datetime(2026, 1, 2, 1, 30, tzinfo=UTC)


def test_skipped_hour_is_due_at_its_end_and_doubled_hour_once() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert due_after(spring, None, "30 2 * * *", "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first = due_after(autumn, None, "30 2 * * *", "Europe/Berlin")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert due_after(first, None, "30 2 * * *", "Europe/Berlin") == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_cron_is_kept_with_single_blanks() -> None:
    assert checked_cron("  0   4 * *  MON-FRI ") == "0 4 * * MON-FRI"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@daily", "must have 5 fields"),
        ("* * * * * *", "must have 5 fields"),
        ("61 * * * *", "must be a cron expression such as 30 2 * * 1-5, got '61 * * * *': bad minute"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("a b c d e", "bad minute"),
    ],
)
def test_wrong_cron_is_refused_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked_cron(text)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "Europe"])
def test_wrong_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be the name of a time zone such as Europe/Berlin"):
        checked_timezone(name)
