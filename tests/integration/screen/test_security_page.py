"""The page of security settings, and the tokens of wall screens."""

from dataclasses import replace

import pytest

from monitor_app.security.permissions import EDITOR
from monitor_app.state import runtime
from monitor_app.state.security import SecurityState
from monitor_app.state.toast import ToastState
from monitor_app.state.wall_tokens import WallTokenDialog, WallTokenState
from monitor_app.use_cases.security_settings import SecuritySettingsUseCases
from monitor_app.use_cases.wall_tokens import WallTokens
from tests.integration.screen.conftest import Screen


@pytest.fixture
def admin(screen: Screen) -> Screen:
    """The browser of an administrator."""
    changes = screen.people._changes
    screen.running = replace(
        screen.running, security_settings=SecuritySettingsUseCases(changes), wall_tokens=WallTokens(changes)
    )
    runtime.install(screen.running)
    return screen


def toast(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast").get("text", "")
    return text


async def stored(screen: Screen) -> set[str]:
    async with screen.people._changes.database.read() as conn:
        return set((await conn.exec_driver_sql("SELECT name FROM setting")).scalars())


async def test_what_is_typed_is_stored_in_its_normal_form(admin: Screen) -> None:
    await admin.send(SecurityState.load)
    form = dict(admin.shows(SecurityState, "values"))
    assert (form["idle_minutes"], form["outbound_private"], form["outbound_allow"]) == ("720", True, "")
    form |= {"idle_minutes": " 30 ", "is_board_public": True, "outbound_deny": " 10.0.0.0/8 \n\n*.INTERNAL.example\n"}
    await admin.send(SecurityState.save, form=form)
    values = admin.shows(SecurityState, "values")
    assert (values["idle_minutes"], values["is_board_public"]) == ("30", True)
    assert values["outbound_deny"] == "10.0.0.0/8\n*.internal.example"
    assert (admin.shows(SecurityState, "saved"), toast(admin)) == (
        1,
        "The settings are saved and hold within 5 seconds",
    )
    assert await stored(admin) == {"security.idle_minutes", "security.is_board_public", "security.outbound_deny"}


async def test_what_somebody_else_changed_meanwhile_stays(admin: Screen) -> None:
    await admin.send(SecurityState.load)
    form = dict(admin.shows(SecurityState, "values"))
    other = await admin.people.log_in("grace", "admin")
    identity = admin.running.access.of_key(other.key, "")
    await admin.running.security_settings.change(identity, {"absolute_hours": 12})
    await admin.send(SecurityState.save, form=form | {"kept_idle_days": "7"})
    values = admin.shows(SecurityState, "values")
    assert (values["absolute_hours"], values["kept_idle_days"]) == ("12", "7")


async def test_a_wrong_value_says_what_is_allowed_and_nothing_is_stored(admin: Screen) -> None:
    await admin.send(SecurityState.load)
    form = dict(admin.shows(SecurityState, "values"))
    await admin.send(SecurityState.leave, key="idle_minutes", form=form | {"idle_minutes": "2"})
    assert "5 to 10080" in admin.shows(SecurityState, "errors")["idle_minutes"]
    await admin.send(SecurityState.leave, key="idle_minutes", form=form | {"idle_minutes": "20"})
    assert admin.shows(SecurityState, "errors") == {}
    wrong = {"idle_minutes": "soon", "outbound_allow": "http://x y", "is_board_public": "yes", "outbound_deny": 7}
    await admin.send(SecurityState.save, form=form | wrong)
    assert set(admin.shows(SecurityState, "errors")) == set(wrong)
    assert (admin.shows(SecurityState, "refusals"), admin.shows(SecurityState, "saved")) == (1, 0)
    assert await stored(admin) == set()


async def test_absurd_forms_change_nothing(admin: Screen) -> None:
    await admin.send(SecurityState.save, form={"idle_minutes": "30"})
    await admin.send(SecurityState.load)
    await admin.send(SecurityState.save, form=["idle_minutes"])
    await admin.send(SecurityState.leave, key=7, form={})
    await admin.send(SecurityState.leave, key="idle_minutes", form=None)
    await admin.send(SecurityState.save, form={"id": 1, "role": "admin"})
    assert await stored(admin) == set()


async def test_a_wall_link_is_shown_once_and_its_token_revoked(admin: Screen) -> None:
    await admin.send(WallTokenDialog.open)
    await admin.send(WallTokenDialog.save, form={"name": " Hall ", "expires_days": "never"})
    link = admin.shows(WallTokenDialog, "link")
    assert link.startswith("http://localhost:3000/wall#lb_")
    [token] = admin.shows(WallTokenState, "tokens")
    assert (token["name"], token["created_by"], token["expires_at"], token["used_at"]) == ("Hall", "ada", 0, 0)
    await admin.send(WallTokenDialog.save, form={"name": "again", "expires_days": "never"})
    await admin.send(WallTokenDialog.close)
    assert (admin.shows(WallTokenDialog, "link"), admin.shows(WallTokenDialog, "name")) == ("", "")
    admin.seen.clear()
    await admin.send(WallTokenState.load)
    await admin.send(WallTokenState.ask, pk=token["pk"])
    assert link.split("_", 2)[2] not in str(admin.seen)
    assert (admin.shows(WallTokenState, "is_asking"), admin.shows(WallTokenState, "name")) == (True, "Hall")
    await admin.send(WallTokenState.revoke)
    assert toast(admin) == "Hall is revoked; its screens close within 5 seconds"
    assert admin.shows(WallTokenState, "tokens") == []


async def test_a_revocation_asks_first_and_somebody_else_may_be_faster(admin: Screen) -> None:
    await admin.send(WallTokenDialog.open)
    await admin.send(WallTokenDialog.save, form={"name": "Hall", "expires_days": "30"})
    [token] = admin.shows(WallTokenState, "tokens")
    assert token["expires_at"] > token["created_at"]
    await admin.send(WallTokenState.revoke)
    await admin.send(WallTokenState.ask, pk="1")
    await admin.send(WallTokenState.ask, pk=token["pk"])
    await admin.send(WallTokenState.keep)
    await admin.send(WallTokenState.revoke)
    assert len(admin.shows(WallTokenState, "tokens")) == 1
    await admin.send(WallTokenState.ask, pk=token["pk"])
    identity = admin.running.access.of_key(admin.person.key, "")
    await admin.running.wall_tokens.revoke(identity, token["pk"])
    await admin.send(WallTokenState.revoke)
    assert "revoked already" in toast(admin)


async def test_a_wrong_name_or_time_is_told(admin: Screen) -> None:
    await admin.send(WallTokenDialog.save, form={"name": "Hall", "expires_days": "never"})
    await admin.send(WallTokenDialog.open)
    await admin.send(WallTokenDialog.save, form={"name": " ", "expires_days": "never"})
    assert admin.shows(WallTokenDialog, "errors") == {"name": "is required"}
    await admin.send(WallTokenDialog.save, form={"name": "Hall", "expires_days": "0"})
    assert "expires_days" in admin.shows(WallTokenDialog, "errors")
    await admin.send(WallTokenDialog.save, form={"name": {}, "expires_days": []})
    await admin.send(WallTokenDialog.save, form="Hall")
    assert (admin.shows(WallTokenDialog, "refusals"), admin.shows(WallTokenDialog, "link")) == (3, "")


async def test_an_editor_gets_nothing(admin: Screen) -> None:
    admin.person = await admin.people.log_in("bo", EDITOR)
    for handler in (SecurityState.load, WallTokenState.load, WallTokenDialog.open):
        await admin.send(handler)
    assert admin.shows(SecurityState, "values") == {}
    assert admin.toasts == ["You may not change the security settings."] * 3


async def test_a_database_that_is_away_is_told_with_a_way_on(admin: Screen) -> None:
    admin.take_away("setting")
    await admin.send(SecurityState.load)
    assert admin.shows(SecurityState, "problem")
    admin.take_away("api_key")
    await admin.send(WallTokenState.load)
    assert admin.shows(WallTokenState, "problem")
    admin.give_back("setting")
    await admin.send(SecurityState.load)
    assert (admin.shows(SecurityState, "problem"), admin.shows(SecurityState, "is_loaded")) == ("", True)
