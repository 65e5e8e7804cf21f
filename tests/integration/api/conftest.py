"""The API on SQLite, and on PostgreSQL where that may differ."""

from collections.abc import AsyncIterator

import pytest

from monitor_app.storage.database import Database
from tests.integration.api.served import Served, served


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Served]:
    """On a fresh SQLite database."""
    database = Database(sqlite_url)
    async with served(database) as made:
        yield made
    await database.close()


@pytest.fixture
async def api_on_both(database: Database) -> AsyncIterator[Served]:
    """On SQLite and PostgreSQL in turn."""
    async with served(database) as made:
        yield made
