"""What tests of alerting share."""

import pytest

from monitor_app.storage.database import Database
from tests.dispatching import World


@pytest.fixture
def world(database: Database) -> World:
    """With a dispatcher."""
    return World(database)
