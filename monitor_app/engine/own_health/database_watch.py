"""Whether the database takes a write now, how long that takes, and how large it is."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from monitor_app.engine.clock import Clock
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage.database import Database
from monitor_app.storage.sql_upkeep import SqlUpkeep

# Whoever asks sooner is told what was found last.
FRESH_SECONDS = 1.0
WAIT_SECONDS = 2.0
SIZE_SECONDS = 60.0

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: how long it took, or what was wrong, in words."""

    seconds: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes in use, and those that its disk has left; None: nobody knows."""

    used_bytes: int | None = None
    free_bytes: int | None = None


class DatabaseWatch:
    """Writes at most once a second, however many ask, and lets nobody wait for longer than WAIT_SECONDS."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._task: asyncio.Task[Written] | None = None
        self._began_at = self._found_at = float("-inf")
        self._found = Written(0.0)
        self._size, self._sized_at = Size(), float("-inf")
        self._sizing = asyncio.Lock()

    @property
    def name(self) -> str:
        """What messages call the database."""
        return self._database.name

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._database.is_sqlite

    async def write(self) -> Written:
        """Try it, in a transaction of its own that changes nothing."""
        now = self._clock.monotonic()
        if self._task is None:
            if now - self._found_at < FRESH_SECONDS:
                return self._found
            self._began_at = now
            self._task = asyncio.create_task(self._write(), name="own health: write")
        # Not cancelled: a database that is in the middle of it would hold on to the cancelled one all the same.
        left = self._began_at + WAIT_SECONDS - now
        done, _ = await asyncio.wait([self._task], timeout=max(0.0, left))
        if done:
            return self._found
        waited = self._clock.monotonic() - self._began_at
        return Written(waited, f"database {self.name}: no write got through within {waited:.1f} s")

    async def size(self) -> Size:
        """How large it is, looked up once a minute."""
        async with self._sizing:
            if self._clock.monotonic() - self._sized_at >= SIZE_SECONDS:
                self._size, self._sized_at = await self._measure(), self._clock.monotonic()
            return self._size

    async def close(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> Written:
        try:
            await self._database.check_writable()
            self._found = Written(self._clock.monotonic() - self._began_at)
        except DatabaseUnavailable as err:
            self._found = Written(self._clock.monotonic() - self._began_at, str(err))
        except Exception as err:
            logger.exception("the database could not be tried")
            self._found = Written(self._clock.monotonic() - self._began_at, f"{type(err).__name__}; the log tells more")
        self._found_at, self._task = self._clock.monotonic(), None
        return self._found

    async def _measure(self) -> Size:
        free = None
        if self._database.is_sqlite:
            try:
                free = (await asyncio.to_thread(shutil.disk_usage, Path(self._database.name).parent)).free
            except OSError:
                free = None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return Size(await SqlUpkeep(self._database).used_bytes(), free)
        except (DatabaseUnavailable, TimeoutError):
            return Size(None, free)
