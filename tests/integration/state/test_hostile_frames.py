"""What a hostile browser may send over its websocket: it harms itself at most. Against a real server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from monitor_app.state.frames import FRAME_BYTES
from monitor_app.state.notice import TOO_FAST
from monitor_app.state.socket_server import BURST, EACH_SECOND
from monitor_app.storage.database import Database
from tests.integration.state.conftest import LivePage, LiveServer
from tests.paces import at_any_pace
from tests.people import People

WAIT_SECONDS = 60.0
ARGUMENTS = {"search": "", "sort": "label", "page_size": 5}


class RawTab:
    """A websocket that sends what it is told."""

    def __init__(self, socket: ClientConnection, facts: dict[str, Any]) -> None:
        self.socket = socket
        self.facts = facts
        self.updates: list[dict[str, Any]] = []

    async def send(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def event(self, name: Any = None, payload: Any = None, **more: Any) -> None:
        event = {"name": name or self.facts["look"], "payload": ARGUMENTS if payload is None else payload} | more
        await self.send("42/_event," + json.dumps(["event", event]))

    async def read(self, seconds: float = WAIT_SECONDS) -> str:
        """The next frame; pings are answered."""
        async with asyncio.timeout(seconds):
            while (frame := str(await self.socket.recv())) == "2":
                await self.send("3")
            if frame.startswith("42/_event,"):
                name, update = json.loads(frame.removeprefix("42/_event,"))
                self.updates += [update] if name == "event" else []
            return frame

    async def until(self, text: str) -> None:
        """A frame with this text."""
        while text not in await self.read():
            pass

    async def until_ended(self) -> None:
        """The server ends the connection, or at least what is of use in it."""
        try:
            while await self.read() not in ("1", "41/_event,"):
                pass
        except ConnectionClosed:
            pass


@asynccontextmanager
async def raw_tab(server: LiveServer, cookie: str = "") -> AsyncIterator[RawTab]:
    address = f"ws://127.0.0.1:{server.port}/_event/?EIO=4&transport=websocket&token=x"
    async with connect(
        address, additional_headers={"Cookie": cookie} if cookie else {}, max_size=None, close_timeout=0.2
    ) as socket:
        tab = RawTab(socket, server.facts)
        await tab.until("0")
        await tab.send("40/_event,")
        await tab.until("40/_event,")
        yield tab


def tracebacks(server: LiveServer) -> str:
    return "".join(server.log.partition("Traceback")[1:])


@pytest.fixture
async def neighbour(live_page: LivePage) -> AsyncIterator[Any]:
    """Somebody who just looks, all the time; must not notice anything."""
    async with live_page.browser() as browser:
        yield browser
        browser.look()
        looks = browser.looks
        await browser.until(lambda: browser.looks > looks)
        assert browser.connections == 1


ENDING = {
    "over 128 KB": '42/_event,["event",{"name":"' + "x" * FRAME_BYTES + '"}]',
    "over 128 KB in bytes": '42/_event,["event",{"name":"' + "€" * (FRAME_BYTES // 2) + '"}]',
    "1000 deep": '42/_event,["event",' + "[" * 1000 + "]" * 1000 + "]",
    "50,000 deep": '42/_event,["event",' + "[" * 50_000,
    "deep engine.io": "4" + "[" * 50_000,
    "empty": "",
    "no type": "x",
    "not JSON": "42/_event,[",
    "no list": '42/_event,{"a":1}',
    "empty list": "42/_event,[]",
    "no name": "42/_event,[[1]]",
    "connect as an event": '42/_event,["connect",{"asgi.scope":{"client":["127.0.0.1",1],"headers":[]}}]',
    "disconnect as an event": '42/_event,["disconnect","x"]',
    "method as an event": '42/_event,["emit","x"]',
    "asks for an answer": '42/_event,1["ping"]',
    "answer": "43/_event,1[]",
    "binary": "451-/_event,[{}]",
    "many attachments": "45999999999-/_event,[{}]",
    "unknown type": "49/_event,[]",
    "bytes": b"\x00\x01",
}


@pytest.mark.parametrize("frame", ENDING.values(), ids=ENDING.keys())
async def test_frame_that_is_none_ends_its_own_socket(
    live_server: LiveServer, neighbour: Any, frame: str | bytes
) -> None:
    async with raw_tab(live_server) as tab:
        await tab.send(frame)
        await tab.until_ended()
    assert tracebacks(live_server) == ""


ABSURD: dict[str, dict[str, Any]] = {
    "unknown handler": {"name": "no.such.handler"},
    "a number for a name": {"name": 7},
    "a list for a name": {"name": ["a"]},
    "no object": {"payload": [1, 2]},
    "text for arguments": {"payload": "text"},
    "extra arguments": {"payload": ARGUMENTS | {"id": 1, "role": "admin"}},
    "missing arguments": {"payload": {"search": ""}},
    "wrong types": {"payload": {"search": {"a": 1}, "sort": [], "page_size": "many"}},
    "self": {"payload": ARGUMENTS | {"self": 1}},
    "large": {"payload": ARGUMENTS | {"more": "x" * 100_000}},
    "router is a text": {"router_data": "x"},
    "path of another host": {"router_data": {"pathname": "//evil.example", "asPath": "/"}},
    "path is a list": {"router_data": {"pathname": ["/"]}},
    "path that no URL parser takes": {"router_data": {"pathname": "/", "asPath": "//[::1"}},
    "query of numbers": {"router_data": {"pathname": "/", "asPath": "/", "query": {"a": 1}}},
}


@pytest.mark.parametrize("event", ABSURD.values(), ids=ABSURD.keys())
async def test_absurd_event_is_one_calm_toast(live_server: LiveServer, neighbour: Any, event: dict[str, Any]) -> None:
    async with raw_tab(live_server) as tab:
        await tab.event(**event)
        await tab.until("This page sent something that cannot be understood")
        await tab.event()
        await tab.until("snapshot")
    assert tracebacks(live_server) == ""
    assert "x" * 1000 not in live_server.log


async def test_origin_of_an_event_cannot_be_made_up(private_server: LiveServer, neighbour: Any) -> None:
    """What only the handshake tells is not taken from an event."""
    async with raw_tab(private_server) as tab:
        made_up = {"session_key": "a" * 64, "ip": "127.0.0.1", "sid": "x", "headers": {"cookie": "lb_session=x"}}
        await tab.event(router_data={"pathname": "/", "asPath": "/", **made_up})
        await tab.until('"login"')


@pytest.mark.parametrize("token", ["", "&token=", "&token=a&token=b", "&token=" + "x" * 5000, "&token=%00%ff..%2f"])
async def test_absurd_client_tokens_harm_nobody(live_server: LiveServer, neighbour: Any, token: str) -> None:
    address = f"ws://127.0.0.1:{live_server.port}/_event/?EIO=4&transport=websocket{token}"
    async with connect(address) as socket:
        tab = RawTab(socket, live_server.facts)
        await tab.until("0")
        await tab.send('40/_event,{"event":[1],"state_schema":{"a":1}}')
        await tab.until("40/_event,")
        await tab.event()
    assert tracebacks(live_server) == ""


@at_any_pace
async def test_flood_of_one_socket_is_slowed_down_and_slows_nobody_else(
    live_server: LiveServer, neighbour: Any, pace: int
) -> None:
    async def answer_seconds() -> float:
        await asyncio.sleep(0.1)
        looks, began = neighbour.looks, time.monotonic()
        neighbour.look()
        await neighbour.until(lambda: neighbour.looks > looks)
        return time.monotonic() - began

    async with raw_tab(live_server) as tab:
        began = time.monotonic()
        flood = asyncio.create_task(flood_with(tab, 3000))
        waits = [await answer_seconds() for _ in range(20)]
        looked = [update for update in tab.updates if "looks" in str(update)]
        took = time.monotonic() - began
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
    assert len(looked) <= BURST + EACH_SECOND * took + 1
    assert TOO_FAST in str(tab.updates)
    assert sorted(waits)[10] < 0.25 * pace
    assert tracebacks(live_server) == ""


async def flood_with(tab: RawTab, count: int) -> None:
    async def listen() -> None:
        while True:
            await tab.read(60)

    listening = asyncio.create_task(listen())
    try:
        for _ in range(count):
            await tab.event()
        await listening
    finally:
        listening.cancel()


async def test_ended_session_cannot_hide_from_its_end(private_server: LiveServer) -> None:
    """Neither by leaving without leaving, nor by not listening to what it is told."""
    database = Database(private_server.database_url)
    people = People(database)
    person = await people.log_in("hider", "viewer")
    await asyncio.to_thread(private_server.ring)
    async with raw_tab(private_server, person.cookie) as tab:
        await tab.event()
        await tab.until("snapshot")
        assert private_server.ask()["browsers"] == 1
        await people.end_sessions(person)
        await tab.until("41/_event,")
        assert private_server.ask()["browsers"] == 0
        await tab.event()  # on a socket that is no more
        await tab.send("40/_event,")
        await tab.until("40/_event,")
        await tab.event()
        await tab.until('"login"')
    await database.close()


async def test_what_is_no_event_fills_no_log(live_server: LiveServer) -> None:
    before = live_server.log.count("what is no event")
    async with raw_tab(live_server) as tab:
        for _ in range(40):
            await tab.event(name="no.such.handler")
        for _ in range(40):
            await tab.until("cannot be understood")
    assert live_server.log.count("what is no event") - before <= 2
