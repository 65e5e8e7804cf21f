"""The real app, and a stage on which everybody meets it."""

import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from reflex.app import App

from tests.integration.access.stage import Stage, open_stage


@pytest.fixture(scope="session")
def real_app() -> App:
    """The program's app with all its pages, not built and not started."""
    app: Any = importlib.import_module("monitor_app.monitor_app").app
    assert isinstance(app, App)
    return app


@pytest.fixture
async def stage(sqlite_url: str, real_app: App, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Everything but the engine runs, on an empty database."""
    # Nobody answers an order to check: not to be waited for.
    monkeypatch.setattr("monitor_app.state.check_results.TAKEN_LOOKS", 1)
    async with open_stage(sqlite_url, real_app) as stage:
        yield stage
