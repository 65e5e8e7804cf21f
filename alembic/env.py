"""Runs migrations on the connection that monitor_app.storage.migrations hands in, or on its own for `alembic`."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from monitor_app.models import Table
from monitor_app.settings import load_settings
from monitor_app.storage.migrations import comparison, locked_connection


def run(connection: Connection) -> None:
    """The caller's transaction holds all steps: they are done wholly or not at all."""
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        **comparison(connection),
    )
    context.run_migrations()


async def run_on_own_connection() -> None:
    """For the `alembic` command."""
    async with locked_connection(load_settings().database_url) as connection:
        await connection.run_sync(run)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
elif context.is_offline_mode():
    raise SystemExit("migrations to SQL text are not supported: run them on a database")
else:
    asyncio.run(run_on_own_connection())
