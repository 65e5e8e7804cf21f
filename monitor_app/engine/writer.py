"""Writes results and what they make of the states: batches, one transaction each, told on the bus after the commit."""

import asyncio
from collections.abc import Iterable, Sequence

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch
from monitor_app.domain.evaluate import next_state
from monitor_app.domain.events import ResultsCommitted
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.engine.backoff import backoff_seconds
from monitor_app.engine.outbox import Outbox
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage.history import Epoch, History

FLUSH_SECONDS = 0.25
RETRY_SECONDS = 0.25
RETRY_LIMIT_SECONDS = 5.0
LAST_ATTEMPTS_SECONDS = 2.0

logger = get_logger(__name__)


class Writer:
    """Takes results out of the outbox, gives them their ids, writes them and acknowledges them.

    While the database is unavailable everything stays in order in the outbox, which is bounded.
    """

    def __init__(
        self, history: History, outbox: Outbox, epoch: Epoch, states: Iterable[ServiceState], bus: Bus
    ) -> None:
        self.committed = 0
        self.lost = 0
        self._history = history
        self._outbox = outbox
        self._epoch = epoch
        self._next_id = epoch.next_result_id
        # Also of services that are deleted: one that is restored goes on from there.
        self._states = {state.service_pk: state for state in states}
        self._bus = bus
        self._failures = 0
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Write until `stop`, then what is left.

        Raises LeadershipLost when another process writes now; what was not written yet counts as lost.
        """
        try:
            while not self._stopping.is_set():
                await self._outbox.arrived.wait()
                await _wait(self._outbox.full, FLUSH_SECONDS)
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
        self._outbox.full.set()

    def knows(self, service_pks: Iterable[int]) -> bool:
        """Whether the states of all these are known."""
        return self._states.keys() >= set(service_pks)

    def learn(self, states: Iterable[ServiceState]) -> None:
        """Take over states of services that nothing is known about yet."""
        for state in states:
            self._states.setdefault(state.service_pk, state)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + LAST_ATTEMPTS_SECONDS
        while len(self._outbox) and (await self._flush() or loop.time() < give_up):
            if self._failures:
                await asyncio.sleep(RETRY_SECONDS)

    async def _flush(self) -> bool:
        """Write one batch; False when the database is not available."""
        results = self._outbox.results()
        if not results:
            return True
        first_id = self._next_id
        states = self._evaluate(results, first_id)
        try:
            # The same batch with the same ids until it succeeds: what a lost answer hid is not written twice.
            batch = Batch(
                list(enumerate(results, first_id)), list(states.values()), [], last_id=first_id + len(results) - 1
            )
            await self._history.record(self._epoch, batch)
        except DatabaseUnavailable as err:
            self._failures += 1
            if self._failures == 1:
                logger.error("results cannot be written; they are kept and tried again", reason=str(err))
            return False
        if self._failures:
            logger.info("results can be written again", waiting=len(self._outbox), attempts=self._failures)
            self._failures = 0
        self._outbox.ack()
        self._tell_changes(states)
        self._states.update(states)
        self._next_id += len(results)
        self.committed += len(results)
        self._bus.publish(ResultsCommitted(self._next_id - 1, len(results)))
        return True

    def _evaluate(self, results: Sequence[CheckResult], first_id: int) -> dict[int, ServiceState]:
        states: dict[int, ServiceState] = {}
        for result_id, result in enumerate(results, first_id):
            pk = result.service_pk
            states[pk] = next_state(states.get(pk) or self._states.get(pk), result, result_id)
        return states

    def _tell_changes(self, states: dict[int, ServiceState]) -> None:
        for pk, state in states.items():
            previous = self._states.get(pk)
            if previous is not None and previous.status is not state.status:
                logger.info(
                    "status changed",
                    service_pk=pk,
                    status=state.status.name,
                    before=previous.status.name,
                    reason=state.message,
                )


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, but not longer than this."""
    if not event.is_set():
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
