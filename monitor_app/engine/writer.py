"""Writes what was found: batches, one transaction each, told on the bus after the commit."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

from monitor_app import tracing
from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.events import ResultsCommitted
from monitor_app.domain.status import Status
from monitor_app.domain.timings import Timings
from monitor_app.engine.backoff import backoff_seconds
from monitor_app.engine.outbox import Outbox
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage.history import Epoch, History

# Steady results wait for each other, which saves most of what is written for each; urgent ones only for so long.
FLUSH_SECONDS = 1.0
URGENT_SECONDS = 0.05
RETRY_SECONDS = 0.25
RETRY_LIMIT_SECONDS = 5.0
LAST_ATTEMPTS_SECONDS = 2.0

logger = get_logger(__name__)


class Writer:
    """Takes batches out of the outbox, writes them and acknowledges them.

    While the database is unavailable everything stays in order in the outbox, which is bounded.
    """

    def __init__(
        self,
        history: History,
        outbox: Outbox,
        epoch: Epoch,
        bus: Bus,
        on_batch: Callable[[Batch], None] = lambda batch: None,
    ) -> None:
        self.committed = 0
        self.lost = 0
        # How many of the committed results have each status, by its number, and how long a transaction takes.
        self.by_status = [0] * len(Status)
        self.seconds = Timings()
        self._history = history
        self._outbox = outbox
        self._epoch = epoch
        self._bus = bus
        self._on_batch = on_batch
        self._failures = 0
        self._flushed_at = float("-inf")
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Write until `stop`, then what is left.

        Raises LeadershipLost when another process writes now; what was not written yet counts as lost.
        """
        try:
            while not self._stopping.is_set():
                await self._outbox.arrived.wait()
                await _wait(self._outbox.ready, FLUSH_SECONDS)
                # Many urgent ones shall not have a transaction each.
                await _wait(self._stopping, self._flushed_at + URGENT_SECONDS - asyncio.get_running_loop().time())
                if not await self._flush():
                    await _wait(self._stopping, backoff_seconds(self._failures, RETRY_SECONDS, RETRY_LIMIT_SECONDS))
            await self._drain()
        finally:
            self.lost = len(self._outbox)
            if self.lost:
                logger.error("results could not be written and are lost", count=self.lost)

    def stop(self) -> None:
        """Let `run` write what is left and end."""
        self._stopping.set()
        self._outbox.arrived.set()
        self._outbox.ready.set()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + LAST_ATTEMPTS_SECONDS
        while not self._outbox.is_empty and (await self._flush() or loop.time() < give_up):
            if self._failures:
                await asyncio.sleep(RETRY_SECONDS)

    async def _flush(self) -> bool:
        """Write one batch; False when the database is not available."""
        batch = self._outbox.batch()
        if batch is None:
            return True
        began = asyncio.get_running_loop().time()
        try:
            # The same batch with the same ids until it succeeds: what a lost answer hid is not written twice.
            with tracing.span("commit", follows=_check_ids(batch), results=len(batch.results), last_id=batch.last_id):
                await self._history.record(self._epoch, batch)
        except DatabaseUnavailable as err:
            self._failures += 1
            if self._failures == 1:
                logger.error("results cannot be written; they are kept and tried again", reason=str(err))
            return False
        self._flushed_at = asyncio.get_running_loop().time()
        self.seconds.add(self._flushed_at - began)
        if self._failures:
            logger.info("results can be written again", waiting=len(self._outbox), attempts=self._failures)
            self._failures = 0
        self._outbox.ack()
        self.committed += len(batch.results)
        for _, result in batch.results:
            self.by_status[result.status] += 1
        _tell_changes(batch)
        self._on_batch(batch)
        self._bus.publish(ResultsCommitted(batch.last_id, len(batch.results)))
        return True


def _check_ids(batch: Batch) -> Iterator[str]:
    return (result.check_id for _, result in batch.results)


def _tell_changes(batch: Batch) -> None:
    checks: dict[tuple[int, datetime | Status], str] = {}
    for _, result in batch.results if batch.changes else ():
        # What took several checks to be sure began with an earlier one: then it is the one that decided.
        checks[result.service_pk, result.checked_at] = checks[result.service_pk, result.status] = result.check_id
    for change in batch.changes:
        if isinstance(change, ServiceEvent):
            fields = {"who": change.who} if change.who else {}
            check_id = checks.get((change.service_pk, change.at))
            if check_id is None and change.after is not None and not change.who:
                check_id = checks.get((change.service_pk, change.after))
            if check_id:
                fields["check_id"] = check_id
            if change.after is not None:
                fields["status"] = change.after.name
            if change.before is not None:
                fields["before"] = change.before.name
            text = change.kind.replace("_", " ")
            logger.info(text, service_pk=change.service_pk, reason=change.reason, **fields)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, but not longer than this."""
    if seconds > 0 and not event.is_set():
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
