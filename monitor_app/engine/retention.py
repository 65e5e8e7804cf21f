"""Takes away what is older than the settings say, and the oldest results when the database grows too large.

All of it in small bites with pauses between them, so that neither a check nor the writing of results waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor_app.domain.service import DELETED_DAYS, NEVER
from monitor_app.engine.clock import Clock
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.settings import Settings
from monitor_app.storage.upkeep import DatabaseSize, Upkeep

ROUND_SECONDS = 600.0
# The beginning of a term has enough to do.
FIRST_ROUND_SECONDS = 60.0
# Rows or blocks a transaction, and how much longer than it took the database is left alone afterwards.
BITE = 50
# Somebody waits for what is purged.
PURGE_BITE = 500
PURGE_RETRY_SECONDS = 15.0
PAUSE_SECONDS = 0.1
PAUSE_FACTOR = 4
# So long, and so many of each service or relation, changes can be undone and versions are there to go back to.
CHANGES_DAYS = 90
CHANGES_KEPT = 200
# What results found in full: of each service the newest, and so many that were not good.
BAD_DETAILS_KEPT = 10
# Of each service of a source so many changes of its checks are kept, as long as results are.
TOLD_KEPT = 500
FIVE_MINUTES, HOUR = 300, 3600
# When the database is too large it is made so much smaller than it may be, so that this happens seldom.
SIZE_TARGET = 0.95
# However large the database is: the results of the last day stay.
LEAST_RAW = timedelta(days=1)
STEPS = 50
LEAST_STEP = timedelta(hours=1)

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days what is kept. `max_bytes` None sets no bound to the size."""

    raw_days: int = 90
    five_minute_days: int = 35
    hourly_days: int = 400
    max_bytes: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Policy":
        """What the settings say."""
        return cls(
            settings.retention_raw_days,
            settings.retention_5min_days,
            settings.retention_hourly_days,
            settings.max_db_size,
        )


class Retention:
    """Prunes while `run` runs. Summaries of days stay for ever, downtimes and events as long as those of hours.

    Each bite holds `turn`, and so does whoever merges results: the two must not come in each other's way.
    """

    def __init__(self, upkeep: Upkeep, policy: Policy, clock: Clock, turn: asyncio.Lock | None = None) -> None:
        self._turn = turn or asyncio.Lock()
        self._upkeep = upkeep
        self._policy = policy
        self._clock = clock
        self._is_available = True
        self._has_told_shortened = False
        self._has_told_too_large = False
        self._is_purging = asyncio.Event()

    def purge_soon(self) -> None:
        """Services were purged: their history goes now, not with the next round."""
        self._is_purging.set()

    async def run(self) -> None:
        """For ever, until it is cancelled."""
        next_round = self._clock.monotonic() + FIRST_ROUND_SECONDS
        while True:
            is_purge = await self._is_purge_next(next_round - self._clock.monotonic())
            try:
                if is_purge:
                    await self.purge()
                else:
                    next_round = self._clock.monotonic() + ROUND_SECONDS
                    await self.prune()
                self._is_available = True
            except DatabaseUnavailable as err:
                if self._is_available:
                    logger.warning("old results cannot be deleted now; this is tried again", reason=str(err))
                self._is_available = False
                if is_purge:
                    self._is_purging.set()
                    await asyncio.sleep(PURGE_RETRY_SECONDS)

    async def _is_purge_next(self, seconds: float) -> bool:
        """Wait for the first of both; False when the next round has come."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._is_purging.wait()
        except TimeoutError:
            return False
        self._is_purging.clear()
        return True

    async def purge(self) -> None:
        """Take away those services that were purged, however new they are. Raises DatabaseUnavailable."""
        if rows := await self._all(lambda: self._upkeep.purge_deleted_services(NEVER, PURGE_BITE)):
            logger.info("deleted what was purged", rows=rows)

    async def prune(self) -> None:
        """One round over everything. Raises DatabaseUnavailable."""
        policy, upkeep, now = self._policy, self._upkeep, self._clock.now()
        raw_before = now - timedelta(days=policy.raw_days)
        hourly_before = now - timedelta(days=policy.hourly_days)
        five_minutes_before = now - timedelta(days=policy.five_minute_days)
        changes_before = now - timedelta(days=CHANGES_DAYS)
        deleted_before = now - timedelta(days=DELETED_DAYS)
        deleted = {
            "services": await self._all(lambda: upkeep.purge_deleted_services(deleted_before, BITE)),
            "results": await self._all(lambda: upkeep.purge_raw(raw_before, BITE)),
            "five_minutes": await self._all(
                lambda: upkeep.purge_summaries(FIVE_MINUTES, five_minutes_before, BITE),
            ),
            "hours": await self._all(lambda: upkeep.purge_summaries(HOUR, hourly_before, BITE)),
            "changes": await self._all(lambda: upkeep.purge_changes(changes_before, CHANGES_KEPT, PURGE_BITE)),
            "log": await self._all(lambda: upkeep.purge_log(hourly_before, BITE)),
            "details": await self._all(lambda: upkeep.purge_details(BAD_DETAILS_KEPT, PURGE_BITE)),
            "told": await self._all(lambda: upkeep.purge_told(raw_before, TOLD_KEPT, PURGE_BITE)),
        }
        if any(deleted.values()):
            logger.info("deleted what was old", **deleted)
        if policy.max_bytes is not None:
            await self._shrink(policy.max_bytes, now)

    async def _all(self, bite: Callable[[], Awaitable[int]]) -> int:
        """Bite after bite until nothing is left; returns the sum."""
        total = 0
        while True:
            async with self._turn:
                started_at = self._clock.monotonic()
                deleted = await bite()
                took_seconds = self._clock.monotonic() - started_at
            total += deleted
            if not deleted:
                return total
            await asyncio.sleep(max(PAUSE_SECONDS, took_seconds * PAUSE_FACTOR))

    async def _shrink(self, max_bytes: int, now: datetime) -> None:
        """Delete the oldest results until the size is within the bound, or only the last day's are left."""
        size = await self._upkeep.size()
        if size.used_bytes <= max_bytes:
            self._has_told_too_large = False
            return
        if size.oldest_raw is not None:
            size = await self._shorten(size, size.oldest_raw, max_bytes, now - LEAST_RAW)
        if size.used_bytes > max_bytes and not self._has_told_too_large:
            self._has_told_too_large = True
            logger.error(
                "the database is larger than MAX_DB_SIZE, and of the results only those of the last day are left",
                used_bytes=size.used_bytes,
                max_db_size=max_bytes,
            )

    async def _shorten(self, size: DatabaseSize, oldest: datetime, max_bytes: int, latest: datetime) -> DatabaseSize:
        step = max(LEAST_STEP, (latest - oldest) / STEPS)
        before = oldest
        while size.used_bytes > max_bytes * SIZE_TARGET and before < latest:
            before = min(before + step, latest)
            cut = before
            if await self._all(lambda: self._upkeep.purge_raw(cut, BITE)):  # noqa: B023 - awaited at once
                size = await self._upkeep.size()
                self._tell_shortened(before, max_bytes)
        return size

    def _tell_shortened(self, before: datetime, max_bytes: int) -> None:
        if not self._has_told_shortened:
            self._has_told_shortened = True
            logger.warning(
                "MAX_DB_SIZE is reached: results are kept for a shorter time than RETENTION_RAW_DAYS says",
                kept_since=before.isoformat(timespec="minutes"),
                max_db_size=max_bytes,
                retention_raw_days=self._policy.raw_days,
            )
