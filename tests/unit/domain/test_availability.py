"""How much of its own work a monitor does."""

import pytest

from monitor_app.domain.availability import DAY, HOUR, Availability, Work, per_thousand


def test_share_of_nothing_is_unknown() -> None:
    assert Work().share is None
    assert Work(5, 0, 5).share is None
    assert Availability(0).work(HOUR, 10).share is None


def test_what_is_on_its_way_is_not_missed() -> None:
    assert Work(due=100, finished=90, outstanding=10).share == 1.0
    assert Work(due=100, finished=45, outstanding=10).share == 0.5
    assert Work(due=100, finished=101).share == 1.0
    assert Work(due=100, finished=-1).share == 0.0


def test_reports_of_one_engine_are_running_counts() -> None:
    availability = Availability(0)
    availability.take("a", 100, 100, 0, 5)
    availability.take("a", 250, 240, 0, 10)
    assert availability.work(None, 10) == Work(250, 240, 0)
    assert availability.work(None, 10).share == 0.96


def test_another_engine_counts_from_nought() -> None:
    availability = Availability(0)
    availability.take("a", 100, 90, 10, 5)
    availability.take("b", 50, 50, 0, 10)
    assert availability.work(None, 10) == Work(150, 140, 0)


def test_what_the_dead_engine_had_begun_stays_unfinished() -> None:
    availability = Availability(0)
    availability.take("a", 100, 90, 10, 5)
    assert availability.work(None, 5).share == 1.0
    availability.take("b", 0, 0, 0, 10)
    assert availability.work(None, 10).share == 0.9


def test_while_nobody_checks_what_would_be_due_is_missed() -> None:
    availability = Availability(0)
    availability.take("a", 90, 90, 0, 90)
    availability.miss(1.0, 95)
    availability.miss(1.0, 100)
    assert availability.work(None, 100) == Work(100, 90, 0)


def test_while_another_process_checks_nothing_is_missed() -> None:
    availability = Availability(0)
    availability.take("a", 90, 90, 0, 90)
    availability.pass_over(1000)
    availability.miss(1.0, 1010)
    assert availability.work(None, 1010).due == 100


def test_only_the_last_hour_counts_for_the_last_hour() -> None:
    availability = Availability(0)
    availability.take("a", 1000, 0, 0, 60)
    availability.take("a", 1100, 100, 0, HOUR + 120)
    assert availability.work(HOUR, HOUR + 180).share == 1.0
    assert availability.work(DAY, HOUR + 180).share == pytest.approx(100 / 1100)


def test_minutes_add_up_and_those_older_than_a_day_are_forgotten() -> None:
    availability = Availability(0)
    for minute in range(3 * DAY // 60):
        availability.take("a", 10 * (minute + 1), 9 * (minute + 1), 0, minute * 60)
        availability.take("a", 10 * (minute + 1), 9 * (minute + 1), 0, minute * 60 + 30)
    now = 3 * DAY - 30
    assert availability.work(HOUR, now) == Work(600, 540, 0)
    assert availability.work(DAY, now) == Work(14_400, 12_960, 0)
    assert availability.work(None, now).due == 43_200


def test_exceptions_per_thousand_requests() -> None:
    assert per_thousand(0, 0) == 0
    assert per_thousand(3, 1500) == 2
    assert per_thousand(1, 0) == 1000
