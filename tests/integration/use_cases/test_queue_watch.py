"""Queues are asked while somebody looks, once for all, seldom when they do not answer; what they refuse is told."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.net import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage import audit
from monitor_app.storage.database import Database
from monitor_app.use_cases import queue_watch
from monitor_app.use_cases.queue_watch import FAILURES_LOST, SAMPLES, QueueWatch
from tests.servers.queue import OPEN, STATE, Queue, queue_server
from tests.virtual_time import VirtualClock

ANN, VERA = Identity.of_role("ann", EDITOR), Identity.of_role("vera", VIEWER)


@pytest.fixture
def queue() -> Iterator[Queue]:
    with queue_server() as server:
        yield server


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


class Stand:
    """A watch over services that the test sets, in virtual time."""

    def __init__(self, database: Database, queue: Queue, network: Network) -> None:
        self.clock = VirtualClock()
        self.services = [service(1, "jobs", {"url": queue.url})]
        self.watch = QueueWatch(lambda: self.services, KindRegistry(), network, self.clock, database)

    async def look(self, every: float = 2) -> Any:
        return (await self.watch.look(VERA, every))[0]


def service(pk: int, name: str, config: dict[str, Any], kind: str = "queue") -> ServiceDefinition:
    return ServiceDefinition(pk, name, name.title(), "queue", kind, "", (), config, {}, 60, True, False, 1)


@pytest.fixture
async def stand(database: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stand]:
    # However busy the machine is, who looks sees the answer.
    monkeypatch.setattr(queue_watch, "WAIT_SECONDS", 60)
    network = Network()
    stand = Stand(database, queue, network)
    yield stand
    await stand.watch.close()
    await network.close()


async def test_one_question_serves_all_who_look(stand: Stand, queue: Queue) -> None:
    views = await asyncio.gather(*(stand.look() for _ in range(20)))
    assert {view.breaker.state for view in views} == {"closed"}
    assert queue.asked("GET", STATE) == 1
    stand.clock.advance(1)
    await stand.look()
    assert queue.asked("GET", STATE) == 1
    stand.clock.advance(1)
    queue.turn("open", "new disk")
    view = await stand.look()
    assert (view.breaker.state, view.breaker.reason, view.counts.jobs["waiting"]) == ("open", "new disk", 3)
    assert [turn.state for turn in view.events] == ["open", "closed"]
    assert queue.asked("GET", STATE) == 2
    for _ in range(SAMPLES + 10):
        stand.clock.advance(2)
        view = await stand.look()
    assert len(view.samples) == SAMPLES


async def test_who_does_not_answer_is_asked_seldom_and_is_back_by_itself(stand: Stand, queue: Queue) -> None:
    await stand.look()
    queue.fault = "500"
    for failures in range(1, FAILURES_LOST + 1):
        stand.clock.advance(2)
        view = await stand.look()
        assert view.failures == failures
    assert (view.connection, view.error) == ("lost", "the queue's API answered 500: the broker is away")
    assert view.breaker is not None
    asked = queue.asked("GET", STATE)
    stand.clock.advance(2)
    view = await stand.look()
    assert queue.asked("GET", STATE) == asked
    assert 0 < view.retry_seconds <= 4
    stand.clock.advance(2)
    await stand.look()
    assert queue.asked("GET", STATE) == asked + 1
    queue.fault = ""
    await stand.watch.retry(VERA, "jobs")
    assert stand.watch.view("jobs").connection == "good"
    queue.fault = "html"
    stand.clock.advance(60)
    view = await stand.look()
    assert view.connection == "shaky"
    assert "a web page (HTML)" in view.error


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("expired", "the token is not accepted (401): the token has expired"),
        ("500", "the queue's API answered 500"),
        ("cut", "closed the connection before the answer was complete"),
        ("flood", "the answer is longer than 256 KB"),
        ("html", "a web page (HTML) instead of JSON"),
        ("silence", "timed out after"),
    ],
)
async def test_a_lost_queue_says_why_and_is_back_by_itself(
    stand: Stand, queue: Queue, monkeypatch: pytest.MonkeyPatch, fault: str, words: str
) -> None:
    if fault == "silence":
        monkeypatch.setattr(queue_watch, "DEADLINE_SECONDS", 0.2)
    await stand.look()
    queue.fault, queue.token = ("", "another") if fault == "expired" else (fault, "")
    for failures in range(1, FAILURES_LOST + 1):
        stand.clock.advance(2)
        view = await stand.look()
        assert (view.failures, view.connection) == (failures, "lost" if failures == FAILURES_LOST else "shaky")
    assert words in view.error
    # What answers, but not what it should, is not taken for what it was.
    assert view.is_unclear is (fault in ("expired", "flood", "html"))
    monkeypatch.setattr(queue_watch, "DEADLINE_SECONDS", 60)
    queue.fault = queue.token = ""
    stand.clock.advance(view.retry_seconds)
    view = await stand.look()
    assert (view.connection, view.is_unclear) == ("good", False)


async def test_all_who_look_come_when_queues_are_due(stand: Stand, queue: Queue) -> None:
    stand.services.append(service(2, "late", {"url": queue.url}))
    await stand.watch.retry(VERA, "jobs")
    stand.clock.advance(1.2)
    await stand.watch.retry(VERA, "late")
    assert stand.watch.next_seconds(2) == pytest.approx(0.8)
    stand.clock.advance(0.8)
    await stand.look()
    # From here on both are asked at the same moments.
    assert (queue.asked("GET", STATE), stand.watch.next_seconds(2)) == (4, 2)
    stand.clock.advance(1.9)
    await stand.look()
    assert queue.asked("GET", STATE) == 6
    stand.services = []
    await stand.watch.look(VERA, 2)
    assert stand.watch.next_seconds(2) == 2


async def test_a_slow_queue_holds_up_nobody(stand: Stand, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_watch, "WAIT_SECONDS", 1)
    queue.fault = "silence"
    looking = asyncio.create_task(stand.look())
    async with asyncio.timeout(60):
        while not queue.asked("GET", STATE):
            await asyncio.sleep(0.01)
        stand.clock.advance(2)
        # It was waited for once; whoever comes now is answered with what is known.
        view = await stand.look()
    assert (view.connection, stand.watch.next_seconds(2)) == ("new", 2)
    queue.ended.set()
    await looking


async def test_what_cannot_be_asked_says_why(stand: Stand, queue: Queue) -> None:
    stand.services = [service(2, "bad", {}), service(3, "web", {}, "http")]
    (view,) = await stand.watch.look(VERA, 2)
    assert view.connection == "lost"
    assert view.error.startswith("cannot be asked: url")
    with pytest.raises(Conflict):
        await stand.watch.operate(ANN, "bad", "open")
    stand.services = [replace(service(1, "jobs", {"url": queue.url, "open_path": ""}), enabled=False)]
    (view,) = await stand.watch.look(VERA, 2)
    assert (view.connection, view.may_open, view.may_close) == ("paused", False, True)
    assert queue.asked("GET", STATE) == 0
    with pytest.raises(Conflict, match="has no path to open"):
        await stand.watch.operate(ANN, "jobs", "open")
    stand.services = []
    assert await stand.watch.look(VERA, 2) == []
    with pytest.raises(InvalidInput, match="from 1 to 60"):
        await stand.watch.look(VERA, 0)


async def test_orders_are_given_and_written_down(stand: Stand, queue: Queue, database: Database) -> None:
    await stand.watch.operate(ANN, "jobs", "open", " new disk ")
    assert queue.orders == [{"path": OPEN, "reason": "new disk"}]
    assert stand.watch.view("jobs").breaker.state == "open"
    queue.fault = "refuse"
    with pytest.raises(Conflict, match="a migration is under way: nobody may touch the queue"):
        await stand.watch.operate(ANN, "jobs", "close")
    with pytest.raises(PermissionDenied):
        await stand.watch.operate(VERA, "jobs", "close")
    with pytest.raises(NotFound):
        await stand.watch.operate(ANN, "nothing", "close")
    with pytest.raises(InvalidInput):
        await stand.watch.operate(ANN, "jobs", "close", "x" * 201)
    async with database.read() as conn:
        refused, line = await audit.read(conn, AuditFilter(target_type="service"))
    assert (line.entry.action, line.entry.target, line.entry.after) == ("queue.open", "jobs", {"reason": "new disk"})
    # Who tried, and what the queue said to it, is known as well.
    assert (refused.entry.action, refused.entry.outcome, refused.entry.who) == ("queue.close", "failed", "ann")
    assert "a migration is under way" in refused.entry.after["failure"]
