"""A world to be alerted of."""

from collections.abc import AsyncIterator

import pytest

from monitor_app.storage.database import Database
from tests.alerting_world import World


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    """An engine's memory on a fresh database, and a clock that stands still until it is moved."""
    database = Database(sqlite_url)
    yield await World.begin(database)
    await database.close()
