"""What readers of a status page are told of all of it, and of each day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor_app.domain.notice import Notice
from monitor_app.domain.past_days import DAY_MS, DayCounts, past_days
from monitor_app.domain.public_page import (
    Day,
    Level,
    PublicNotice,
    PublicPage,
    PublicUpdate,
    day_of,
    duration,
    keys_of,
    level_of,
    outage_size,
    overall,
    percent,
    shortened,
    shown_level,
)
from monitor_app.domain.status import Status

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
MINUTE = 60_000


def public(key: str = "n1", phase: str = "current", impact: str = "minor", kind: str = "incident") -> PublicNotice:
    return PublicNotice(key, kind, "Slow", impact, "investigating", phase, NOW, None, NOW, (), ())


@pytest.mark.parametrize(
    ("levels", "impacts", "level"),
    [
        (["ok", "ok"], [], "ok"),
        (["ok", "paused"], [], "ok"),
        (["ok", "down"], [], "down"),
        (["down", "paused"], [], "down"),
        (["ok", "degraded"], [], "degraded"),
        (["ok", "unknown"], [], "unknown"),
        (["ok", "maintenance"], [], "maintenance"),
        (["paused"], [], "unknown"),
        ([], [], "unknown"),
        (["ok"], ["minor"], "degraded"),
        (["ok"], ["major"], "down"),
        (["ok"], ["critical"], "down"),
        (["ok"], ["none"], "ok"),
    ],
    ids=range(13),
)
def test_all_of_it_in_one_word(levels: list[Level], impacts: list[str], level: Level) -> None:
    assert overall(levels, [public(impact=impact) for impact in impacts])[0] == level


def test_what_is_over_or_to_come_alarms_nobody() -> None:
    notices = [public(phase="past", impact="critical"), public(phase="upcoming", impact="critical")]
    assert overall(["ok"], notices) == ("ok", "All services are operational")
    assert overall(["down", "down"], [])[1] == "Major outage"
    assert overall(["ok", "down"], [])[1] == "Partial outage"


def test_level_follows_from_status_and_announced_maintenance() -> None:
    assert level_of(Status.FAILED, in_maintenance=False) == "down"
    assert level_of(Status.STOPPED, in_maintenance=True) == "maintenance"
    assert level_of(Status.STOPPED, in_maintenance=False) == "paused"
    planned = Notice(1, "maintenance", "Disks", "none", "scheduled", NOW, None, "ada", NOW, NOW)
    assert shown_level("down", [planned]) == "maintenance"
    assert shown_level("down", [replace(planned, kind="incident")]) == "down"


def test_notices_in_the_order_in_which_they_are_read() -> None:
    times = {"a": NOW, "b": NOW + timedelta(hours=1)}
    notices = tuple(
        replace(public(key + phase, phase), starts_at=at) for phase in ("upcoming", "past") for key, at in times.items()
    )
    page = PublicPage("s", "S", "", "", "", "/status/s", "", True, True, NOW, date(2026, 5, 17), (), notices)
    assert [one.key for one in page.of_phase("upcoming")] == ["aupcoming", "bupcoming"]
    assert [one.key for one in page.of_phase("past")] == ["bpast", "apast"]


def test_what_does_not_fit_is_told_in_short_the_oldest_first() -> None:
    told = tuple(PublicUpdate(NOW - timedelta(hours=ago), "identified", "x" * 400) for ago in (1, 2))
    names = tuple(f"Service {number}" for number in range(5))
    some = [replace(public("now", "current"), updates=told)]
    some += [
        replace(public(f"past{ago}", "past"), starts_at=NOW - timedelta(days=ago), updates=told, services=names)
        for ago in range(30)
    ]
    page = PublicPage("s", "S", "", "", "", "/status/s", "", True, True, NOW, date(2026, 5, 17), (), tuple(some))
    short = shortened(page, 1000).notices
    assert [one.key for one in short] == ["now", *(f"past{ago}" for ago in range(20))]
    assert short[0] is some[0]
    assert short[1].services == ("Service 0", "Service 1", "Service 2", "2 more")
    assert [update.text for update in short[1].updates] == ["x" * 159 + "…"]
    little = replace(some[0], updates=(replace(told[0], text="Soon."),))
    assert shortened(replace(page, notices=(little,)), 0).notices == (little,)


def test_keys_come_from_public_names_alone() -> None:
    assert keys_of(["Web Shop", "web shop", "Übersicht", "日本"]) == ["web-shop", "web-shop-2", "ubersicht", "service"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "no data"),
        (1.0, "100 %"),
        (0.99998, "99.998 %"),
        (0.99981, "99.98 %"),
        (0.9999999, "99.9999 %"),
        (0.985, "98.50 %"),
        (0.0, "0.00 %"),
    ],
    ids=range(7),
)
def test_percent_never_rounds_up_to_all(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_durations_in_two_units_at_most() -> None:
    seconds = (0.2, 42, 240, 3600, 4320, 86_400, 97_200)
    assert [duration(each) for each in seconds] == ["1 s", "42 s", "4 min", "1 h", "1 h 12 min", "1 d", "1 d 3 h"]


def test_day_by_its_results_and_downtimes() -> None:
    assert day_of(0, 0, 0, None, 0) == Day("none")
    assert day_of(10, 0, 1, 1.0, 0) == Day("ok", 1.0)
    assert day_of(10, 1, 0, 1.0, 0) == Day("degraded", 1.0)
    assert day_of(10, 0, 1, 0.99, 840.4) == Day("down", 0.99, 840)
    assert day_of(10, 9, 1, 0.99, 840.4) == Day("down", 0.99, 840, is_degraded=True)


@pytest.mark.parametrize(
    ("seconds", "uptime", "size"),
    [
        (1, 0.999, 1),
        (599, 0.99, 1),
        (600, 0.99, 2),
        (3600, 0.95, 3),
        (6 * 3600, 0.75, 4),
        (86_400, 0.0, 4),
        (180, 0.5, 1),
        (180, 0.49, 4),
        (180, None, 1),
    ],
    ids=range(9),
)
def test_outage_of_a_day_is_as_large_as_it_was_long(seconds: int, uptime: float | None, size: int) -> None:
    assert outage_size(Day("down", uptime, seconds)) == size


def test_day_without_an_outage_has_none() -> None:
    assert [outage_size(day) for day in (Day("ok", 1.0), Day("degraded", 1.0), Day("none"))] == [0, 0, 0]


def test_days_split_a_downtime_at_midnight_and_leave_out_what_is_unknown() -> None:
    counts = DayCounts(ok=[5, 5, 0, 0, 5], degraded=[0] * 5, failed=[0, 1, 0, 0, 0])
    down = [(DAY_MS - 10 * MINUTE, DAY_MS + 20 * MINUTE), (2 * DAY_MS, 2 * DAY_MS + MINUTE)]
    maintenance = [(4 * DAY_MS, 4 * DAY_MS + 60 * MINUTE)]
    hidden = [*down, (4 * DAY_MS + MINUTE, 4 * DAY_MS + 2 * MINUTE)]
    days = past_days(0, 4 * DAY_MS + 120 * MINUTE, counts, hidden, maintenance)
    assert [day.level for day in days] == ["down", "down", "down", "none", "ok"]
    assert [day.down_seconds for day in days] == [600, 1200, 60, 0, 0]
    assert days[4].uptime == 1.0
