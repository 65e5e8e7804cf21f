"""The page of users: accounts, invitations, and what an administrator does about them."""

from dataclasses import replace

import pytest

from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER
from monitor_app.state import runtime, users
from monitor_app.state.toast import ToastState
from monitor_app.state.users import AccountQuestion, InviteDialog, UsersState
from monitor_app.use_cases.accounts import AccountUseCases
from tests.integration.screen.conftest import Screen
from tests.people import Person


@pytest.fixture
def admin(screen: Screen) -> Screen:
    """The browser of ada, who is the only administrator."""
    screen.running = replace(screen.running, accounts=AccountUseCases(screen.people._changes))
    runtime.install(screen.running)
    return screen


@pytest.fixture
async def bo(admin: Screen) -> Person:
    """An editor with two sessions and a second factor."""
    bo = await admin.people.log_in("bo", EDITOR)
    await admin.people.log_in("bo", EDITOR)
    await admin.people.change(bo, totp_secret="sealed")
    return bo


def accounts(screen: Screen) -> dict[str, dict[str, object]]:
    return {row["username"]: row for row in screen.shows(UsersState, "accounts")}


def toast(screen: Screen) -> str:
    text: str = screen.shows(ToastState, "toast").get("text", "")
    return text


async def ask(screen: Screen, action: str, person: Person) -> None:
    await screen.send(UsersState.choose, action=action, pk=person.pk)


async def test_accounts_are_listed_with_what_can_be_done(admin: Screen, bo: Person) -> None:
    await admin.send(UsersState.load)
    rows = accounts(admin)
    assert list(rows) == ["ada", "bo"]
    assert (rows["ada"]["is_own"], rows["ada"]["menu"]) == (True, [])
    assert (rows["bo"]["sessions"], rows["bo"]["has_second_factor"], rows["bo"]["role"]) == (2, True, EDITOR)
    actions = [item["action"] for item in rows["bo"]["menu"]]  # type: ignore[attr-defined]
    assert actions == ["set_role", "end_sessions", "reset_second_factor", "disable"]


async def test_the_search_stands_in_the_address(admin: Screen, bo: Person) -> None:
    admin.address = "/admin/users?search=BO"
    await admin.send(UsersState.load)
    assert list(accounts(admin)) == ["bo"]
    assert (admin.shows(UsersState, "total"), admin.shows(UsersState, "matched")) == (2, 1)


async def test_not_more_than_a_page_is_shown(admin: Screen, bo: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "SHOWN_LIMIT", 1)
    await admin.send(UsersState.load)
    assert (list(accounts(admin)), admin.shows(UsersState, "matched")) == (["ada"], 2)


async def test_an_invitation_link_is_shown_once_and_forgotten(admin: Screen) -> None:
    await admin.send(InviteDialog.open)
    await admin.send(InviteDialog.save, form={"role": EDITOR, "note": " Kim ", "days": "3"})
    link = admin.shows(InviteDialog, "link")
    assert link.startswith("http://localhost:3000/invitation#")
    assert (admin.shows(InviteDialog, "note"), admin.shows(InviteDialog, "days")) == ("Kim", 3)
    [invitation] = admin.shows(UsersState, "invitations")
    assert (invitation["note"], invitation["role"]) == ("Kim", EDITOR)
    await admin.send(InviteDialog.save, form={"role": ADMIN, "note": "", "days": "3"})
    assert admin.shows(InviteDialog, "link") == link, "a second click makes no second one"
    await admin.send(InviteDialog.close)
    admin.seen.clear()
    assert admin.shows(InviteDialog, "link") == ""
    await admin.send(UsersState.load)
    await admin.send(InviteDialog.open)
    assert link.partition("#")[2] not in str(admin.seen)


async def test_a_wrong_invitation_says_what_is_allowed(admin: Screen) -> None:
    await admin.send(InviteDialog.save, form={"role": VIEWER, "note": "", "days": "3"})
    assert admin.shows(InviteDialog, "link") == "", "the dialog is not open"
    await admin.send(InviteDialog.open)
    await admin.send(InviteDialog.save, form={"role": "root", "note": "", "days": "3"})
    assert "viewer, editor, admin" in admin.shows(InviteDialog, "errors")["role"]
    await admin.send(InviteDialog.save, form={"role": VIEWER, "note": "", "days": "400"})
    assert "1 to 30" in admin.shows(InviteDialog, "errors")["days"]
    await admin.send(InviteDialog.save, form={"role": VIEWER, "note": [], "days": None})
    assert "note" in admin.shows(InviteDialog, "errors")
    await admin.send(InviteDialog.save, form="form")
    assert admin.shows(InviteDialog, "refusals") == 3
    await admin.send(UsersState.load)
    assert admin.shows(UsersState, "invitations") == []


async def test_an_invitation_is_withdrawn_once(admin: Screen) -> None:
    await admin.send(InviteDialog.open)
    await admin.send(InviteDialog.save, form={"role": VIEWER, "note": "", "days": "7"})
    [invitation] = admin.shows(UsersState, "invitations")
    await admin.send(UsersState.withdraw, pk=invitation["pk"])
    assert admin.shows(UsersState, "invitations") == []
    assert "withdrawn" in toast(admin)
    await admin.send(UsersState.withdraw, pk=invitation["pk"])
    assert "no such invitation" in toast(admin)
    await admin.send(UsersState.withdraw, pk={"pk": 1})
    assert "Must be a whole number" in toast(admin)


async def test_a_role_is_changed_after_the_question(admin: Screen, bo: Person) -> None:
    await ask(admin, "set_role", bo)
    assert (admin.shows(AccountQuestion, "is_open"), admin.shows(AccountQuestion, "sessions")) == (True, 2)
    await admin.send(AccountQuestion.confirm, form={"role": EDITOR})
    assert admin.shows(AccountQuestion, "error") == "bo is editor already"
    await admin.send(AccountQuestion.confirm, form={"role": "root"})
    assert "Must be one of viewer" in admin.shows(AccountQuestion, "error")
    await admin.send(AccountQuestion.confirm, form={"role": ADMIN})
    assert toast(admin) == "bo is an admin now and has to log in anew"
    assert admin.shows(AccountQuestion, "is_open") is False
    assert (accounts(admin)["bo"]["role"], accounts(admin)["bo"]["sessions"]) == (ADMIN, 0)


async def test_disabling_and_enabling(admin: Screen, bo: Person) -> None:
    await ask(admin, "disable", bo)
    await admin.send(AccountQuestion.confirm, form={})
    assert toast(admin) == "bo is disabled and logged out everywhere"
    row = accounts(admin)["bo"]
    assert (row["is_disabled"], row["sessions"]) == (True, 0)
    assert row["menu"][-1]["action"] == "enable"  # type: ignore[index]
    await ask(admin, "enable", bo)
    assert toast(admin) == "bo can log in again"
    assert accounts(admin)["bo"]["is_disabled"] is False


async def test_sessions_and_the_second_factor_end(admin: Screen, bo: Person) -> None:
    await ask(admin, "end_sessions", bo)
    await admin.send(AccountQuestion.confirm, form={})
    assert toast(admin) == "bo is logged out of 2 browsers"
    await ask(admin, "reset_second_factor", bo)
    await admin.send(AccountQuestion.confirm, form={})
    assert "password alone" in toast(admin)
    assert accounts(admin)["bo"]["has_second_factor"] is False


async def test_nothing_happens_without_a_question(admin: Screen, bo: Person) -> None:
    await admin.send(AccountQuestion.confirm, form={})
    await ask(admin, "disable", bo)
    await admin.send(AccountQuestion.close)
    await admin.send(AccountQuestion.confirm, form={})
    for action, pk in (("explode", bo.pk), (None, bo.pk), ("disable", 999), ("disable", True), ("disable", [bo.pk])):
        await admin.send(UsersState.choose, action=action, pk=pk)
    assert admin.shows(AccountQuestion, "is_open") is False
    await admin.send(UsersState.load)
    assert accounts(admin)["bo"]["is_disabled"] is False


async def test_one_cannot_lock_oneself_out(admin: Screen, bo: Person) -> None:
    await admin.send(UsersState.choose, action="disable", pk=admin.person.pk)
    await admin.send(AccountQuestion.confirm, form={})
    assert admin.shows(AccountQuestion, "error").startswith("Your own account cannot be disabled")
    assert admin.shows(AccountQuestion, "is_open") is True


async def test_an_editor_gets_nothing(admin: Screen, bo: Person) -> None:
    admin.person = bo
    for send in (UsersState.load, InviteDialog.open):
        await admin.send(send)
    assert admin.shows(UsersState, "accounts") == []
    assert admin.shows(InviteDialog, "is_open") is False
    assert admin.toasts == ["You may not manage users."] * 2


async def test_a_database_that_is_away_is_told_with_a_way_on(admin: Screen) -> None:
    admin.take_away("invitation")
    await admin.send(UsersState.load)
    assert admin.shows(UsersState, "problem")
    admin.give_back("invitation")
    await admin.send(UsersState.load)
    assert (admin.shows(UsersState, "problem"), admin.shows(UsersState, "is_loaded")) == ("", True)
