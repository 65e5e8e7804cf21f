"""What was found, on its way to the database: in order, bounded, in batches that stay as they are until written."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor_app.domain.changes import Batch, Change
from monitor_app.domain.report import ResultDetail
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.log import get_logger

WAITING_LIMIT = 100_000
# So many rows at most in one transaction, and so many make one worth while.
BATCH_LIMIT = 1000
# What results found in full is worth less than they are: while the database is away, only so much of it is held; and so
# much of what holds for later results, too.
DETAILS_LIMIT = 2000
LASTING_LIMIT = 10_000
FULL_ROWS = 250

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """One step of one service, under an id that grows with each.

    `state` is there when the step changed more than what the result itself says. `heartbeat_id` is that of the report
    that it comes from. Somebody waits for an urgent one. `detail` is what the result found in full, where that is kept.
    """

    id: int
    result: CheckResult | None
    state: ServiceState | None = None
    changes: tuple[Change, ...] = ()
    heartbeat_id: int = 0
    is_urgent: bool = False
    detail: ResultDetail | None = None


class Outbox:
    """Holds each item until it is acknowledged.

    When `limit` results wait, the oldest gives way and is counted; the state and the changes that it led to stay.
    `arrived` is set while anything waits, `ready` while something urgent does, or enough for a transaction.
    """

    def __init__(
        self,
        limit: int = WAITING_LIMIT,
        batch_limit: int = BATCH_LIMIT,
        full_rows: int = FULL_ROWS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dropped = 0
        self.arrived = asyncio.Event()
        self.ready = asyncio.Event()
        self._limit = limit
        self._batch_limit = batch_limit
        self._full_rows = min(full_rows, batch_limit)
        self._monotonic = monotonic
        self._waiting: deque[Item] = deque()
        # When each of them came, and the first of those that were taken.
        self._came_at: deque[float] = deque()
        self._taken_at: float | None = None
        self._rows = 0
        self._details = 0
        self._urgent_id = 0
        # What is left of those that gave way: it goes first.
        self._rest = _Rest()
        self._taken: Batch | None = None

    def __len__(self) -> int:
        """How many results wait."""
        return self._rows + (len(self._taken.results) if self._taken is not None else 0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._waiting or self._taken or self._rest.last_id)

    @property
    def oldest_seconds(self) -> float:
        """How long what came first has been waiting."""
        first = self._taken_at if self._taken_at is not None else next(iter(self._came_at), None)
        return 0.0 if first is None else self._monotonic() - first

    def put(self, item: Item) -> None:
        """Append an item."""
        if item.detail is not None:
            if self._details < (LASTING_LIMIT if item.detail.is_lasting else DETAILS_LIMIT):
                self._details += 1
            else:
                item = replace(item, detail=None)
        self._waiting.append(item)
        self._came_at.append(self._monotonic())
        if item.result is not None:
            self._rows += 1
            self._make_room()
        if item.is_urgent:
            self._urgent_id = item.id
        self.arrived.set()
        if item.is_urgent or self._rows >= self._full_rows:
            self.ready.set()

    def batch(self) -> Batch | None:
        """The oldest items; the same ones again until they are acknowledged. None when nothing waits."""
        if self._taken is None and not self.is_empty:
            self._taken_at = next(iter(self._came_at), None)
            self._taken = self._take()
        return self._taken

    def ack(self) -> None:
        """What `batch` gave is in the database and can be forgotten."""
        taken, self._taken = self._taken, None
        self._taken_at = None
        if self.is_empty:
            self.arrived.clear()
        is_urgent = taken is not None and taken.last_id < self._urgent_id
        if not is_urgent and self._rows < self._full_rows:
            self.ready.clear()

    def _make_room(self) -> None:
        while len(self) > self._limit and self._waiting:
            oldest = self._waiting.popleft()
            self._came_at.popleft()
            self._rest.add(oldest)
            self._details -= oldest.detail is not None
            if oldest.result is None:
                continue
            self._rows -= 1
            self.dropped += 1
            if self.dropped == 1:
                logger.error("too many results wait for the database; the oldest are dropped", limit=self._limit)

    def _take(self) -> Batch:
        rest, self._rest = self._rest, _Rest()
        results: list[tuple[int, CheckResult]] = []
        details: list[ResultDetail] = []
        while self._waiting and len(results) < self._batch_limit:
            item = self._waiting.popleft()
            self._came_at.popleft()
            rest.add(item)
            if item.result is not None:
                results.append((item.id, item.result))
            if item.detail is not None:
                details.append(item.detail)
        self._rows -= len(results)
        self._details -= len(details)
        return Batch(results, list(rest.states.values()), rest.changes, rest.last_id, rest.heartbeat_id, details)


class _Rest:
    """The last state of each service and all changes of some items."""

    def __init__(self) -> None:
        self.states: dict[int, ServiceState] = {}
        self.changes: list[Change] = []
        self.last_id = 0
        self.heartbeat_id = 0

    def add(self, item: Item) -> None:
        if item.state is not None:
            self.states[item.state.service_pk] = item.state
        self.changes += item.changes
        self.last_id = item.id
        self.heartbeat_id = max(self.heartbeat_id, item.heartbeat_id)
