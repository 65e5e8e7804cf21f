"""Engines with shorter times, and services that come and go."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from monitor_app.storage.database import Database
from tests.engine_process import EngineProcess, engine_process
from tests.servers.http import HttpServer, http_server, reply
from tests.tuned_engine import Tuning

Launch = Callable[..., AbstractAsyncContextManager[EngineProcess]]
# At each pace a database of its own, and its address.
AtPace = Callable[[int], tuple[Database, str]]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with http_server() as running:
        running.on("/", reply(200))
        yield running


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """An open SQLite database with its tables."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_at(empty_sqlite: Path, tmp_path: Path) -> AsyncIterator[AtPace]:
    """A fresh SQLite database for each try: `sqlite, sqlite_url = sqlite_at(pace)`."""
    opened: list[Database] = []

    def start(pace: int) -> tuple[Database, str]:
        folder = tmp_path / f"pace-{pace}"
        shutil.copytree(empty_sqlite, folder)
        url = f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}"
        opened.append(Database(url))
        return opened[-1], url

    yield start
    for database in opened:
        await database.close()


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Start an engine on a database: `async with launch(url, Tuning(...)) as engine`."""

    def start(
        database_url: str, tuning: Tuning | None = None, **environment: Any
    ) -> AbstractAsyncContextManager[EngineProcess]:
        log = tmp_path / f"engine-{len(list(tmp_path.glob('engine-*.log')))}.log"
        log.touch()
        variables = environment | (tuning or Tuning()).environment
        return engine_process(database_url, log, variables, program="tests.tuned_engine")

    return start
