"""What the doctor says about the size of the database."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.cli._growth import Growth, bound, in_units, lines, measure
from monitor_app.engine.retention import Policy
from monitor_app.storage.upkeep import DatabaseSize, Upkeep

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
GIGABYTE = 1_000_000_000


def size(used: int = GIGABYTE, rows: int = 40_000_000, days: float | None = 30, file_bytes: int = 0) -> DatabaseSize:
    return DatabaseSize(used, file_bytes or used, rows, None if days is None else NOW - timedelta(days=days))


class Asked:
    """Answers with one size, and so many results in any time."""

    def __init__(self, answer: DatabaseSize, rows: int) -> None:
        self.answer, self.rows, self.since = answer, rows, NOW

    async def size(self) -> DatabaseSize:
        return self.answer

    async def raw_rows_since(self, since: datetime) -> int:
        self.since = since
        return self.rows


async def measured(answer: DatabaseSize, rows: int) -> tuple[Growth, Asked]:
    asked = Asked(answer, rows)
    upkeep: Upkeep = asked
    return await measure(upkeep, NOW), asked


async def test_growth_is_measured_over_the_last_three_days() -> None:
    growth, asked = await measured(size(), 4_320_000)
    assert asked.since == NOW - timedelta(days=3)
    assert growth.rows_per_day == 1_440_000
    assert growth.bytes_per_day == 36_000_000


async def test_a_young_database_is_measured_over_its_life() -> None:
    growth, asked = await measured(size(days=0.5), 720_000)
    assert asked.since == NOW - timedelta(days=0.5)
    assert growth.rows_per_day == 1_440_000


@pytest.mark.parametrize("days", [None, 0.01])
async def test_one_that_is_too_young_tells_nothing(days: float | None) -> None:
    growth, _ = await measured(size(days=days, rows=0), 10)
    assert growth.rows_per_day is None
    assert list(lines(growth, Policy()))[-1] == "too young to tell how fast it grows"
    assert bound(growth, Policy(max_bytes=2 * GIGABYTE), NOW) is None


def test_size_growth_and_where_it_levels_off() -> None:
    assert list(lines(Growth(size(), 1_440_000), Policy())) == [
        "1.0 GB; 40,000,000 results, the oldest from 2026-04-17 12:00 UTC",
        "1,440,000 results a day, 25 bytes each: 36.0 MB a day",
        "levels off at about 3.2 GB, when results are 90 days old",
    ]


def test_one_that_has_levelled_off_is_not_told_to() -> None:
    assert len(list(lines(Growth(size(), 100_000), Policy()))) == 2


def test_room_in_the_file_is_told_when_there_is_much() -> None:
    assert "with 500 MB of free room in its file" in next(lines(Growth(size(file_bytes=1_500_000_000), 1), Policy()))
    assert "free room" not in next(lines(Growth(size(file_bytes=1_020_000_000), 1), Policy()))


@pytest.mark.parametrize(
    ("max_bytes", "text", "shortens"),
    [
        (None, None, False),
        (GIGABYTE, "MAX_DB_SIZE (1.0 GB) is reached: the oldest results go earlier", True),
        (
            2_080_000_000,
            "MAX_DB_SIZE (2.1 GB) is reached in about 30 days (2026-06-16); "
            "results are then kept for about 57 days instead of 90",
            True,
        ),
        (4 * GIGABYTE, "MAX_DB_SIZE (4.0 GB) is not reached at this rate", False),
    ],
)
def test_where_the_bound_leads(max_bytes: int | None, text: str | None, shortens: bool) -> None:
    assert bound(Growth(size(), 1_440_000), Policy(max_bytes=max_bytes), NOW) == (text and (text, shortens))


def test_a_service_that_is_not_checked_any_more_reaches_nothing() -> None:
    assert bound(Growth(size(), 0), Policy(max_bytes=2 * GIGABYTE), NOW) == (
        "MAX_DB_SIZE (2.0 GB) is not reached at this rate",
        False,
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (99_449, "99.4 KB"),
        (123_456, "123 KB"),
        (5e12, "5.0 TB"),
        (5e16, "50000 TB"),
    ],
)
def test_sizes_are_read_easily(number: float, text: str) -> None:
    assert in_units(number) == text
