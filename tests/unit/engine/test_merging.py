"""Merging beside the checks, in virtual time."""

import asyncio
import logging

from monitor_app.engine.merging import FIRST_ROUND_SECONDS, ROUND_SECONDS, Merging
from monitor_app.errors import DatabaseUnavailable
from tests.virtual_time import VirtualClock, run_virtual


class Results:
    """Merges 7 results in a second."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.rounds: list[float] = []
        self.seconds = 1.0
        self.fails = False

    async def merge(self) -> int:
        self.rounds.append(round(self.clock.elapsed, 3))
        await asyncio.sleep(self.seconds)
        if self.fails:
            raise DatabaseUnavailable("away")
        return 7


def test_results_are_merged_soon_and_then_every_few_minutes(clock):
    results = Results(clock)

    async def main() -> None:
        merging = Merging(results.merge, asyncio.Lock())
        running = asyncio.create_task(merging.run())
        await asyncio.sleep(2 * ROUND_SECONDS)
        running.cancel()
        assert merging.merged == 14

    run_virtual(clock, main())
    assert results.rounds == [FIRST_ROUND_SECONDS, FIRST_ROUND_SECONDS + 1 + ROUND_SECONDS]


def test_it_waits_for_whoever_deletes(clock):
    results = Results(clock)

    async def main() -> None:
        turn = asyncio.Lock()
        running = asyncio.create_task(Merging(results.merge, turn).run())
        async with turn:
            await asyncio.sleep(50)
            assert results.rounds == []
        await asyncio.sleep(0.5)
        assert turn.locked()
        running.cancel()

    run_virtual(clock, main())
    assert results.rounds == [50]


def test_database_that_is_away_is_told_once(clock, caplog):
    caplog.set_level(logging.INFO)
    results = Results(clock)
    results.fails = True

    async def main() -> None:
        running = asyncio.create_task(Merging(results.merge, asyncio.Lock()).run())
        await asyncio.sleep(5 * ROUND_SECONDS)
        running.cancel()

    run_virtual(clock, main())
    assert len(results.rounds) == 5
    assert [record.message for record in caplog.records] == ["results cannot be merged now; this is tried again"]
