"""A database with an engine's hand that writes into it."""

import pytest

from monitor_app.storage.database import Database
from tests.recorder import Recorder


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database)
