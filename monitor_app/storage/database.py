"""The database: one engine, and its two kinds of transactions."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage import postgres, sqlite

# What the drivers let through while a connection is being made.
CONNECT_ERRORS = (DBAPIError, PoolTimeout, OSError, sqlite3.Error, asyncpg.PostgresError, *postgres.CLIENT_ERRORS)
# What can come out of a statement or a commit on PostgreSQL. Nothing else in a transaction may talk to the network.
_POSTGRES_ERRORS = (DBAPIError, ConnectionError, TimeoutError, *postgres.CLIENT_ERRORS)


class Database:
    """Connections to one database. Nothing is opened before the first use; `close` when done.

    `url` names an async driver: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://user:password@host:port/name`.
    `name` is what messages call it: the file, or host and database.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        # SQLite has one writer at a time. Those of this process queue here, where nobody has to poll for the lock.
        self._turn: AbstractAsyncContextManager[None]
        if self.is_sqlite:
            self.name = str(sqlite.file_of(self._url))
            self.engine = sqlite.create_engine(self._url)
            self._reader = self.engine.execution_options(**{sqlite.ACCESS: "read"})
            self._writer = self.engine.execution_options(**{sqlite.ACCESS: "write"})
            self._turn = asyncio.Lock()
        else:
            self.name = postgres.name_of(self._url)
            self.engine = postgres.create_engine(self._url, pool_pre_ping=True)
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writer = self.engine
            self._turn = nullcontext()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and cannot write. Raises DatabaseUnavailable."""
        async with self._transaction(self._reader) as conn:
            yield conn

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end, rolled back by any exception. Raises DatabaseUnavailable."""
        async with self._turn, self._transaction(self._writer) as conn:
            yield conn

    async def forget_overwritten(self) -> bool:
        """Write an SQLite file anew, so that nothing which was overwritten can be found in it.

        False when that was not possible: the file is large, in use, or there is no room for a second one.
        """
        if not self.is_sqlite:
            return True
        async with self.engine.connect() as conn:  # no transaction
            return await sqlite.rewrite(conn, sqlite.file_of(self._url))

    async def make_durable(self) -> None:
        """Be sure that all that was committed outlives a power failure; PostgreSQL sees to that at each commit.

        Raises OSError.
        """
        if self.is_sqlite:
            await asyncio.to_thread(sqlite.flush, sqlite.file_of(self._url))

    async def check_writable(self) -> None:
        """Raises DatabaseUnavailable when nothing can be written; works before the first migration too."""
        async with self.write() as conn:
            if self.is_sqlite:
                version = (await conn.exec_driver_sql("PRAGMA user_version")).scalar_one()
                await conn.exec_driver_sql(f"PRAGMA user_version = {version:d}")
            else:
                is_read_only = (await conn.exec_driver_sql("SHOW transaction_read_only")).scalar_one()
                if is_read_only == "on":
                    raise DatabaseUnavailable(f"database {self.name}: {postgres.READ_ONLY}")
                # A record in the log of what was written, and no row: it has to be flushed as any other.
                await conn.exec_driver_sql("SELECT pg_logical_emit_message(true, 'lightbulb', '')")

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        caught: tuple[type[BaseException], ...] = CONNECT_ERRORS
        try:
            async with engine.begin() as conn:
                caught = (DBAPIError,) if self.is_sqlite else _POSTGRES_ERRORS
                yield conn
        except caught as err:
            if reason := explain(err, self._url):
                raise DatabaseUnavailable(f"database {self.name}: {reason}") from err
            raise


def explain(err: BaseException, url: URL) -> str | None:
    """Why the database cannot be used, in words; None when it is not to blame for the error."""
    if isinstance(err, PoolTimeout):
        return "all connections are in use"
    if url.get_backend_name() == "sqlite":
        return sqlite.explain(err, sqlite.file_of(url))
    return postgres.explain(err, url)
