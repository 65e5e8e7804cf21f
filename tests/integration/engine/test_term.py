"""Terms of office on a real database, in this process."""

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.engine import process
from monitor_app.engine.doubts import UNCERTAIN_MESSAGE
from monitor_app.engine.term import Term
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from monitor_app.storage.services import delete_services, insert_services, restore_services, update_service
from tests.engine_process import add_services
from tests.samples import NOON, result, start_recording
from tests.servers.http import http_server, reply

PATIENCE_SECONDS = 200
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


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


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_part_that_fails_is_logged_once_and_checks_go_on(database, sqlite_url, terms, caplog, monkeypatch):
    tried = 0

    async def broken(*_: Any) -> int:
        nonlocal tried
        tried += 1
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("monitor_app.engine.merging.merge", broken)
    monkeypatch.setattr("monitor_app.engine.merging.FIRST_ROUND_SECONDS", 0.01)
    monkeypatch.setattr("monitor_app.engine.term.RETRY_SECONDS", 0.01)
    service = await add_service(database)
    async with engine(sqlite_url):

        async def has_gone_on() -> bool:
            return tried > 3 and bool((await SqlHistory(database).recent()).get(service.pk))

        await until(has_gone_on)
        assert len(terms.begun) == 1
    told = [
        record for record in caplog.records if record.message == "a part of the engine has failed; it is begun anew"
    ]
    assert [record.fields["part"] for record in told] == ["merging"]


async def test_engine_counts_what_older_results_measured(database, sqlite_url, terms, monkeypatch):
    """They were merged by a program that kept no measures."""
    monkeypatch.setattr("monitor_app.engine.merging.FIRST_ROUND_SECONDS", 0.01)
    service, history = await add_service(database), SqlHistory(database)
    recorder = await start_recording(history)
    await recorder.record(*(result(service.pk, 60 * minute, metrics={"load": 2}) for minute in range(5)))
    await merge(database, recorder.epoch, NOON, everything=True)
    noon = int(NOON.timestamp())
    async with database.write() as conn:
        await conn.exec_driver_sql("DELETE FROM measure_block")
        await conn.exec_driver_sql(
            f"UPDATE counter SET value = {noon // 86_400 * 86_400 + 86_400} WHERE name = 'measured_since'"
        )
    async with engine(sqlite_url):

        async def is_counted() -> bool:
            return bool(await history.measures(service.pk, 3600, noon, noon + 3600))

        await until(is_counted)
    found = await history.measures(service.pk, 3600, noon, noon + 3600)
    assert found[noon].metrics["load"].count == 5


async def test_engine_begins_anew_after_an_error_that_nobody_foresaw(database, sqlite_url, terms, caplog, monkeypatch):
    monkeypatch.setattr(process, "RETRY_SECONDS", 0.01)
    await add_service(database)
    record = SqlHistory.record
    failures = [ZeroDivisionError("a bug"), ZeroDivisionError("a bug")]

    async def fail_twice(self: SqlHistory, *args: Any) -> None:
        if failures:
            raise failures.pop()
        await record(self, *args)

    monkeypatch.setattr(SqlHistory, "record", fail_twice)
    async with engine(sqlite_url):
        await terms.until(3)
        await state_after(SqlHistory(database), 0)
    assert "the engine has failed; it begins anew" in caplog.messages


async def test_service_that_was_deleted_while_no_engine_ran_leaves_nothing_open(database, sqlite_url, terms):
    history = SqlHistory(database)
    async with http_server() as server:
        server.on("/", reply(503))
        (service,) = await add_services(database, {"one": server.url("/")}, failures_to_fail=1)
        async with engine(sqlite_url):
            await until(lambda: is_down(history, service.pk))
    deleted_at = datetime.now(UTC)
    async with database.write() as conn:
        await delete_services(conn, [service.pk], deleted_at)
    async with engine(sqlite_url):
        await terms.until(2)

        async def has_ended() -> bool:
            return not await is_down(history, service.pk)

        await until(has_ended)
    (downtime,) = await history.downtimes(service.pk, LONG_AGO, datetime.now(UTC))
    assert downtime.ended_at is not None
    assert abs((downtime.ended_at - deleted_at).total_seconds()) < 0.01
    begun = len(await history.events(service.pk))
    async with engine(sqlite_url):
        await terms.until(3)
    assert len(await history.events(service.pk)) == begun


async def is_down(history: SqlHistory, pk: int) -> bool:
    """Whether a downtime is open."""
    return any(one.ended_at is None for one in await history.downtimes(pk, LONG_AGO, datetime.now(UTC)))


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> "SlowCanary":
    """The only one of the engine: asked at the start and for a failure, and waited for however long that takes."""
    canary = SlowCanary()
    monkeypatch.setattr(process, "canaries_of", lambda settings, network: [canary])
    monkeypatch.setattr("monitor_app.engine.canaries.ROUND_SECONDS", 1000.0)
    monkeypatch.setattr("monitor_app.engine.canaries.BELT_SECONDS", 1000.0)
    return canary


class SlowCanary:
    """Answers once, then never again."""

    name = "slow"

    def __init__(self) -> None:
        self.asked = 0

    async def is_alive(self) -> bool:
        self.asked += 1
        if self.asked > 1:
            await asyncio.Event().wait()
        return True


async def test_failure_that_waits_for_the_canaries_is_written_when_the_engine_stops(
    database, sqlite_url, terms, canary, monkeypatch
):
    monkeypatch.setattr("monitor_app.engine.term.SETTLE_SECONDS", 0.1)
    history = SqlHistory(database)
    async with http_server() as server:
        server.on("/", reply(200))
        (service,) = await add_services(database, {"one": server.url("/")}, interval_seconds=86_400)
        async with engine(sqlite_url):
            await until(lambda: has_results(history, service.pk, 1))
            server.on("/", reply(503))
            (changed,) = await touch(database, service)
            await until(lambda: is_asked(canary, 2))
        results = (await history.recent())[changed.pk]
    # A busy machine may have checked a failing service once more.
    assert [result.status.name for result in results[:2]] == ["OK", "UNKNOWN"]
    assert results[-1].message.startswith(UNCERTAIN_MESSAGE)


async def has_results(history: SqlHistory, pk: int, count: int) -> bool:
    return len((await history.recent()).get(pk, [])) >= count


async def is_asked(canary: SlowCanary, count: int) -> bool:
    return canary.asked >= count


async def touch(database: Database, service: ServiceDefinition) -> list[ServiceDefinition]:
    """Change how a service is checked, so that it is checked at once."""
    config = {**service.status_config, "deadline_seconds": 9}
    async with database.write() as conn:
        return [await update_service(conn, service.pk, {"status_config": config, "updated_at": datetime.now(UTC)})]


async def test_report_comes_after_the_failure_that_waited_before_it(database, sqlite_url, terms, canary):
    history, now = SqlHistory(database), datetime.now(UTC)
    row = {"service_id": "backup", "label": "", "service_type": "application", "kind": "push", "interval_seconds": 1}
    config = {"period_seconds": 5, "grace_seconds": 0, "token": "a-token-that-nobody-can-guess-1"}
    async with database.write() as conn:
        row |= {"status_config": config, "created_at": now, "updated_at": now}
        (service,) = await insert_services(conn, [row])
    async with engine(sqlite_url):

        async def is_reported() -> bool:
            return any(result.message == "late" for result in (await history.recent()).get(service.pk, []))

        await until(lambda: is_asked(canary, 2))
        await history.add_heartbeats([Heartbeat(0, service.pk, datetime.now(UTC), "success", None, "late")])
        await until(is_reported)
    statuses = [result.status.name for result in (await history.recent())[service.pk]]
    assert statuses.index("FAILED") < statuses.index("OK")
    (downtime,) = await history.downtimes(service.pk, LONG_AGO, datetime.now(UTC))
    assert downtime.ended_at is not None


async def test_report_of_a_service_that_was_added_just_now_is_taken(database, sqlite_url, terms, monkeypatch):
    monkeypatch.setattr("monitor_app.engine.term.POLL_SECONDS", 1000.0)
    history, now = SqlHistory(database), datetime.now(UTC)
    await add_service(database)
    row = {"service_id": "backup", "label": "", "service_type": "application", "kind": "push", "interval_seconds": 60}
    config = {"period_seconds": 3600, "token": "a-token-that-nobody-can-guess-1"}
    async with engine(sqlite_url):
        await state_after(history, 0)
        async with database.write() as conn:
            row |= {"status_config": config, "created_at": now, "updated_at": now}
            (service,) = await insert_services(conn, [row])
        await history.add_heartbeats([Heartbeat(0, service.pk, datetime.now(UTC), "success", None, "all saved")])
        await until(lambda: has_results(history, service.pk, 1))
    assert "all saved" in [result.message for result in (await history.recent())[service.pk]]
