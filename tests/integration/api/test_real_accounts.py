"""The API over real accounts, sessions, keys and tokens, on a real database."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.engine.board import Board
from monitor_app.security.permissions import ADMIN, BOARD_READ, EDITOR, VIEWER
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.database import Database
from monitor_app.use_cases.setup_link import new_setup_link
from tests.accounts import PASSWORD, Accounts, accounts_of

ORIGIN = "http://localhost:3000"
# MIXED_CALLS=20000 for the figure in docs/security.md.
CALLS, AT_ONCE = int(os.environ.get("MIXED_CALLS", "1000")), 200


@pytest.fixture
async def people(sqlite_url: str) -> AsyncIterator[Accounts]:
    database, nothing = Database(sqlite_url), None
    async with accounts_of(database) as people:
        parts: dict[str, Any] = {"access": people.book, "sign_in": people.sign_in, "profile": people.profile}
        parts["visitors"] = people.visitors
        runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, **parts))  # type: ignore[arg-type]
        yield people
        runtime.uninstall()
    await database.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(port=3000, rate_per_key=1_000_000, rate_per_session=1_000_000, rate_per_address=1_000_000)
    transport = httpx.ASGITransport(app=Doorman(create_api(settings), settings), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


async def me(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.get("/api/auth/me", headers=headers)
    return str(answer.json().get("username", answer.status_code))


async def test_log_in_and_out_with_a_cookie(people: Accounts, client: httpx.AsyncClient) -> None:
    await people.set_up("ada")
    body = {"username": "ada", "password": PASSWORD, "next": "/help"}
    answer = await client.post("/api/auth/login", json=body, headers={"Origin": ORIGIN})
    assert answer.json() == {"username": "ada", "role": "admin", "next": "/help"}
    assert await me(client, {}) == "ada"  # the client keeps cookies
    old = dict(client.cookies)
    assert (await client.post("/api/auth/logout", json={}, headers={"Origin": ORIGIN})).status_code == 204
    assert not client.cookies
    assert await me(client, {"Cookie": f"lb_session={old['lb_session']}"}) == ""


async def test_the_first_page_is_one_that_the_role_may_see(people: Accounts, client: httpx.AsyncClient) -> None:
    admin, bob = people.who(await people.set_up("ada")), await people.join("bob", ADMIN)
    await people.profile.set_preferences(people.who(bob), {"default_page": "/admin/users"})
    body = {"username": "bob", "password": PASSWORD}
    answer = await client.post("/api/auth/login", json=body, headers={"Origin": ORIGIN})
    assert answer.json()["next"] == "/admin/users"
    await people.accounts.set_role(admin, bob.identity.account_pk or 0, VIEWER)
    answer = await client.post("/api/auth/login", json=body, headers={"Origin": ORIGIN})
    assert answer.json()["next"] == "/"


async def test_cookies_may_come_one_by_one_as_over_http_2(people: Accounts, client: httpx.AsyncClient) -> None:
    own = f"lb_session={(await people.set_up()).token}"
    for cookies, name in (
        (["theme=dark", own, "a=b"], "ada"),
        ([own, "lb_session=planted"], ""),  # by another site of the same domain
        (["lb_session=planted", own], ""),
    ):
        answer = await client.get("/api/auth/me", headers=[("cookie", each) for each in cookies])
        assert answer.json()["username"] == name


async def test_unknown_name_and_wrong_password_are_told_alike(people: Accounts, client: httpx.AsyncClient) -> None:
    await people.set_up("ada")
    answers = [
        await client.post(
            "/api/auth/login", json={"username": name, "password": "wrong-horse-battery"}, headers={"Origin": ORIGIN}
        )
        for name in ("ada", "nobody")
    ]
    assert answers[0].status_code == answers[1].status_code == 401
    told = [answer.json() | {"correlation_id": ""} for answer in answers]
    assert told[0] == told[1]
    assert len(answers[0].content) == len(answers[1].content)
    assert "needs" not in answers[0].json()


async def test_key_and_its_token_work_until_the_key_is_revoked(people: Accounts, client: httpx.AsyncClient) -> None:
    admin = people.who(await people.set_up("ada"))
    text = await people.profile.make_key(admin, "robot", [BOARD_READ], 1, [])
    by_key = {"Authorization": f"Bearer {text}"}
    issued = (await client.post("/api/auth/token", headers=by_key)).json()
    by_token = {"Authorization": f"Bearer {issued['access_token']}"}
    assert [await me(client, by_key), await me(client, by_token)] == ["ada", "ada"]
    assert (await client.get("/api/audit.json", headers=by_key)).status_code == 403
    key = (await people.profile.keys(admin))[0]
    await people.profile.revoke_key(admin, key.pk)
    assert [await me(client, by_key), await me(client, by_token)] == ["401", "401"]


async def test_fifty_set_ups_at_once_make_one_administrator(people: Accounts, client: httpx.AsyncClient) -> None:
    token = await new_setup_link(people.changes)
    answers = await asyncio.gather(
        *(
            client.post(
                "/api/auth/setup",
                json={"token": token, "username": f"user{number}", "password": PASSWORD},
                headers={"Origin": ORIGIN},
            )
            for number in range(50)
        )
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[200] == 1
    assert set(statuses) <= {200, 404, 429, 503}


async def test_nobody_is_taken_for_somebody_else(people: Accounts, client: httpx.AsyncClient) -> None:
    """Many at once, each with a session, a key, a wrong key or nothing; every answer names who asked."""
    ada = await people.set_up("ada")
    bob, eve = await people.join("bob", EDITOR), await people.join("eve", VIEWER)
    key = await people.profile.make_key(people.who(bob), "robot", [BOARD_READ], 1, [])
    who = [
        ({"Cookie": f"lb_session={ada.token}"}, "ada"),
        ({"Cookie": f"lb_session={bob.token}"}, "bob"),
        ({"Cookie": f"lb_session={eve.token}"}, "eve"),
        ({"Authorization": f"Bearer {key}"}, "bob"),
        ({"Authorization": f"Bearer {key}", "Cookie": f"lb_session={ada.token}"}, "bob"),
        ({"Authorization": f"Bearer {key}x", "Cookie": f"lb_session={ada.token}"}, "401"),
        ({"Cookie": f"lb_session={ada.token[:-1]}"}, ""),
        ({}, ""),
    ]
    chosen = random.Random(4)
    turn = asyncio.Semaphore(AT_ONCE)

    async def one() -> bool:
        headers, name = chosen.choice(who)
        async with turn:
            return await me(client, headers) == name

    results = await asyncio.gather(*(one() for _ in range(CALLS)))
    assert len(results) == CALLS
    assert all(results)
