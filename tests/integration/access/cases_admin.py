"""Handlers of the pages of administrators: users, audit log, security settings, wall screens."""

from typing import Any

from monitor_app.security.permissions import AUDIT_READ, SETTING_MANAGE, USER_MANAGE, VIEWER
from monitor_app.state.security import SecurityState
from monitor_app.state.users import InviteDialog, UsersState
from monitor_app.state.wall_tokens import WallTokenDialog, WallTokenState
from tests.integration.access.cases import case, plain
from tests.integration.access.stage import Tab

plain(USER_MANAGE, "UsersState.load", "AccountQuestion.close", "InviteDialog.open", "InviteDialog.close")
plain(AUDIT_READ, "AuditState.load", "AuditState.verify")
plain(SETTING_MANAGE, "SecurityState.load", "WallTokenState.load", "WallTokenState.keep")
plain(SETTING_MANAGE, "WallTokenDialog.open", "WallTokenDialog.close")


async def _account(tab: Tab) -> int:
    pk = (await tab.stage.newcomer(VIEWER))[0].account_pk
    assert pk is not None
    return pk


@case("UsersState.choose", USER_MANAGE)
async def disable(tab: Tab) -> dict[str, Any]:
    return {"action": "disable", "pk": await _account(tab)}


@case("UsersState.choose", USER_MANAGE, changes=True)
async def enable(tab: Tab) -> dict[str, Any]:
    pk = await _account(tab)
    await tab.stage.running.accounts.disable(await tab.stage.admin(), pk)
    return {"action": "enable", "pk": pk}


@case("UsersState.withdraw", USER_MANAGE, changes=True)
async def invitation(tab: Tab) -> dict[str, Any]:
    admin = await tab.stage.admin()
    await tab.stage.running.accounts.invite(admin, VIEWER)
    known = await tab.stage.running.accounts.list_invitations(admin)
    return {"pk": max(one.pk for one in known)}


@case("AccountQuestion.confirm", USER_MANAGE, changes=True)
async def other_role(tab: Tab) -> dict[str, Any]:
    await tab.send(UsersState.choose, action="set_role", pk=await _account(tab))
    return {"form": {"role": "editor"}}


@case("AccountQuestion.confirm", USER_MANAGE, changes=True)
async def no_more(tab: Tab) -> dict[str, Any]:
    await tab.send(UsersState.choose, **await disable(tab))
    return {"form": {}}


@case("AccountQuestion.confirm", USER_MANAGE, changes=True)
async def log_out(tab: Tab) -> dict[str, Any]:
    await tab.send(UsersState.choose, action="end_sessions", pk=await _account(tab))
    return {"form": {}}


@case("InviteDialog.save", USER_MANAGE, changes=True)
async def invited(tab: Tab) -> dict[str, Any]:
    await tab.send(InviteDialog.open)
    return {"form": {"role": "editor", "note": "Bob", "days": "3"}}


@case("AuditState.open", AUDIT_READ)
async def line(tab: Tab) -> dict[str, Any]:
    return {"line_id": tab.stage.last_line()}


@case("SecurityState.leave", SETTING_MANAGE)
async def setting(tab: Tab) -> dict[str, Any]:
    await tab.send(SecurityState.load)
    return {"key": "idle_minutes", "form": {"idle_minutes": "700"}}


@case("SecurityState.save", SETTING_MANAGE, changes=True)
async def settings(tab: Tab) -> dict[str, Any]:
    await tab.send(SecurityState.load)
    minutes = int(tab.shows(SecurityState, "values")["idle_minutes"])
    return {"form": {"idle_minutes": str(minutes + 1)}}


@case("WallTokenDialog.save", SETTING_MANAGE, changes=True)
async def named(tab: Tab) -> dict[str, Any]:
    await tab.send(WallTokenDialog.open)
    return {"form": {"name": tab.stage.new_name("hall"), "expires_days": "30"}}


@case("WallTokenState.ask", SETTING_MANAGE)
async def token(tab: Tab) -> dict[str, Any]:
    admin = await tab.stage.admin()
    await tab.stage.running.wall_tokens.make(admin, tab.stage.new_name("hall"))
    await tab.send(WallTokenState.load)
    known = await tab.stage.running.wall_tokens.list_all(admin)
    return {"pk": max(one.pk for one in known)}


@case("WallTokenState.revoke", SETTING_MANAGE, changes=True)
async def asked(tab: Tab) -> dict[str, Any]:
    await tab.send(WallTokenState.ask, **await token(tab))
    return {}
