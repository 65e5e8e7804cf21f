"""What tests of alerting share."""

import pytest

from monitor_app.storage.database import Database
from tests.dispatching import World


@pytest.fixture
def world(database: Database) -> World:
    """With a dispatcher."""
    return World(database)


@pytest.fixture(autouse=True)
def quick_sqlite(sqlite_in_this_thread: None) -> None:
    """Hundreds of looks one after another, each at a moment of its own; what happens at once is for PostgreSQL here."""
