"""Terms of office on a real database, in this process."""

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.engine import process
from monitor_app.engine.term import Term
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import delete_services, insert_services, restore_services

PATIENCE_SECONDS = 20


class Terms:
    """The runners of all terms that began: they and all they refer to go when nobody holds them any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[weakref.ref[Any]] = []
        self._changed = asyncio.Condition()
        begin = Term.begin

        async def begin_and_note(office: Any) -> Term:
            term = await begin(office)
            async with self._changed:
                self.begun.append(weakref.ref(term._runner))
                self._changed.notify_all()
            return term

        monkeypatch.setattr(Term, "begin", begin_and_note)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.begun) >= count)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def terms(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setattr(process, "ACQUIRE_SECONDS", 0.02)
    with (tmp_path / "stdin").open("w+") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield Terms(monkeypatch)


@asynccontextmanager
async def engine(database_url: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(process.run_engine(Settings(database_url=database_url), stop=stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running


async def add_service(database: Database) -> ServiceDefinition:
    """One without an address: each check has an UNKNOWN result at once."""
    now = datetime.now(UTC)
    row = {"service_id": "some", "label": "", "service_type": "website", "kind": "http", "interval_seconds": 1}
    async with database.write() as conn:
        (service,) = await insert_services(conn, [row | {"created_at": now, "updated_at": now}])
    return service


async def state_after(history: SqlHistory, result_id: int) -> ServiceState:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for state in await history.states():
                if state.result_id > result_id:
                    return state
            await asyncio.sleep(0.05)


async def test_term_that_ended_is_not_kept_in_memory(database, sqlite_url, terms, caplog):
    caplog.set_level(logging.INFO, logger="monitor_app")
    await add_service(database)
    history = SqlHistory(database)
    async with engine(sqlite_url):
        for count in range(1, 4):
            await terms.until(count)
            await history.begin_epoch()  # it loses its office with the next result
        await terms.until(4)
        assert [term() is not None for term in terms.begun] == [False, False, False, True]
    (end,) = [record.fields for record in caplog.records if record.message == "the engine has stopped"]
    assert end["epoch"] == 7


@pytest.mark.parametrize("is_engine_new", [False, True], ids=["same engine", "another engine"])
async def test_deleted_and_restored_service_starts_anew(database, sqlite_url, terms, caplog, is_engine_new):
    caplog.set_level(logging.INFO, logger="monitor_app")
    service = await add_service(database)
    history = SqlHistory(database)
    async with engine(sqlite_url):
        before = await state_after(history, 0)
        async with database.write() as conn:
            await delete_services(conn, [service.pk], datetime.now(UTC))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "services changed" not in caplog.messages:
                await asyncio.sleep(0.05)
        if not is_engine_new:
            async with database.write() as conn:
                await restore_services(conn, [service.pk], datetime.now(UTC))
            after = await state_after(history, (await history.last_result_id()))
    if is_engine_new:
        async with engine(sqlite_url):
            await terms.until(2)
            async with database.write() as conn:
                await restore_services(conn, [service.pk], datetime.now(UTC))
            after = await state_after(history, (await history.last_result_id()))
    assert after.since > before.since
    assert after.result_id > before.result_id
