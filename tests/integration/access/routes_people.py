"""Routes of accounts, invitations, keys, wall screens, settings and the audit log."""

from collections.abc import Callable
from itertools import count
from typing import Any, Final

from pyotp import TOTP

from monitor_app.security.permissions import AUDIT_READ, PROFILE_MANAGE, SETTING_MANAGE, USER_MANAGE, VIEWER, Identity
from monitor_app.security.tokens import parse_key
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import NOBODY_AT_ALL, WALL, Stage

_minutes = count(10)


async def own_identity(stage: Stage, caller: Caller) -> Identity:
    """Of who asks, with a session; of somebody else for those who have no account."""
    if caller.who in (NOBODY_AT_ALL, WALL) or not caller.has_session:
        return await stage.admin()
    return stage.people.book.of_cookie(caller.headers["Cookie"], stage.place())


def of_user(path: str = "", *, has_second_factor: bool = False, **values: Any) -> Prepare:
    """A call about somebody's account."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        identity, _ = await stage.newcomer(VIEWER)
        if has_second_factor:
            profile = stage.running.profile
            offer = await profile.begin_second_factor(identity)
            await profile.confirm_second_factor(identity, offer.secret, TOTP(offer.secret).at(stage.people.clock.at))
        return Call(values or None, path=f"/api/users/{identity.account_pk}{path}")

    return prepare


async def new_invitation(stage: Stage, caller: Caller) -> Call:
    return Call({"role": VIEWER, "note": "Ben", "days": 3})


async def of_invitation(stage: Stage, caller: Caller) -> Call:
    made = await stage.running.accounts.new_invitation(await stage.admin(), VIEWER)
    return Call(path=f"/api/invitations/{made.pk}")


async def new_key(stage: Stage, caller: Caller) -> Call:
    values = {"name": stage.new_name("robot"), "permissions": ["board:read"], "expires_days": 3, "addresses": []}
    return Call(values)


async def of_key(stage: Stage, caller: Caller) -> Call:
    owner = await own_identity(stage, caller)
    return Call(path=f"/api/keys/{key_id(await stage.running.profile.make_key(owner, 'robot', ['board:read']))}")


async def new_wall_token(stage: Stage, caller: Caller) -> Call:
    return Call({"name": stage.new_name("hall"), "expires_days": 3})


async def of_wall_token(stage: Stage, caller: Caller) -> Call:
    text = await stage.running.wall_tokens.make(await stage.admin(), stage.new_name("hall"))
    return Call(path=f"/api/wall-tokens/{key_id(text)}")


async def settings(stage: Stage, caller: Caller) -> Call:
    return Call({"idle_minutes": 600 + next(_minutes)})


async def lines(stage: Stage, caller: Caller) -> Call:
    return Call(params={"who": "first", "limit": "5", "fields": "id,who,action"})


def key_id(text: str) -> str:
    """The public part of a key."""
    parts = parse_key(text)
    assert parts is not None
    return parts[0]


def row(
    method: str,
    path: str,
    needs: str,
    prepare: Prepare,
    changes: Callable[[Caller], bool] | None = None,
    status: int = 200,
) -> Row:
    """Bodies of these routes have defaults, so some that lack fields are good."""
    return Row(method, path, needs, prepare, changes or (lambda caller: False), status, is_forgiving=method != "GET")


ROUTES: Final = (
    row("GET", "/api/users", USER_MANAGE, plain),
    row("GET", "/api/users/{user_id}", USER_MANAGE, of_user()),
    row("PATCH", "/api/users/{user_id}", USER_MANAGE, of_user(role="editor", disabled=True), always),
    row("DELETE", "/api/users/{user_id}/sessions", USER_MANAGE, of_user("/sessions"), always),
    row(
        "DELETE",
        "/api/users/{user_id}/second-factor",
        USER_MANAGE,
        of_user("/second-factor", has_second_factor=True),
        always,
        204,
    ),
    row("GET", "/api/invitations", USER_MANAGE, plain),
    row("POST", "/api/invitations", USER_MANAGE, new_invitation, always, 201),
    row("GET", "/api/invitations/{invitation_id}", USER_MANAGE, of_invitation),
    row("DELETE", "/api/invitations/{invitation_id}", USER_MANAGE, of_invitation, always, 204),
    row("GET", "/api/keys", PROFILE_MANAGE, plain),
    row("POST", "/api/keys", PROFILE_MANAGE, new_key, always, 201),
    row("GET", "/api/keys/{key_id}", PROFILE_MANAGE, of_key),
    row("DELETE", "/api/keys/{key_id}", PROFILE_MANAGE, of_key, always, 204),
    row("GET", "/api/wall-tokens", SETTING_MANAGE, plain),
    row("POST", "/api/wall-tokens", SETTING_MANAGE, new_wall_token, always, 201),
    row("GET", "/api/wall-tokens/{key_id}", SETTING_MANAGE, of_wall_token),
    row("DELETE", "/api/wall-tokens/{key_id}", SETTING_MANAGE, of_wall_token, always, 204),
    row("GET", "/api/settings", SETTING_MANAGE, plain),
    row("PATCH", "/api/settings", SETTING_MANAGE, settings, always),
    row("GET", "/api/audit", AUDIT_READ, lines),
    row("GET", "/api/audit/verify", AUDIT_READ, plain),
)
