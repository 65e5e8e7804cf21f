"""Brings the tables up to date: Alembic, run from inside the program, by one process at a time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from monitor_app.errors import DatabaseUnavailable
from monitor_app.storage import postgres, sqlite
from monitor_app.storage.database import CONNECT_ERRORS, explain
from monitor_app.storage.partitions import TIME_INDEX, is_partition

SCRIPTS = Path(__file__).resolve().parents[2] / "alembic"
# How long a second process waits for the first one's migration.
WAIT_SECONDS = 300
_ADVISORY_LOCK = 0x4C42_0000


async def upgrade(url: str) -> None:
    """Bring the database to the newest revision; a new one gets its tables.

    All steps are one transaction. Raises DatabaseUnavailable, also when a newer program has made the tables.
    """
    await _run(url, lambda config: command.upgrade(config, "head"))


async def downgrade(url: str, revision: str) -> None:
    """Go back to `revision`; `base` takes all tables away."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def current(url: str) -> str | None:
    """The database's revision; None when it has no tables yet."""
    async with locked_connection(url) as conn:
        return await conn.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def comparison(connection: Connection) -> dict[str, Any]:
    """How models and tables are compared: partitions are no models, and one index is PostgreSQL's alone."""
    is_sqlite = connection.dialect.name == "sqlite"

    def is_compared(_item: object, name: str | None, kind: str, *_: object) -> bool:
        if kind == "table":
            return not is_partition(name or "")
        return not (is_sqlite and kind == "index" and name == TIME_INDEX)

    return {"compare_server_default": True, "include_object": is_compared}


@asynccontextmanager
async def locked_connection(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction for changing tables, which one process at a time can have; others wait.

    Raises DatabaseUnavailable.
    """
    address = make_url(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    if is_sqlite:
        name = str(sqlite.file_of(address))
        sqlite.close_to_others(sqlite.file_of(address))
        # Changing a table means copying it and dropping the old one; with foreign keys on, that would empty the tables
        # that point to it. They can only be switched off outside of a transaction.
        engine = sqlite.create_engine(
            address, busy_timeout_seconds=WAIT_SECONDS, has_foreign_keys=False, poolclass=NullPool
        )
    else:
        name = postgres.name_of(address)
        engine = postgres.create_engine(address, command_timeout_seconds=None, poolclass=NullPool)
    try:
        async with engine.begin() as conn:
            if not is_sqlite:
                await conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK:d})")
            yield conn
            if is_sqlite and (broken := (await conn.exec_driver_sql("PRAGMA foreign_key_check")).first()):
                raise RuntimeError(f"the migration leaves rows that point nowhere: {tuple(broken)}")
    except CommandError as err:
        if "Can't locate revision" not in str(err):
            raise
        raise DatabaseUnavailable(f"database {name}: a newer version of Lightbulb has changed it ({err})") from err
    except CONNECT_ERRORS as err:
        if reason := explain(err, address):
            raise DatabaseUnavailable(f"database {name}: {reason}") from err
        raise
    finally:
        await engine.dispose()


async def _run(url: str, migrate: Callable[[Config], None]) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        migrate(config)

    async with locked_connection(url) as conn:
        await conn.run_sync(run)
