"""The writer in virtual time, with a database that is away for a night."""

import asyncio
from datetime import UTC, datetime

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.writer import Writer
from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage.history import Epoch
from tests.virtual_time import run_virtual

ATTEMPTS = 1200


class AwayForHours:
    """Fails that many times, then takes everything."""

    def __init__(self) -> None:
        self.attempts = 0
        self.written: list[CheckResult] = []

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        self.attempts += 1
        if self.attempts <= ATTEMPTS:
            raise DatabaseUnavailable("database test: switched off")
        self.written += [result for _, result in batch.results]


def test_database_that_is_away_for_hours_costs_nothing(clock):
    async def main() -> None:
        history, outbox = AwayForHours(), Outbox()
        writer = Writer(history, outbox, Epoch(1, 1), [], Bus())
        writing = asyncio.create_task(writer.run())
        outbox.put(CheckResult(1, datetime(2026, 1, 1, tzinfo=UTC), Status.OK, "fine"))
        while not history.written and not writing.done():
            await asyncio.sleep(60)
        writer.stop()
        await writing
        assert (history.attempts, len(history.written), writer.lost) == (ATTEMPTS + 1, 1, 0)

    run_virtual(clock, main())
