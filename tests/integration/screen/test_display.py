"""How a tab shows things: what was just chosen, what is kept of a browser without an account, and live that rests."""

from dataclasses import replace
from typing import Any

import pytest
from reflex_base.event import Event

from monitor_app.bench.open_board import open_board
from monitor_app.engine.clock import SystemClock
from monitor_app.log import new_correlation_id
from monitor_app.security.permissions import BOARD_READ, NOBODY
from monitor_app.security.tokens import token_hash
from monitor_app.state import display, runtime
from monitor_app.state.alarm import AlarmState
from monitor_app.state.board import BoardState
from monitor_app.state.bound_tokens import SESSION_KEY, VISITOR_KEY, new_token
from monitor_app.state.display import DisplayState
from monitor_app.state.guard import CORRELATION
from monitor_app.state.person import PersonState
from monitor_app.storage.database import Database
from monitor_app.use_cases.visitors import Visitors
from tests.integration.access.stage import HYDRATE
from tests.integration.screen.conftest import NoRooms, Screen

VISITOR = replace(NOBODY, permissions=frozenset({BOARD_READ}))


class SeenRooms(NoRooms):
    """Remembers who went where."""

    def __init__(self) -> None:
        self.moves: list[str] = []

    async def move(self, sid: str, room: str) -> bool:
        self.moves.append(room.partition(":")[0])
        return True


def person(screen: Screen, *names: str) -> list[Any]:
    return [screen.shows(PersonState, name) for name in names]


async def test_with_auto_refresh_the_board_is_sent_and_followed_by_nothing(screen: Screen) -> None:
    rooms = SeenRooms()
    screen.running.hub._rooms = rooms
    await screen.send(BoardState.load)
    assert rooms.moves == ["rows"]
    await screen.send(DisplayState.take, values={"auto_refresh": True})
    assert rooms.moves == ["rows", ""]
    await screen.send(BoardState.load)
    assert rooms.moves[2:] == ["rows", ""]
    assert screen.was_sent(BoardState, "snapshot")[-2]["rows"] == []
    await screen.send(DisplayState.take, values={"auto_refresh": False})
    await screen.send(BoardState.load)
    assert rooms.moves[4:] == ["rows"]


async def test_what_is_chosen_holds_at_once_and_nonsense_does_not(screen: Screen) -> None:
    await screen.send(DisplayState.take, values={"history_granularity": 60, "density": "compact"})
    names = ("history_granularity", "density", "auto_refresh", "refresh_seconds", "theme")
    assert person(screen, *names) == [60, "compact", False, 60, "system"]
    for nonsense in (
        None,
        [],
        "compact",
        {"density": "tiny"},
        {"username": "root"},
        {"refresh_seconds": 5, "theme": "dark"},
    ):
        await screen.send(DisplayState.take, values=nonsense)
    assert person(screen, *names) == [60, "compact", False, 60, "system"]
    assert screen.shows(PersonState, "username") == "ada"


async def test_a_refresh_is_told_when_it_is_done(screen: Screen) -> None:
    await screen.send(DisplayState.refreshed)
    await screen.send(DisplayState.refreshed)
    assert screen.was_sent(DisplayState, "refreshes")[-2:] == [1, 2]


async def test_a_visitor_finds_what_the_browser_has_chosen(screen: Screen, sqlite_url: str) -> None:
    database, key = Database(sqlite_url), token_hash("cookie")
    await open_board(database)
    await screen.running.access.read_now()
    profile: Any = None  # visitors have no account
    visitors = Visitors(database, SystemClock(), screen.running.access, profile)
    runtime.install(replace(screen.running, visitors=visitors))
    await visitors.change(VISITOR, key, {"density": "compact", "refresh_seconds": 300})

    async def visit(visitor_key: str, name: str = HYDRATE, **payload: Any) -> list[Any]:
        token = screen.tokens.setdefault(visitor_key, new_token(""))
        router: dict[str, Any] = {"pathname": "/", "asPath": "/", "client_token": token, "sid": "s", "headers": {}}
        router |= {"ip": "192.0.2.1", SESSION_KEY: "", VISITOR_KEY: visitor_key, CORRELATION: new_correlation_id()}
        assert screen.processor is not None
        event = Event(name=name, payload=payload, router_data=router)
        await (await screen.processor.enqueue(token, event)).wait_all()
        return person(screen, "density", "refresh_seconds", "is_signed_in")

    assert await visit(key) == ["compact", 300, False]
    assert await visit(token_hash("another")) == ["comfortable", 60, False]
    # Without a cookie when its socket opened: what it chose since holds in this tab, also when a page comes up anew.
    take = f"{DisplayState.get_full_name()}.take"
    assert await visit("", take, values={"refresh_seconds": 120}) == ["comfortable", 120, False]
    assert await visit("") == ["comfortable", 120, False]
    screen.take_away("visitor")
    assert await visit(key) == ["comfortable", 60, False]
    screen.give_back("visitor")
    await database.close()


async def test_pages_without_rows_hear_of_what_goes_down(screen: Screen) -> None:
    await screen.add("Web")
    rooms = SeenRooms()
    screen.running.hub._rooms = rooms
    await screen.send(AlarmState.listen)
    assert rooms.moves == ["rows"]
    assert screen.shows(AlarmState, "snapshot")["total"] == 1


async def test_what_is_chosen_elsewhere_is_taken_over_but_not_by_the_tab_that_chooses(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await screen.send(DisplayState.take, values={"history_granularity": 60})
    await screen.send(DisplayState.look_again)
    assert person(screen, "history_granularity") == [60]
    monkeypatch.setattr(display, "OWN_SECONDS", 0.0)
    await screen.send(DisplayState.look_again)
    assert person(screen, "history_granularity") == [15]
