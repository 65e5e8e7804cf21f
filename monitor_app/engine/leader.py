"""Exactly one process schedules: a lock file beside a SQLite database, an advisory lock in a PostgreSQL one."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy.engine import make_url

from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.log import get_logger
from monitor_app.storage import postgres

HEARTBEAT_SECONDS = 2.0
# After so long without a heartbeat PostgreSQL ends the session and thereby the lock, however frozen its owner is.
SESSION_TIMEOUT = "6s"
ANSWER_SECONDS = 3.0
# Longer than any of our sessions leaves the server waiting in the middle of a question; shorter than SESSION_TIMEOUT
# less HEARTBEAT_SECONDS, so that whoever lost the lock by being frozen has been for that long.
FROZEN_SECONDS = 3.0
# Between preparing a statement and asking for its rows a transaction is not idle: no time limit of PostgreSQL ends it
# when its owner is frozen right then, and it keeps its locks.
_END_FROZEN = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = $1
AND pid <> pg_backend_pid() AND state = 'active' AND wait_event = 'ClientRead'
AND state_change < clock_timestamp() - make_interval(secs => $2)
"""
# "LB" and a one: the advisory lock's number inside its database.
ADVISORY_KEY = 0x4C42_0001

# InternalClientError is what asyncpg says when the server ended the session just before the next question.
_SESSION_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

logger = get_logger(__name__)


class Leader(Protocol):
    """A lock that only one process holds, and that falls free when its holder dies."""

    async def try_acquire(self) -> bool:
        """Take the lock unless another process has it. Raises DatabaseUnavailable."""
        ...

    async def is_held(self) -> bool:
        """Whether it is still ours. To be asked every HEARTBEAT_SECONDS."""
        ...

    async def release(self) -> None:
        """Give it back."""
        ...


def leader_for(database_url: str) -> Leader:
    """The lock that belongs to a database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return FileLeader(Path(f"{url.database}.lock"))
    return PgLeader(database_url)


async def keep(leader: Leader) -> None:
    """Give the heartbeat for ever. A lock that broke together with the database is taken again when it is back.

    Raises LeadershipLost when somebody else has it then.
    """
    is_available = True
    while True:
        try:
            if not (await leader.is_held() or await leader.try_acquire()):
                raise LeadershipLost("another process has taken the lock that makes it the scheduler")
            is_available = True
        except DatabaseUnavailable as err:
            if is_available:
                logger.warning("the scheduler's lock is out of reach; checks go on", reason=str(err))
            is_available = False
        await asyncio.sleep(HEARTBEAT_SECONDS)


class FileLeader:
    """flock: the kernel takes it back when the process ends, however it ends. For processes on one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    async def try_acquire(self) -> bool:
        """Takes the lock or returns False at once."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as err:
            raise DatabaseUnavailable(f"cannot open the lock file {self._path}: {err.strerror}") from err
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return await self.is_held()

    async def is_held(self) -> bool:
        """False when somebody removed the file: another process could then lock a new one beside us."""
        if self._descriptor is None:
            return False
        try:
            if os.path.samestat(os.fstat(self._descriptor), self._path.stat()):
                return True
        except OSError:
            logger.exception("the lock file is gone", path=str(self._path))
        await self.release()
        return False

    async def release(self) -> None:
        """Closes the file, which frees the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class PgLeader:
    """An advisory lock on a session of its own, which the server ends when its owner is silent for too long."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._connection: asyncpg.Connection | None = None

    async def try_acquire(self) -> bool:
        """Takes the lock or returns False at once; keeps the session to ask again.

        Who has it ends what a frozen predecessor still keeps locked.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self._connection is None:
                    self._connection = await postgres.connect(self._url)
                    await self._connection.execute(f"SET idle_session_timeout = '{SESSION_TIMEOUT}'")
                if not await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_KEY):
                    return False
                ended = await self._connection.fetchval(_END_FROZEN, postgres.APPLICATION_NAME, FROZEN_SECONDS)
                if ended:
                    logger.warning("sessions of a frozen process are ended", count=ended)
                return True
        except _SESSION_ERRORS as err:
            await self.release()
            reason = str(err) or "no answer"
            raise DatabaseUnavailable(f"cannot ask PostgreSQL for the scheduler's lock: {reason}") from err

    async def is_held(self) -> bool:
        """The heartbeat: while the session lives, the lock is ours."""
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._connection.fetchval("SELECT 1")
                return True
        except _SESSION_ERRORS as err:
            logger.error("the session that holds the scheduler's lock is lost", reason=str(err) or "no answer")
            await self.release()
            return False

    async def release(self) -> None:
        """Ends the session, which frees the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.close(timeout=1.0)
            except _SESSION_ERRORS:
                connection.terminate()
