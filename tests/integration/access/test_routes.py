"""Every route of the program as it is served, asked by everybody, with what it is made for and with what it is not.

The routes come from the final app; what is expected of each from routes.py, of each page from monitor_app.pages.NEEDS.
"""

import itertools
import json
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import reflex as rx
from reflex.app import App
from reflex_base import constants
from reflex_base.environment import environment
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor_app.api.access import FRAMEWORK_ROUTES, DeclaredRoute, declared
from monitor_app.api.access import PUBLIC as OPEN
from monitor_app.pages import NEEDS
from monitor_app.security.permissions import ADMIN, EDITOR
from monitor_app.state.guard import PUBLIC
from monitor_app.use_cases.setup_link import new_setup_link
from tests.accounts import PASSWORD
from tests.integration.access.absurd import EXTRA, VALUES, nested
from tests.integration.access.all_routes import ROUTES
from tests.integration.access.cases import HOLDERS
from tests.integration.access.routes import CALLERS, FRAMEWORK, KEY, ORIGIN, TOKEN, Call, Caller, Row, caller_of
from tests.integration.access.stage import NOBODY_AT_ALL, SCREEN_PEOPLE, Stage, open_stage

pytestmark = pytest.mark.usefixtures("sqlite_in_this_thread")
PROBLEM = "application/problem+json"
LOGIN = "/login"
# Absurd elsewhere, but who would guess it?
GOOD_PASSWORDS = ("../../etc/passwd",)
IS_LONG = os.environ.get("DRILL") == "1"
# Of the absurd requests each caller sends every so-manieth, and the others the rest: who is let in more of them.
TURNS, TURNS_OF_OTHERS = (3, 9) if IS_LONG else (6, 18)
# One of each sort: others are let in by the same lines. In `make drill` all of them do it.
ABSURD = (NOBODY_AT_ALL, KEY, EDITOR)
# What is done here may end a caller's session or key.
ENDING = ("/api/auth", "/api/users", "/api/keys", "/api/wall-tokens", "/api/sessions", "/api/second-factor")
# A token is good for ten minutes, and the clock moves by 22 seconds with each row.
TOKEN_ROWS = 20


class FromEverywhere:
    """Each request comes from another address, so that none is one too many for its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._addresses = (f"10.{a}.{b}.{c}" for a, b, c in itertools.product(range(250), repeat=3))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope | {"client": (next(self._addresses), 1)}, receive, send)


@pytest.fixture(scope="module")
def final_app(real_app: App, tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    """What is served, with a page of a line in place of each built one."""
    web = tmp_path_factory.mktemp("web")
    for route in NEEDS:
        file = web / "build/client" / route.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"<html>page {route}</html>")
    # As a build leaves it, so that no page is made again at the start.
    marker = web / "backend" / constants.Dirs.STATEFUL_PAGES
    marker.parent.mkdir()
    marker.write_text("[]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.REFLEX_SKIP_COMPILE.name, "true")
        patch.setenv(environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.name, "true")
        patch.setenv(environment.REFLEX_WEB_WORKDIR.name, str(web))
        served: ASGIApp = real_app()
    return served


@pytest.fixture(scope="module")
def routes(real_app: App, final_app: ASGIApp) -> list[DeclaredRoute]:
    """All there are, with what they declare."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.REFLEX_SKIP_COMPILE.name, "true")
        return list(declared(rx.App.__call__(real_app)))


@pytest.fixture
async def client(stage: Stage, final_app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """Keeps no cookies."""
    transport = httpx.ASGITransport(FromEverywhere(final_app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


def methods_of(route: DeclaredRoute) -> set[str]:
    """Those it takes; a route that takes any is tried with POST."""
    return set(route.methods) or {"POST"}


def without_row(routes: list[DeclaredRoute]) -> set[str]:
    """Methods and paths that are in no table."""
    known = {(row.method, row.path) for row in ROUTES}
    found = set()
    for route in routes:
        if route.path not in FRAMEWORK_ROUTES:
            methods = methods_of(route) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods if (method, route.path) not in known}
    return found


def test_every_route_has_a_row_and_every_row_a_route(routes: list[DeclaredRoute]) -> None:
    assert not without_row(routes), "write a row in a table of tests/integration/access/all_routes.py"
    assert {row.path for row in ROUTES} <= {route.path for route in routes}
    assert set(FRAMEWORK) == {route.path for route in routes if route.needs == "framework"} - {"frontend"}


def test_all_routes_of_the_program_are_declared(routes: list[DeclaredRoute]) -> None:
    assert {route.path for route in routes if route.needs == "framework"} == FRAMEWORK_ROUTES
    assert not [route.path for route in routes if route.needs is None]


def test_new_route_without_a_row_is_noticed(routes: list[DeclaredRoute]) -> None:
    assert without_row([*routes, DeclaredRoute("/api/new", ("DELETE",), OPEN)]) == {"DELETE /api/new"}


def test_routes_declare_what_the_table_says(routes: list[DeclaredRoute]) -> None:
    told = {f"{method} {route.path}": route.needs for route in routes for method in methods_of(route)}
    assert {row.name: told[row.name] for row in ROUTES} == {row.name: row.needs or OPEN for row in ROUTES}


@pytest.mark.parametrize("who", CALLERS)
async def test_who_may_calls_every_route(stage: Stage, client: httpx.AsyncClient, who: str) -> None:
    """A change leaves one line, all else none; whom only the use case turns away is told of once."""
    problems: list[str] = []
    usual = await caller_of(stage, who)
    for number, row in enumerate(ROUTES, 1):
        if who == TOKEN and number % TOKEN_ROWS == 0:
            usual = await caller_of(stage, who)
        if is_open_to(row, usual):
            caller = await caller_of(stage, who) if may_end(row) else usual
            problems += [f"{row.name}: {text}" for text in await good_call(stage, client, row, caller)]
    assert not problems, "\n".join(problems)


async def test_who_may_not_is_turned_away_by_every_route(stage: Stage, client: httpx.AsyncClient) -> None:
    """With a request that is good for who may: nothing changes, and each is told of once."""
    problems: list[str] = []
    callers = {who: await caller_of(stage, who) for who in CALLERS}
    usual = await caller_of(stage, ADMIN)
    for number, row in enumerate(ROUTES, 1):
        if number % TOKEN_ROWS == 0:
            callers[TOKEN] = await caller_of(stage, TOKEN)
        refused = [caller for caller in callers.values() if not is_open_to(row, caller)]
        if refused:
            call = await row.prepare(stage, await caller_of(stage, ADMIN) if may_end(row) else usual)
            problems += [f"{row.name}: {text}" for text in await turned_away(stage, client, row, refused, call)]
    assert not problems, "\n".join(problems)


@pytest.mark.drill
@pytest.mark.parametrize("who", CALLERS if IS_LONG else ABSURD)
async def test_everybody_calls_every_route_absurdly(stage: Stage, client: httpx.AsyncClient, who: str) -> None:
    """Wrong bodies and queries are refused in words, and change nothing."""
    problems: list[str] = []
    usual = await caller_of(stage, who)
    for number, row in enumerate(ROUTES):
        caller = await caller_of(stage, who) if may_end(row) else usual
        call = await row.prepare(stage, caller)
        turn, turns = CALLERS.index(who) + number, TURNS if caller.may(row.needs) else TURNS_OF_OTHERS
        for text, request in itertools.islice(absurd_requests(call, turn), turn % turns, None, turns):
            found = await absurd_call(stage, client, row, caller, call, request)
            problems += [f"{row.name} {text}: {one}" for one in found]
            # It may have been good all the same, and ended the session.
            if may_end(row) and row.changes(caller) and not call.json:
                caller = await caller_of(stage, who)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("who", SCREEN_PEOPLE)
async def test_everybody_opens_every_page(stage: Stage, client: httpx.AsyncClient, who: str) -> None:
    caller = await caller_of(stage, who)
    for route, needs in NEEDS.items():
        answer = await client.get(f"{route.rstrip('/')}/", headers=caller.headers)
        is_open = who in HOLDERS[needs or PUBLIC]
        if route == LOGIN and caller.has_session and who != "wall":
            assert (answer.status_code, answer.headers["location"]) == (303, "/"), (who, route)
        elif is_open:
            assert (answer.status_code, answer.text) == (200, f"<html>page {route}</html>"), (who, route)
        elif who == NOBODY_AT_ALL:
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith(LOGIN)
        else:
            assert answer.status_code == 404, (who, route)
            assert f"page {route}" not in answer.text
    for path, status in FRAMEWORK.items():
        assert (await client.get(path, headers=caller.headers)).status_code == status, path


async def test_first_administrator_is_one_line(sqlite_url: str, real_app: App, final_app: ASGIApp) -> None:
    async with open_stage(sqlite_url, real_app, is_set_up=False) as stage:
        token, last = await new_setup_link(stage.people.changes), stage.last_line()
        transport = httpx.ASGITransport(FromEverywhere(final_app))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            body = {"token": token, "username": "ada", "password": PASSWORD}
            answer = await client.post("/api/auth/setup", json=body, headers={"Origin": ORIGIN})
        assert answer.status_code == 200
        assert [(line["who"], line["action"]) for line in stage.lines(last)] == [("ada", "account.create")]


def may_end(row: Row) -> bool:
    """Whether somebody new has to ask, because what is asked may end them."""
    return row.path.startswith(ENDING)


async def ask(client: httpx.AsyncClient, row: Row, caller: Caller, call: Call, **more: Any) -> httpx.Response:
    """One request; the client forgets what it was given for it."""
    headers = caller.headers | more.pop("headers", {})
    if row.method != "GET" and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    params = call.params | more.pop("params", {})
    content = more.pop("content", json.dumps(call.json).encode() if call.json is not None else b"")
    answer = await client.request(row.method, call.path or row.path, params=params, headers=headers, content=content)
    client.cookies.clear()
    return answer


def is_open_to(row: Row, caller: Caller) -> bool:
    """Whether a route lets somebody in; the use case may still turn them away."""
    return caller.may(row.needs) or (not row.path.startswith("/api") and row.needs == PUBLIC)


async def good_call(stage: Stage, client: httpx.AsyncClient, row: Row, caller: Caller) -> Iterator[str]:
    """What was wrong with the answer to who is let in, or with what it left behind."""
    call = await row.prepare(stage, caller)
    await stage.flush()
    before, last = stage.digest(), stage.last_line()
    answer = await ask(client, row, caller, call)
    await stage.flush()
    is_let_in = not row.is_refused(caller)
    status = row.status if is_let_in else refusal(caller)
    is_change = is_let_in and row.changes(caller)
    outcome = [(call.who or caller.name, "done", 1)] if is_change else [] if is_let_in else [(caller.name, "denied", 1)]
    lines, traceback = told_since(stage, last), stage.tracebacks()
    return wrong(
        **{
            f"status {answer.status_code}, not {status}: {answer.text[:200]}": answer.status_code == status,
            f"{answer.headers.get('content-type')} is no problem": status < 400 or is_problem(answer),
            f"wrote {lines}, not {outcome}": lines == outcome,
            "changed something": is_change
            or (is_let_in and row.is_own(caller))
            or row.path.startswith("/push")
            or stage.digest() == before,
            traceback: not traceback,
        }
    )


async def turned_away(
    stage: Stage, client: httpx.AsyncClient, row: Row, callers: list[Caller], call: Call
) -> Iterator[str]:
    """What was wrong with the answers to who may not, or with what they left behind."""
    await stage.flush()
    last, version = stage.last_line(), stage.version()
    answers = [(caller, await ask(client, row, caller, call)) for caller in callers]
    # The audit log is not told before the flush: nobody may have written a thing.
    is_written = stage.version() != version
    await stage.flush()
    lines, wanted = told_since(stage, last), [(caller.name, "denied", 1) for caller in callers]
    traceback = stage.tracebacks()
    statuses = {caller.who: answer.status_code for caller, answer in answers}
    return wrong(
        **{
            f"answered {statuses}": all(answer.status_code == refusal(caller) for caller, answer in answers),
            "an answer is no problem": all(is_problem(answer) for _, answer in answers),
            f"wrote {lines}, not {wanted}": sorted(lines) == sorted(wanted),
            "changed something": not is_written,
            traceback: not traceback,
        }
    )


def refusal(caller: Caller) -> int:
    """The status for who may not."""
    return 401 if caller.name == "anonymous" else 403


def told_since(stage: Stage, last: int) -> list[tuple[str, str, int]]:
    """Who, with which outcome and how often, of each line of the audit log after that one."""
    lines = [line for line in stage.lines(last) if line["action"] != "signing_key.create"]  # by the program itself
    return [(line["who"], line["outcome"], line["times"]) for line in lines]


async def absurd_call(
    stage: Stage, client: httpx.AsyncClient, row: Row, caller: Caller, call: Call, request: dict[str, Any]
) -> Iterator[str]:
    """The same for a request that nobody would send by accident."""
    version, last = stage.version(), stage.last_line()
    answer = await ask(client, row, caller, call, **request)
    is_good = answer.status_code < 400
    is_passed_over = call.json is None or row.method == "GET" or row.is_forgiving
    lines = [line["outcome"] for line in stage.lines(last) if line["action"] != "signing_key.create"]
    traceback = stage.tracebacks()
    # A wrong password is a line of its own, and nothing else.
    is_denial = lines == ["denied"] and "password" in (call.json or {})
    return wrong(
        **{
            f"status {answer.status_code}: {answer.text[:200]}": (is_good and is_passed_over)
            or 400 <= answer.status_code < 500,
            f"{answer.headers.get('content-type')} is no problem": is_good
            or not row.path.startswith("/api")
            or is_problem(answer),
            f"wrote {lines}": is_good or is_denial or not lines,
            "changed something": is_good or is_denial or stage.version() == version,
            traceback: not traceback,
        }
    )


def wrong(**is_right: bool) -> Iterator[str]:
    """What is not as it should be."""
    return (text for text, right in is_right.items() if not right)


def is_problem(answer: httpx.Response) -> bool:
    """Whether an error is told as RFC 9457 has it."""
    return answer.headers.get("content-type") == PROBLEM and answer.json()["status"] == answer.status_code


def absurd_requests(call: Call, turn: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies, queries and headers, each with what is absurd about it; by `turn` other values for the fields."""
    yield "more in the query", {"params": {name: str(value) for name, value in EXTRA.items()}, "content": b"{}"}
    yield "a wrong time", {"params": {"since": "yesterday", "until": "\x00"}, "content": b"{}"}
    yield "a long query", {"params": {"who": "x" * 5000, "search": "%' OR 1=1 --"}, "content": b"{}"}
    bodies = [b"", b"{", b"[]", b'"x"', b"null", b"NaN", b"\xff\xfe", b"[" * 5000, json.dumps(nested(500)).encode()]
    for body in [*bodies, b" " * 2_000_000]:
        yield f"body {body[:10]!r} of {len(body)}", {"content": body}
    if call.json is None:
        return
    yield "a form", {"content": b"a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    for name, value in EXTRA.items():
        yield f"with {name}", {"content": json.dumps(call.json | {name: value}).encode()}
    for name in call.json:
        yield f"without {name}", {"content": json.dumps({k: v for k, v in call.json.items() if k != name}).encode()}
        for value in VALUES[turn % 4 :: 4]:
            if name in ("password", "new") and value in GOOD_PASSWORDS:
                continue
            yield f"{name} {type(value).__name__}", {"content": json.dumps(call.json | {name: value}).encode()}
