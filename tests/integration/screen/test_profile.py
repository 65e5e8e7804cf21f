"""One's own account: preferences, second factor, sessions, keys; and that secrets are shown only once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pyotp
import pytest

from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import EDITOR, VIEWER
from monitor_app.security.throttle import LoginThrottle
from monitor_app.security.vault import Vault, new_key
from monitor_app.state import runtime
from monitor_app.state.own_keys import KeyDialog, KeyQuestion, KeysState
from monitor_app.state.own_sessions import SessionsState
from monitor_app.state.person import PersonState
from monitor_app.state.preferences import PreferencesState
from monitor_app.state.profile import ProfileState
from monitor_app.state.second_factor import SecondFactorDialog
from monitor_app.state.toast import ToastState
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.profile import ProfileUseCases
from tests.accounts import PASSWORD, cheap_hasher
from tests.integration.screen.conftest import Screen
from tests.people import People


@pytest.fixture
async def own(screen: Screen) -> AsyncIterator[Screen]:
    """The browser of eve, an editor who has a password."""
    hasher = cheap_hasher()
    changes = screen.people._changes
    passwords = PasswordCheck(hasher, LoginThrottle(SystemClock()))
    screen.running = replace(screen.running, profile=ProfileUseCases(changes, passwords, Vault([new_key()])))
    runtime.install(screen.running)
    screen.person = await screen.people.log_in("eve", EDITOR)
    await screen.people.change(screen.person, password_hash=await hasher.hash(PASSWORD))
    yield screen
    hasher.close()


def toast(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast").get("text", "")
    return text


def now_code(secret: str) -> str:
    code: str = pyotp.TOTP(secret).now()
    return code


async def set_up_second_factor(screen: Screen) -> list[str]:
    await screen.send(SecondFactorDialog.begin)
    await screen.send(SecondFactorDialog.confirm, form={"code": now_code(screen.shows(SecondFactorDialog, "secret"))})
    codes: list[str] = screen.shows(SecondFactorDialog, "codes")
    return codes


def assert_nothing_secret(screen: Screen) -> None:
    for name in ("secret", "qr", "codes", "step"):
        assert not screen.shows(SecondFactorDialog, name)


async def test_a_preference_holds_at_once(own: Screen) -> None:
    await own.send(PreferencesState.change, name="time_zone", value="Asia/Tokyo")
    assert own.shows(PersonState, "time_zone") == "Asia/Tokyo"
    await own.send(PreferencesState.change, name="theme", value="dark")
    assert (own.shows(PersonState, "theme"), own.shows(PersonState, "time_zone")) == ("dark", "Asia/Tokyo")
    await own.send(PreferencesState.change, name="history_granularity", value=60)
    assert own.shows(PersonState, "history_granularity") == 60


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "loud"), ("role", "admin"), ("default_page", "//evil.example"), ("time_zone", 7), (None, "x")],
)
async def test_a_wrong_preference_changes_nothing(own: Screen, name: object, value: object) -> None:
    await own.send(PreferencesState.change, name=name, value=value)
    assert own.shows(PersonState, "theme") == "system"
    assert own.shows(PersonState, "role") == EDITOR
    assert own.shows(PersonState, "default_page") == "/"
    if name is not None:
        assert toast(own).startswith("Not saved: ")


async def test_a_second_factor_is_set_up_with_a_code_and_gives_recovery_codes_once(own: Screen) -> None:
    await own.send(SecondFactorDialog.begin)
    assert own.shows(SecondFactorDialog, "qr").startswith("data:image/svg+xml")
    await own.send(SecondFactorDialog.confirm, form={"code": "000000"})
    assert "is not the one" in own.shows(SecondFactorDialog, "error").lower()
    assert own.shows(SecondFactorDialog, "refusals") == 1
    await own.send(SecondFactorDialog.confirm, form={"code": now_code(own.shows(SecondFactorDialog, "secret"))})
    assert len(own.shows(SecondFactorDialog, "codes")) == 10
    assert own.shows(SecondFactorDialog, "secret") == ""
    assert own.shows(ProfileState, "has_second_factor") is True
    assert own.shows(ProfileState, "recovery_codes") == 10
    await own.send(SecondFactorDialog.close)
    assert_nothing_secret(own)


async def test_a_second_one_is_not_begun(own: Screen) -> None:
    await set_up_second_factor(own)
    await own.send(SecondFactorDialog.begin)
    assert "set up already" in toast(own)
    assert_nothing_secret(own)


async def test_new_codes_and_turning_off_take_the_password(own: Screen) -> None:
    old = await set_up_second_factor(own)
    await own.send(SecondFactorDialog.ask, step="renew")
    await own.send(SecondFactorDialog.answer, form={"password": "wrong wrong wrong"})
    assert own.shows(SecondFactorDialog, "error") == "Is not your password"
    await own.send(SecondFactorDialog.answer, form={"password": PASSWORD})
    assert set(own.shows(SecondFactorDialog, "codes")).isdisjoint(old)
    await own.send(SecondFactorDialog.ask, step="drop")
    assert own.shows(SecondFactorDialog, "codes") == []
    await own.send(SecondFactorDialog.answer, form={"password": PASSWORD})
    assert_nothing_secret(own)
    assert own.shows(ProfileState, "has_second_factor") is False


@pytest.mark.parametrize("form", [None, [], "x", {"password": 7}, {"code": {}}])
async def test_absurd_answers_end_in_nothing(own: Screen, form: object) -> None:
    await own.send(SecondFactorDialog.answer, form=form)
    await own.send(SecondFactorDialog.confirm, form=form)
    await own.send(SecondFactorDialog.ask, step=form)
    assert_nothing_secret(own)
    await own.send(KeyDialog.save, form=form)
    await own.send(KeyDialog.open)
    await own.send(KeyDialog.save, form=form)
    await own.send(KeyQuestion.ask, pk=form)
    await own.send(SessionsState.end, pk=form)
    assert (own.shows(KeyDialog, "text"), own.shows(KeyQuestion, "is_open")) == ("", False)


async def test_sessions_are_ended_one_by_one_or_all_but_this(own: Screen) -> None:
    others = [await own.people.log_in("eve", EDITOR) for _ in range(3)]
    await own.send(ProfileState.load)
    rows = own.shows(SessionsState, "sessions")
    assert [row["is_own"] for row in rows].count(True) == 1
    other = next(row for row in rows if not row["is_own"])
    await own.send(SessionsState.end, pk=other["pk"])
    assert len(own.shows(SessionsState, "sessions")) == len(others)
    await own.send(SessionsState.end, pk=other["pk"])
    assert "no such session" in toast(own)
    await own.send(SessionsState.end_others)
    assert [row["is_own"] for row in own.shows(SessionsState, "sessions")] == [True]
    assert toast(own) == "2 other browsers are logged out"


async def test_the_session_of_somebody_else_stays(own: Screen, people: People) -> None:
    stranger = await people.log_in("vic", VIEWER)
    for pk in range(1, 5):
        if pk not in [row["pk"] for row in own.shows(SessionsState, "sessions")]:
            await own.send(SessionsState.end, pk=pk)
    assert own.running.access.of_key(stranger.key, "192.0.2.1").name == "vic"


@pytest.fixture
def people(own: Screen) -> People:
    return own.people


async def test_a_key_is_shown_once_and_may_do_what_was_chosen(own: Screen) -> None:
    await own.send(KeyDialog.open)
    offered = {offer["name"] for offer in own.shows(KeyDialog, "offers")}
    assert "service:write" in offered
    assert offered.isdisjoint({"profile:manage", "user:manage"})
    form = {"name": " deploy ", "permission/board:read": True, "permission/user:manage": False}
    await own.send(KeyDialog.save, form=form | {"expires_days": "30", "addresses": "10.0.0.0/8, 192.0.2.7\n"})
    text = own.shows(KeyDialog, "text")
    assert text.startswith("lb_")
    [row] = own.shows(KeysState, "keys")
    assert (row["name"], row["permissions"]) == ("deploy", "board:read")
    assert row["addresses"] == "10.0.0.0/8, 192.0.2.7/32"
    await own.send(KeyDialog.save, form=form)
    assert len(own.shows(KeysState, "keys")) == 1
    await own.send(KeyDialog.close)
    assert own.shows(KeyDialog, "text") == ""
    assert text not in str(own.vars)


async def test_what_is_wrong_with_a_key_stands_at_its_fields(own: Screen) -> None:
    await own.send(KeyDialog.open)
    wrong = {"name": "", "permission/user:manage": True, "expires_days": "soon", "addresses": "home"}
    await own.send(KeyDialog.save, form=wrong)
    assert own.shows(KeyDialog, "errors")
    assert own.shows(KeyDialog, "refusals") == 1
    await own.send(KeyDialog.save, form={"name": "x", "permission/user:manage": True, "expires_days": ""})
    assert "must be one or more of" in own.shows(KeyDialog, "errors")["permissions"]
    assert own.shows(KeysState, "keys") == []


async def test_a_key_is_revoked_after_a_question(own: Screen) -> None:
    await own.send(KeyDialog.open)
    await own.send(KeyDialog.save, form={"name": "deploy", "permission/board:read": True, "expires_days": ""})
    [row] = own.shows(KeysState, "keys")
    await own.send(KeyQuestion.revoke)
    assert own.shows(KeysState, "keys") == [row]
    await own.send(KeyQuestion.ask, pk=row["pk"])
    await own.send(KeyQuestion.close)
    await own.send(KeyQuestion.ask, pk=row["pk"])
    assert own.shows(KeyQuestion, "name") == "deploy"
    await own.send(KeyQuestion.revoke)
    assert own.shows(KeysState, "keys") == []
    assert [past["state"] for past in own.shows(KeysState, "past_keys")] == ["revoked"]


async def test_a_database_that_is_away_is_told_on_the_page(own: Screen) -> None:
    own.take_away("account")
    await own.send(ProfileState.load)
    assert own.shows(ProfileState, "problem")
    assert own.shows(ProfileState, "is_loaded") is False
    own.give_back("account")
    await own.send(ProfileState.load)
    assert (own.shows(ProfileState, "problem"), own.shows(ProfileState, "is_loaded")) == ("", True)


async def test_nobody_has_no_profile(own: Screen) -> None:
    await own.people.end_sessions(own.person)
    await own.send(ProfileState.load)
    await own.send(KeyDialog.open)
    assert own.shows(ProfileState, "is_loaded") is False
    assert own.shows(KeyDialog, "is_open") is False
