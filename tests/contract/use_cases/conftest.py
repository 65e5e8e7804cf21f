"""Accounts on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from monitor_app.storage.database import Database
from tests.people import People, people_of


@pytest.fixture
async def people(database: Database) -> AsyncIterator[People]:
    """Nobody yet."""
    async with people_of(database) as made:
        yield made
