"""Accounts on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from monitor_app.storage.database import Database
from tests.accounts import Accounts, accounts_of


@pytest.fixture
async def people(database: Database) -> AsyncIterator[Accounts]:
    """Nobody yet."""
    async with accounts_of(database) as made:
        yield made
