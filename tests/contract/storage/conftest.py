"""What the contract of the storage is tried on."""

import pytest

from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory


@pytest.fixture
def history(database: Database) -> SqlHistory:
    return SqlHistory(database)
