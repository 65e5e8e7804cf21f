"""Whether people are told apart under load, how soon a disabled account is out, what guessing passwords costs others.

The real program in a process of its own; this one writes accounts and sessions into its database, as another process
would. `mixed` are calls by HTTP and by websocket, `--at-once` at a time, of 40 people with 160 tabs; `wrong` were
answered under another name. `revocation_ms` runs from the commit that disables an account to the end of its open
websocket. `flood`: so many guesses a minute at one account; `evaluated` were looked at, and `me_ms` is what somebody
else waits for an answer of the API before and meanwhile.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app import pages
from monitor_app.api.access import declared
from monitor_app.api.app import create_api
from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.bench.ports import free_port
from monitor_app.bench.spread import spread
from monitor_app.engine.clock import SystemClock
from monitor_app.security.passwords import Hasher
from monitor_app.security.permissions import ADMIN, VIEWER
from monitor_app.security.tokens import new_token, token_hash
from monitor_app.settings import load_settings
from monitor_app.state.guard import app_handlers, permission_of
from monitor_app.state.notice import Notices
from monitor_app.state.person import PersonState
from monitor_app.storage import accounts
from monitor_app.storage.database import Database
from monitor_app.storage.sessions import NewSession, insert_session
from monitor_app.use_cases.access_changes import AccessChanges

PEOPLE, TABS_EACH = 40, 4
START_SECONDS = 300
ANSWER_SECONDS = 30
FACTS = {
    "look": "reflex___state____state.hydrate",
    "page_state": "",
    "feed_state": "",
    "notice_state": Notices.get_full_name(),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--calls", type=int, default=20_000, help="mixed calls (default 20,000)")
    parser.add_argument("--at-once", type=int, default=200, help="at a time (default 200)")
    parser.add_argument("--disabled", type=int, default=20, help="accounts that are disabled (default 20)")
    parser.add_argument("--guesses", type=int, default=1000, help="in a minute (default 1000)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Counts and milliseconds."""
    return asyncio.run(_run(args))


@dataclass(frozen=True)
class _Person:
    pk: int
    name: str
    cookie: str


class _Tab(LiveBrowser):
    """A tab that hears who the server takes it for."""

    def __init__(self, port: int, person: _Person) -> None:
        super().__init__(port, FACTS, {}, cookie=person.cookie)
        self.person = person
        self.names: list[str] = []
        self.turn = asyncio.Lock()

    def _take_event(self, message: list[Any], size: int) -> None:
        name, update = message
        person = update.get("delta", {}).get(PersonState.get_full_name(), {}) if name == "event" else {}
        if (told := person.get("username" + FIELD_MARKER)) is not None:
            self.names.append(told)
        super()._take_event(message, size)

    async def who(self) -> str:
        """Ask, and hear."""
        async with self.turn:
            before = len(self.names)
            self.look()
            await self.until(lambda: len(self.names) > before, ANSWER_SECONDS)
            return self.names[-1]


async def _run(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _serving(folder) as port:
            database = Database(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
            changes = AccessChanges(database, SystemClock())
            people = [await _person(changes, f"person-{number}") for number in range(PEOPLE)]
            leaving = [await _person(changes, f"leaving-{number}") for number in range(args.disabled)]
            await _person(changes, "target", ADMIN)
            await asyncio.sleep(2)  # the program looks each second
            limits = httpx.Limits(max_connections=args.at_once)
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, limits=limits, timeout=ANSWER_SECONDS) as client:
                figures = {
                    **_counts(),
                    "mixed": await _mixed(args, port, client, people),
                    "revocation_ms": await _revoke(changes, port, leaving),
                    "flood": await _flood(args, client, people[0]),
                }
            await database.close()
    return figures


def _counts() -> dict[str, Any]:
    assert pages  # importing it has registered its states
    handlers = [one for _, one in app_handlers() if not one.handler.fn.__module__.startswith("monitor_app.bench.")]
    routes = list(declared(create_api(load_settings())))
    return {
        "handlers": {"all": len(handlers), "declared": sum(permission_of(one) is not None for one in handlers)},
        "routes": {"all": len(routes), "declared": sum(route.needs is not None for route in routes)},
    }


async def _mixed(
    args: argparse.Namespace, port: int, client: httpx.AsyncClient, people: list[_Person]
) -> dict[str, float]:
    tabs = [_Tab(port, person) for person in people for _ in range(TABS_EACH)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        await tab.until(lambda it=tab: bool(it.names), ANSWER_SECONDS)  # type: ignore[misc]
    at_once, chosen = asyncio.Semaphore(args.at_once), random.Random(4)
    waiting = tabs[:]

    async def by_event() -> bool:
        async with at_once:
            tab = waiting.pop(0)  # each in turn: a socket may send 20 events a second
            waiting.append(tab)
            return await tab.who() == tab.person.name

    async def by_request() -> bool:
        person = chosen.choice(people)
        async with at_once:
            return await _me(client, person) == person.name

    began = time.monotonic()
    right = await asyncio.gather(*(by_event() if number % 2 else by_request() for number in range(args.calls)))
    seconds = time.monotonic() - began
    await asyncio.gather(*(tab.close() for tab in tabs))
    return {"calls": len(right), "wrong": right.count(False), "seconds": round(seconds, 1)}


async def _revoke(changes: AccessChanges, port: int, leaving: list[_Person]) -> dict[str, float]:
    took = []
    for person in leaving:
        tab = _Tab(port, person)
        tab.start()
        await tab.until(lambda it=tab: bool(it.names), ANSWER_SECONDS)  # type: ignore[misc]
        await asyncio.sleep(random.random())  # somewhere between two looks
        async with changes.begin() as conn:
            await accounts.update_account(conn, person.pk, changes.now(), is_disabled=True)
        committed = time.monotonic()
        await tab.until(lambda it=tab: it.is_turned_out, ANSWER_SECONDS)  # type: ignore[misc]
        took.append((time.monotonic() - committed) * 1000)
        await tab.close()
    return spread(took)


async def _flood(args: argparse.Namespace, client: httpx.AsyncClient, person: _Person) -> dict[str, Any]:
    quiet = await _waits(client, person, 10)
    guesses = asyncio.create_task(_guess(client, args.guesses))
    busy = await _waits(client, person, 60)
    statuses = await guesses
    return {
        "guesses": {"sent": len(statuses), "evaluated": statuses.count(401)},
        "me_ms_before": spread(quiet),
        "me_ms_meanwhile": spread(busy),
    }


async def _guess(client: httpx.AsyncClient, count: int) -> list[int]:
    """Spread over a minute; the answers' statuses."""

    async def one(number: int) -> int:
        await asyncio.sleep(number * 60 / count)
        body = {"username": "target", "password": f"wrong-horse-battery-{number}"}
        answer = await client.post("/api/auth/login", json=body, headers={"Origin": str(client.base_url).rstrip("/")})
        return answer.status_code

    return await asyncio.gather(*(one(number) for number in range(count)))


async def _waits(client: httpx.AsyncClient, person: _Person, seconds: float) -> list[float]:
    """Milliseconds of somebody else's requests, ten a second."""
    waits, ends = [], time.monotonic() + seconds
    while (began := time.monotonic()) < ends:
        await _me(client, person)
        waits.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.1)
    return waits


async def _me(client: httpx.AsyncClient, person: _Person) -> str:
    answer = await client.get("/api/auth/me", headers={"Cookie": person.cookie})
    return str(answer.json().get("username"))


async def _person(changes: AccessChanges, name: str, role: str = VIEWER) -> _Person:
    """An account with one session; only an administrator's password is hashed."""
    hasher = Hasher()
    hashed = await hasher.hash("quiet-harbour-anvil-93") if role == ADMIN else "no password"
    hasher.close()
    now, token = changes.now(), new_token()
    async with changes.begin() as conn:
        account = await accounts.insert_account(conn, name, role, hashed, now)
        await insert_session(conn, NewSession(token_hash(token), now, now + timedelta(days=1), account_pk=account.pk))
    return _Person(account.pk, name, f"lb_session={token}")


@asynccontextmanager
async def _serving(folder: Path) -> AsyncIterator[int]:
    """The program on a free port, with no limit to how often one may ask."""
    port = free_port()
    rates = {f"RATE_PER_{kind}": "1000000" for kind in ("KEY", "SESSION", "ADDRESS")}
    environment = os.environ | rates | {"HOST": "127.0.0.1", "PORT": str(port), "SCHEDULER_ENABLED": "false"}
    environment["SQLITE_DB_PATH"] = str(folder / "lightbulb.db")
    with (folder / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor_app", "serve", env=environment, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
            while not await _answers(client, port):
                if process.returncode is not None:
                    raise RuntimeError((folder / "serve.log").read_text()[-2000:])
                await asyncio.sleep(0.2)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/livez")).status_code == 200
    except httpx.TransportError:
        return False
