"""The real program without an engine, the engine's hand, and a line to it that can be cut."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import BOARD_READ, VIEWER
from monitor_app.security.tokens import new_key, new_token, token_hash
from monitor_app.storage import api_keys
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from tests.e2e.conftest import LiveApp
from tests.people import People, Person
from tests.recorder import Recorder

PATIENCE_SECONDS = 60
STREAMS_PER_USER = 26
_NUMBERS = itertools.count(1)


async def until(is_true: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait for something true and return it."""
    async with asyncio.timeout(seconds):
        while not (value := is_true()):
            await asyncio.sleep(0.02)
        return value


@dataclass
class Cutter:
    """A TCP proxy whose connections can all be cut at once."""

    target_port: int
    port: int = 0
    lines: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        for writer in self.lines:
            writer.transport.abort()
        self.lines.clear()

    async def end(self) -> None:
        """Cut all, those too that are only about to be connected."""
        self.cut()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        opened = [writer]
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self.target_port)
            opened.append(to_there)
            self.lines += opened
            await asyncio.gather(self._pass(reader, to_there), self._pass(there, writer))
        finally:
            self.tasks.discard(task)
            for each in opened:
                each.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def cutter_to(port: int) -> AsyncIterator[Cutter]:
    """A line to the program, on a port of its own."""
    cutter = Cutter(port)
    server = await asyncio.start_server(cutter.connect, "127.0.0.1", 0)
    cutter.port = server.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        server.close()
        await cutter.end()
        await server.wait_closed()


@dataclass
class Listener:
    """Somebody who listens to the events; `ended` when the line is at its end."""

    events: list[ServerSentEvent] = field(default_factory=list)
    is_ended: bool = False

    def named(self, name: str) -> list[dict[str, Any]]:
        """The data of all events of a name."""
        return [event.json() for event in self.events if event.event == name]

    async def ready(self) -> None:
        """Wait until the snapshot is whole."""
        await until(lambda: self.named("ready"))

    async def statuses(self, count: int) -> list[tuple[str, str]]:
        """Wait for so many changes; service_id and status of each."""
        found = await until(lambda: len(told := self.named("status")) >= count and told)
        return [(one["service_id"], one["status"]) for one in found]


@dataclass
class Stage:
    """One test's share of the program."""

    app: LiveApp
    database: Database
    recorder: Recorder
    people: People
    changes: AccessChanges

    async def person(self, name: str, role: str = VIEWER) -> Person:
        person = await self.people.log_in(name, role)
        await self.knows({"Cookie": person.cookie}, name)
        return person

    async def key(self, name: str, permissions: tuple[str, ...] = (BOARD_READ,)) -> str:
        """An API key of somebody new, which the program knows when this returns."""
        person = await self.people.log_in(name, VIEWER)
        text = await self.key_of(person, permissions)
        await self.knows({"Authorization": f"Bearer {text}"}, name)
        return text

    async def key_of(self, person: Person, permissions: tuple[str, ...] = (BOARD_READ,), seconds: float = 3600) -> str:
        made, now = new_key(), datetime.now(UTC)
        new = api_keys.NewApiKey(
            made.key_id, token_hash(made.secret), "key", new_token(), person.pk, now,
            now + timedelta(seconds=seconds), permissions,
        )  # fmt: skip
        async with self.changes.begin() as conn:
            await api_keys.insert_key(conn, new)
        return made.text

    async def revoke(self, text: str) -> None:
        async with self.changes.begin() as conn:
            key = await api_keys.find_key(conn, text.split("_")[1])
            assert key is not None
            await api_keys.revoke_key(conn, key.pk, "key", datetime.now(UTC))

    async def knows(self, headers: dict[str, str], name: str) -> None:
        """Wait until the program takes whoever sends these for `name`: it looks each second."""
        async with httpx.AsyncClient(base_url=self.app.url) as client, asyncio.timeout(PATIENCE_SECONDS):
            while (await client.get("/api/auth/me", headers=headers)).json().get("username") != name:
                await asyncio.sleep(0.05)

    async def add(self, count: int, is_shown: bool = True, **values: Any) -> list[ServiceDefinition]:
        """Services; the program shows them when this returns, unless somebody else waits for that."""
        added: list[ServiceDefinition] = []
        for _ in range(count):
            name = f"{values.get('group', 'service')}-{next(_NUMBERS)}"
            added += await self.recorder.add_services(1, **values, service_id=name, label=name)
        if not is_shown:
            return added
        async with httpx.AsyncClient(base_url=self.app.url, cookies=self.app.cookies) as client:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await client.get(f"/api/status/{added[-1].service_id}")).status_code != 200:
                    await asyncio.sleep(0.05)
        return added

    async def record(self, *services: ServiceDefinition, status: Status = Status.OK, **metrics: float) -> None:
        now = datetime.now(UTC)
        await self.recorder.record(
            *(CheckResult(service.pk, now, status, status.name, 12.5, metrics=metrics) for service in services)
        )

    @asynccontextmanager
    async def listening(
        self, key: str, query: str = "", *, url: str = "", last_id: str = ""
    ) -> AsyncIterator[Listener]:
        """A client of the event stream, not written here."""
        listener = Listener()
        headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last_id} if last_id else {})
        address = f"{url or self.app.url}/api/status/stream{query}"

        async def listen() -> None:
            async with (
                httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client,
                aconnect_sse(client, "GET", address, headers=headers) as source,
            ):
                with suppress(httpx.TransportError):
                    async for event in source.aiter_sse():
                        listener.events.append(event)
            listener.is_ended = True

        task = asyncio.create_task(listen())
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """One program for all tests of a module."""
    settings = {"SCHEDULER_ENABLED": "false", "STREAMS_PER_USER": str(STREAMS_PER_USER)}
    app = LiveApp(tmp_path_factory.mktemp("streams"), settings=settings)
    app.start()
    yield app
    app.stop()


@pytest.fixture
async def stage(app: LiveApp) -> AsyncIterator[Stage]:
    database = Database(f"sqlite+aiosqlite:///{app.database}")
    yield Stage(app, database, Recorder(database), People(database), AccessChanges(database, SystemClock()))
    await database.close()
