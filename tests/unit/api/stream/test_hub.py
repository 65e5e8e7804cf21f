"""Streams without a server: who is told what, who is cut off, who has a seat."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from monitor_app.api.stream import StreamHub, StreamLimits
from monitor_app.api.stream.buffer import Filter
from monitor_app.api.stream.client import Proof
from monitor_app.api.stream.limits import TooManyStreams
from monitor_app.api.stream.sse import EventStream
from monitor_app.api.stream.websocket import StreamSocket
from monitor_app.bus.local import Bus
from monitor_app.domain.events import AccessChanged
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.security.permissions import NOBODY, VIEWER, Identity
from tests.accounts import HandClock
from tests.board_rows import result, service, state_after
from tests.unit.api.people import running

ADA = Identity.of_role("ada", VIEWER, via="key", credential="k1", account_pk=1)
BOB = Identity.of_role("bob", VIEWER, via="key", credential="k2", account_pk=2)
LIMITS = StreamLimits(per_user=2, total=3, pending=1, waiting=4, slow_seconds=10, auth_seconds=0.05)


class Access:
    """Everybody is who they were, but for those in `ended`."""

    def __init__(self) -> None:
        self.ended: set[str] = set()

    def of_same_proof(self, identity: Identity) -> Identity:
        return NOBODY if identity.name in self.ended else identity

    def of_authorization(self, header: str, address: str) -> Identity | None:
        return ADA if header == "Bearer good" else None

    def nobody(self, address: str) -> Identity:
        return NOBODY

    def has_key(self, key_id: str) -> bool:
        return False


@dataclass
class Stage:
    """A hub over a board, and what happens on it."""

    limits: StreamLimits = LIMITS
    clock: HandClock = field(default_factory=HandClock)
    board: Board = field(default_factory=Board)
    bus: Bus = field(default_factory=Bus)
    access: Access = field(default_factory=Access)
    results: int = 0

    def __post_init__(self) -> None:
        self.hub = StreamHub(self.board, self.bus, self.access, self.clock, self.limits)

    async def define(self, *pks: int, **values: Any) -> None:
        await self.hub.on_board_changed(self.board.apply_services([service(pk, **values) for pk in pks]))

    async def find(self, pk: int, status: Status = Status.OK) -> None:
        self.results += 1
        found = result(self.results, pk, status, seconds=self.results)
        await self.hub.on_board_changed(self.board.apply_results([found], [state_after(found)]))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Stage"]:
        self.hub.start()
        yield self
        await self.hub.close()
        await self.bus.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage().running() as made:
        yield made


@dataclass
class Wire:
    """An ASGI server's end of one connection. While it is `stuck` nothing gets through."""

    sent: list[Message] = field(default_factory=list)
    coming: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> None:
        await self.is_open.wait()
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.sent if message["type"] == "websocket.send"]

    def say(self, **message: Any) -> None:
        self.coming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})


@asynccontextmanager
async def served(app: ASGIApp, kind: str = "http", **scope: Any) -> AsyncIterator[tuple[Wire, asyncio.Task[None]]]:
    """Something that is being answered."""
    wire = Wire()
    wire.is_open.set()
    if kind == "websocket":
        wire.coming.put_nowait({"type": "websocket.connect"})
    whole = {"type": kind, "path": "/ws", "query_string": b"", "headers": [], "client": ("192.0.2.7", 1)} | scope

    async def run() -> None:
        await app(whole, wire.coming.get, wire.send)

    task = asyncio.create_task(run())
    yield wire, task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(is_true: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not is_true():
            await asyncio.sleep(0.002)


def feed(stage: Stage, who: Identity = ADA, wanted: Filter | None = None, last_id: str = "") -> EventStream:
    return EventStream(stage.hub, Proof(who), wanted or Filter(), last_id)


async def test_feed_begins_with_what_is_and_goes_on_with_what_changes(stage: Stage) -> None:
    await stage.define(1, 2)
    async with served(feed(stage)) as (wire, _):
        await until(lambda: "event: ready" in wire.text)
        assert wire.text.count("event: snapshot") == 2
        await stage.find(1)
        await until(lambda: "event: status" in wire.text)
        assert wire.text.count("\nid: ") == 2  # of `ready` and of the change
        assert stage.hub.stats().open == {"sse": 1, "websocket": 0, "dialect": 0}
    assert stage.hub.stats().open["sse"] == 0


async def test_client_that_went_gives_its_seat_back(stage: Stage) -> None:
    async with served(feed(stage)) as (wire, task):
        await until(lambda: "event: ready" in wire.text)
        wire.coming.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(task, 60)
    assert stage.hub.stats().open["sse"] == 0


async def test_nothing_is_kept_while_nobody_can_come_back(stage: Stage) -> None:
    await stage.define(1)
    await stage.find(1)
    assert len(stage.hub.feeds.buffer) == 0
    async with served(feed(stage)) as (wire, _):
        await until(lambda: "event: ready" in wire.text)
        last_id = wire.text.rpartition("id: ")[2].partition("\n")[0]
    await stage.find(1, Status.FAILED)
    async with served(feed(stage, last_id=last_id)) as (wire, _):
        await until(lambda: "event: status" in wire.text)
        assert "event: snapshot" not in wire.text
    stage.clock.move(seconds=601)
    await stage.find(1)
    async with served(feed(stage, last_id=last_id)) as (wire, _):
        await until(lambda: "event: ready" in wire.text)
        assert "event: snapshot" in wire.text


async def test_slow_reader_gets_the_latest_and_is_cut_off_when_it_stands_still(stage: Stage) -> None:
    await stage.define(1, 2)
    async with Stage(limits=replace(LIMITS, slow_seconds=60)).running() as patient:
        await patient.define(1, 2)
        async with served(feed(patient)) as (wire, _):
            await until(lambda: "event: ready" in wire.text)
            wire.is_open.clear()
            await patient.find(2)
            await until(lambda: not patient.hub._clients or all(not one.outbox.waiting for one in patient.hub._clients))
            for _ in range(9):
                await patient.find(1)
            await patient.find(1, Status.FAILED)
            wire.is_open.set()
            await until(lambda: '"FAILED"' in wire.text)
            changes = wire.text.count("event: status")
            assert changes < 10
            assert f": {11 - changes} events gave way" in wire.text
            assert patient.hub.stats().dropped == 11 - changes
    async with served(feed(stage)) as (wire, task):
        await until(lambda: "event: ready" in wire.text)
        wire.is_open.clear()
        await stage.find(1)
        (client,) = stage.hub._clients
        await until(lambda: client.writing_since is not None)
        stage.hub._look()
        assert client.ended is None
        stage.clock.move(seconds=10)
        stage.hub._look()
        await asyncio.wait_for(task, 60)
        assert not task.cancelled()
    assert stage.hub.stats().slow_cut == 1


async def test_seats_are_counted_by_user_and_in_all(stage: Stage) -> None:
    first = stage.hub.enter("sse", Proof(ADA))
    stage.hub.enter("websocket", Proof(replace(ADA, credential="another key")))
    with pytest.raises(TooManyStreams, match="STREAMS_PER_USER"):
        stage.hub.enter("sse", Proof(ADA))
    stage.hub.enter("sse", Proof(BOB))
    with pytest.raises(TooManyStreams, match="STREAMS_TOTAL"):
        stage.hub.enter("sse", Proof(NOBODY))
    # Who has not said anything yet takes nobody's place, and there are not many of them.
    stage.hub.enter("websocket", None)
    with pytest.raises(TooManyStreams):
        stage.hub.enter("websocket", None)
    stage.hub.leave(first)
    stage.hub.leave(first)
    stage.hub.enter("sse", Proof(ADA))
    assert stage.hub.stats().refused == 3


async def test_revoked_and_expired_are_ended(stage: Stage) -> None:
    one, other = stage.hub.enter("sse", Proof(ADA)), stage.hub.enter("sse", Proof(BOB))
    stage.access.ended.add("ada")
    stage.bus.publish(AccessChanged(7))
    await until(lambda: one.ended)
    assert (one.ended, other.ended) == ("revoked", None)
    short = stage.hub.enter("websocket", Proof(ADA, stage.clock.now() + timedelta(seconds=5)))
    stage.hub._look()
    assert short.ended is None
    stage.clock.move(seconds=5)
    stage.hub._look()
    assert short.ended == "revoked"


async def test_heartbeats_go_both_ways(stage: Stage) -> None:
    quiet, feeding = stage.hub.enter("websocket", Proof(ADA)), stage.hub.enter("sse", Proof(ADA))
    stage.hub.feeds.join(feeding, "")
    stage.clock.move(seconds=15)
    stage.hub._look()
    taken, comment = await quiet.outbox.take(), await feeding.outbox.take()
    assert taken is not None
    assert comment is not None
    assert json.loads(taken[0][0].frames[0].data)["type"] == "heartbeat"
    assert comment[0][0].joined == b":\n\n"
    stage.clock.move(seconds=31)
    stage.hub._look()
    assert (quiet.ended, feeding.ended) == ("silent", None)


async def test_stopping_ends_all_and_lets_nobody_in(stage: Stage) -> None:
    async with served(feed(stage)) as (wire, task):
        await until(lambda: "event: ready" in wire.text)
        stage.hub.end_all()
        await asyncio.wait_for(task, 60)
        assert wire.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    async with served(feed(stage)) as (wire, task):
        await asyncio.wait_for(task, 60)
        assert wire.sent[0]["status"] == 429


async def test_websocket_that_says_nothing_is_closed(stage: Stage) -> None:
    with running(access=stage.access, streams=stage.hub):
        async with served(StreamSocket(), "websocket") as (wire, task):
            await asyncio.wait_for(task, 60)
    assert [message["type"] for message in wire.sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert wire.told[0]["data"]["code"] == "unauthorized"
    assert stage.hub.stats().open["websocket"] == 0


async def test_slow_websocket_is_told_what_it_missed_and_cut_off() -> None:
    async with Stage(limits=replace(LIMITS, slow_seconds=60, behind_seconds=0, auth_seconds=10)).running() as stage:
        await stage.define(1)
        with running(access=stage.access, streams=stage.hub):
            async with served(StreamSocket(), "websocket") as (wire, task):
                wire.say(type="auth", token="good")
                wire.say(type="subscribe", topic="global")
                await until(lambda: len(wire.told) == 2)
                wire.is_open.clear()
                await stage.find(1)
                (client,) = stage.hub._clients
                await until(lambda: client.outbox.waiting == 0)
                for number in range(10):
                    await stage.find(1, Status.OK if number % 2 else Status.FAILED)
                wire.is_open.set()
                await asyncio.wait_for(task, 60)
    told = [(one["event"], one["data"]) for one in wire.told]
    (missed,) = [data["missed"] for event, data in told if event == "missed"]
    after = told[[event for event, _ in told].index("missed") + 1 :]
    assert [event for event, _ in after[:2]] == ["metric_collected", "status_changed"]
    assert after[0][1]["status"] == "OK"
    assert after[-1][1]["code"] == "too_slow"
    assert missed == 20 - 2
    assert wire.sent[-1]["code"] == 1013
    assert stage.hub.stats().slow_cut == 1
