"""Many people at once, in events and requests mixed: nobody is ever taken for somebody else."""

import asyncio
import random
from collections.abc import Iterator

import httpx
import pytest
import reflex as rx
from reflex_base.registry import RegistrationContext

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.security.permissions import BOARD_READ
from monitor_app.settings import load_settings
from monitor_app.state.guard import caller, public
from tests.integration.access.routes import ORIGIN
from tests.integration.access.stage import SCREEN_PEOPLE, Stage, Tab

# The full count is in `python -m monitor_app bench access`, over real sockets.
CALLS, AT_ONCE, TABS = 1200, 200, 8


@pytest.fixture
def who_asked() -> Iterator[type[rx.State]]:
    """A state of this test alone, whose handler tells who it takes its caller for, twice with a pause between."""
    with RegistrationContext.ensure_context().fork():

        class WhoAsked(rx.State):
            """Answers in a var."""

            said: str = ""

            @rx.event
            @public
            async def ask(self, mark: str) -> None:
                """Who is it?"""
                first = caller().name
                await asyncio.sleep(random.Random(mark).random() / 100)
                self.said = f"{mark} {first} {caller().name}"

        yield WhoAsked


async def test_mixed_calls_are_under_the_right_name(who_asked: type[rx.State], stage: Stage) -> None:
    settings = load_settings(port=3000, rate_per_key=10**6, rate_per_session=10**6, rate_per_address=10**6)
    transport = httpx.ASGITransport(Doorman(create_api(settings), settings))
    tabs: list[Tab] = []
    headers: list[tuple[str, dict[str, str]]] = []
    for who in SCREEN_PEOPLE:
        identity, cookie = await stage.caller(who)
        tabs += [await stage.tab(who) for _ in range(TABS)]
        headers.append((identity.name if cookie else "", {"Cookie": cookie} if cookie else {}))
    admin = await stage.admin()
    key = await stage.running.profile.make_key(admin, "robot", [BOARD_READ], 1, [])
    headers.append((admin.name, {"Authorization": f"Bearer {key}", "Cookie": headers[2][1]["Cookie"]}))
    turn, chosen = asyncio.Semaphore(AT_ONCE), random.Random(4)
    turns = {tab.token: asyncio.Lock() for tab in tabs}

    async def by_event(tab: Tab, mark: str) -> bool:
        async with turn, turns[tab.token]:
            await tab.send(who_asked.ask, mark=mark)
            name = tab.identity.name
            return bool(tab.shows(who_asked, "said") == f"{mark} {name} {name}")

    async def by_request(name: str, given: dict[str, str]) -> bool:
        async with turn:
            answer = await client.get("/api/auth/me", headers=given)
            return bool(answer.json()["username"] == name)

    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        calls = [
            by_event(chosen.choice(tabs), str(number)) if number % 2 else by_request(*chosen.choice(headers))
            for number in range(CALLS)
        ]
        assert all(await asyncio.gather(*calls))
    assert stage.tracebacks() == ""
