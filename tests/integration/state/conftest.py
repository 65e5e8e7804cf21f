"""A real Reflex app in a process of its own, with the real hub, and what is needed to be its browsers."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.bench.live.variables import DATABASE_VARIABLE, PRIVATE_VARIABLE
from monitor_app.domain.result import CheckResult
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.services import delete_services, load_services
from tests.ports import free_port
from tests.recorder import Recorder

ROOT = Path(__file__).parents[3]
START_SECONDS = 120
STOP_SECONDS = 60


@dataclass
class LiveServer:
    """The app, with a database and a working directory of its own."""

    folder: Path
    port: int
    is_private: bool = False
    process: subprocess.Popen[bytes] | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder / 'lightbulb.db'}"

    @property
    def environment(self) -> dict[str, str]:
        private = {PRIVATE_VARIABLE: "yes"} if self.is_private else {}
        return {**os.environ, "PYTHONPATH": str(ROOT), DATABASE_VARIABLE: self.database_url, **private}

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text()

    def start(self) -> None:
        """Start and wait until it answers."""
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor_app.bench.live.serve", str(self.port)],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log
            try:
                self.facts = self.ask()
            except httpx.TransportError:
                signal.sigtimedwait([], 0.05)
            else:
                return
        raise AssertionError("the app does not answer: " + self.log)

    def ask(self) -> dict[str, Any]:
        """The facts as they are now."""
        facts: dict[str, Any] = httpx.get(f"http://127.0.0.1:{self.port}/facts").json()
        return facts

    def ring(self) -> int:
        """The doorbell: what is committed counts when this returns. Returns how many services there are."""
        services: int = httpx.get(f"http://127.0.0.1:{self.port}/ring").json()["services"]
        return services

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait(STOP_SECONDS)
            self.process = None


@dataclass
class LivePage:
    """One test's share of the app: no service but its own; and the engine's hand that writes into the database."""

    server: LiveServer
    recorder: Recorder

    async def add_services(self, count: int, **values: Any) -> list[int]:
        """Services that the board knows when this returns; their pks."""
        added = await self.recorder.add_services(count, **values)
        await self.ring()
        return [service.pk for service in added]

    async def record(self, *found: CheckResult) -> None:
        await self.recorder.record(*found)
        await self.ring()

    async def ring(self) -> int:
        """The doorbell; returns how many services there are."""
        async with httpx.AsyncClient() as client:
            services: int = (await client.get(f"http://127.0.0.1:{self.server.port}/ring")).json()["services"]
            return services

    def tab(self, search: str = "", sort: str = "label", page_size: int = 50) -> LiveBrowser:
        """Somebody who may look."""
        query = {"search": search, "sort": sort, "page_size": page_size}
        return LiveBrowser(self.server.port, self.server.facts, query)

    @asynccontextmanager
    async def browser(self, **query: Any) -> AsyncIterator[LiveBrowser]:
        """Somebody who looks and has the rows."""
        browser = self.tab(**query)
        browser.start()
        try:
            await browser.until(lambda: browser.snapshots > 0)
            yield browser
        finally:
            await browser.close()

    async def clear(self) -> None:
        async with self.recorder.database.write() as conn:
            pks = [service.pk for service in await load_services(conn)]
            await delete_services(conn, pks, datetime.now(UTC))
        assert await self.ring() == 0


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("live"), free_port())
    asyncio.run(migrations.upgrade(server.database_url))
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def private_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One where only those look who are logged in."""
    server = LiveServer(tmp_path_factory.mktemp("private"), free_port(), is_private=True)
    asyncio.run(migrations.upgrade(server.database_url))
    server.start()
    yield server
    server.end()


@pytest.fixture
async def live_page(live_server: LiveServer) -> AsyncIterator[LivePage]:
    database = Database(live_server.database_url)
    page = LivePage(live_server, Recorder(database))
    yield page
    await page.clear()
    await database.close()
