"""Finished results on their way to the database, in order and bounded."""

import asyncio
from collections import deque
from collections.abc import Sequence

from monitor_app.domain.result import CheckResult
from monitor_app.log import get_logger

WAITING_LIMIT = 100_000
BATCH_LIMIT = 1000

logger = get_logger(__name__)


class Outbox:
    """Holds each result until it is acknowledged. When `limit` wait, the oldest gives way and is counted.

    `arrived` is set while anything waits, `full` while a whole batch does.
    """

    def __init__(self, limit: int = WAITING_LIMIT, batch_limit: int = BATCH_LIMIT) -> None:
        self.dropped = 0
        self.arrived = asyncio.Event()
        self.full = asyncio.Event()
        self._limit = limit
        self._batch_limit = batch_limit
        self._waiting: deque[CheckResult] = deque()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, result: CheckResult) -> None:
        """Append a result."""
        if len(self._waiting) >= self._limit:
            # What has been taken is perhaps being written just now: the oldest behind it goes.
            del self._waiting[self._taken]
            self.dropped += 1
            if self.dropped == 1:
                logger.error("too many results wait for the database; the oldest are dropped", limit=self._limit)
        self._waiting.append(result)
        self.arrived.set()
        if len(self._waiting) >= self._batch_limit:
            self.full.set()

    def results(self) -> Sequence[CheckResult]:
        """The oldest results, at most a batch. The same ones again until they are acknowledged."""
        self._taken = self._taken or min(self._batch_limit, len(self._waiting))
        return [self._waiting[position] for position in range(self._taken)]

    def ack(self) -> None:
        """What `results` gave is in the database and can be forgotten."""
        for _ in range(self._taken):
            self._waiting.popleft()
        self._taken = 0
        if not self._waiting:
            self.arrived.clear()
        if len(self._waiting) < self._batch_limit:
            self.full.clear()
