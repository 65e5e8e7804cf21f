"""The writer in virtual time, with a database that is away for a night."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.outbox import Item, Outbox
from monitor_app.engine.writer import FLUSH_SECONDS, URGENT_SECONDS, Writer
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import JsonFormatter
from monitor_app.storage.history import Epoch
from tests.virtual_time import VirtualClock, run_virtual

ATTEMPTS = 1200
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Away:
    """Fails that many times, then takes everything; notes when."""

    def __init__(self, attempts: int = 0) -> None:
        self.attempts = 0
        self.batches: list[Batch] = []
        self.times: list[float] = []
        self._fails = attempts

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        self.attempts += 1
        if self.attempts <= self._fails:
            raise DatabaseUnavailable("database test: switched off")
        self.batches.append(batch)
        self.times.append(asyncio.get_running_loop().time() - 1000)

    @property
    def written(self) -> list[int]:
        return [number for batch in self.batches for number, _ in batch.results]


def item(number: int, *, is_urgent: bool = False) -> Item:
    return Item(number, CheckResult(1, NOW, Status.OK, "fine"), is_urgent=is_urgent)


def test_database_that_is_away_for_hours_costs_nothing(clock):
    async def main() -> None:
        history, outbox = Away(ATTEMPTS), Outbox()
        writer = Writer(history, outbox, Epoch(1, 1), Bus())
        writing = asyncio.create_task(writer.run())
        outbox.put(item(1))
        while not history.written and not writing.done():
            await asyncio.sleep(60)
        writer.stop()
        await writing
        assert (history.attempts, history.written, writer.lost) == (ATTEMPTS + 1, [1], 0)

    run_virtual(clock, main())


def written_at(clock: VirtualClock, puts: list[tuple[float, Item]]) -> list[tuple[float, int]]:
    """When batches were written, and how many results each held; `puts` are items with their times in seconds."""
    history, outbox = Away(), Outbox()

    async def main() -> None:
        writer = Writer(history, outbox, Epoch(1, 1), Bus())
        writing = asyncio.create_task(writer.run())
        begun = asyncio.get_running_loop().time()
        for seconds, each in puts:
            await asyncio.sleep(begun + seconds - asyncio.get_running_loop().time())
            outbox.put(each)
        await asyncio.sleep(3)
        writer.stop()
        await writing

    run_virtual(clock, main())
    return [(round(at, 3), len(batch.results)) for at, batch in zip(history.times, history.batches, strict=True)]


def test_steady_results_wait_for_each_other(clock):
    puts = [(number / 10, item(number + 1)) for number in range(20)]
    assert written_at(clock, puts) == [(1.0, 10), (2.0, 10)]
    assert FLUSH_SECONDS == 1


def test_what_somebody_waits_for_is_written_at_once(clock):
    puts = [(0.0, item(1)), (0.3, item(2, is_urgent=True)), (0.4, item(3))]
    assert written_at(clock, puts) == [(0.3, 2), (1.4, 1)]


def test_many_urgent_ones_share_transactions(clock):
    puts = [(number / 1000, item(number + 1, is_urgent=True)) for number in range(200)]
    times = [at for at, _ in written_at(clock, puts)]
    assert len(times) in (4, 5)
    assert all(later - sooner <= URGENT_SECONDS + 0.002 for sooner, later in pairwise(times))


def test_enough_for_a_transaction_does_not_wait(clock):
    assert written_at(clock, [(0.0, item(number + 1)) for number in range(250)]) == [(0.0, 250)]


def test_a_change_is_logged_with_the_check_that_found_it(clock, caplog):
    found = CheckResult(1, NOW, Status.FAILED, "connection refused", check_id="c-1")
    failed = ServiceEvent(1, NOW - timedelta(minutes=1), "status_changed", reason="refused", after=Status.FAILED)
    opened = ServiceEvent(1, NOW, "breaker_opened", reason="refused")
    away = ServiceEvent(1, NOW - timedelta(hours=1), "status_changed", reason="did not run", after=Status.UNKNOWN)
    paused = ServiceEvent(2, NOW, "status_changed", who="ada", after=Status.STOPPED)

    async def main() -> None:
        outbox = Outbox()
        writer = Writer(Away(), outbox, Epoch(1, 1), Bus())
        writing = asyncio.create_task(writer.run())
        outbox.put(Item(1, found, changes=(failed, opened, away, paused)))
        writer.stop()
        await writing

    with caplog.at_level(logging.INFO):
        run_virtual(clock, main())
    told = [JsonFormatter().format(record) for record in caplog.records if record.name.endswith("writer")]
    assert ['"check_id":"c-1"' in line for line in told] == [True, True, False, False]
