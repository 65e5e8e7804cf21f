"""A real engine, a real HTTP server, a real database."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from monitor_app.storage.database import Database
from tests.engine_process import EngineProcess, ResultFile, engine_process
from tests.servers.http import HttpServer, http_server, reply

Launch = Callable[..., AbstractAsyncContextManager[EngineProcess]]


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
def results(sqlite_url: str) -> ResultFile:
    return ResultFile(sqlite_url)


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Start an engine on a database: `async with launch(url) as engine`."""

    def start(
        database_url: str,
        command: Sequence[str] = ("engine", "--doorbell"),
        program: str = "monitor_app",
        **environment: Any,
    ) -> AbstractAsyncContextManager[EngineProcess]:
        number = len(list(tmp_path.glob("engine-*.log")))
        log = tmp_path / f"engine-{number}.log"
        log.touch()
        return engine_process(database_url, log, environment, command, program, is_noted=number == 0)

    return start
