"""What each route is for: who may call it, with what, and whether it changes something.

A table of its own, as cases.py is one for event handlers: a route that has no row turns the test red; write one below.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from monitor_app.security.permissions import (
    ADMIN,
    AUDIT_READ,
    BOARD_READ,
    NOT_FOR_KEYS,
    PERMISSIONS,
    PROFILE_MANAGE,
    RELATION_WRITE,
    SYSTEM,
    VIEWER,
)
from monitor_app.state.guard import PUBLIC
from tests.accounts import PASSWORD
from tests.integration.access.cases import HOLDERS
from tests.integration.access.stage import NOBODY_AT_ALL, SCREEN_PEOPLE, WALL, Stage

KEY, LITTLE_KEY, TOKEN, REVOKED_KEY = "key", "key of little", "token", "revoked key"
CALLERS: Final = (*SCREEN_PEOPLE, KEY, LITTLE_KEY, TOKEN, REVOKED_KEY)
ORIGIN: Final = "http://localhost:3000"
# What Reflex brings, and what it answers to a plain request.
FRAMEWORK: Final = {"/ping": 200, "/_health": 200, "/_event": 404}


@dataclass
class Caller:
    """Somebody who asks: the headers, and the name in the audit log."""

    who: str
    name: str
    headers: dict[str, str]

    def may(self, needs: str) -> bool:
        """Whether a route that needs this lets them in."""
        if self.who in SCREEN_PEOPLE:
            return self.who in HOLDERS[needs]
        if needs == PUBLIC:
            return self.who != REVOKED_KEY
        is_given = needs not in NOT_FOR_KEYS and (self.who != LITTLE_KEY or needs == RELATION_WRITE)
        return is_given and self.who != REVOKED_KEY

    @property
    def has_session(self) -> bool:
        """Whether there is one to end."""
        return self.who in SCREEN_PEOPLE and self.who != NOBODY_AT_ALL

    @property
    def has_account(self) -> bool:
        """Whether it acts as a person, and neither as a screen nor as a program."""
        return self.has_session and self.who != WALL


@dataclass
class Call:
    """A good request. `who` is the name in the audit log where that is not the caller's."""

    json: Any = None
    params: dict[str, str] = field(default_factory=dict)
    path: str = ""
    who: str = ""


Prepare = Callable[[Stage, Caller], Awaitable[Call]]


def never(caller: Caller) -> bool:
    """For who only reads."""
    return False


def always(caller: Caller) -> bool:
    """For everybody who may."""
    return True


@dataclass(frozen=True)
class Row:
    """A route. `status` is what who may gets; `refused` what those get whom only the use case turns away.

    A forgiving one may take a body that lacks fields, or has other values in them. `is_own`: what is written is the
    caller's alone, seen by nobody else, and leaves no line.
    """

    method: str
    path: str
    needs: str
    prepare: Prepare
    changes: Callable[[Caller], bool] = never
    status: int = 200
    is_refused: Callable[[Caller], bool] = never
    is_forgiving: bool = False
    is_own: Callable[[Caller], bool] = never

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.method} {self.path}"


async def plain(stage: Stage, caller: Caller) -> Call:
    """Nothing is sent along."""
    return Call()


async def log_in(stage: Stage, caller: Caller) -> Call:
    name = stage.new_name("login")
    await stage.people.join(name, VIEWER)
    return Call({"username": name, "password": PASSWORD}, who=name)


async def no_set_up(stage: Stage, caller: Caller) -> Call:
    """There is an administrator; what happens before is in test_routes.py."""
    return Call({"token": "x" * 43, "username": stage.new_name("late"), "password": PASSWORD})


async def _invited(stage: Stage) -> str:
    token: str = await stage.running.accounts.invite(await stage.admin(), VIEWER)
    return token


async def invitation(stage: Stage, caller: Caller) -> Call:
    name = stage.new_name("invited")
    return Call({"token": await _invited(stage), "username": name, "password": PASSWORD}, who=name)


async def check_invitation(stage: Stage, caller: Caller) -> Call:
    return Call({"token": await _invited(stage)})


async def wall(stage: Stage, caller: Caller) -> Call:
    name = stage.new_name("hall")
    return Call({"token": await stage.running.wall_tokens.make(await stage.admin(), name)}, who=f"wall {name}")


async def password(stage: Stage, caller: Caller) -> Call:
    return Call({"current": PASSWORD, "new": "quiet-harbour-anvil-93"})


async def audit(stage: Stage, caller: Caller) -> Call:
    return Call(params={"who": "first", "since": "2026-01-01T00:00:00Z"})


async def report(stage: Stage, caller: Caller) -> Call:
    pk = await stage.add(SYSTEM, kind="push", status_config={"period_seconds": 300})
    row = stage.running.board.get(pk)
    assert row is not None
    return Call(path=stage.running.push_addresses.path(SYSTEM, row.definition))


ROUTES: Final = (
    Row("GET", "/livez", PUBLIC, plain),
    # A report is a result of a check, not a change that somebody makes.
    Row("POST", "/push/{rest:path}", PUBLIC, report),
    Row("POST", "/api/auth/login", PUBLIC, log_in, always),
    Row("POST", "/api/auth/logout", PUBLIC, plain, lambda caller: caller.has_session, 204),
    Row("POST", "/api/auth/setup", PUBLIC, no_set_up, status=404),
    Row("POST", "/api/auth/invitation", PUBLIC, invitation, always),
    Row("POST", "/api/auth/invitation/check", PUBLIC, check_invitation),
    Row("POST", "/api/auth/wall", PUBLIC, wall, always),
    Row("POST", "/api/auth/password", PROFILE_MANAGE, password, always),
    Row(
        "POST",
        "/api/auth/token",
        PUBLIC,
        plain,
        always,
        is_refused=lambda caller: caller.who not in (KEY, LITTLE_KEY),
    ),
    Row("GET", "/api/auth/me", PUBLIC, plain),
    Row("GET", "/api/audit.csv", AUDIT_READ, audit),
    Row("GET", "/api/audit.json", AUDIT_READ, audit),
    Row("GET", "/api/openapi.json", BOARD_READ, plain),
    Row("GET", "/api/docs", BOARD_READ, plain),
    Row("GET", "/api/docs.css", PUBLIC, plain),
)


async def caller_of(stage: Stage, who: str) -> Caller:
    """Somebody new of each sort, so that nothing that one call ends is missed by the next."""
    if who in SCREEN_PEOPLE:
        identity, cookie = await stage.newcomer(who)
        return Caller(who, identity.name, {"Cookie": cookie, "Origin": ORIGIN} if cookie else {"Origin": ORIGIN})
    identity, _ = await stage.newcomer(ADMIN)
    profile, all_of_them = stage.running.profile, [name for name in PERMISSIONS if name not in NOT_FOR_KEYS]
    given = [RELATION_WRITE] if who == LITTLE_KEY else all_of_them
    text = await profile.make_key(identity, stage.new_name("robot"), given, 30, [])
    if who == TOKEN:
        program = stage.people.book.of_authorization(f"Bearer {text}", stage.place())
        text = (await stage.running.sign_in.issue_token(program)).token
    if who == REVOKED_KEY:
        await profile.revoke_key(identity, (await profile.keys(identity))[0].pk)
    name = "anonymous" if who == REVOKED_KEY else identity.name
    return Caller(who, name, {"Authorization": f"Bearer {text}"})
