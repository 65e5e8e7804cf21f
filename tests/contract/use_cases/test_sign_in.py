"""Logging in and out, on SQLite and PostgreSQL."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import AccountRow, SessionRow
from monitor_app.security.permissions import ADMIN, COMMAND_LINE, EDITOR, NOBODY, VIEWER, Identity
from monitor_app.security.tokens import token_hash
from monitor_app.storage.database import Database
from monitor_app.use_cases.setup_link import LIFETIME, has_administrator, new_setup_link
from monitor_app.use_cases.sign_in import CodeNeeded, SignIn, SlowDown, WrongCode, WrongCredentials
from tests.accounts import ADDRESS, FIREFOX, PASSWORD, Accounts, HandClock, accounts_of, on_sqlite

OTHER_PASSWORD = "granite-umbrella-sofa-19"


async def code_of(people: Accounts, secret: str) -> str:
    return pyotp.TOTP(secret).at(people.clock.now())


async def second_factor(people: Accounts, who: str = "ada") -> tuple[str, list[str]]:
    """Secret and recovery codes of a person who logs in for it; the next code is another one."""
    identity = people.who(await people.sign_in.log_in(who, PASSWORD, address=ADDRESS))
    offer = await people.profile.begin_second_factor(identity)
    codes = await people.profile.confirm_second_factor(identity, offer.secret, await code_of(people, offer.secret))
    people.clock.move(seconds=60)
    return offer.secret, codes


async def test_the_link_of_the_first_start_makes_an_administrator_once(people: Accounts) -> None:
    assert not await has_administrator(people.database)
    token = await new_setup_link(people.changes)
    assert token is not None
    assert (await people.sign_in.look_at_invitation(token)).is_setup
    signed = await people.sign_in.set_up(token, " Ada ", PASSWORD, False, FIREFOX, ADDRESS)
    assert (signed.identity.name, signed.identity.role, signed.max_age) == ("ada", ADMIN, None)
    assert people.who(signed) == signed.identity
    assert await has_administrator(people.database)
    assert await new_setup_link(people.changes) is None
    with pytest.raises(NotFound, match="set up already"):
        await people.sign_in.set_up(token, "eve", PASSWORD)
    assert await people.log() == [
        ("invitation.create", "system", "set-up link", "done"),
        ("account.create", "ada", "ada", "done"),
    ]


@on_sqlite
async def test_a_newer_link_and_a_day_end_a_set_up_link(people: Accounts) -> None:
    old, new = await new_setup_link(people.changes), await new_setup_link(people.changes)
    assert old is not None
    assert new is not None
    with pytest.raises(NotFound):
        await people.sign_in.set_up(old, "ada", PASSWORD)
    people.clock.move(seconds=LIFETIME.total_seconds())
    with pytest.raises(NotFound):
        await people.sign_in.set_up(new, "ada", PASSWORD)


@on_sqlite
async def test_an_invitation_does_not_set_up_and_a_set_up_link_does_not_invite(people: Accounts) -> None:
    token = await new_setup_link(people.changes)
    assert token is not None
    with pytest.raises(NotFound):
        await people.sign_in.accept_invitation(token, "eve", PASSWORD)
    identity = (await people.sign_in.set_up(token, "ada", PASSWORD)).identity
    with pytest.raises(NotFound):
        await people.sign_in.set_up(await people.accounts.invite(identity, ADMIN), "eve", PASSWORD)


@pytest.mark.parametrize("count", [50])
async def test_fifty_set_ups_at_once_make_exactly_one_administrator(database_url: str, count: int) -> None:
    """From five processes' worth of connections, each with the same link."""
    databases = [Database(database_url) for _ in range(5)]
    try:
        async with accounts_of(databases[0]) as first:
            token = await new_setup_link(first.changes)
            assert token is not None
            async with (
                accounts_of(databases[1]) as second,
                accounts_of(databases[2]) as third,
                accounts_of(databases[3]) as fourth,
                accounts_of(databases[4]) as fifth,
            ):
                everybody = [first, second, third, fourth, fifth]
                done = await asyncio.gather(
                    *(everybody[n % 5].sign_in.set_up(token, f"ada{n}", PASSWORD) for n in range(count)),
                    return_exceptions=True,
                )
        async with databases[0].read() as conn:
            names = list((await conn.execute(select(AccountRow.__table__.c.username))).scalars())  # type: ignore[attr-defined]
    finally:
        for database in databases:
            await database.close()
    made = [each for each in done if not isinstance(each, BaseException)]
    assert [each.identity.name for each in made] == names
    assert len(names) == 1
    assert {type(each) for each in done if isinstance(each, BaseException)} == {NotFound}


async def test_an_invitation_is_used_once_by_one_of_many(people: Accounts) -> None:
    admin = (await people.set_up()).identity
    token = await people.accounts.invite(admin, EDITOR, "for the night shift")
    shown = await people.sign_in.look_at_invitation(token)
    assert (shown.role, shown.note, shown.is_setup, shown.state) == (EDITOR, "for the night shift", False, "open")
    done = await asyncio.gather(
        *(people.sign_in.accept_invitation(token, f"bob{n}", PASSWORD) for n in range(5)), return_exceptions=True
    )
    made = [each for each in done if not isinstance(each, BaseException)]
    assert [each.identity.role for each in made] == [EDITOR]
    with pytest.raises(NotFound):
        await people.sign_in.look_at_invitation(token)


async def test_a_name_that_is_taken_leaves_the_invitation_open(people: Accounts) -> None:
    admin = (await people.set_up()).identity
    token = await people.accounts.invite(admin, VIEWER)
    with pytest.raises(Conflict, match="is taken"):
        await people.sign_in.accept_invitation(token, "ADA", PASSWORD)
    assert (await people.sign_in.accept_invitation(token, "bob", PASSWORD)).identity.role == VIEWER


@on_sqlite
async def test_a_new_account_needs_a_name_and_a_good_password(people: Accounts) -> None:
    token = await new_setup_link(people.changes)
    assert token is not None
    with pytest.raises(InvalidInput) as refused:
        await people.sign_in.set_up(token, "no spaces", "password1234")
    assert set(refused.value.fields) == {"username", "password"}
    with pytest.raises(InvalidInput, match="password: is required"):
        await people.sign_in.set_up(token, "ada", 12)  # type: ignore[arg-type]


async def test_log_in_and_out(people: Accounts) -> None:
    await people.set_up()
    signed = await people.sign_in.log_in("Ada ", PASSWORD, agent=FIREFOX, address=ADDRESS)
    identity = people.who(signed)
    assert (identity.name, identity.role, identity.via, identity.address) == ("ada", ADMIN, "session", ADDRESS)
    await people.sign_in.log_out(identity)
    assert people.who(signed) == people.book.nobody(ADDRESS)
    await people.sign_in.log_out(identity)
    await people.sign_in.log_out(NOBODY)
    assert (await people.log())[2:] == [
        ("session.create", "ada", "ada", "done"),
        ("session.delete", "ada", "ada", "done"),
    ]


@on_sqlite
async def test_only_the_hash_of_a_session_is_stored(people: Accounts) -> None:
    signed = await people.set_up()
    async with people.database.read() as conn:
        row = (await conn.execute(select(SessionRow.__table__))).mappings().one()  # type: ignore[attr-defined]
    assert row["token_hash"] == token_hash(signed.token)
    assert signed.token not in str(dict(row))
    assert signed.token not in repr(signed)


@on_sqlite
async def test_a_new_log_in_ends_the_session_that_the_browser_had(people: Accounts) -> None:
    before = await people.set_up()
    after = await people.sign_in.log_in("ada", PASSWORD, keep=True, replaces=people.who(before))
    assert people.who(before).via == "nothing"
    assert after.max_age == timedelta(days=90).total_seconds()


@on_sqlite
async def test_wrong_and_unknown_are_told_in_the_same_words_and_written_down_without_what_was_typed(
    people: Accounts,
) -> None:
    admin = (await people.set_up()).identity
    bob = await people.join("bob")
    assert bob.identity.account_pk is not None
    await people.accounts.disable(admin, bob.identity.account_pk)
    words = set()
    for name, password in (("ada", "wrong"), ("hunter2hunter2", PASSWORD), ("bob", PASSWORD), ("a b", "x" * 4000)):
        with pytest.raises(WrongCredentials) as refused:
            await people.sign_in.log_in(name, password, address=f"192.0.2.{len(words) + 30}")
        words.add(str(refused.value))
    assert len(words) == 1
    denied = [line for line in await people.log("outcome", "who", "action", "target") if line[0] == "denied"]
    assert [line[1:] for line in denied] == [
        ("anonymous", "session.create", target) for target in ("ada", "an unknown account", "bob", "an unknown account")
    ]
    assert "hunter2" not in str(await people.log("target", "before", "after", "who", "via"))


@on_sqlite
async def test_what_is_left_blank_or_is_no_text_is_told(people: Accounts) -> None:
    for username, password, code in (("", "x", ""), ("x", "", ""), (7, {}, []), ("x", "y", ["1"])):
        with pytest.raises(InvalidInput):
            await people.sign_in.log_in(username, password, code)  # type: ignore[arg-type]


@on_sqlite
async def test_many_wrong_tries_must_wait_and_no_password_is_looked_at_meanwhile(people: Accounts) -> None:
    await people.set_up()
    waits = []
    for n in range(40):
        try:
            await people.sign_in.log_in("ada", "wrong", address=f"198.51.100.{n}")
        except SlowDown as err:
            waits.append(err.retry_after)
        except WrongCredentials:
            continue
    assert len(waits) >= 20
    assert max(waits) < 3600
    denied = [line for line in await people.log("outcome") if line == ("denied",)]
    assert len(denied) == 40 - len(waits)
    people.clock.move(seconds=max(waits))
    assert (await people.sign_in.log_in("ada", PASSWORD, address=ADDRESS)).identity.name == "ada"


async def test_a_second_factor_is_asked_for_and_each_code_counts_once(people: Accounts) -> None:
    await people.set_up()
    secret, codes = await second_factor(people)
    with pytest.raises(CodeNeeded):
        await people.sign_in.log_in("ada", PASSWORD)
    code = await code_of(people, secret)
    assert (await people.sign_in.log_in("ada", PASSWORD, f"{code[:3]} {code[3:]}")).identity.name == "ada"
    with pytest.raises(WrongCode):
        await people.sign_in.log_in("ada", PASSWORD, code)
    with pytest.raises(WrongCode):
        await people.sign_in.log_in("ada", PASSWORD, "nonsense")
    assert (await people.sign_in.log_in("ada", PASSWORD, codes[0].upper())).identity.name == "ada"
    with pytest.raises(WrongCode):
        await people.sign_in.log_in("ada", PASSWORD, codes[0])
    assert [line[0] for line in await people.log("outcome")].count("denied") == 3


async def test_one_code_used_by_many_at_once_lets_one_in(people: Accounts) -> None:
    await people.set_up()
    secret, codes = await second_factor(people)
    for code in (await code_of(people, secret), codes[1]):
        done = await asyncio.gather(
            *(people.sign_in.log_in("ada", PASSWORD, code, address=f"203.0.113.{n}") for n in range(4)),
            return_exceptions=True,
        )
        assert sum(not isinstance(each, BaseException) for each in done) == 1


async def test_a_password_is_changed_and_all_other_sessions_end(people: Accounts) -> None:
    first = await people.set_up()
    kept = await people.sign_in.log_in("ada", PASSWORD, keep=True)
    changed = await people.sign_in.change_password(people.who(kept), PASSWORD, OTHER_PASSWORD, FIREFOX, ADDRESS)
    assert changed.max_age == kept.max_age
    assert people.who(changed).name == "ada"
    assert people.who(first).via == people.who(kept).via == "nothing"
    with pytest.raises(WrongCredentials):
        await people.sign_in.log_in("ada", PASSWORD)
    assert (await people.sign_in.log_in("ada", OTHER_PASSWORD)).identity.name == "ada"
    assert ("password.change", "ada", "ada", "done") in await people.log()


@on_sqlite
async def test_a_password_is_not_changed_without_the_present_one(people: Accounts) -> None:
    who = people.who(await people.set_up())
    for current, new, field in (
        ("wrong", OTHER_PASSWORD, "current"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "new"),
        ("", OTHER_PASSWORD, "current"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await people.sign_in.change_password(who, current, new, address=ADDRESS)
        assert list(refused.value.fields) == [field]
    for identity in (NOBODY, COMMAND_LINE):
        with pytest.raises(PermissionDenied):
            await people.sign_in.change_password(identity, PASSWORD, OTHER_PASSWORD)
    assert [line[0] for line in await people.log("outcome")].count("denied") == 1


async def test_two_changes_of_a_password_at_once_do_not_both_happen(people: Accounts) -> None:
    who = people.who(await people.set_up())
    done = await asyncio.gather(
        people.sign_in.change_password(who, PASSWORD, OTHER_PASSWORD),
        people.sign_in.change_password(who, PASSWORD, f"{OTHER_PASSWORD}-b"),
        return_exceptions=True,
    )
    (lost,) = (each for each in done if isinstance(each, BaseException))
    # The password was changed while this one's was looked at, or before: then what it gave is no longer right.
    assert isinstance(lost, Conflict) or (isinstance(lost, InvalidInput) and list(lost.fields) == ["current"])


async def test_a_wall_screen_reads_the_board_as_long_as_its_token_works(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    token = await people.wall_tokens.make(admin, "kitchen", 10)
    signed = await people.sign_in.open_wall(token, FIREFOX, ADDRESS)
    wall = people.who(signed)
    assert (wall.name, wall.role, wall.via, wall.permissions) == ("wall kitchen", VIEWER, "wall", {"board:read"})
    assert wall.account_pk is None
    assert signed.max_age == 10 * 86400
    (shown,) = await people.wall_tokens.list_all(admin)
    assert (shown.name, shown.created_by, shown.state) == ("kitchen", "ada", "works")
    people.clock.move(days=9)  # not used all the time
    assert people.who(signed).name == "wall kitchen"
    await people.wall_tokens.revoke(admin, shown.pk)
    assert people.who(signed).via == "nothing"
    with pytest.raises(NotFound):
        await people.sign_in.open_wall(token)
    with pytest.raises(NotFound):
        await people.wall_tokens.revoke(admin, shown.pk)
    with pytest.raises(NotFound):
        await people.sign_in.open_wall("lb_nonsense")


@on_sqlite
async def test_a_wall_screen_ends_with_its_expiry_and_with_its_maker(people: Accounts) -> None:
    admin = people.who(await people.set_up())
    bob = await people.join("bob")
    expiring = await people.sign_in.open_wall(await people.wall_tokens.make(admin, "hall", 1))
    forever = await people.sign_in.open_wall(token := await people.wall_tokens.make(people.who(bob), "yard"))
    assert forever.max_age == 400 * 86400
    people.clock.move(days=1)
    assert (people.who(expiring).via, people.who(forever).via) == ("nothing", "wall")
    assert bob.identity.account_pk is not None
    await people.accounts.disable(admin, bob.identity.account_pk)
    assert people.who(forever).via == "nothing"
    with pytest.raises(NotFound):
        await people.sign_in.open_wall(token)


@on_sqlite
async def test_a_password_hashed_with_older_parameters_is_hashed_anew(people: Accounts) -> None:
    await people.set_up()
    async with people.database.write() as conn:
        accounts = AccountRow.__table__  # type: ignore[attr-defined]
        older = await people_hash(people)
        await conn.execute(accounts.update().values(password_hash=older))
    await people.sign_in.log_in("ada", PASSWORD)
    async with people.database.read() as conn:
        now = (await conn.execute(select(accounts.c.password_hash))).scalar_one()
    assert now != older
    assert not people.passwords.needs_rehash(now)


async def people_hash(people: Accounts) -> str:
    from monitor_app.security.passwords import Hasher

    older = Hasher(time_cost=2, memory_kib=16)
    try:
        return await older.hash(PASSWORD)
    finally:
        older.close()


async def test_log_in_goes_by_the_clock_that_is_passed_in(database: Database) -> None:
    async with accounts_of(database, HandClock()) as people:
        signed = await people.set_up()
        people.clock.move(hours=12)
        assert people.who(signed).via == "nothing"


@on_sqlite
async def test_denials_are_handed_to_who_gathers_them(people: Accounts) -> None:
    told: list[tuple[str, str, str]] = []

    class Noted:
        def note(self, identity: Identity, action: str, target: str = "") -> None:
            told.append((identity.address, action, target))

    await people.set_up()
    sign_in = SignIn(people.changes, people.passwords, people.vault, Noted())
    with pytest.raises(WrongCredentials):
        await sign_in.log_in("ada", "wrong", address=ADDRESS)
    assert told == [(ADDRESS, "session.create", "ada")]
    assert ("denied",) not in await people.log("outcome")
