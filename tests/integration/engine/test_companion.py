"""What goes along with a term: told of each batch, never in the way of the checks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest

from monitor_app.domain.changes import Batch
from monitor_app.engine import process
from monitor_app.engine.companion import EngineDesk
from monitor_app.errors import LeadershipLost
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from tests.engine_process import add_services
from tests.servers.http import http_server, reply

PATIENCE_SECONDS = 200


class Witness:
    """Notes what it is told, and does as it is bid."""

    def __init__(self, desk: EngineDesk) -> None:
        self.desk = desk
        self.batches: list[Batch] = []
        self.changed_pks: set[int] = set()
        self.begun_anew = 0
        self.job: Any = asyncio.Event().wait
        self.is_broken = False

    def committed(self, batch: Batch) -> None:
        self.batches.append(batch)
        if self.is_broken:
            raise ZeroDivisionError("a bug")

    def changed(self, service_pks: Collection[int]) -> None:
        self.changed_pks |= set(service_pks)

    def begin_anew(self) -> None:
        self.begun_anew += 1

    def jobs(self) -> Any:
        return {"witness": self.do}

    async def do(self) -> None:
        await self.job()


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setattr(process, "ACQUIRE_SECONDS", 0.02)
    monkeypatch.setattr(process, "canaries_of", lambda settings, network: [])
    with (tmp_path / "stdin").open("w+") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield


@asynccontextmanager
async def engine(database_url: str, accompany: Callable[[EngineDesk], Any]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    settings = Settings(database_url=database_url)
    running = asyncio.create_task(process.run_engine(settings, stop=stop, accompany=accompany))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


async def test_companion_is_told_of_batches_in_their_order_and_may_ask_the_engine(database, sqlite_url):
    witnesses: list[Witness] = []

    def accompany(desk: EngineDesk) -> Witness:
        witnesses.append(Witness(desk))
        return witnesses[-1]

    async with http_server() as server:
        server.on("/", reply(200))
        (web,) = await add_services(database, {"web": server.url("/")}, interval_seconds=60)
        async with engine(sqlite_url, accompany):
            await until(lambda: witnesses and len(witnesses[0].batches) >= 1)
            (witness,) = witnesses
            desk = witness.desk
            await until(lambda: desk.state(web.pk) is not None and desk.state(web.pk).status.is_up)
            assert [service.pk for service in desk.services()] == [web.pk]
            assert desk.service(web.pk).service_id == "web"
            assert (desk.offline_since, desk.trouble(), desk.dependencies) == (None, "", {})
            assert desk.patience_seconds(web.pk) > 2 * desk.deadline_seconds(web.pk) > 0
            before = len(server.requests)
            desk.check_now(web.pk)
            await until(lambda: len(server.requests) > before)
            await add_services(database, {"api": server.url("/")}, interval_seconds=60)
            await until(lambda: witness.changed_pks)
        ids = [batch.last_id for batch in witness.batches]
    assert ids == sorted(ids)


async def test_broken_companion_is_logged_once_and_checks_go_on(database, sqlite_url, caplog):
    caplog.set_level(logging.INFO, logger="monitor_app")
    witnesses: list[Witness] = []

    def accompany(desk: EngineDesk) -> Witness:
        witness = Witness(desk)
        witness.is_broken = True
        witnesses.append(witness)
        return witness

    async with http_server() as server:
        server.on("/", reply(200))
        await add_services(database, {"web": server.url("/")}, interval_seconds=1)
        async with engine(sqlite_url, accompany):
            await until(lambda: len(server.requests) >= 3 and witnesses[0].begun_anew >= 2)
    assert caplog.messages.count("what goes along with the engine has failed; it begins anew") == 1
    assert len(witnesses) == 1


async def test_companion_that_cannot_even_begin_keeps_nobody_from_checking(database, sqlite_url, caplog):
    async with http_server() as server:
        server.on("/", reply(200))
        await add_services(database, {"web": server.url("/")}, interval_seconds=1)

        def accompany(desk: EngineDesk) -> Any:
            raise ZeroDivisionError("a bug")

        async with engine(sqlite_url, accompany):
            await until(lambda: len(server.requests) >= 1)
    assert "what goes along with the engine cannot begin" in caplog.messages


async def test_companion_that_finds_that_another_engine_schedules_ends_the_term(database, sqlite_url):
    witnesses: list[Witness] = []

    async def lose() -> None:
        raise LeadershipLost("another engine schedules")

    def accompany(desk: EngineDesk) -> Witness:
        witnesses.append(Witness(desk))
        if len(witnesses) == 1:
            witnesses[0].job = lose
        return witnesses[-1]

    async with engine(sqlite_url, accompany):
        await until(lambda: len(witnesses) >= 2)
