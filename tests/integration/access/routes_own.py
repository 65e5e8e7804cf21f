"""Routes of one's own sessions and second factor, and of the demo."""

from typing import Final

from pyotp import TOTP

from monitor_app.security.permissions import DEMO_MANAGE, PROFILE_MANAGE, SYSTEM, VIEWER
from tests.accounts import PASSWORD
from tests.integration.access.routes import Call, Caller, Prepare, always, plain
from tests.integration.access.routes_people import own_identity, row
from tests.integration.access.stage import Stage


async def other_session(stage: Stage, caller: Caller) -> Call:
    """Of a second browser."""
    owner = await own_identity(stage, caller)
    await stage.people.sign_in.log_in(owner.name, PASSWORD, "", False, "Screen", stage.place())
    others = [each for each in await stage.running.profile.sessions(owner) if not each.is_own]
    return Call(path=f"/api/sessions/{others[0].pk}")


async def offered(stage: Stage, caller: Caller) -> Call:
    """A secret, and the code that belongs to it now."""
    identity, _ = await stage.newcomer(VIEWER)
    secret = (await stage.running.profile.begin_second_factor(identity)).secret
    return Call({"secret": secret, "code": TOTP(secret).at(stage.people.clock.at)})


def with_second_factor(path: str) -> Prepare:
    """A call of who has one."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        owner, profile = await own_identity(stage, caller), stage.running.profile
        if not (await profile.get(owner)).has_second_factor:
            call = await offered(stage, caller)
            await profile.confirm_second_factor(owner, call.json["secret"], call.json["code"])
        return Call({"password": PASSWORD}, path=path)

    return prepare


async def no_demo(stage: Stage, caller: Caller) -> Call:
    await stage.running.demo.remove(SYSTEM)
    return Call()


async def demo(stage: Stage, caller: Caller) -> Call:
    await stage.running.demo.load(SYSTEM)
    return Call()


ROUTES: Final = (
    row("GET", "/api/sessions", PROFILE_MANAGE, plain),
    row("DELETE", "/api/sessions/{session_id}", PROFILE_MANAGE, other_session, always, 204),
    row("DELETE", "/api/sessions", PROFILE_MANAGE, plain, always),
    row("POST", "/api/second-factor/offer", PROFILE_MANAGE, plain),
    row("POST", "/api/second-factor", PROFILE_MANAGE, offered, always),
    row(
        "POST",
        "/api/second-factor/recovery-codes",
        PROFILE_MANAGE,
        with_second_factor("/api/second-factor/recovery-codes"),
        always,
    ),
    row(
        "POST",
        "/api/second-factor/removal",
        PROFILE_MANAGE,
        with_second_factor("/api/second-factor/removal"),
        always,
        204,
    ),
    row("POST", "/api/demo", DEMO_MANAGE, no_demo, always, 201),
    row("DELETE", "/api/demo", DEMO_MANAGE, demo, always, 204),
)
