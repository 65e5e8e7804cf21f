"""Writes down every few seconds how many checks there are, for web processes that have no engine of their own."""

import asyncio
from typing import Final

from monitor_app.domain.check_queue import JobCounts
from monitor_app.domain.status import Status
from monitor_app.engine.clock import Clock
from monitor_app.engine.due import DueQueue
from monitor_app.engine.runner import Runner
from monitor_app.engine.writer import Writer
from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage.check_queue import save_job_counts
from monitor_app.storage.database import Database

TELL_SECONDS: Final = 15.0


class JobTeller:
    """Belongs to one term."""

    def __init__(self, database: Database, clock: Clock, runner: Runner, writer: Writer, queue: DueQueue) -> None:
        self._database = database
        self._clock = clock
        self._runner = runner
        self._writer = writer
        self._queue = queue

    async def run(self, epoch: int) -> None:
        """For ever, until it is cancelled. Raises LeadershipLost."""
        while True:
            try:
                async with self._database.write() as conn:
                    await save_job_counts(conn, epoch, self.counts())
            except DatabaseUnavailable:
                pass  # told by the writer, and these are soon written anew
            await asyncio.sleep(TELL_SECONDS)

    def counts(self) -> JobCounts:
        """As they are now."""
        return JobCounts(
            at=self._clock.now(),
            waiting=self._runner.backlog,
            running=self._runner.in_flight,
            done=self._runner.counts.done,
            failed=self._writer.by_status[Status.FAILED],
            retried=self._queue.retried,
            oldest_wait_seconds=self._runner.oldest_wait_seconds,
        )
