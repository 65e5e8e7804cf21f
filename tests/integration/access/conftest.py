"""The real app, and a stage on which everybody meets it."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiosqlite.core
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


@pytest.fixture
def sqlite_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite runs a statement where it is awaited, not in a thread of its connection.

    The way there and back is a fifth of what a thousand calls one after another cost. Not for tests of what happens at
    once: there is no other statement under way, though other tasks have their turn before each.
    """

    async def execute(connection: Any, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if not connection._running or not connection._connection:
            raise ValueError("Connection closed")
        await asyncio.sleep(0)
        return function(*args, **named)

    monkeypatch.setattr(aiosqlite.core.Connection, "_execute", execute)
