"""Handlers of one's own profile: preferences, second factor, sessions, keys."""

from typing import Any

import pyotp

from monitor_app.security.permissions import BOARD_READ, PROFILE_MANAGE
from monitor_app.state.own_keys import PERMISSION, KeyDialog, KeyQuestion
from monitor_app.state.profile import ProfileState
from monitor_app.state.second_factor import SecondFactorDialog
from tests.accounts import FIREFOX, PASSWORD
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(PROFILE_MANAGE, "ProfileState.load", "KeyDialog.open", "KeyDialog.close", "KeyQuestion.close")
plain(PROFILE_MANAGE, "SecondFactorDialog.begin", "SecondFactorDialog.close")


@case("PreferencesState.change", PROFILE_MANAGE, changes=True, is_fresh=True, free="value")
async def zone(tab: Tab) -> dict[str, Any]:
    return {"name": "time_zone", "value": "Europe/Vienna"}


async def _log_in_elsewhere(tab: Tab) -> int:
    sign_in, profile = tab.stage.running.sign_in, tab.stage.running.profile
    await sign_in.log_in(tab.identity.name, PASSWORD, "", False, FIREFOX, tab.stage.place())
    other = next(one for one in await profile.sessions(tab.identity) if not one.is_own)
    pk: int = other.pk
    return pk


@case("SessionsState.end", PROFILE_MANAGE, changes=True, is_fresh=True)
async def other_session(tab: Tab) -> dict[str, Any]:
    return {"pk": await _log_in_elsewhere(tab)}


@case("SessionsState.end_others", PROFILE_MANAGE, changes=True, is_fresh=True)
async def other_browser(tab: Tab) -> dict[str, Any]:
    await _log_in_elsewhere(tab)
    return {}


@case("KeyDialog.save", PROFILE_MANAGE, changes=True, is_fresh=True)
async def key_form(tab: Tab) -> dict[str, Any]:
    await tab.send(KeyDialog.open)
    fields = {"name": tab.stage.new_name("robot"), "expires_days": "30", "addresses": "192.0.2.0/24"}
    return {"form": fields | {PERMISSION + BOARD_READ: True}}


@case("KeyQuestion.ask", PROFILE_MANAGE, is_fresh=True)
async def key(tab: Tab) -> dict[str, Any]:
    profile = tab.stage.running.profile
    await profile.make_key(tab.identity, tab.stage.new_name("robot"), [BOARD_READ], 30, [])
    await tab.send(ProfileState.load)
    return {"pk": (await profile.keys(tab.identity))[0].pk}


@case("KeyQuestion.revoke", PROFILE_MANAGE, changes=True, is_fresh=True)
async def asked_key(tab: Tab) -> dict[str, Any]:
    await tab.send(KeyQuestion.ask, **await key(tab))
    return {}


@case("SecondFactorDialog.ask", PROFILE_MANAGE)
async def step(tab: Tab) -> dict[str, Any]:
    return {"step": "drop"}


@case("SecondFactorDialog.confirm", PROFILE_MANAGE, changes=True, is_fresh=True)
async def code(tab: Tab) -> dict[str, Any]:
    await tab.send(SecondFactorDialog.begin)
    secret = tab.shows(SecondFactorDialog, "secret")
    return {"form": {"code": pyotp.TOTP(secret).at(tab.stage.people.clock.now())}}


@case("SecondFactorDialog.answer", PROFILE_MANAGE, changes=True, is_fresh=True)
async def drop(tab: Tab) -> dict[str, Any]:
    await tab.send(SecondFactorDialog.confirm, **await code(tab))
    await tab.send(SecondFactorDialog.ask, step="drop")
    return {"form": {"password": PASSWORD}}


@case("SecondFactorDialog.answer", PROFILE_MANAGE, changes=True, is_fresh=True)
async def renew(tab: Tab) -> dict[str, Any]:
    await tab.send(SecondFactorDialog.confirm, **await code(tab))
    await tab.send(SecondFactorDialog.ask, step="renew")
    return {"form": {"password": PASSWORD}}
