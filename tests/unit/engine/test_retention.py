"""Retention: what goes when, in bites, and what is said about it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from monitor_app.domain.service import NEVER
from monitor_app.engine import retention
from monitor_app.engine.retention import BITE, Policy, Retention
from monitor_app.errors import DatabaseUnavailable
from monitor_app.settings import load_settings
from monitor_app.storage.upkeep import DatabaseSize
from tests.virtual_time import START, VirtualClock, run_virtual

MEGABYTE = 1_000_000


class Shelf:
    """An upkeep over blocks that are hours of results, each of a megabyte, and things that end at some time."""

    def __init__(self, clock: VirtualClock, raw_hours: int = 0) -> None:
        self._clock = clock
        self.raw = [START - timedelta(hours=age) for age in range(raw_hours, 0, -1)]
        self.summaries: dict[int, list[datetime]] = {300: [], 3600: [], 86_400: []}
        self.log: list[datetime] = []
        self.changes: list[datetime] = []
        self.services: list[datetime] = []
        self.details: list[datetime] = []
        self.bites: list[tuple[float, int]] = []
        self.sizes_asked = 0
        self.seconds_a_bite = 0.0
        self.fails = False

    def _take(self, ends: list[datetime], before: datetime, limit: int) -> int:
        if self.fails:
            raise DatabaseUnavailable("the disk is full")
        old = [end for end in ends if end <= before][:limit]
        ends[:] = [end for end in ends if end not in old]
        self.bites.append((self._clock.elapsed, len(old)))
        self._clock.advance(self.seconds_a_bite)
        return len(old)

    async def purge_raw(self, before: datetime, limit: int) -> int:
        return self._take(self.raw, before, limit)

    async def purge_summaries(self, granularity: int, before: datetime, limit: int) -> int:
        return self._take(self.summaries[granularity], before, limit)

    async def purge_changes(self, before: datetime, keep: int, limit: int) -> int:
        return self._take(self.changes, before, limit)

    async def purge_log(self, before: datetime, limit: int) -> int:
        return self._take(self.log, before, limit)

    async def purge_details(self, bad: int, limit: int) -> int:
        return self._take(self.details, START, limit)

    async def purge_told(self, before: datetime, keep: int, limit: int) -> int:
        return 0

    async def purge_deleted_services(self, before: datetime, limit: int) -> int:
        return self._take(self.services, before, limit)

    async def size(self) -> DatabaseSize:
        self.sizes_asked += 1
        used = len(self.raw) * MEGABYTE + MEGABYTE
        return DatabaseSize(used, used, len(self.raw), self.raw[0] if self.raw else None)

    async def raw_rows_since(self, since: datetime) -> int:
        return sum(end >= since for end in self.raw)


def prune(policy: Policy, fill: Callable[[Shelf], None] = lambda shelf: None, raw_hours: int = 0) -> Shelf:
    clock = VirtualClock()
    shelf = Shelf(clock, raw_hours)
    fill(shelf)
    run_virtual(clock, Retention(shelf, policy, clock).prune())
    return shelf


def ages(ends: list[datetime], unit: timedelta = timedelta(days=1)) -> list[int]:
    return [round((START - end) / unit) for end in ends]


def test_each_kind_goes_at_its_own_age() -> None:
    def fill(shelf: Shelf) -> None:
        days = [START - timedelta(days=age) for age in (1000, 401, 399, 91, 89, 36, 34, 31, 29, 1)]
        shelf.raw, shelf.log, shelf.services, shelf.details = days[:], days[:], days[:], days[:]
        shelf.summaries = {granularity: list(days) for granularity in (300, 3600, 86_400)}

    shelf = prune(Policy(), fill)
    assert ages(shelf.raw) == [89, 36, 34, 31, 29, 1]
    assert ages(shelf.summaries[300]) == [34, 31, 29, 1]
    assert ages(shelf.summaries[3600]) == [399, 91, 89, 36, 34, 31, 29, 1]
    assert ages(shelf.summaries[86_400])[0] == 1000
    assert ages(shelf.log)[0] == 399
    assert ages(shelf.services) == [29, 1]
    assert not shelf.details


def test_it_goes_in_bites_with_pauses_that_grow_with_their_time() -> None:
    def fill(shelf: Shelf) -> None:
        shelf.seconds_a_bite = 0.5

    shelf = prune(Policy(raw_days=1), fill, raw_hours=24 + 3 * BITE)
    starts = [at for at, deleted in shelf.bites if deleted]
    assert [deleted for _, deleted in shelf.bites if deleted] == [BITE, BITE, BITE, 1]
    assert all(after - before >= 2.5 for before, after in pairwise(starts))


def test_nothing_goes_while_somebody_else_has_the_turn() -> None:
    clock, turn = VirtualClock(), asyncio.Lock()
    shelf = Shelf(clock, 24 * 91)

    async def main() -> None:
        async with turn:
            pruning = asyncio.create_task(Retention(shelf, Policy(), clock, turn).prune())
            await asyncio.sleep(5)
            assert not shelf.bites
        await pruning

    run_virtual(clock, main())
    assert len(shelf.raw) < 24 * 91


def test_without_a_bound_nobody_asks_for_the_size() -> None:
    assert prune(Policy(), raw_hours=100).sizes_asked == 0


def test_a_database_within_its_bound_keeps_everything() -> None:
    assert len(prune(Policy(max_bytes=101 * MEGABYTE), raw_hours=100).raw) == 100


def test_a_database_that_is_too_large_loses_its_oldest_results(caplog: pytest.LogCaptureFixture) -> None:
    shelf = prune(Policy(max_bytes=60 * MEGABYTE), raw_hours=100)
    assert 50 <= len(shelf.raw) <= 56
    assert ages(shelf.raw, timedelta(hours=1))[-1] == 1
    assert "MAX_DB_SIZE is reached" in caplog.text


def test_the_last_day_stays_whatever_the_bound(caplog: pytest.LogCaptureFixture) -> None:
    shelf = prune(Policy(max_bytes=MEGABYTE), raw_hours=100)
    assert ages(shelf.raw, timedelta(hours=1)) == list(range(23, 0, -1))
    assert "only those of the last day are left" in caplog.text


def test_a_database_that_is_large_without_any_results_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    prune(Policy(max_bytes=MEGABYTE - 1))
    assert "the database is larger than MAX_DB_SIZE" in caplog.text


def test_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    shelf = Shelf(clock, 100)
    keeper = Retention(shelf, Policy(max_bytes=MEGABYTE), clock)

    async def three_rounds() -> None:
        for _ in range(3):
            await keeper.prune()
            clock.advance(7200)

    run_virtual(clock, three_rounds())
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2


def test_rounds_go_on_when_the_database_was_away(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    shelf = Shelf(clock, 24 * 91)
    shelf.fails = True

    async def main() -> None:
        running = asyncio.create_task(Retention(shelf, Policy(), clock).run())
        await asyncio.sleep(retention.FIRST_ROUND_SECONDS - 1)
        assert not caplog.records
        await asyncio.sleep(2 + 2 * retention.ROUND_SECONDS)
        shelf.fails = False
        assert len(shelf.raw) == 24 * 91
        await asyncio.sleep(2 * retention.ROUND_SECONDS)
        running.cancel()

    run_virtual(clock, main())
    assert len(shelf.raw) < 24 * 91
    assert sum("cannot be deleted now" in record.getMessage() for record in caplog.records) == 1


def test_the_policy_is_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    days = {"RETENTION_RAW_DAYS": "7", "RETENTION_5MIN_DAYS": "8", "RETENTION_HOURLY_DAYS": "9", "MAX_DB_SIZE": "1GB"}
    for name, value in days.items():
        monkeypatch.setenv(name, value)
    assert Policy.of(load_settings()) == Policy(7, 8, 9, 1_000_000_000)


def test_the_last_step_does_not_reach_into_the_last_day() -> None:
    def fill(shelf: Shelf) -> None:
        shelf.raw = [START - timedelta(hours=hours) for hours in (25.5, 24.5, 23.9, 1)]

    assert len(prune(Policy(max_bytes=MEGABYTE), fill).raw) == 2


def test_a_database_that_was_within_its_bound_again_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    shelf = Shelf(clock)
    keeper = Retention(shelf, Policy(max_bytes=2 * MEGABYTE), clock)

    async def main() -> None:
        for blocks in (9, 0, 9):
            shelf.raw = [START - timedelta(hours=1)] * blocks
            await keeper.prune()

    run_virtual(clock, main())
    assert caplog.text.count("only those of the last day are left") == 2


def test_purge_does_not_wait_for_the_next_round() -> None:
    clock = VirtualClock()
    shelf = Shelf(clock)

    async def main() -> None:
        keeper = Retention(shelf, Policy(), clock)
        running = asyncio.create_task(keeper.run())
        await asyncio.sleep(1)
        assert not shelf.bites
        shelf.services.append(NEVER)
        keeper.purge_soon()
        await asyncio.sleep(1)
        assert not shelf.services
        assert shelf.sizes_asked == 0
        rounds = len(shelf.bites)
        await asyncio.sleep(retention.FIRST_ROUND_SECONDS)
        assert len(shelf.bites) > rounds
        running.cancel()

    run_virtual(clock, main())
