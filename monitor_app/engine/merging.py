"""Has fresh results merged into blocks and summaries every few minutes."""

import asyncio
from collections.abc import Awaitable, Callable

from monitor_app.engine.clock import Clock
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch
from monitor_app.storage.measuring import OlderResults
from monitor_app.storage.merge import merge

# The first time soon: on PostgreSQL it also makes the tables for the days to come.
FIRST_ROUND_SECONDS = 2.0
# Each round writes the present summaries of every service once more: the longer between, the less is written.
ROUND_SECONDS = 600.0

logger = get_logger(__name__)


def merge_of(database: Database, epoch: Epoch, clock: Clock) -> Callable[[], Awaitable[int]]:
    """What a round does: what is fresh is merged, then it is counted what results measured that were merged before
    measures were kept."""
    older = OlderResults(database)

    async def merge_all() -> int:
        merged = await merge(database, epoch, clock.now())
        await older.round(epoch)
        return merged

    return merge_all


class Merging:
    """Runs beside the checks; `merge` returns how many results it merged.

    `turn` is held meanwhile, as it is by whoever deletes what is old. What is not merged when the engine ends is left
    to the next one.
    """

    def __init__(self, merge: Callable[[], Awaitable[int]], turn: asyncio.Lock) -> None:
        self.merged = 0
        self._merge = merge
        self._turn = turn
        self._is_available = True

    async def run(self) -> None:
        """For ever, until it is cancelled. Raises LeadershipLost."""
        await asyncio.sleep(FIRST_ROUND_SECONDS)
        while True:
            await self._round()
            await asyncio.sleep(ROUND_SECONDS)

    async def _round(self) -> None:
        try:
            async with self._turn:
                self.merged += await self._merge()
            self._is_available = True
        except DatabaseUnavailable as err:
            if self._is_available:
                logger.warning("results cannot be merged now; this is tried again", reason=str(err))
            self._is_available = False
