"""Nothing is checked while the queue of all checks is stopped, also by an engine that begins then."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.check_queue import NO_REASON, CheckQueue
from monitor_app.domain.events import ServicesChanged
from monitor_app.engine import process
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.errors import Conflict, InvalidInput, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.settings import Settings
from monitor_app.state.health import STOPPED, Health
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import insert_services
from monitor_app.use_cases.check_orders import CheckOrders
from monitor_app.use_cases.check_queue import CheckQueueUseCases
from tests.accounts import HandClock

PATIENCE_SECONDS = 200
ANN, VERA = Identity.of_role("ann", EDITOR), Identity.of_role("vera", VIEWER)
STATS = {"backlog": 1, "in_flight": 2, "done": 30, "by_status": [20, 1, 9, 0, 0, 0], "retried": 4, "oldest_wait": 0.5}


@pytest.fixture(autouse=True)
def stdin(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    monkeypatch.setattr(process, "ACQUIRE_SECONDS", 0.02)
    with (tmp_path / "stdin").open("w+") as file:
        monkeypatch.setattr("sys.stdin", file)
        yield


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def queue(database: Database) -> AsyncIterator[CheckQueueUseCases]:
    bus = Bus()
    yield CheckQueueUseCases(database, SystemClock(), bus, lambda: STATS)
    await bus.close()


@asynccontextmanager
async def engine(url: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(process.run_engine(Settings(database_url=url), stop=stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running


async def add_service(database: Database) -> None:
    """One without an address: each check has an UNKNOWN result at once."""
    now = datetime.now(UTC)
    row = {"service_id": "some", "label": "", "service_type": "website", "kind": "http", "interval_seconds": 1}
    async with database.write() as conn:
        await insert_services(conn, [row | {"created_at": now, "updated_at": now}])


async def next_result(history: SqlHistory) -> int:
    before = await history.last_result_id()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (last := await history.last_result_id()) == before:
            await asyncio.sleep(0.05)
    return last


async def is_quiet(history: SqlHistory, seconds: float) -> bool:
    before = await history.last_result_id()
    await asyncio.sleep(seconds)
    return before == await history.last_result_id()


async def test_nothing_is_checked_until_it_goes_on(database, sqlite_url, queue, caplog):
    await add_service(database)
    history = SqlHistory(database)
    async with engine(sqlite_url):
        await next_result(history)
        await queue.open(ANN, "new disk")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "all checks are stopped" not in caplog.messages:
                await asyncio.sleep(0.05)
            while not await is_quiet(history, 1.5):
                pass
    async with engine(sqlite_url):
        assert await is_quiet(history, 2.5)
        await queue.close(ANN, "it is in")
        await next_result(history)


async def test_the_board_says_who_and_why(database, queue):
    bus, board, clock = Bus(), Board(), SystemClock()
    follower = Follower(database, SqlHistory(database), KindRegistry(), board, bus, clock)
    health = Health(board, lambda: 0.0, lambda: "", clock, lambda: None, lambda: follower.check_queue)
    await follower.start()
    assert (health.judge(), health.ordered()) == (None, None)
    opened = await queue.open(ANN, " new disk ")
    await follower.read_now()
    trouble = health.judge()
    assert trouble is not None
    assert (trouble.what, trouble.wire()["ordered"]) == (STOPPED, True)
    assert health.ordered() == trouble.wire()
    assert trouble.why.startswith("By ann: new disk.")
    assert trouble.since == round(opened.opened_at.timestamp() * 1000)
    await follower.close()
    await bus.close()


async def test_it_is_opened_and_closed_with_a_reason(database, queue):
    told: list[ServicesChanged] = []

    async def take(event: ServicesChanged) -> None:
        told.append(event)

    queue._bus.subscribe(ServicesChanged, take, "test")
    assert await queue.find(VERA) == CheckQueue()
    opened = await queue.open(ANN)
    assert (opened.state, opened.by_name, opened.reason, opened.words) == (
        "open",
        "ann",
        NO_REASON,
        f"ann: {NO_REASON}",
    )
    assert await queue.open(Identity.of_role("bob", EDITOR), "other") == opened
    assert opened.since == opened.opened_at
    closed = await queue.close(ANN, "it is in")
    assert (closed.state, closed.reason, closed.opened_at) == ("closed", "it is in", opened.opened_at)
    assert closed.since == closed.closed_at
    assert await queue.find(VERA) == closed
    events = await queue.events(VERA)
    assert [(one.state, one.who, one.reason) for one in events] == [
        ("closed", "ann", "it is in"),
        ("open", "ann", NO_REASON),
    ]
    with pytest.raises(PermissionDenied):
        await queue.open(VERA, "me too")
    with pytest.raises(InvalidInput, match="at most 200"):
        await queue.open(ANN, "x" * 201)
    counts = await queue.counts(VERA)
    assert (counts.waiting, counts.running, counts.done, counts.failed, counts.retried) == (1, 2, 30, 9, 4)
    await queue.counts(VERA)
    assert [each.waiting for each in queue.samples] == [1]


async def test_nobody_has_a_check_made_while_all_are_stopped(database, queue):
    await add_service(database)
    orders = CheckOrders(database, SystemClock(), lambda: None)
    await queue.open(ANN, "new disk")
    with pytest.raises(Conflict, match="all checks are stopped by ann: new disk"):
        await orders.give(ANN, "some")
    await queue.close(ANN, "it is in")
    assert (await orders.give(ANN, "some")).number > 0


async def test_counts_of_an_engine_elsewhere_are_known(database, sqlite_url):
    elsewhere = CheckQueueUseCases(database, HandClock(datetime.now(UTC)), bus := Bus())
    assert (await elsewhere.counts(VERA), elsewhere.samples) == (None, [])
    await add_service(database)
    async with engine(sqlite_url):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (counts := await elsewhere.counts(VERA)) is None:
                await asyncio.sleep(0.05)
    assert (counts.waiting, counts.retried) == (0, 0)
    assert counts.done >= 0
    assert elsewhere.samples == [counts]
    # An engine that is silent since is not taken for one that works.
    old = CheckQueueUseCases(database, HandClock(counts.at + timedelta(minutes=1)), bus)
    assert await old.counts(VERA) is None
    await bus.close()
