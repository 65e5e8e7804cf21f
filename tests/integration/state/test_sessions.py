"""Sessions over real websockets, against a real server in a process of its own."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.security.permissions import EDITOR, VIEWER
from monitor_app.storage.database import Database
from tests.integration.state.conftest import LiveServer
from tests.people import People, Person
from tests.recorder import Recorder

REVOKED_SECONDS = 5.0
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
            await own.until(lambda: own.looks == 3)
            assert own.token == token
        else:
            async with tab(private_server, person.cookie, token) as back:
                assert (back.looks, back.token) == (3, token)


async def test_ended_session_loses_its_open_websocket_within_five_seconds(
    private_server: LiveServer, people: People, database: Database
) -> None:
    person, other = await somebody(private_server, people), await somebody(private_server, people)
    async with tab(private_server, person.cookie) as gone, tab(private_server, other.cookie) as stays:
        looking = private_server.ask()["browsers"]
        began = time.monotonic()
        await people.end_sessions(person)
        await gone.until(lambda: gone.is_turned_out, REVOKED_SECONDS)
        took = time.monotonic() - began
        assert took < REVOKED_SECONDS
        assert gone.order == "login"
        assert not stays.is_turned_out
        assert private_server.ask()["browsers"] == looking - 1
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
