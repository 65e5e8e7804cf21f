"""The settings of a session over the API: of accounts, keys, wall screens, and browsers without an account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.engine.board import Board
from monitor_app.security.permissions import BOARD_READ, VIEWER, Identity
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from tests.accounts import ADDRESS, Accounts, accounts_of

ORIGIN = "http://localhost:3000"
DEFAULTS: dict[str, Any] = {
    "autoRefresh": {"enabled": False, "interval": 60, "options": [30, 60, 120, 300, 600]},
    "display": {"historyGranularity": 15, "granularityOptions": [5, 15, 30, 60]},
}


@dataclass
class Desk:
    """Requests of anybody, by their headers; what cookies come is up to the test."""

    people: Accounts
    client: httpx.AsyncClient
    ada: Identity
    session: dict[str, str]

    async def get(self, headers: dict[str, str] | None = None) -> Any:
        answer = await self.client.get("/api/config", headers=self.session if headers is None else headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        chosen = self.session if headers is None else headers
        answer = await self.client.post("/api/config", headers=chosen, json=body)
        self.client.cookies.clear()
        return answer


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    """Ada has set the program up."""
    database = Database(sqlite_url)
    async with restarted(database) as people:
        signed = await people.set_up("ada")
        session = {"Cookie": f"lb_session={signed.token}", "Origin": ORIGIN}
        settings = load_settings(port=3000, rate_per_key=10_000, rate_per_session=10_000, rate_per_address=10_000)
        transport = httpx.ASGITransport(app=create_api(settings), client=(ADDRESS, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Desk(people, client, people.who(signed), session)
    await database.close()


class restarted:  # noqa: N801 - used as a function
    """The parts that a process has, made anew on the same database."""

    def __init__(self, database: Database) -> None:
        self._accounts = accounts_of(database)

    async def __aenter__(self) -> Accounts:
        people, nothing = await self._accounts.__aenter__(), None
        parts: dict[str, Any] = {"access": people.book, "visitors": people.visitors, "profile": people.profile}
        runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, **parts))  # type: ignore[arg-type]
        return people

    async def __aexit__(self, *failure: Any) -> None:
        runtime.uninstall()
        await self._accounts.__aexit__(*failure)


async def test_without_a_choice_the_defaults_hold(desk: Desk) -> None:
    assert await desk.get() == DEFAULTS


async def test_any_subset_is_taken_and_answered_with_what_holds_now(desk: Desk) -> None:
    answer = await desk.post({"autoRefresh": {"enabled": True}})
    on = {**DEFAULTS, "autoRefresh": {**DEFAULTS["autoRefresh"], "enabled": True}}
    assert (answer.status_code, answer.json()) == (200, {"status": "success", **on})
    assert (await desk.post({})).json() == {"status": "success", **on}
    both = {"autoRefresh": {"interval": 600}, "display": {"historyGranularity": 60}}
    answer = await desk.post(both)
    assert answer.json()["autoRefresh"] == {"enabled": True, "interval": 600, "options": [30, 60, 120, 300, 600]}
    whole = await desk.get()
    assert whole["display"] == {"historyGranularity": 60, "granularityOptions": [5, 15, 30, 60]}
    # What was read may be sent back as it is.
    assert (await desk.post(whole)).json() == {"status": "success", **whole}


@pytest.mark.parametrize(
    "body",
    [
        {"autoRefresh": {"interval": 45}},
        {"autoRefresh": {"interval": 60.5}},
        {"autoRefresh": {"interval": "60"}},
        {"autoRefresh": {"interval": True}},
        {"autoRefresh": {"interval": None}},
        {"autoRefresh": {"enabled": "yes"}},
        {"autoRefresh": {"enabled": 1}},
        {"autoRefresh": {"enabled": True, "interval": 0}},
        {"autoRefresh": {"options": [1, 2]}},
        {"autoRefresh": {"enabled": True, "pace": 1}},
        {"autoRefresh": None},
        {"display": {"historyGranularity": 10}, "autoRefresh": {"enabled": True}},
        {"display": {"historyGranularity": -5}},
        {"display": {"granularityOptions": [5, 15, 30, 60, 120]}},
        {"display": []},
        {"theme": "dark"},
        [],
        None,
    ],
    ids=repr,
)
async def test_what_is_not_in_the_lists_is_refused_and_changes_nothing(desk: Desk, body: Any) -> None:
    answer = await desk.post(body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert await desk.get() == DEFAULTS


async def test_what_is_chosen_is_kept_over_a_restart(sqlite_url: str, desk: Desk) -> None:
    await desk.post({"autoRefresh": {"enabled": True, "interval": 30}, "display": {"historyGranularity": 5}})
    chosen = await desk.get()
    database = Database(sqlite_url)
    async with restarted(database):
        assert await desk.get() == chosen
        assert (chosen["autoRefresh"]["interval"], chosen["display"]["historyGranularity"]) == (30, 5)
    await database.close()


async def test_a_key_has_its_own_and_never_changes_its_owners(desk: Desk) -> None:
    await desk.post({"display": {"historyGranularity": 30}})
    secret = await desk.people.profile.make_key(desk.ada, "robot", [BOARD_READ])
    key = {"Authorization": f"Bearer {secret}"}
    assert (await desk.get(key))["display"]["historyGranularity"] == 30
    assert (await desk.post({"display": {"historyGranularity": 5}}, key)).status_code == 200
    assert (await desk.get(key))["display"]["historyGranularity"] == 5
    assert (await desk.get())["display"]["historyGranularity"] == 30


async def test_a_wall_screen_has_its_own(desk: Desk) -> None:
    token = await desk.people.wall_tokens.make(desk.ada, "hall")
    signed = await desk.people.sign_in.open_wall(token, "Screen", ADDRESS)
    wall = {"Cookie": f"lb_session={signed.token}", "Origin": ORIGIN}
    answer = await desk.post({"autoRefresh": {"enabled": True}}, wall)
    assert (answer.json()["autoRefresh"]["enabled"], "set-cookie" in answer.headers) == (True, False)
    assert (await desk.get(wall))["autoRefresh"]["enabled"] is True
    assert await desk.get() == DEFAULTS


async def test_a_visitor_gets_a_cookie_with_the_first_choice(desk: Desk) -> None:
    nobody = {"Origin": ORIGIN}
    assert (await desk.client.get("/api/config", headers=nobody)).status_code == 401
    assert (await desk.post({}, nobody)).status_code == 401
    await desk.people.security_settings.change(desk.ada, {"is_board_public": True})
    assert await desk.get(nobody) == DEFAULTS
    refused = await desk.post({"display": {"historyGranularity": 7}}, nobody)
    nothing = await desk.post({}, nobody)
    assert "set-cookie" not in refused.headers
    assert "set-cookie" not in nothing.headers
    answer = await desk.post({"display": {"historyGranularity": 60}}, nobody)
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("lb_visitor=", "HttpOnly", "SameSite=lax", "Path=/"))
    visitor = nobody | {"Cookie": cookie.partition(";")[0]}
    assert (await desk.get(visitor))["display"]["historyGranularity"] == 60
    again = await desk.post({"autoRefresh": {"enabled": True}}, visitor)
    assert ("set-cookie" in again.headers, again.json()["display"]["historyGranularity"]) == (False, 60)
    assert await desk.get(nobody) == DEFAULTS
    # Who is logged in has what the account has, whatever else the browser knows.
    both = desk.session | {"Cookie": f"{desk.session['Cookie']}; {visitor['Cookie']}"}
    assert await desk.get(both) == DEFAULTS


async def test_all_preferences_are_everybodys_to_choose(desk: Desk) -> None:
    await desk.people.security_settings.change(desk.ada, {"is_board_public": True})
    nobody = {"Origin": ORIGIN}
    values = {"density": "compact", "time_zone": "Europe/Vienna", "refresh_seconds": 300}
    answer = await desk.client.patch("/api/preferences", headers=nobody, json=values)
    assert values.items() <= answer.json().items()
    visitor = nobody | {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    desk.client.cookies.clear()
    assert (await desk.get(visitor))["autoRefresh"]["interval"] == 300
    for wrong in ({"density": "tiny"}, {"refresh_seconds": 45}, {"auto_refresh": 1}):
        assert (await desk.client.patch("/api/preferences", headers=visitor, json=wrong)).status_code == 422


async def test_viewers_may_choose_too(desk: Desk) -> None:
    signed = await desk.people.join("bob", VIEWER)
    bob = {"Cookie": f"lb_session={signed.token}", "Origin": ORIGIN}
    assert (await desk.post({"display": {"historyGranularity": 5}}, bob)).status_code == 200
    assert await desk.get() == DEFAULTS
