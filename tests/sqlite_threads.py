"""SQLite without threads, for tests that make hundreds of calls one after another."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiosqlite.core
import pytest


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
