"""What administrators do with accounts, walls and settings, on SQLite and PostgreSQL."""

import asyncio
from typing import Any

import pytest
from pyotp import TOTP
from sqlalchemy import update

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import SettingRow
from monitor_app.security.permissions import ADMIN, COMMAND_LINE, EDITOR, NOBODY, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.settings import load_security_settings
from monitor_app.use_cases.sign_in import SignedIn, WrongCredentials
from tests.accounts import ADDRESS, PASSWORD, Accounts, on_sqlite

OTHER_PASSWORD = "granite-umbrella-sofa-19"


def pk_of(signed: SignedIn) -> int:
    assert signed.identity.account_pk is not None
    return signed.identity.account_pk


async def test_another_role_counts_at_once_and_ends_the_sessions(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), await people.join("bob", VIEWER)
    await people.accounts.set_role(admin, pk_of(bob), EDITOR)
    assert people.who(bob).via == "nothing"
    again = await people.sign_in.log_in("bob", PASSWORD)
    assert people.who(again).role == EDITOR
    assert people.who(again).may("service:write")
    with pytest.raises(Conflict, match="is editor already"):
        await people.accounts.set_role(admin, pk_of(bob), EDITOR)


@on_sqlite
async def test_who_is_disabled_is_nobody_until_enabled_again(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), await people.join("bob", EDITOR)
    key = await people.profile.make_key(people.who(bob), "script", ["service:write"])
    await people.accounts.disable(admin, pk_of(bob))
    assert people.who(bob).via == "nothing"
    assert people.book.of_authorization(f"Bearer {key}", ADDRESS) is None
    with pytest.raises(Conflict):
        await people.accounts.disable(admin, pk_of(bob))
    await people.accounts.enable(admin, pk_of(bob))
    with pytest.raises(Conflict):
        await people.accounts.enable(admin, pk_of(bob))
    assert people.who(bob).via == "nothing"
    assert people.book.of_authorization(f"Bearer {key}", ADDRESS) is not None
    assert (await people.sign_in.log_in("bob", PASSWORD)).identity.name == "bob"


@on_sqlite
async def test_the_last_administrator_stays_one(people: Accounts) -> None:
    ada = await people.set_up()
    admin, pk = people.who(ada), pk_of(ada)
    bob = await people.join("bob")
    for refused in (people.accounts.disable(admin, pk), people.accounts.set_role(admin, pk, VIEWER)):
        with pytest.raises(Conflict, match="your own account"):
            await refused
    await people.accounts.disable(admin, pk_of(bob))
    for refused in (people.accounts.disable(COMMAND_LINE, pk), people.accounts.set_role(COMMAND_LINE, pk, VIEWER)):
        with pytest.raises(Conflict, match="last administrator"):
            await refused


async def test_two_administrators_cannot_disable_each_other_at_once(people: Accounts) -> None:
    ada, bob = await people.set_up(), await people.join("bob")
    done = await asyncio.gather(
        people.accounts.disable(people.who(ada), pk_of(bob)),
        people.accounts.set_role(people.who(bob), pk_of(ada), VIEWER),
        return_exceptions=True,
    )
    assert [type(each) for each in done if each is not None] == [Conflict]


@on_sqlite
async def test_sessions_and_second_factor_of_others_can_be_taken_away(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), await people.join("bob", VIEWER)
    await people.sign_in.log_in("bob", PASSWORD)
    assert await people.accounts.end_sessions(admin, pk_of(bob)) == 2
    assert await people.accounts.end_sessions(admin, pk_of(bob)) == 0
    assert people.who(bob).via == "nothing"
    with pytest.raises(Conflict, match="no second factor"):
        await people.accounts.reset_second_factor(admin, pk_of(bob))


async def test_the_list_of_accounts(people: Accounts) -> None:
    admin, bob = people.who(await people.set_up()), await people.join("bob", EDITOR)
    await people.profile.make_key(people.who(bob), "script", ["service:write"], 1)
    ada, shown = await people.accounts.list_all(admin)
    assert (ada.username, ada.role, ada.sessions, ada.keys) == ("ada", ADMIN, 1, 0)
    assert (shown.username, shown.sessions, shown.keys, shown.signed_in_at) == ("bob", 1, 1, people.clock.now())
    await people.accounts.disable(admin, pk_of(bob))
    _, shown = await people.accounts.list_all(admin)
    assert (shown.is_disabled, shown.sessions, shown.keys) == (True, 0, 0)


async def test_invitations_are_listed_withdrawn_and_expire(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    token = await people.accounts.invite(admin, VIEWER, "Bob", 2)
    other = await people.accounts.invite(admin, EDITOR)
    latest, first, used = await people.accounts.list_invitations(admin)
    assert (used.state, used.used_by, used.is_setup) == ("used", "ada", True)
    assert (first.note, first.role, first.state, first.created_by) == ("Bob", VIEWER, "open", "ada")
    await people.accounts.withdraw(admin, latest.pk)
    for gone in (latest.pk, used.pk):
        with pytest.raises(NotFound):
            await people.accounts.withdraw(admin, gone)
    with pytest.raises(NotFound):
        await people.sign_in.accept_invitation(other, "eve", PASSWORD)
    people.clock.move(days=2)
    assert [each.state for each in await people.accounts.list_invitations(admin)] == ["expired", "used"]
    with pytest.raises(NotFound):
        await people.sign_in.accept_invitation(token, "bob", PASSWORD)


@on_sqlite
async def test_invitations_of_who_may_not_invite_any_more_are_of_no_use(people: Accounts) -> None:
    admin, bob, eve = people.who(await people.set_up()), await people.join("bob"), await people.join("eve")
    by_bob = await people.accounts.invite(people.who(bob), ADMIN)
    by_eve = await people.accounts.invite(people.who(eve), ADMIN)
    assert (await people.sign_in.look_at_invitation(by_bob)).state == "open"
    await people.accounts.set_role(admin, pk_of(bob), VIEWER)
    await people.accounts.disable(admin, pk_of(eve))
    for token in (by_bob, by_eve):
        with pytest.raises(NotFound):
            await people.sign_in.look_at_invitation(token)
        with pytest.raises(NotFound):
            await people.sign_in.accept_invitation(token, "again", PASSWORD)


@on_sqlite
async def test_own_second_factor_is_not_taken_off_past_the_password(people: Accounts) -> None:
    ada = await people.set_up()
    offer = await people.profile.begin_second_factor(people.who(ada))
    code = TOTP(offer.secret).at(people.clock.now())
    await people.profile.confirm_second_factor(people.who(ada), offer.secret, code)
    with pytest.raises(Conflict, match="with your password"):
        await people.accounts.reset_second_factor(people.who(ada), pk_of(ada))
    assert (await people.profile.get(people.who(ada))).has_second_factor


@on_sqlite
@pytest.mark.parametrize(
    "who",
    [NOBODY, Identity.of_role("eve", VIEWER), Identity.of_role("eve", EDITOR)],
    ids=["nobody", "viewer", "editor"],
)
async def test_only_administrators_may(people: Accounts, who: Identity) -> None:
    for refused in (
        people.accounts.list_all(who),
        people.accounts.invite(who, ADMIN),
        people.accounts.list_invitations(who),
        people.accounts.withdraw(who, 1),
        people.accounts.set_role(who, 1, ADMIN),
        people.accounts.disable(who, 1),
        people.accounts.enable(who, 1),
        people.accounts.end_sessions(who, 1),
        people.accounts.reset_second_factor(who, 1),
        people.wall_tokens.list_all(who),
        people.wall_tokens.make(who, "x"),
        people.wall_tokens.revoke(who, 1),
        people.security_settings.get(who),
        people.security_settings.change(who, {}),
    ):
        with pytest.raises(PermissionDenied):
            await refused
    assert await people.log() == []


@on_sqlite
async def test_absurd_arguments_are_refused(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    before = await people.log()
    for absurd in (None, True, "1", 1.5, -1, 0, 2**40, [], {"pk": 1}):
        pk: Any = absurd
        for refused in (
            people.accounts.disable(admin, pk),
            people.accounts.withdraw(admin, pk),
            people.accounts.set_role(admin, 1, pk),
            people.accounts.invite(admin, pk),
            people.accounts.invite(admin, VIEWER, "", pk if pk != 1 else 99),
            people.wall_tokens.revoke(admin, pk),
            people.security_settings.change(admin, {"idle_minutes": pk}),
        ):
            with pytest.raises(InvalidInput):
                await refused
    with pytest.raises(NotFound):
        await people.accounts.enable(admin, 99)
    with pytest.raises(InvalidInput):
        await people.security_settings.change(admin, "is_board_public")  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied, match="no account"):
        await people.wall_tokens.make(COMMAND_LINE, "hall")
    assert await people.log() == before


async def test_settings_are_changed_stored_and_count_at_once(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    assert await people.security_settings.get(admin) == SecuritySettings()
    assert not people.book.nobody().may("board:read")
    values = {"is_board_public": True, "idle_minutes": 30, "outbound_deny": ["10.0.0.0/8", "Example.ORG"]}
    after = await people.security_settings.change(admin, values)
    assert (after.is_board_public, after.idle_minutes) == (True, 30)
    assert await people.security_settings.change(admin, {"idle_minutes": 40}) == await people.security_settings.get(
        admin
    )
    assert people.book.settings().idle_minutes == 40
    assert people.book.nobody().permissions == {"board:read"}
    async with people.database.read() as conn:
        (line, *_) = await read(conn, AuditFilter(action="security_settings.update"))
        assert (line.entry.before, line.entry.after) == ({"idle_minutes": 30}, {"idle_minutes": 40})
        assert (await load_security_settings(conn)).outbound_deny == ("10.0.0.0/8", "example.org")


@on_sqlite
async def test_the_command_line_makes_an_administrator_and_resets_passwords(people: Accounts) -> None:
    assert await people.rescue.create_admin("Root", PASSWORD) == "root"
    with pytest.raises(Conflict):
        await people.rescue.create_admin("root", PASSWORD)
    signed = await people.sign_in.log_in("root", PASSWORD)
    bob = await people.join("bob", VIEWER)
    await people.accounts.disable(people.who(signed), pk_of(bob))
    assert await people.rescue.reset_password("BOB", OTHER_PASSWORD, drops_second_factor=True) == "bob"
    with pytest.raises(WrongCredentials):
        await people.sign_in.log_in("bob", PASSWORD)
    assert (await people.sign_in.log_in("bob", OTHER_PASSWORD)).identity.role == VIEWER
    with pytest.raises(NotFound):
        await people.rescue.reset_password("eve", OTHER_PASSWORD)
    with pytest.raises(InvalidInput, match="password"):
        await people.rescue.reset_password("bob", "short")
    assert [each.username for each in await people.rescue.list_all()] == ["bob", "root"]
    assert ("password.reset", "command line", "bob", "done") in await people.log()


@on_sqlite
async def test_settings_of_another_version_are_left_out(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    await people.security_settings.change(admin, {"idle_minutes": 30, "absolute_hours": 5})
    async with people.database.write() as conn:
        rows = SettingRow.__table__  # type: ignore[attr-defined]
        await conn.execute(update(rows).where(rows.c.name == "security.idle_minutes").values(value="long"))
        await conn.execute(update(rows).where(rows.c.name == "security.absolute_hours").values(name="security.other"))
    assert await people.security_settings.get(admin) == SecuritySettings()
