"""Sessions over real websockets, against a real server in a process of its own."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect

from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import BOARD_READ, EDITOR, VIEWER
from monitor_app.security.tokens import new_key, new_token, token_hash
from monitor_app.storage.api_keys import NewApiKey, insert_key, revoke_key
from monitor_app.storage.database import Database
from monitor_app.storage.sessions import NewSession, insert_session
from monitor_app.storage.settings import load_security_settings, save_security_settings
from monitor_app.use_cases.access_changes import AccessChanges
from tests.integration.state.conftest import LiveServer
from tests.people import People, Person
from tests.recorder import Recorder

REVOKED_SECONDS = 60.0
QUERY: dict[str, Any] = {"search": "", "sort": "label", "page_size": 50}


@pytest.fixture
async def database(private_server: LiveServer) -> AsyncIterator[Database]:
    """The server's, as another process has it."""
    database = Database(private_server.database_url)
    yield database
    await database.close()


@pytest.fixture
async def people(database: Database) -> People:
    return People(database)


async def somebody(server: LiveServer, people: People, role: str = VIEWER) -> Person:
    person = await people.log_in(f"person-{uuid.uuid4()}", role)
    await asyncio.to_thread(server.ring)
    return person


async def set_public(database: Database, *, is_public: bool) -> None:
    changes = AccessChanges(database, SystemClock())
    async with changes.begin() as conn:
        before = await load_security_settings(conn)
        await save_security_settings(conn, before, replace(before, is_board_public=is_public), "test", changes.now())


@asynccontextmanager
async def tab(
    server: LiveServer, cookie: str = "", token: str = "", *, is_let_in: bool = True
) -> AsyncIterator[LiveBrowser]:
    """A tab that asks for the list, with a client token of its own or another's."""
    browser = LiveBrowser(server.port, server.facts, QUERY, cookie=cookie)
    browser.token = token or browser.token
    browser.start()
    try:
        await browser.until(lambda: browser.looks > 0 if is_let_in else bool(browser.order))
        yield browser
    finally:
        await browser.close()


async def test_who_is_logged_in_looks_and_who_is_not_is_sent_to_the_log_in(
    private_server: LiveServer, people: People
) -> None:
    person = await somebody(private_server, people)
    async with tab(private_server, person.cookie) as own, tab(private_server, is_let_in=False) as other:
        assert own.snapshots == 1
        assert (other.order, other.snapshots) == ("login", 0)


async def test_owner_keeps_the_state_over_a_new_connection(private_server: LiveServer, people: People) -> None:
    person = await somebody(private_server, people)
    async with tab(private_server, person.cookie) as own:
        await own.cut()
        await own.until(lambda: own.looks == 2)


@pytest.mark.parametrize("is_owner_there", [True, False])
async def test_stolen_client_token_gives_a_fresh_state(
    private_server: LiveServer, people: People, is_owner_there: bool
) -> None:
    person, thief = await somebody(private_server, people), await somebody(private_server, people, EDITOR)
    async with tab(private_server, person.cookie) as own:
        own.look()
        await own.until(lambda: own.looks == 2)
        token = own.token
        if not is_owner_there:
            await own.close()
        async with tab(private_server, thief.cookie, token) as stolen:
            assert (stolen.looks, stolen.token != token) == (1, True)
        async with tab(private_server, "", token, is_let_in=False) as stolen:
            assert (stolen.looks, stolen.token != token) == (0, True)
        async with tab(private_server, "lb_session=made-up", token, is_let_in=False) as stolen:
            assert (stolen.looks, stolen.token != token) == (0, True)
        if is_owner_there:
            own.look()
            await own.until(lambda: own.looks >= 3)
            assert own.token == token
        else:
            async with tab(private_server, person.cookie, token) as back:
                assert (back.looks, back.token) == (3, token)


async def until_browsers(server: LiveServer, count: int) -> None:
    """Wait until so many look: those of tests before are gone, too."""
    deadline = time.monotonic() + REVOKED_SECONDS
    while (await asyncio.to_thread(server.ask))["browsers"] != count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_ended_session_loses_its_open_websocket(
    private_server: LiveServer, people: People, database: Database
) -> None:
    person, other = await somebody(private_server, people), await somebody(private_server, people)
    async with tab(private_server, person.cookie) as gone, tab(private_server, other.cookie) as stays:
        await until_browsers(private_server, 2)
        await people.end_sessions(person)
        await gone.until(lambda: gone.is_turned_out, REVOKED_SECONDS)
        assert gone.order == "login"
        assert not stays.is_turned_out
        await until_browsers(private_server, 1)
        patches, before = gone.patches, stays.snapshots
        await Recorder(database).add_services(1, group=f"group-{uuid.uuid4()}")
        stays.look()
        await stays.until(lambda: stays.snapshots > before)
        assert gone.patches == patches


async def test_states_of_an_ended_session_are_forgotten_also_of_closed_tabs(
    private_server: LiveServer, people: People
) -> None:
    person = await somebody(private_server, people)
    async with tab(private_server, person.cookie), tab(private_server, person.cookie) as closed:
        token = closed.token
        await closed.close()
        kept = private_server.ask()["tabs_kept"]
        await people.end_sessions(person)
        deadline = time.monotonic() + REVOKED_SECONDS
        while private_server.ask()["tabs_kept"] > kept - 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    async with tab(private_server, person.cookie, token, is_let_in=False) as back:
        assert back.looks == 0


async def test_nothing_is_kept_of_who_is_not_logged_in(private_server: LiveServer) -> None:
    before = private_server.ask()["tabs_kept"]
    for _ in range(3):
        async with tab(private_server, is_let_in=False):
            pass
    deadline = time.monotonic() + REVOKED_SECONDS
    while private_server.ask()["tabs_kept"] > before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def flood_and_leave(server: LiveServer) -> None:
    """As many events as go through at once, and gone before they are dealt with."""
    event = {"name": server.facts["look"], "payload": QUERY, "router_data": {}}
    async with connect(f"ws://127.0.0.1:{server.port}/_event/?EIO=4&transport=websocket&token=x") as socket:
        await socket.recv()
        await socket.send("40/_event,")
        for _ in range(50):
            await socket.send("42/_event," + json.dumps(["event", event]))
        socket.transport.abort()


async def test_nothing_is_kept_of_who_floods_and_leaves_without_a_session(private_server: LiveServer) -> None:
    before = private_server.ask()["tabs_kept"]
    await asyncio.gather(*(flood_and_leave(private_server) for _ in range(20)))
    deadline = time.monotonic() + REVOKED_SECONDS
    while (await asyncio.to_thread(private_server.ask))["tabs_kept"] > before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert "disconnected client" not in private_server.log


async def test_board_that_is_closed_again_ends_the_feed_of_who_is_not_logged_in(
    private_server: LiveServer, people: People, database: Database
) -> None:
    person = await somebody(private_server, people)
    await set_public(database, is_public=True)
    try:
        await asyncio.to_thread(private_server.ring)
        async with tab(private_server) as visitor, tab(private_server, person.cookie) as stays:
            await until_browsers(private_server, 2)
            await set_public(database, is_public=False)
            await visitor.until(lambda: visitor.is_turned_out, REVOKED_SECONDS)
            assert visitor.order == "login"
            assert not stays.is_turned_out
            await until_browsers(private_server, 1)
            patches, looks = visitor.patches, visitor.looks
            await Recorder(database).add_services(1, group=f"group-{uuid.uuid4()}")
            await asyncio.to_thread(private_server.ring)
            stays.look()
            await stays.until(lambda: stays.looks >= 2)
            assert (visitor.patches, visitor.looks) == (patches, looks)
    finally:
        await set_public(database, is_public=False)


async def test_revoked_wall_token_ends_the_feed_of_its_screen(
    private_server: LiveServer, people: People, database: Database
) -> None:
    person = await somebody(private_server, people)
    changes, made, cookie = AccessChanges(database, SystemClock()), new_key(), new_token()
    now = changes.now()
    new = NewApiKey(made.key_id, token_hash(made.secret), "wall", "lobby", person.pk, now, None, (BOARD_READ,))
    async with changes.begin() as conn:
        wall = await insert_key(conn, new)
        session = NewSession(token_hash(cookie), now, now + timedelta(days=1), api_key_pk=wall.pk)
        await insert_session(conn, session)
    await asyncio.to_thread(private_server.ring)
    async with tab(private_server, f"lb_session={cookie}") as screen:
        await until_browsers(private_server, 1)
        async with changes.begin() as conn:
            await revoke_key(conn, wall.pk, "wall", changes.now())
        await screen.until(lambda: screen.is_turned_out, REVOKED_SECONDS)
        assert screen.order == "login"
        await until_browsers(private_server, 0)


async def test_other_role_means_a_new_page(private_server: LiveServer, people: People) -> None:
    person = await somebody(private_server, people, EDITOR)
    async with tab(private_server, person.cookie) as browser:
        await people.change(person, role=VIEWER)
        await browser.until(lambda: browser.is_turned_out, REVOKED_SECONDS)
        assert browser.order == "reload"


async def test_disabled_account_is_turned_out(private_server: LiveServer, people: People) -> None:
    person = await somebody(private_server, people)
    async with tab(private_server, person.cookie) as browser:
        await people.change(person, is_disabled=True)
        await browser.until(lambda: browser.is_turned_out, REVOKED_SECONDS)
        assert browser.order == "login"
